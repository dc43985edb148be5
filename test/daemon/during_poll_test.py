#!/usr/bin/python3
"""What changes between a poll's look around and a namespace's turn: files, processes and inode numbers lead to another namespace then. Its
sockets may be missing from that poll, or be there under its own name and inode; never under another one's."""
import contextlib
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
import output
from daemon_process import Daemon, Pipe
from lifetime_case import PORT, Case, NumberTaken, number_needed
from waiting import wait_for

LISTENERS = 150  # of the own namespace, which comes first: more than the pipe holds
FLAGS = ("-dest", "stdout", "-marshal", "jsonl", "-pollJitterPct", "0", "-frequency", "61s", "-timeout", "60s", "-maxLoops", "1",
         "-collector", "netlink", "-goMaxProcs", "1", "-destQueueBytes", "65536", "-envelopeFlushBytes", "20000")


@isolation.needs_root
class DuringAPoll(Case):
    def setUp(self):
        listeners = [namespaces.listen() for _ in range(LISTENERS)]
        self.addCleanup(lambda: [each.close() for each in listeners])
        self.mount = f"{namespaces.FOLDER}/xtcp2t-before"
        self.held = self.thread_held(PORT)
        namespaces.bind(self.held.path, self.mount)
        self.addCleanup(self.unmount)

    def unmount(self):
        with contextlib.suppress(FileNotFoundError):
            namespaces.unbind(self.mount)
            os.unlink(self.mount)

    @contextlib.contextmanager
    def half_a_poll(self):
        """Runs the block while the one reader, done with looking around, waits in the own namespace for somebody to read; then reads. Gives
        a list that holds the rows afterwards."""
        pipe, rows = Pipe(), []
        self.addCleanup(pipe.close)
        with Daemon(*FLAGS, stdout=pipe.write_end) as daemon:
            pipe.given_away()
            daemon.wait_ready("/metrics")
            wait_for(lambda: daemon.metric("xtcp2_destination_push_waits_total", destination="stdout") > 0, "a reader that waits")
            yield rows
            pathlib.Path(self.path).write_bytes(pipe.read(60))
            self.assertEqual(0, daemon.wait(), daemon.describe())
        rows += output.Tail(self.path).update().rows
        self.assertGreater(len(rows), LISTENERS)

    def test_nothing_changes(self):
        with self.half_a_poll() as rows:
            pass
        self.assertEqual([("xtcp2t-before", self.held.inode)], self.places(rows, PORT))

    @number_needed
    def test_a_successor_with_its_inode_and_its_thread(self):
        with self.half_a_poll() as rows:
            self.unmount()
            if not self.held.move(PORT + 1):
                raise NumberTaken
        self.assertEqual([], self.places(rows, PORT))
        self.assertLessEqual(set(self.places(rows, PORT + 1)), {(f"netns:[{self.held.inode}]", self.held.inode)})

    def test_another_one_under_its_file(self):
        other = self.thread_held(PORT + 1)
        with self.half_a_poll() as rows:
            namespaces.unbind(self.mount)
            namespaces.bind(other.path, self.mount)
        self.assertLessEqual(set(self.places(rows, PORT)), {(f"netns:[{self.held.inode}]", self.held.inode)})
        self.assertLessEqual(set(self.places(rows, PORT + 1)), {(name, other.inode) for name in ("xtcp2t-before", f"netns:[{other.inode}]")})

    def test_it_loses_its_name(self):
        """It is still there, held by its thread: so are its sockets, under the name that is left."""
        with self.half_a_poll() as rows:
            self.unmount()
        self.assertEqual([(f"netns:[{self.held.inode}]", self.held.inode)], self.places(rows, PORT))


if __name__ == "__main__":
    unittest.main()
