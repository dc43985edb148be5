#!/usr/bin/python3
"""1,000 namespaces with one listener each, under a descriptor limit of 1,024: a fixed number of threads, a row for every socket, and
with time for a third of them nobody waits longer than four polls."""
import pathlib
import resource
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
import output
from daemon_process import Daemon

COUNT, FIRST_PORT = 1000, 20_000
FULL_POLL_S = 120  # takes a second or two; on a host with 100,000 other sockets, and busy, half a minute
LIMIT = (256, 1024)  # the soft one is to be raised to the hard one


@isolation.needs_root
class ManyNamespaces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Daemon("-dest", "null", "-ledger", "off", nofile=LIMIT) as daemon:  # what a host without namespaces takes
            daemon.wait_ready().wait_polls(1)
            cls.threads = daemon.threads()
        cls.namespaces = []
        cls.addClassCleanup(lambda: [each.close() for each in cls.namespaces])
        for number in range(COUNT):
            cls.namespaces.append(namespaces.Named(f"xtcp2t-many-{number}", FIRST_PORT + number))
        cls.expected = {(each.name, each.port) for each in cls.namespaces}

    def sockets(self, rows):
        """(namespace, port) of our listeners; each once."""
        found = [(row["netns"], row["inet_diag_msg_socket_source_port"]) for row in rows if row["netns"].startswith("xtcp2t-many-")]
        self.assertEqual(len(found), len(set(found)), "a socket has two rows in a poll")
        self.assertLessEqual(set(found), self.expected)
        return set(found)

    def run_polls(self, count, *flags):
        """(finished polls, metrics after them)."""
        path = isolation.scratch("rows")
        with Daemon("-dest", f"file:{path}", "-marshal", "jsonl", "-pollJitterPct", "0", "-ledger", "off", *flags, nofile=LIMIT) as daemon:
            daemon.wait_ready().wait_polls(count, FULL_POLL_S)
            self.assertEqual(self.threads, daemon.threads())
            soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
            self.assertEqual((LIMIT[1], LIMIT[1]), (soft, hard))
            metrics = daemon.metrics()
            self.assertEqual(0, daemon.stop(), daemon.describe())
        return list(output.by_poll(output.Tail(path).update().rows).values())[:count], metrics

    def full_poll(self, *flags):
        """One poll with all the time in the world: (rows, seconds from its start to the last socket)."""
        polls, metrics = self.run_polls(1, "-timeout", f"{FULL_POLL_S}s", "-frequency", f"{FULL_POLL_S + 1}s", *flags)
        self.assertEqual(1, metrics["xtcp2_polls_total", frozenset({("result", "complete")})])
        self.assertGreaterEqual(metrics["xtcp2_namespaces", frozenset({("condition", "complete")})], COUNT)
        return polls[0], max(row["observed_delay_us"] for row in polls[0]) * 1e-6

    def test_all_in_one_poll(self):
        """No flag but those that make it one long poll."""
        rows, _ = self.full_poll()
        self.assertEqual(self.expected, self.sockets(rows))

    def test_in_turns(self):
        """By netlink only: a walk in BPF serves all at once. A third of a full poll's time. Whoever was not served comes first, so four polls
        reach all; where the machine was slower than
        measured and four polls' worth was less than all, once more with more time."""
        by_netlink = ("-collector", "netlink")
        for share in (3, 2.5, 2):
            _, needed_s = self.full_poll(*by_netlink)
            timeout_ms = int(needed_s * 1000 / share)
            polls, metrics = self.run_polls(4, "-timeout", f"{timeout_ms}ms", "-frequency", f"{timeout_ms + 100}ms", *by_netlink)
            served = list(map(self.sockets, polls))
            self.check_turns(served)
            if sum(map(len, served)) >= COUNT:
                break
        self.assertEqual(self.expected, set().union(*served), f"served: {list(map(len, served))}")
        self.assertGreater(metrics["xtcp2_polls_total", frozenset({("result", "partial")})], 1, f"served: {list(map(len, served))}")
        self.assertLess(max(map(len, served)), COUNT)

    def check_turns(self, served):
        """Nobody is served again before everybody was."""
        waiting = set(self.expected)
        for number, now in enumerate(served):
            again = now - waiting
            self.assertFalse(again and waiting - now,
                             f"poll {number}: {len(again)} are served again while {len(waiting - now)} wait for the first time")
            waiting -= now


if __name__ == "__main__":
    unittest.main()
