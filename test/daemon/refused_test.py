#!/usr/bin/python3
"""Namespaces that the daemon may not enter: never replaced by others, reported once, tried again; and a daemon that could not come back."""
import contextlib
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import netns
from lifetime_case import MS, PORT, Case, NumberTaken, number_needed


class InUserNamespace(Case):
    """The daemon is root of a user namespace, with its capabilities there: of namespaces that belong to its parent it may enter none."""

    def start_inside(self, *unshare_flags, before="true"):
        self.start(200, wrapper=("unshare", "--user", "--map-root-user", "--keep-caps", *unshare_flags, "--", "sh", "-c",
                                 f'{before} && exec "$@"', "sh"), listens_in_own=True)

    def failed(self):
        return self.daemon.metric("xtcp2_namespaces", condition="failed")

    @contextlib.contextmanager
    def enterable(self, port, inode=None):
        """A namespace that belongs to the daemon's own user namespace, with a listener, and with this inode number if one is given."""
        program = f"""if True:
            import sys
            sys.path[:0] = {sys.path!r}
            import namespaces
            if {inode} and not namespaces.settle_on_inode({inode}): sys.exit()
            tcp = namespaces.listen({port})
            print("here", flush=True)
            sys.stdin.read()"""
        holder = subprocess.Popen(["nsenter", f"--user=/proc/{self.daemon.pid}/ns/user", "--preserve-credentials",
                                   *(["unshare", "--net"] if inode is None else []), sys.executable, "-c", program],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with holder:
            if not holder.stdout.readline():
                raise NumberTaken
            yield netns.inode(f"/proc/{holder.pid}/ns/net")
            holder.stdin.close()


@isolation.needs_root
class Refused(InUserNamespace):
    def setUp(self):
        self.refused = self.named("xtcp2t-refused", PORT)
        self.start_inside("--net", before="ip link set lo up")

    def test_is_missed_and_never_replaced(self):
        self.daemon.wait_polls(10)
        self.assertGreaterEqual(self.failed(), 1)
        rows = self.tail.update().rows
        self.assertEqual([], self.places(rows, PORT))
        self.assertEqual(set(), {row["netns"] for row in rows} & {self.refused.name})
        lines = [line for line in self.daemon.log().splitlines() if self.refused.name in line]
        self.assertEqual(1, len(lines), self.daemon.describe())
        self.assertIn("Operation not permitted", lines[0])
        self.assertGreater(self.daemon.metric("xtcp2_polls_total", result="partial"), 0)

    @number_needed
    def test_its_successor_on_the_inode_does_not_pay_for_it(self):
        """The kernel gives the inode number to the next namespace, which the daemon may enter: back-off must not meet that one."""
        self.daemon.wait_polls(12)  # by now it is tried every 16 polls
        self.refused.close()
        with self.enterable(PORT + 1, self.refused.inode) as inode:
            self.assertEqual(self.refused.inode, inode)
            rows = self.first_poll_after(time.time_ns() + 100 * MS)
            self.assertEqual([(f"netns:[{inode}]", inode)], self.places(rows, PORT + 1))


@isolation.needs_root
class WithoutAWayBack(InUserNamespace):
    def test_enters_nothing(self):
        """The own namespace belongs to the parent: from a namespace that it may enter, the daemon could not come back."""
        self.start_inside()
        with self.enterable(PORT):
            self.first_poll_after(time.time_ns())
            self.daemon.wait_polls(self.daemon.polls() + 2)
            self.assertGreaterEqual(self.failed(), 1)
            self.assertIn("come back", self.daemon.log())
            self.assertEqual(0, self.daemon.stop(), self.daemon.describe())
        self.assertEqual([], self.places(self.tail.update().rows, PORT))


if __name__ == "__main__":
    unittest.main()
