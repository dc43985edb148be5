#!/usr/bin/python3
"""xtcp2 bench on small loads: every socket has its row in every poll, and nothing is left of it, however it ends."""
import contextlib
import os
import pathlib
import resource
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import bench_process
from bench_process import measure, run
from collector import why_not_bpf
from waiting import wait_for

NOBODY = 65534


@isolation.needs_root
class Measured(unittest.TestCase):
    def check_rows(self, result, count=1):
        """Netlink is always there, BPF or why it is not: each with so many formats."""
        self.assertEqual(["netlink"] * count + ["bpf"] * count, [row["collector"] for row in result["rows"]])
        for row in result["rows"]:
            if row["collector"] == "bpf" and why_not_bpf():
                self.assertIn("-collector bpf: ", row["not_available"])
                continue
            self.assertNotIn("not_available", row)
            self.assertEqual(1, row["rows_per_socket"], row)
            self.assertEqual(0, row["partial_polls"], row)
            self.assertGreaterEqual(row["polls"], 3)
            self.assertEqual(row["rows"], row["polls"] * row["existing_sockets"])
            for figure in ("poll_ms", "bytes_per_row", "peak_rss_kib", "threads", "cpu_seconds"):
                self.assertGreater(row[figure], 0, figure)

    def test_one_namespace(self):
        result = measure("-sockets", "501", "-formats", "protobufList,jsonl,csv")
        self.check_rows(result, count=3)
        self.assertEqual(501, result["load"]["sockets"])
        self.assertEqual(502, result["rows"][0]["existing_sockets"], "the load and the listener of the daemon itself")
        sizes = [row["bytes_per_row"] for row in result["rows"]]
        self.assertLess(sizes[0], sizes[1], "jsonl is longer than protobuf")

    def test_namespaces_families_and_empty_ones(self):
        result = measure("-sockets", "600", "-namespaces", "7", "-empty", "9", "-families", "both,mapped")
        self.check_rows(result)
        self.assertEqual(601, result["rows"][0]["existing_sockets"])

    def test_several_processes_where_descriptors_run_out(self):
        result = measure("-sockets", "1500", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
        self.check_rows(result)
        self.assertGreaterEqual(result["load"]["processes"], 1500 // 256)

    def test_traffic_to_a_file(self):
        self.check_rows(measure("-sockets", "200", "-active", "50", "-dest", "file"))

    def test_churn(self):
        """Connections come and go between the count and the poll: the rows are those of about as many sockets."""
        for row in measure("-sockets", "400", "-churn", "100", "-polls", "10")["rows"]:
            if "not_available" not in row:
                self.assertGreater(row["existing_sockets"], 500, "some of the churn lives at any time")
                self.assertAlmostEqual(1, row["rows_per_socket"], delta=0.15)

    def test_every_collector_is_measured_or_named(self):
        result = measure("-sockets", "300", "-collectors", "netlink,bpf,io_uring")
        self.assertEqual(["netlink", "bpf", "io_uring"], [row["collector"] for row in result["rows"]])
        for row in result["rows"]:
            if row["collector"] == "bpf":
                self.assertEqual(bool(why_not_bpf()), "not_available" in row, row)
            if row["collector"] != "netlink" and "not_available" in row:
                self.assertGreater(len(row["not_available"]), 10, "why it is not")
            else:
                self.assertEqual(1, row["rows_per_socket"])

    def test_rounds_by_turns(self):
        result = measure("-sockets", "300", "-formats", "csv", "-rounds", "3", "-collectors", "netlink,io_uring")
        turns = [row["collector"] for row in result["rows"]]
        self.assertEqual(["netlink", "io_uring"] * 3, turns)
        netlink = result["medians"][0]
        self.assertEqual(("netlink", 3, 1), (netlink["collector"], netlink["rounds"], netlink["of_first"]))
        costs = sorted(1e6 * row["cpu_seconds"] / row["polls"] / row["existing_sockets"] for row in result["rows"] if row["collector"] == "netlink")
        self.assertAlmostEqual(costs[1], netlink["us_per_socket"], places=6)

    def test_effect_on_others(self):
        result = measure("-sockets", "300", "-windows", "2", "-windowSeconds", "0.1", "-formats", "csv,jsonl")
        self.check_rows(result, count=2)
        self.assertEqual({301}, {row["existing_sockets"] for row in result["rows"] if "not_available" not in row}, "the echo of one is no socket of the next")
        row = result["rows"][0]
        for windows in (row["effect"]["without"], row["effect"]["with"]):
            self.assertEqual(2, len(windows))
            for window in windows:
                self.assertGreater(window["round_trips"], 10)
                self.assertGreater(window["p99_us"], 0)
                self.assertGreaterEqual(window["p99_us"], window["p50_us"])
        self.assertGreater(row["effect"]["processors"], 0, "polls ran")

    def test_flags_for_the_daemon(self):
        result = measure("-sockets", "200", "--", "-fields", "tcp_info_rtt", "-frequency", "40ms", "-timeout", "30ms")
        self.check_rows(result)
        self.assertLess(result["rows"][0]["bytes_per_row"], 20)

    def test_table_for_people(self):
        done = run("bench", *bench_process.SHORT, "-sockets", "100")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^netlink +protobufList +[\d.]+ +[\d.]+ +[\d.]+ +1 ")
        self.assertIn("100 sockets in 1 namespace;", done.stderr)


@isolation.needs_root
class Against(unittest.TestCase):
    def test_by_turns_on_the_same_sockets(self):
        """The command sees exactly the sockets of the load, and its files are counted."""
        script = 'ss -tanOH > {out}; lines=$(wc -l < {out}); test "$lines" = 300 || { echo "$lines lines"; exit 4; }'
        contest = measure("-sockets", "300", "-against", script)["against"]
        self.assertEqual([3, 3], [len(contest["ours"]), len(contest["theirs"])])
        self.assertEqual(300, contest["existing_sockets"])
        for one in contest["ours"] + contest["theirs"]:
            self.assertGreater(one["wall_seconds"], 0)
            self.assertGreater(one["bytes"], 300 * 20)
        self.assertEqual(script, contest["command"])

    def test_what_fails_is_said(self):
        done = run("bench", *bench_process.SHORT, "-sockets", "100", "-against", "echo gone wrong >&2; exit 3")
        self.assertEqual(1, done.returncode)
        self.assertIn("exit code 3: gone wrong", done.stderr)


@isolation.needs_root
class Ends(unittest.TestCase):
    """Nothing is left."""

    def setUp(self):
        self.before = bench_process.traces()

    def check_gone(self):
        def left():
            now = bench_process.traces()
            return {kind: now[kind] - self.before[kind] for kind in now if now[kind] - self.before[kind]}
        wait_for(lambda: not left(), lambda: f"left behind: {left()}")

    def start(self):
        bench = bench_process.Running("-sockets", "400", "-namespaces", "4", "-empty", "3", "-churn", "20")
        self.addCleanup(bench.close)
        self.assertIn("in 4 namespaces, 3 empty ones beside", bench.wait_load())
        bench.wait_daemon()
        family = bench.descendants()
        self.assertGreaterEqual(len(family), 4, "the stage, holders, churn, the daemon")
        self.assertEqual(set(), {bench_process.network_of(each) for each in family} & self.before["namespaces"],
                         "all of it is in namespaces of its own")
        return bench

    def test_at_its_end(self):
        measure("-sockets", "400", "-namespaces", "4", "-empty", "3", "-windows", "1", "-windowSeconds", "0.1")
        self.check_gone()

    def test_after_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                bench = self.start()
                bench.process.send_signal(number)
                self.assertEqual(128 + number, bench.process.wait(60))
                self.check_gone()

    def test_after_being_killed(self):
        bench = self.start()
        orphans = bench.descendants()
        bench.process.kill()
        bench.process.wait(60)

        def reap():  # this process is the first of its PID namespace: orphans are its children
            for each in orphans:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(each, os.WNOHANG)
            return not orphans & set(bench_process.processes())
        wait_for(reap, "all processes gone")
        self.check_gone()


class Refused(unittest.TestCase):
    def check(self, arguments, code, *says, **options):
        done = run("bench", *arguments, **options)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual("", done.stdout)
        for each in says:
            self.assertIn(each, done.stderr)

    def test_wrong_flags(self):
        self.check(["-sockets", "none"], 2, "-sockets", '"none"', "a whole number from 2 to")
        self.check(["-formats", "xml"], 2, "-formats", '"xml"', "protobufList")
        self.check(["-sokets", "9"], 2, "-sokets", "did you mean -sockets")
        self.check(["-sockets", "5", "-namespaces", "9"], 2, "-sockets 5", "too few")

    def test_wrong_flags_for_the_daemon(self):
        self.check(["--", "-frequency", "soon"], 2, "behind --", "-frequency", '"soon"')
        self.check(["--", "-dest", "null"], 2, "-dest", "bench's own")
        self.check(["--", "-version"], 2, "behind --")

    @isolation.needs_root
    def test_not_root(self):
        self.check([], 1, "root", "Operation not permitted", user=NOBODY)

    @isolation.needs_root
    def test_too_few_descriptors(self):
        self.check(["-sockets", "10"], 1, "RLIMIT_NOFILE", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))

    @isolation.needs_root
    def test_too_much_churn(self):
        self.check(["-churn", "50000"], 1, "-churn 50000", "RLIMIT_NOFILE",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))


if __name__ == "__main__":
    unittest.main()
