#!/usr/bin/python3
"""xtcp2 estimate says what a real run then sends."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import namespaces
from bench_process import run

LINE = re.compile(r"^(\w+|  by zstd)(?: \(yours\))? +([\d.e+]+) +([\d.]+) +(\d+) +([\d.]+) (\w+) +(\d+) +([\d.]+) (\w+)$", re.M)
OURS = ("-netnsInclude", "default,xtcp2t-*")  # a walk in BPF sees the whole host
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def estimate(*flags):
    """{format: (rows of a poll, bytes of a row, bytes an hour, bytes a day)}."""
    done = run("estimate", *OURS, *flags)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}")
    return {name.strip(): (float(rows), float(size), float(hour) * UNITS[hour_unit], float(day) * UNITS[day_unit])
            for name, rows, size, _, hour, hour_unit, _, day, day_unit in LINE.findall(done.stdout)}


@isolation.needs_root
class Estimate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = namespaces.Named("xtcp2t-estimate")
        cls.addClassCleanup(cls.place.close)
        cls.farm = farm.Farm([cls.place.path], farm.Plan(pairs=100, listeners=5), workers=1)
        cls.addClassCleanup(cls.farm.close)

    def sent(self, marshal):
        """What a real poll writes."""
        path = isolation.scratch("rows")
        code, daemon = daemon_process.run_to_end("-dest", f"file:{path}", "-marshal", marshal, "-maxLoops", "1", "-pollJitterPct", "0", *OURS)
        self.assertEqual(0, code, daemon.describe())
        return path.read_bytes()

    def test_as_a_real_run(self):
        found = estimate("-marshal", "jsonl", "-frequency", "20s", "-polls", "1")
        for marshal in ("jsonl", "protobufList", "csv", "tsv", "msgpack", "protoText"):
            with self.subTest(marshal):
                rows, size, hour, day = found[marshal]
                real = self.sent(marshal)
                # The sockets are quiet: rows are the same but for the digits of times and counters. Its own listener is one more.
                self.assertEqual(len(self.farm.known) + 1, rows)
                self.assertAlmostEqual(1, rows * size / len(real), delta=0.02)
                self.assertAlmostEqual(1, hour / (len(real) * 180), delta=0.03)
                self.assertAlmostEqual(1, day / (len(real) * 180 * 24), delta=0.03)
        self.assertEqual(len(self.sent("jsonl").splitlines()), found["jsonl"][0])

    def test_zstd_of_the_configured_format(self):
        found = estimate("-marshal", "jsonl", "-frequency", "20s", "-polls", "1")
        squeezed = subprocess.run(["zstd", "-3", "-c"], input=self.sent("jsonl"), capture_output=True, check=True).stdout
        rows, size, _, _ = found["by zstd"]
        self.assertAlmostEqual(1, rows * size / len(squeezed), delta=0.1)

    def test_every_poll_counts_and_settings_apply(self):
        found = estimate("-polls", "3", "-netns", "own", "-fields", "hostname,tcp_info_rtt", "-marshal", "csv")
        self.assertEqual(1, found["csv"][0], "the own namespace has a listener")
        self.assertLess(found["csv"][1], 100)

    def test_wrong_flags(self):
        for flags, says in ((["-polls", "0"], "from 1 to 1000"), (["-polls"], "-polls"), (["-polls=x"], '"x"'),
                            (["-frequencyy", "1s"], "did you mean -frequency"), (["-frequency", "1s"], "-timeout"), (["what"], "what")):
            with self.subTest(flags):
                done = run("estimate", *OURS, *flags)
                self.assertEqual((2, ""), (done.returncode, done.stdout), done.stderr)
                self.assertIn(says, done.stderr)


if __name__ == "__main__":
    unittest.main()
