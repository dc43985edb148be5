#!/usr/bin/python3
"""Equality on living sockets: with the zoo up, one poll of the program against the oracle's own dumps before and after it. Every socket of
the zoo has exactly one row, in its namespace; every field of every row equals what both dumps say. Only these may differ:

* clocks (zoo.MOVING) go on; they must lie between the two dumps;
* of sockets whose timers are retransmitting into the void (`restless`), a field that the dumps disagree about must lie between them; a
  count of unanswered probes may be one higher; a clock may have begun anew: "since" clocks show no more time than can have passed,
  timers no more than the kernel's longest.

Needs root.
"""
import collections
import os
import pathlib
import socket
import tempfile
import time
import unittest
import uuid

import decode
import formats
import product
import readers
import record
import sockdiag
from exhibits import key_of
from zoo import MOVING, MOVING_DOWN, MOVING_UP, Zoo

EMULATED = "XTCP2_EMULATED" in os.environ  # ten times slower and more
LONGEST_TIMER_MS = 120_000                  # TCP_RTO_MAX
# An answered probe of a shut window sets these back, so they may be up for a moment that neither dump saw.
PULSING = ("tcp_info_probes", "inet_diag_msg_retrans")
COLLECTORS = range(1, 4)                    # NETLINK, IO_URING, BPF


def in_bounds(name, before, value, after, restless, elapsed_ms):
    if restless and name in MOVING_DOWN:
        return value <= max(before, LONGEST_TIMER_MS)  # it may have fired and been set again
    if restless and name in MOVING_UP:
        return value <= before + elapsed_ms            # it may have begun anew
    if restless and name in PULSING:
        return value <= max(before, after) + 1
    return min(before, after) <= value <= max(before, after)


def disagreements(before, row, after, restless, elapsed_ms):
    """{field: (before, found, after)} of what is not as it must be."""
    wrong = {}
    for name in decode.KERNEL_FIELDS:
        first, value, last = before[name], row[name], after[name]
        if first == value == last:
            continue
        if (name in MOVING or restless) and isinstance(value, int) and in_bounds(name, first, value, last, restless, elapsed_ms):
            continue
        wrong[name] = (first, value, last)
    return wrong


class Comparison(unittest.TestCase):
    """That a wrong value would be found: each field of a row changed in turn."""

    def setUp(self):
        self.row = {name: bytes(range(16)) if value == bytes(16) else "name" if value == "" else 1000
                    for name, value in decode.KERNEL_DEFAULTS.items()}

    def test_any_changed_field_is_found(self):
        for name, value in self.row.items():
            for changed in ([value + 1, value - 1, 0] if isinstance(value, int) else [value[:-1], value[::-1]]):
                for restless in (False, True):
                    if restless and name in MOVING + PULSING:
                        continue
                    wrong = disagreements(self.row, {**self.row, name: changed}, self.row, restless, 50)
                    self.assertEqual(list(wrong), [name])

    def test_quiet_sockets_may_not_change_between_the_dumps(self):
        for name in set(self.row) - set(MOVING):
            later = {**self.row, name: self.row[name] + 2 if isinstance(self.row[name], int) else self.row[name][::-1]}
            self.assertEqual(list(disagreements(self.row, self.row, later, False, 50)), [name])

    def test_clocks_lie_between(self):
        for name in MOVING_UP:
            later = {**self.row, name: 1200}
            self.assertEqual(disagreements(self.row, {**self.row, name: 1100}, later, False, 300), {})
            for value in (999, 1201):
                self.assertTrue(disagreements(self.row, {**self.row, name: value}, later, False, 300))
            self.assertTrue(disagreements(self.row, {**self.row, name: 1301}, later, True, 300))


@unittest.skipUnless(os.geteuid() == 0, "makes network namespaces: run as root")
class Live(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        product.binary()  # skips where there is none
        self.zoo = Zoo()  # a new one for each test: TIME_WAIT lasts a minute, and an emulator is slow
        self.addCleanup(self.zoo.close)
        self.zoo.settle()

    def poll(self, *flags):
        """The rows of one poll, and the wall clock before and after it."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "rows.pb")
            started = time.time_ns()
            product.run("-dest", f"file:{path}", "-marshal", "protobufList", "-frequency", "20s" if EMULATED else "1s",
                        "-timeout", "15s" if EMULATED else "500ms", "-maxLoops", 1, "-pollJitterPct", 0, "-promListen", "127.0.0.1:0", *flags, *os.environ.get("XTCP2_TEST_FLAGS", "").split())
            ended = time.time_ns()
            return formats.read_protobuf_list(path.read_bytes()), started, ended

    def compare(self, *flags, states=sockdiag.STATES_ALL, **arguments):
        """One poll between two dumps of the oracle. Returns all its rows; {label: rows} of the zoo's namespaces was compared."""
        began = time.monotonic()
        before = self.zoo.dump(states=states, **arguments)
        rows, started, ended = self.poll(*flags)
        after = self.zoo.dump(states=states, **arguments)
        self.elapsed_ms = int((time.monotonic() - began) * 1000) + 10  # and a tick of the kernel's clock
        if not arguments and states == sockdiag.STATES_ALL:
            self.assertEqual(self.zoo.flaws(after), [], "the zoo itself changed")
        by_namespace = collections.defaultdict(list)
        for row in rows:
            by_namespace[row["netns_cookie"], row["netns_inode"]].append(row)
        for namespace in self.zoo.namespaces:
            found = by_namespace.pop((namespace.cookie, namespace.inode), [])
            self.compare_namespace(namespace, before[namespace.label], found, after[namespace.label])
        others = {row["netns"] for found in by_namespace.values() for row in found}
        self.assertFalse(others & {namespace.label for namespace in self.zoo.namespaces}, "a name of the zoo on foreign rows")
        return rows, started, ended

    def compare_namespace(self, namespace, before, found, after):
        restless = {key: exhibit.restless for key, exhibit in self.zoo.expected()[namespace.label].items()}
        earlier, later = sockdiag.by_cookie(before), sockdiag.by_cookie(after)
        cookies = collections.Counter(row["inet_diag_msg_socket_cookie"] for row in found)
        self.assertEqual(cookies, collections.Counter(earlier.keys() & later.keys()), f"{namespace.label}: one row a socket")
        self.assertEqual({row["netns"] for row in found}, {namespace.label} if found else set())
        for row in found:
            cookie = row["inet_diag_msg_socket_cookie"]
            wrong = disagreements(earlier[cookie], row, later[cookie], restless.get(key_of(row), False), self.elapsed_ms)
            self.assertEqual(wrong, {}, f"{namespace.label}: {key_of(row)}: before, found, after")

    def test_every_socket_and_every_field(self):
        print("the zoo lacks:", "; ".join(self.zoo.missing) or "nothing")
        if EMULATED:  # these kernels are booted with it
            self.assertIn("dctcp", self.zoo.congestions)
        rows, started, ended = self.compare()
        of_zoo = [row for row in rows if row["netns_inode"] in {namespace.inode for namespace in self.zoo.namespaces}]
        self.assertEqual(len(of_zoo), len(self.zoo.exhibits))
        self.check_bookkeeping(rows, started, ended)

    def check_bookkeeping(self, rows, started, ended):
        """What is the same in all rows of a poll, and what must differ."""
        self.assertEqual(len({row["timestamp_ns"] for row in rows}), 1, "one time identifies the poll")
        self.assertEqual(len({row["record_counter"] for row in rows}), len(rows), "a number stands twice in a poll")
        host = socket.gethostname()
        boot_id = int.from_bytes(uuid.UUID(pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()).bytes[:8], "big")
        for row in rows:
            self.assertLessEqual(started, row["timestamp_ns"])
            self.assertLessEqual(row["timestamp_ns"] + 1000 * row["observed_delay_us"], ended)
            self.assertEqual((row["schema_version"], row["record_kind"], row["hostname"], row["boot_id"], row["sample_rate"]), (2, 0, host, boot_id, 1))
            self.assertIn(row["collector"], COLLECTORS)

    def test_meminfo_too_when_asked(self):
        self.compare("-deserializers", "all", extensions=sockdiag.EXTENSIONS_ALL)

    def test_few_attributes(self):
        """What is not asked for is zero, also what the kernel gives unasked."""
        self.compare("-deserializers", "info,cong,mark", wanted={decode.INFO, decode.CONG, decode.MARK})

    def test_rows_are_the_bytes_that_were_captured(self):
        """-writeFiles saves what the rows were made of: with the same bytes nothing at all may differ, in any namespace of this host."""
        with tempfile.TemporaryDirectory() as folder:
            rows, _, _ = self.poll("-writeFiles", 1000, "-capturePath", f"{folder}/", "-deserializers", "all")
            captured = collections.Counter()
            for path in pathlib.Path(folder).glob("*.pcapng"):
                for datagram in readers.read_capture(path):
                    for row in decode.decode_datagram(datagram.data, datagram.release):
                        captured[self.identity(datagram, row)] += 1
        found = collections.Counter(self.identity(readers.Datagram(b"", 0, row["netns"], row["netns_inode"], row["netns_cookie"]), row)
                                    for row in rows)
        self.assertGreaterEqual(found.total(), len(self.zoo.exhibits))
        self.assertEqual(found - captured, collections.Counter(), "rows that are not in the capture")
        self.assertEqual(captured - found, collections.Counter(), "captured answers without a row")

    @staticmethod
    def identity(datagram, row):
        return (datagram.netns, datagram.netns_inode, datagram.netns_cookie, *(row[name] for name in decode.KERNEL_FIELDS))

    def test_bound_only_sockets(self):
        """They are in a poll with -boundOnly, where the kernel tells of them (6.8 and later), and never without."""
        keys = {(record.CLOSE, *names) for _, names in self.zoo.bound_only}
        rows, _, _ = self.compare()
        self.assertFalse(keys & {key_of(row) for row in rows})
        states = sockdiag.STATES_ALL | sockdiag.BOUND_ONLY
        told = {key_of(row) for rows in self.zoo.dump(states=states).values() for row in rows}
        rows, _, _ = self.compare("-boundOnly", states=states)
        self.assertEqual(keys & {key_of(row) for row in rows}, keys & told)


if __name__ == "__main__":
    unittest.main()
