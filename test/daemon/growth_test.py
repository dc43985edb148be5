#!/usr/bin/python3
"""Polls by the walk in BPF while connections and namespaces come and go: the daemon's memory, mappings, descriptors and BPF maps stay what
they were.

Short as ctest runs it. By hand, ten minutes of a poll every second:
  XTCP2_GROWTH_SECONDS=600 XTCP2_GROWTH_PERIOD_MS=1000 XTCP2_GROWTH_RATE=1000 ... test/run_python.py test/daemon/growth_test.py
"""
import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import unittest
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import collector
from daemon_process import Daemon, binary
from waiting import wait_for

SECONDS = float(os.environ.get("XTCP2_GROWTH_SECONDS", "12"))
PERIOD_MS = int(os.environ.get("XTCP2_GROWTH_PERIOD_MS", "50"))
RATE = os.environ.get("XTCP2_GROWTH_RATE", "1000")  # connections a second
NAMESPACES = "20"  # at once; half of them live half a second
LOOKS = 60
# Sockets in TIME_WAIT become more for their first minute, and with them the batches of rows: a short test makes hardly any, a long one small
# ones, whose pool is full soon.
FLAGS = ("-envelopeFlushRows", "500") if SECONDS > 200 else ("-sample", "1/100")
SLACK_KIB = 256  # the allocator's own coming and going between two thirds


def generator():
    build = os.environ.get("XTCP2_BUILD_DIR") or pathlib.Path(binary()).resolve().parents[2]
    path = pathlib.Path(build, "test/ledger/ledger_generator")
    if not path.exists():
        raise unittest.SkipTest(f"NOT TESTED: {path} is not built")
    return str(path)


def growth(values, typical=statistics.median):
    """From the middle third to the last: what is kept for good by then is there in both."""
    third = len(values) // 3
    return typical(values[-third:]) - typical(values[third:-third])


def look(daemon):
    """What the daemon holds: {what: how much}."""
    kinds = Counter(re.sub(r"\d+", "N", kind) for kind in daemon.descriptors().values())
    memory = 0
    for number, kind in daemon.descriptors().items():
        if "bpf-map" in kind:
            with contextlib.suppress(FileNotFoundError):
                memory += int(re.search(r"^memlock:\s*(\d+)", pathlib.Path(f"/proc/{daemon.pid}/fdinfo/{number}").read_text(), re.M)[1])
    return {"own KiB": int(daemon.status("RssAnon").split()[0]), "resident KiB": int(daemon.status("VmRSS").split()[0]),
            "mappings": len(pathlib.Path(f"/proc/{daemon.pid}/maps").read_text().splitlines()), "threads": daemon.threads(),
            "descriptors": kinds.total(), "BPF maps": kinds["anon_inode:bpf-map"], "BPF programs": kinds["anon_inode:bpf-prog"],
            "BPF maps KiB": memory // 1024}


class Judge(unittest.TestCase):
    def test_sees_growth_and_nothing_else(self):
        self.assertEqual(0, growth([9, 5, 1] + [7] * 27), "what a start takes is none")
        self.assertEqual(0, growth([7] * 20 + [7, 90, 7] + [7] * 7), "nor a moment's")
        self.assertGreater(growth(list(range(0, 3000, 100))), 900)


@isolation.needs_root
@collector.needs_bpf
class Growth(unittest.TestCase):
    def test_nothing_grows(self):
        with contextlib.ExitStack() as stack:
            daemon = stack.enter_context(Daemon("-dest", "null", "-collector", "bpf", "-frequency", f"{PERIOD_MS}ms", "-timeout",
                                                f"{PERIOD_MS - 5}ms", "-pollJitterPct", "0", *FLAGS))
            daemon.wait_ready()
            churn = stack.enter_context(subprocess.Popen([generator(), str(SECONDS + 5), RATE, NAMESPACES], stdout=subprocess.DEVNULL))
            stack.callback(churn.kill)
            daemon.wait_polls(5)
            looks = self.watch(daemon, churn)
            walked = daemon.metric("xtcp2_walk_sockets_total") / daemon.polls()
        print(f"{len(looks)} looks, {walked:.0f} sockets a poll; first {looks[0]}; last {looks[-1]}", file=sys.stderr)
        self.assertGreater(walked, int(RATE) / 5, "the churn was not seen")
        # The ledger keeps an entry for each connection that lives: as many as there are.
        for what in ("own KiB", "resident KiB", "BPF maps KiB"):
            self.assertLess(growth([each[what] for each in looks]), SLACK_KIB, (what, looks))
        for what in ("mappings", "descriptors", "BPF maps", "BPF programs", "threads"):
            # A poll and our own question open something for a moment: the fewest are what stays.
            self.assertLessEqual(growth([each[what] for each in looks], min), 0, (what, looks))

    def watch(self, daemon, churn):
        """Looks, each after at least one more poll."""
        looks, polls, start = [], daemon.polls(), time.monotonic()
        while time.monotonic() < start + SECONDS:
            self.assertIsNone(churn.poll(), "the churn goes on")
            time.sleep(SECONDS / LOOKS)
            wait_for(lambda: daemon.polls() > polls, daemon.describe)
            polls = daemon.polls()
            looks.append(look(daemon))
        return looks


if __name__ == "__main__":
    unittest.main()
