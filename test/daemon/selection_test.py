#!/usr/bin/python3
"""What is chosen among 4,000 sockets in 20 namespaces: by filter, by namespace, by sample, by budget; and the account of what is not."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import formats
import output
from record import ESTABLISHED, LISTEN

NAMESPACES, PLAN = 20, farm.Plan(pairs=48, listeners=4)
AF_INET = 2


@isolation.needs_root
class Selection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        farm.furnish(cls, "xtcp2t-pick", NAMESPACES, PLAN)
        cls.inodes = {each.inode for each in cls.namespaces}

    def polls(self, *flags, polls=1):
        """The rows of the farm's namespaces, poll by poll."""
        path = isolation.scratch("rows")
        code, daemon = daemon_process.run_to_end("-dest", f"file:{path}", "-maxLoops", str(polls), "-pollJitterPct", "0", *flags)
        self.assertEqual(0, code, daemon.describe())
        rows = formats.read_protobuf_list(path.read_bytes()) if path.exists() else []
        return [[row for row in poll if row["netns_inode"] in self.inodes] for poll in output.by_poll(rows).values()]

    def check(self, wanted, *flags):
        """Exactly the sockets of which the predicate says so."""
        expected = sorted(known for known in self.farm.known if wanted(known))
        rows = [row for poll in self.polls(*flags) for row in poll]
        self.assertEqual(expected, sorted(map(farm.known_of_row, rows)))
        return rows

    def test_filter(self):
        port = self.farm.known[0].sport
        self.check(lambda known: known.state == LISTEN, "-filter", "state listening")
        self.check(lambda known: known.state == ESTABLISHED and known.dport == port, "-filter", f"state established and dport = :{port}")
        self.check(lambda known: known.sport == port or known.state == LISTEN, "-filter", f"sport = :{port} or state listening")

    def test_families(self):
        self.check(lambda known: known.family == AF_INET, "-families", "ipv4")
        self.check(lambda known: known.family != AF_INET, "-families", "ipv6")

    def test_namespaces(self):
        inode = self.namespaces[3].inode
        ones = {each.inode for each in self.namespaces if each.name.startswith("xtcp2t-pick-1")}
        self.check(lambda known: known.netns_inode in ones, "-netnsInclude", "xtcp2t-pick-1*")
        self.check(lambda known: known.netns_inode in ones - {inode}, "-netnsInclude", "xtcp2t-pick-1*", "-netnsExclude", str(inode))

    def test_sample(self):
        """The same sockets in every poll, both ends of each connection, the rate in each row."""
        first, second = self.polls("-sample", "1/4", "-frequency", "1s", "-timeout", "900ms", polls=2)
        self.assertEqual({4}, {row["sample_rate"] for row in first})
        self.assertEqual({row["inet_diag_msg_socket_cookie"] for row in first}, {row["inet_diag_msg_socket_cookie"] for row in second})
        self.assertTrue(len(self.farm.known) / 6 < len(first) < len(self.farm.known) / 3, len(first))
        ends = {(k.netns_inode, k.source, k.sport, k.dest, k.dport) for k in map(farm.known_of_row, first) if k.state == ESTABLISHED}
        self.assertEqual(set(), {end for end in ends if (end[0], end[3], end[4], end[1], end[2]) not in ends}, "an end without its other end")

    def test_modulus_is_the_same(self):
        (by_sample,), (by_modulus,) = self.polls("-sample", "1/4"), self.polls("-modulus", "4")
        self.assertEqual(sorted(map(farm.known_of_row, by_sample)), sorted(map(farm.known_of_row, by_modulus)))

    def test_budget(self):
        """From the first poll on: no more rows than allowed, and rows times rate is about all sockets."""
        for poll in self.polls("-maxRowsPerSecond", "500", "-frequency", "1s", "-timeout", "900ms", polls=3):
            self.assertLessEqual(len(poll), 500)
            rate, = {row["sample_rate"] for row in poll}
            self.assertGreater(rate, 1)
            self.assertTrue(0.7 < len(poll) * rate / len(self.farm.known) < 1.3, (len(poll), rate))

    def test_a_budget_that_suffices_leaves_nothing_out(self):
        poll, = self.polls("-maxRowsPerSecond", "100000")
        self.assertEqual(len(self.farm.known), len(poll))


if __name__ == "__main__":
    unittest.main()
