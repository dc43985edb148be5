#!/usr/bin/python3
"""The walk in BPF costs less than netlink: processor time of both over the same sockets, by turns in one run. A ratio, so a slow or a busy
machine does not matter; the margin is wide (half is usual)."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import collector
from bench_process import measure

MOST = 0.8
ROUNDS = 3


@isolation.needs_root
@collector.needs_bpf
class Ratio(unittest.TestCase):
    def test_of_processor_time(self):
        result = measure("-sockets", "20000", "-collectors", "netlink,bpf", "-rounds", str(ROUNDS), "-seconds", "0.3")
        costs = {"netlink": [], "bpf": []}
        for row in result["rows"]:
            self.assertEqual(1, row["rows_per_socket"], row)
            costs[row["collector"]].append(1e6 * row["cpu_seconds"] / row["polls"] / row["existing_sockets"])
        self.assertEqual([ROUNDS, ROUNDS], [len(each) for each in costs.values()])
        # The least of each: whatever disturbs a round makes it dearer.
        ratio = min(costs["bpf"]) / min(costs["netlink"])
        print(f"us a socket: {costs}; ratio {ratio:.2f}", file=sys.stderr)
        self.assertLess(ratio, MOST, result["medians"])


if __name__ == "__main__":
    unittest.main()
