#!/usr/bin/python3
"""Several destinations at once: each gets what its own flags say, none holds up another, one that has failed leaves the others going."""
import csv
import json
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own
from isolation import scratch

import daemon_process
import farm
import formats
import output
from daemon_process import Daemon
from record import LISTEN
from waiting import wait_for

PLAN = farm.Plan(pairs=30, listeners=5)
ONCE = ("-maxLoops", "1", "-pollJitterPct", "0")


@isolation.needs_root
class Destinations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        farm.furnish(cls, "xtcp2t-dest", 2, PLAN)
        cls.ours = ("-netnsInclude", "xtcp2t-dest*")
        cls.known = sorted(cls.farm.known)

    def test_each_gets_its_own(self):
        """Every socket in one, listeners in another format in the second, chosen fields in the third, in the same polls."""
        rows, listeners, fields = scratch("rows.pb"), scratch("listeners.csv"), scratch("fields.jsonl")
        code, daemon = daemon_process.run_to_end(
            "-dest", f"file:{rows}", "-dest", f"file:{listeners} -marshal csv -filter 'state listening' -columns netns_inode,record_counter",
            "-dest", f"file:{fields} -marshal jsonl -fields netns,timestamp_ns,record_counter", *ONCE, *self.ours)
        self.assertEqual(0, code, daemon.describe())
        everything = formats.read_protobuf_list(rows.read_bytes())
        self.assertEqual(self.known, sorted(map(farm.known_of_row, everything)))
        wanted = [known.netns_inode for known in self.known if known.state == LISTEN]
        found = list(csv.DictReader(listeners.open()))
        self.assertEqual(sorted(wanted), sorted(int(row["netnsInode"]) for row in found))
        self.assertEqual(list(range(1, len(wanted) + 1)), sorted(int(row["recordCounter"]) for row in found))
        lines = [json.loads(line) for line in fields.read_text().splitlines()]
        self.assertEqual(set(range(1, len(self.known) + 1)), {int(line["recordCounter"]) for line in lines})
        self.assertEqual({everything[0]["timestamp_ns"]}, {int(line["timestampNs"]) for line in lines})

    def test_none_holds_up_another(self):
        """A peer that takes the connection and never reads; its queue is small, the file has every poll."""
        stuck = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(stuck.close)
        rows = scratch("rows")
        with Daemon("-dest", f"tcp:127.0.0.1:{stuck.getsockname()[1]} -destQueueBytes 65536 -destWriteTimeout 10m", "-dest", f"file:{rows}",
                    "-frequency", "200ms", "-timeout", "100ms", "-pollJitterPct", "0", *self.ours) as daemon:
            daemon.wait_ready()
            wait_for(lambda: daemon.metric("xtcp2_destination_dropped_rows_total", destination="tcp", reason="queue_full") > 0,
                     "rows that the stuck one lost")
            before = daemon.polls()
            daemon.wait_polls(before + 5)
            self.assertEqual(0, daemon.metric("xtcp2_destination_dropped_rows_total", destination="file", reason="shutdown"))
            daemon.stop()
        polls = output.by_poll(formats.read_protobuf_list(rows.read_bytes()))
        self.assertGreater(len(polls), 5)
        for poll in list(polls.values())[:-1]:
            self.assertEqual(self.known, sorted(map(farm.known_of_row, poll)))

    def test_two_of_a_kind_are_counted_apart(self):
        first, second = scratch("first"), scratch("second")
        with Daemon("-dest", f"file:{first}", "-dest", f"file:{second} -filter 'state listening'", "-frequency", "200ms", "-timeout", "100ms",
                    *self.ours) as daemon:
            daemon.wait_ready().wait_polls(3)
            rows = [daemon.metric("xtcp2_destination_rows_total", destination=name) for name in ("file", "file-2")]
            daemon.stop()
        self.assertGreater(rows[0], rows[1])
        self.assertGreater(rows[1], 0)

    def test_one_that_has_failed_leaves_the_others_going(self):
        """A reader of standard output that goes away ends that destination for good, not the daemon."""
        pipe, rows = daemon_process.Pipe(), scratch("rows")
        with Daemon("-dest", "stdout", "-dest", f"file:{rows}", "-frequency", "200ms", "-timeout", "100ms", "-pollJitterPct", "0", *self.ours,
                    stdout=pipe.write_end) as daemon:
            pipe.given_away()
            daemon.wait_ready().wait_polls(1)
            pipe.close()
            wait_for(lambda: "cannot be used any more, the others go on" in daemon.log(), "the failure in the log")
            before = rows.stat().st_size
            wait_for(lambda: rows.stat().st_size > before, "rows in the other")
            self.assertEqual(0, daemon.stop(), daemon.describe())

    def test_status_says_how_it_stands_with_each(self):
        """One that works, one that nobody answers, one that has failed for good."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        pipe, rows = daemon_process.Pipe(), scratch("rows")
        with Daemon("-dest", "stdout -marshal csv", "-dest", f"file:{rows}", "-dest", f"tcp:127.0.0.1:{port}", "-frequency", "200ms", "-timeout",
                    "100ms", *self.ours, stdout=pipe.write_end) as daemon:
            pipe.given_away()
            daemon.wait_ready("/metrics").wait_polls(2)
            pipe.close()

            def status():
                code, body = daemon.get("/status")[:2]
                self.assertEqual(200, code)
                return {each["name"]: each for each in json.loads(body)["destinations"]}

            wait_for(lambda: (status()["stdout"]["state"], status()["tcp"]["state"]) == ("failed", "failing"), status)
            found = status()
            self.assertEqual(["stdout", "file", "tcp"], list(found))
            self.assertEqual(("ready", "protobufList", f"file:{rows}"), tuple(found["file"][key] for key in ("state", "format", "destination")))
            self.assertIn("error", found["stdout"])
            self.assertGreater(found["stdout"]["dropped_rows"]["fatal"], 0)
            self.assertGreater(found["file"]["delivered"]["rows"], 0)
            self.assertGreater(found["file"]["last_success"], 0)
            self.assertEqual((0, 0), (found["tcp"]["delivered"]["rows"], found["tcp"]["last_success"]))
            self.assertGreater(found["tcp"]["queue"]["batches"], 0)
            count = "xtcp2_destination_latency_seconds_count"
            self.assertGreater(daemon.metric(count, destination="file"), 0)
            self.assertEqual(0, daemon.metric(count, destination="tcp"))
            self.assertEqual(0, daemon.stop(), daemon.describe())

    def test_what_is_wrong_is_named(self):
        for dest, words in (("null -marshal xml", ("null", "xml")), ("null -frequency 1s", ("-frequency is not known",)),
                            ("null -filter 'dev lo'", ("cannot name devices",))):
            with self.subTest(dest):
                code, daemon = daemon_process.run_to_end("-dest", "null", "-dest", dest)
                self.assertEqual(2, code)
                for word in words:
                    self.assertIn(word, daemon.log())


if __name__ == "__main__":
    unittest.main()
