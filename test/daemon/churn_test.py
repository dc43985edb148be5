#!/usr/bin/python3
"""1,000 namespaces and more come and go while the daemon polls, each with a listener whose port tells its name: no row may have the name of one
and the socket of another, and the daemon keeps nothing of them."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
import output
from daemon_process import Daemon
from record import LISTEN
from waiting import wait_for

ROUNDS, POLLS, ALIVE_AT_ONCE = 1000, 40, 8  # at least so many rounds, and for at least so many polls
PORTS = range(10_000, 30_000)  # below those that the kernel gives out
POLLING = ("-frequency", "100ms", "-timeout", "90ms", "-pollJitterPct", "0")


@isolation.needs_root
class Churn(unittest.TestCase):
    def setUp(self):
        self.path = f"{isolation.SCRATCH}/rows"
        self.daemon = Daemon("-dest", f"file:{self.path}", "-marshal", "jsonl", *POLLING)
        self.addCleanup(self.daemon.kill)
        self.daemon.wait_ready()
        self.alive = []
        self.addCleanup(lambda: [each.close() for each in self.alive])

    def test_names_and_descriptors(self):
        self.daemon.wait_polls(3)
        before = self.idle_descriptors()
        threads = self.daemon.threads()
        inodes, most_threads = self.churn()
        polls = self.daemon.polls()
        self.daemon.wait_polls(polls + 2)
        self.assertEqual(threads, most_threads)
        wait_for(lambda: self.descriptor_kinds() == before,
                 lambda: f"descriptors back to {before}; they are {self.descriptor_kinds()}")
        self.check_names(inodes)

    def descriptor_kinds(self):
        # The kernel calls a file of /proc deleted when it has forgotten the way to it; it is open all the same.
        return sorted((kind.removesuffix(" (deleted)") for kind in self.daemon.descriptors().values()), key=lambda kind: (kind.split("[")[0], kind))

    def idle_descriptors(self):
        """Those between two polls: a poll and a scrape open some for a moment, so the fewest of many looks."""
        looks = []
        while len(looks) < 200 or len(looks[0]) > len(looks[50]):
            looks.append(self.descriptor_kinds())
            looks.sort(key=len)
        return looks[0]

    def churn(self):
        """(inode of each round's namespace, the most threads the daemon had)."""
        inodes, most_threads, last_poll = [], 0, self.daemon.polls() + POLLS
        while len(inodes) < ROUNDS or self.daemon.polls() < last_poll:
            number = len(inodes)
            self.alive.append(namespaces.Named(f"xtcp2t-churn-{number}", PORTS[number]))
            inodes.append(self.alive[-1].inode)
            if len(self.alive) > ALIVE_AT_ONCE:
                self.alive.pop(0).close()
            most_threads = max(most_threads, self.daemon.threads())
        while self.alive:
            self.alive.pop(0).close()
        return inodes, most_threads

    def check_names(self, inodes):
        """A row goes by its port; before its mount is there, a namespace is known by its inode."""
        rows = [row for row in output.Tail(self.path).update().rows
                if row["inet_diag_msg_socket_source_port"] in PORTS and row["inet_diag_msg_state"] == LISTEN]
        wrong = []
        for row in rows:
            number = PORTS.index(row["inet_diag_msg_socket_source_port"])
            inode = inodes[number] if number < len(inodes) else 0
            if row["netns"] not in (f"xtcp2t-churn-{number}", f"netns:[{inode}]") or row["netns_inode"] != inode:
                wrong.append((row["netns"], row["netns_inode"], number, inode))
        self.assertEqual([], wrong[:5], f"{len(wrong)} of {len(rows)} rows disagree")
        self.assertGreater(len({row["inet_diag_msg_socket_source_port"] for row in rows}), 2 * POLLS, "hardly any was seen")
        self.assertLess(len(set(inodes)), len(inodes), "no inode number was used twice: this proves little")


if __name__ == "__main__":
    unittest.main()
