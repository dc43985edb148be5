#!/usr/bin/python3
"""The daemon as a process: how it ends, what it answers to signals, what it says over HTTP, to systemd and in its log."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own
from isolation import scratch

import namespaces
import output
from daemon_process import Daemon, Pipe, binary, environment, run_to_end
from record import LISTEN
from waiting import wait_for

FAST = ("-frequency", "100ms", "-timeout", "80ms", "-pollJitterPct", "0")
SLACK_S = 10  # on top of a deadline that the daemon keeps by itself, for a machine under load


@isolation.needs_root
class ExitCodes(unittest.TestCase):
    def test_signals_that_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name), Daemon("-dest", "null", *FAST) as daemon:
                daemon.wait_ready().signal(number)
                self.assertEqual(0, daemon.wait(), daemon.describe())

    def test_stopped_before_the_first_poll(self):
        with Daemon("-dest", "null", "-pollJitterPct", "100", "-frequency", "1h") as daemon:
            daemon.wait_ready()
            self.assertEqual(0, daemon.stop())

    def test_max_loops_counts_polls(self):
        for count in (1, 3):
            with self.subTest(count):
                path = scratch("rows")
                code, daemon = run_to_end("-dest", f"file:{path}", "-marshal", "jsonl", "-maxLoops", str(count), *FAST)
                self.assertEqual(0, code, daemon.describe())
                self.assertEqual(count, len(output.by_poll(output.Tail(path).update().rows)))

    def test_usage(self):
        for flags, names in ((["-frequncy", "1s"], ["frequncy", "-frequency"]), (["-frequency", "soon"], ["-frequency", "soon"]),
                             (["-marshal", "xml"], ["-marshal", "xml"]), (["-timeout", "20s"], ["-timeout", "-frequency"]),
                             (["-dest", "carrier:pigeon"], ["carrier"]), (["polls"], ["polls"])):
            with self.subTest(" ".join(flags)):
                code, daemon = run_to_end(*flags)
                self.assertEqual(2, code, daemon.describe())
                for name in names:
                    self.assertIn(name, daemon.log())

    def test_runtime(self):
        code, daemon = run_to_end("-dest", "file:/nowhere/at/all/rows")
        self.assertEqual(1, code, daemon.describe())
        self.assertIn("/nowhere/at/all", daemon.log())
        with namespaces.listen(9088):
            code, daemon = run_to_end("-dest", "null", "-promListen", "0.0.0.0:9088")
        self.assertEqual(1, code, daemon.describe())
        self.assertIn("9088", daemon.log())


@isolation.needs_root
class Files(unittest.TestCase):
    def test_sighup_reopens(self):
        """Rows before go to the moved file, rows behind to the new one; none is lost, none doubled."""
        path, moved = scratch("rows"), scratch("rows.1")
        with Daemon("-dest", f"file:{path}", "-marshal", "jsonl", *FAST) as daemon:
            daemon.wait_ready().wait_polls(3)
            path.rename(moved)
            daemon.signal(signal.SIGHUP)
            wait_for(path.exists, "the new file")
            daemon.wait_polls(daemon.polls() + 3)
            daemon.signal(signal.SIGHUP)  # nothing was moved: goes on behind what is there
            daemon.wait_polls(daemon.polls() + 3)
            self.assertEqual(0, daemon.stop(), daemon.describe())
            begun = daemon.log()
        before, after = (output.Tail(each).update().rows for each in (moved, path))
        self.assertTrue(before and after, begun)
        keys = [(row["timestamp_ns"], row["record_counter"]) for row in before + after]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertGreaterEqual(len(output.by_poll(before + after)), 9)
        ours = [row["timestamp_ns"] for row in before + after if row["netns"] == "default"
                and row["inet_diag_msg_state"] == LISTEN and row["inet_diag_msg_socket_source_port"] == 9088]
        self.assertEqual(sorted(output.by_poll(before + after)), sorted(ours), "the daemon's own listener is in every poll once")


@isolation.needs_root
class Configuration(unittest.TestCase):
    def setUp(self):
        self.file, self.first, self.second = scratch("xtcp2.toml"), scratch("first"), scratch("second")
        self.configure(self.first)
        self.daemon = Daemon("-config", str(self.file), *FAST)
        self.addCleanup(self.daemon.kill)
        self.daemon.wait_ready().wait_polls(1)

    def configure(self, path, marshal="jsonl"):
        self.file.write_text(f'dest = "file:{path}"\nmarshal = "{marshal}"\n')

    def hang_up(self, word):
        """SIGHUP, until the log says so."""
        self.daemon.signal(signal.SIGHUP)
        wait_for(lambda: word in self.daemon.log(), self.daemon.describe)

    def rows_end_up_in(self, path):
        self.daemon.wait_ready().wait_polls(self.daemon.polls() + 2)
        before = len(output.Tail(path).update().rows)
        wait_for(lambda: len(output.Tail(path).update().rows) > before, self.daemon.describe)

    def test_sighup_takes_up_what_changed(self):
        self.configure(self.second)
        self.hang_up("is in use")
        self.rows_end_up_in(self.second)
        self.assertEqual(0, self.daemon.stop(), self.daemon.describe())
        stamps = [set(output.by_poll(output.Tail(path).update().rows)) for path in (self.first, self.second)]
        self.assertEqual(set(), stamps[0] & stamps[1])

    def test_a_wrong_one_changes_nothing(self):
        for path, marshal, word in ((self.second, "xml", "xml"), ("/nowhere/at/all", "jsonl", "/nowhere/at/all")):
            with self.subTest(word):
                self.configure(path, marshal)
                self.hang_up(word)
                self.rows_end_up_in(self.first)
        self.assertFalse(self.second.exists())
        self.assertEqual(0, self.daemon.stop(), self.daemon.describe())


@isolation.needs_root
class StandardOutput(unittest.TestCase):
    LISTENERS = 150  # some hundred kilobytes of JSON a poll: more than pipe and queue hold

    def setUp(self):
        self.listeners = [namespaces.listen() for _ in range(self.LISTENERS)]
        self.addCleanup(lambda: [each.close() for each in self.listeners])
        self.ports = {each.getsockname()[1] for each in self.listeners}

    def start(self, *flags):
        self.pipe = Pipe()
        self.addCleanup(self.pipe.close)
        self.daemon = Daemon("-dest", "stdout", "-marshal", "jsonl", "-destQueueBytes", "65536", "-envelopeFlushBytes", "20000", *FAST,
                             *flags, stdout=self.pipe.write_end)
        self.addCleanup(self.daemon.kill)
        self.pipe.given_away()
        self.daemon.wait_ready()

    def wait_stuck(self):
        """Until a reader waits for room, and a poll for the reader: none ends any more."""
        wait_for(lambda: self.daemon.metric("xtcp2_destination_push_waits_total", destination="stdout") > 0, "a full queue")
        ended = [-1]

        def stands_still():
            ended.append(self.daemon.polls())
            return ended[-2] == ended[-1]

        wait_for(stands_still, "polls that wait", pause=0.5)
        return ended[-1]

    def test_nobody_reads_for_a_while(self):
        """Polls wait and ticks are skipped; later everything that was read is there, every poll whole."""
        self.start()
        ended = self.wait_stuck()
        data = self.pipe.read(seconds=1)
        wait_for(lambda: self.daemon.metric("xtcp2_poll_ticks_skipped_total") >= 3, "skipped ticks")
        self.assertGreater(self.daemon.polls(), ended)
        self.daemon.signal(signal.SIGTERM)
        data += self.pipe.read(seconds=60)
        self.assertEqual(0, self.daemon.wait(), self.daemon.describe())
        path = scratch("read")
        path.write_bytes(data)
        polls = output.by_poll(output.Tail(path).update().rows)
        self.assertGreater(len(polls), 3)
        for number, rows in enumerate(polls.values()):
            ports = [row["inet_diag_msg_socket_source_port"] for row in rows
                     if row["inet_diag_msg_socket_source_port"] in self.ports and row["netns"] == "default"]
            self.assertEqual(len(ports), len(set(ports)))
            if number < len(polls) - 1:  # SIGTERM may have cut the last
                self.assertEqual(self.ports, set(ports))

    def test_sigterm_while_stuck(self):
        self.start("-shutdownTimeout", "1s")
        self.wait_stuck()
        started = time.monotonic()
        self.assertEqual(0, self.daemon.stop(), self.daemon.describe())
        self.assertLess(time.monotonic() - started, 1 + SLACK_S)
        self.assertIn("rows dropped: shutdown", self.daemon.log())

    def test_a_second_signal_ends_it_at_once(self):
        self.start("-shutdownTimeout", "10m")
        self.wait_stuck()
        self.daemon.signal(signal.SIGTERM)
        wait_for(lambda: self.pending_is_taken(signal.SIGTERM), "the first signal to be taken")
        with self.assertRaises(subprocess.TimeoutExpired):
            self.daemon.process.wait(1)
        self.daemon.signal(signal.SIGINT)
        self.assertEqual(1, self.daemon.wait(SLACK_S), self.daemon.describe())

    def pending_is_taken(self, number):
        return not int(self.daemon.status("ShdPnd"), 16) >> (number - 1) & 1

    def test_the_reader_goes_away(self):
        self.start()
        self.pipe.read(seconds=0.3)
        self.pipe.close()
        self.assertEqual(1, self.daemon.wait(SLACK_S), self.daemon.describe())
        self.assertIn("stdout", self.daemon.log())

    def test_formats_by_default(self):
        """A pipe gets jsonl; with -dest, what -marshal's default says; a terminal gets a table."""
        code, daemon = run_to_end("-maxLoops", "1", *FAST)
        self.assertEqual(0, code, daemon.describe())
        self.assertTrue(daemon.output().startswith(b"{"), daemon.output()[:80])
        code, daemon = run_to_end("-maxLoops", "1", "-dest", "stdout", *FAST)
        self.assertEqual(0, code, daemon.describe())
        self.assertFalse(daemon.output().startswith(b"{"), daemon.output()[:80])
        self.assertGreater(len(daemon.output()), 1000)
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        with Daemon("-maxLoops", "1", *FAST, stdout=slave) as daemon:
            os.close(slave)
            wait_for(lambda: b"\n" in os.read(master, 4096), "a line on the terminal")


@isolation.needs_root
class Serving(unittest.TestCase):
    def test_metrics_and_health(self):
        with Daemon("-dest", "null", *FAST) as daemon:
            daemon.wait_ready().wait_polls(2)
            self.assertEqual(200, daemon.get("/healthz")[0])
            self.assertEqual(404, daemon.get("/nothing")[0])
            found = daemon.metrics()
            names = {name for name, _ in found}
            for name in ("xtcp2_polls_total", "xtcp2_rows_total", "xtcp2_sockets", "xtcp2_namespaces", "xtcp2_row_bytes_total",
                         "xtcp2_poll_phase_duration_seconds_count", "xtcp2_destination_dropped_rows_total", "xtcp2_build_info",
                         "xtcp2_destination_queue_bytes", "xtcp2_poll_cpu_seconds_per_socket", "process_open_fds"):
                self.assertIn(name, names)
            self.assertGreater(found["xtcp2_rows_total", frozenset()], 0)
            self.assertEqual(0, subprocess.run([binary(), "-healthcheck"], env=environment({}), check=False).returncode)
        self.assertEqual(1, subprocess.run([binary(), "-healthcheck"], env=environment({}), check=False, capture_output=True).returncode)

    def test_another_address_and_path(self):
        with Daemon("-dest", "null", "-promListen", "127.0.0.1:9199", "-promPath", "/numbers", *FAST) as daemon:
            daemon.wait_ready(port=9199)
            self.assertEqual(200, daemon.get("/numbers", 9199)[0])
            self.assertEqual(404, daemon.get("/metrics", 9199)[0])

    def test_systemd(self):
        path = scratch("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(path))
            systemd.settimeout(30)
            with Daemon("-dest", "null", *FAST, env={"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000"}) as daemon:
                self.assertIn(b"READY=1", systemd.recv(4096).split(b"\n"))
                beats = [time.monotonic()]
                while len(beats) < 5:
                    if b"WATCHDOG=1" in systemd.recv(4096).split(b"\n"):
                        beats.append(time.monotonic())
                self.assertGreater(beats[-1] - beats[0], 0.1, "it does not wait between two signs of life")
                daemon.signal(signal.SIGTERM)
                wait_for(lambda: b"STOPPING=1" in systemd.recv(4096).split(b"\n"), "STOPPING=1")
                self.assertEqual(0, daemon.wait(), daemon.describe())


@isolation.needs_root
class Log(unittest.TestCase):
    def test_quiet(self):
        """What it says at its start is all that it says, for the first minute, however many polls there are."""
        with Daemon("-dest", "null", *FAST) as daemon:
            daemon.wait_ready().wait_polls(2)
            before = daemon.log().splitlines()
            daemon.wait_polls(20)
            lines = daemon.log().splitlines()
            self.assertEqual(0, daemon.stop())
        told = [line for line in lines if "took" in line and "longer" in line]  # a machine under load makes a poll late: may be said once
        self.assertEqual(before, [line for line in lines if line not in told or line in before])
        self.assertLessEqual(len(told), 1)
        self.assertLessEqual(len(before), 5, daemon.describe())

    def test_errors_only(self):
        with Daemon("-dest", "null", "-d", "1", *FAST) as daemon:
            daemon.wait_ready().wait_polls(2)
            self.assertEqual(0, daemon.stop())
            self.assertEqual("", daemon.log())


if __name__ == "__main__":
    unittest.main()
