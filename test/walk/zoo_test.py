#!/usr/bin/python3
"""The walk in BPF on the zoo's living sockets: every socket has exactly one row, and every field is what netlink's dumps before and after
say (walk_compare, which judges by src/collect/agree.h). Then the same with type information in which members are moved: that must be seen.
Needs root.
"""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))

from extras import Extras  # noqa: E402
from zoo import Zoo  # noqa: E402

EMULATED = "XTCP2_EMULATED" in os.environ
# What WalkOptions::sabotage moves, in its order, and the field that then is wrong.
SABOTAGED = ("tcp_info_snd_cwnd", "inet_diag_class_id", "tcp_info_segs_in")


def compare(*arguments):
    program = pathlib.Path(os.environ["XTCP2_BUILD_DIR"], "test/walk/walk_compare")
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)


def fields(output, heading):
    return next(line for line in output.splitlines() if line.startswith(heading + ":")).split(":", 1)[1].split()


def has_typed_loads():
    """bpf_rdonly_cast() is there from 6.2 on."""
    with open("/proc/kallsyms", encoding="ascii") as file:
        return any(line.split()[2] == "bpf_rdonly_cast" for line in file)


def locked_down():
    """Under lockdown=confidentiality the kernel gives no program bpf_probe_read_kernel()."""
    return "lockdown=confidentiality" in pathlib.Path("/proc/cmdline").read_text().split()


@unittest.skipUnless(os.geteuid() == 0, "makes network namespaces: run as root")
class WalkOfTheZoo(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.variants = ([] if locked_down() else ["--bulk"]) + (["--typed"] if has_typed_loads() else [])

    def setUp(self):
        self.zoo = Zoo()
        self.addCleanup(self.zoo.close)
        self.extras = Extras()
        self.addCleanup(self.extras.close)
        self.zoo.settle()
        self.paths = [namespace.path for namespace in self.zoo.namespaces + [self.extras.namespace]]

    def test_every_socket_and_every_field(self):
        print("the zoo lacks:", "; ".join(self.zoo.missing + self.extras.missing) or "nothing")
        quiet = sum(not exhibit.restless for exhibit in self.zoo.exhibits)
        for variant in self.variants:
            for flags in ([], ["--bound"]):
                with self.subTest(variant=variant, flags=flags):
                    done = compare(variant, *flags, *self.paths)
                    print(done.stdout)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    found = [int(word) for word in done.stdout.splitlines()[0].replace(",", "").split() if word.isdigit()]
                    self.assertGreaterEqual(found[0], len(self.zoo.exhibits))
                    self.assertGreaterEqual(found[1], quiet)
                    # westwood and illinois tell what they know in the words of vegas.
                    foreign = {name for name in fields(done.stdout, "not given") if not name.startswith("vegas_info_")}
                    self.assertEqual(foreign, set())

    @unittest.skipUnless(locked_down(), "without lockdown=confidentiality bulk reads are possible")
    def test_bulk_reads_are_refused(self):
        done = compare("--bulk", *self.paths)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot use helper bpf_probe_read", done.stdout)

    def test_moved_members_are_seen(self):
        for variant in self.variants:
            for moved in range(1, len(SABOTAGED) + 1):
                with self.subTest(variant=variant, moved=moved):
                    done = compare(variant, "--sabotage", str(moved), *self.paths)
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                    self.assertLessEqual(set(SABOTAGED[:moved]), set(fields(done.stdout, "unequal")), done.stdout)
                    self.assertFalse(set(SABOTAGED[moved:]) & set(fields(done.stdout, "unequal")), done.stdout)


if __name__ == "__main__":
    unittest.main()
