#!/usr/bin/python3
"""20,000 quiet sockets in 50 namespaces: every one has exactly one row in every poll, and no cap of a batch costs a row."""
import collections
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import formats
import output

NAMESPACES, PLAN = 50, farm.Plan(pairs=96, listeners=8)
AT_ONCE = ("-pollJitterPct", "0")


@isolation.needs_root
class Completeness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        farm.furnish(cls, "xtcp2t-full", NAMESPACES, PLAN)
        cls.names = {each.inode: each.name for each in cls.namespaces}

    def poll(self, *flags, polls=1):
        """The file that a run of so many polls writes."""
        path = isolation.scratch("rows")
        code, daemon = daemon_process.run_to_end("-dest", f"file:{path}", "-maxLoops", str(polls), *flags)
        self.assertEqual(0, code, daemon.describe())
        return path.read_bytes()

    def check_poll(self, rows):
        """The rows of one poll: all that the makers know of, each once, under the right name; no other; numbered without repetition."""
        self.assertEqual(len(rows), len({row["record_counter"] for row in rows}), "record_counter repeats")
        ours = [row for row in rows if row["netns_inode"] in self.names]
        seen, expected = collections.Counter(map(farm.known_of_row, ours)), collections.Counter(self.farm.known)
        missing, extra = expected - seen, seen - expected
        self.assertFalse(missing or extra, f"{missing.total()} of {expected.total()} missing, {extra.total()} too many, such as "
                                           f"{list(missing)[:3]} and {list(extra)[:3]}")
        self.assertEqual(set(), {(row["netns"], row["netns_inode"]) for row in ours} - {(n, i) for i, n in self.names.items()})

    def test_the_farm_is_as_large_as_it_says(self):
        self.assertEqual(20_000, len(self.farm.known))
        self.assertEqual(20_000, len({known.cookie for known in self.farm.known}))

    def test_default_flags(self):
        """Nothing but a shorter period, as far as -timeout's default of 5 s allows."""
        polls = output.by_poll(formats.read_protobuf_list(self.poll("-frequency", "5001ms", polls=2)))
        self.assertEqual(2, len(polls), "each poll has one timestamp_ns of its own")
        for rows in polls.values():
            self.check_poll(rows)

    def test_row_cap(self):
        data = self.poll(*AT_ONCE, "-envelopeFlushRows", "100")
        counts = [len(formats.envelope_of(2).FromString(payload).row) for payload in formats.frames(data)]
        self.assertEqual(100, max(counts))
        self.check_poll(formats.read_protobuf_list(data))

    def test_byte_cap(self):
        """Every envelope with its frame is at most that long, and another row would not have fitted into the full ones."""
        for marshal, sizes in (("protobufList", frame_sizes), ("protoJson", line_sizes)):
            with self.subTest(marshal):
                data = self.poll(*AT_ONCE, "-envelopeFlushBytes", "10000", "-marshal", marshal)
                lengths = sizes(data)
                self.assertLessEqual(max(lengths), 10_000)
                self.assertGreater(sorted(lengths)[len(lengths) // 2], 5_000, "batches are cut long before they are full")
                self.check_poll(formats.READERS[marshal](data))

    def test_caps_of_one_row(self):
        """A row that is longer than the cap by itself goes out alone."""
        data = self.poll(*AT_ONCE, "-envelopeFlushBytes", "1")
        rows = formats.read_protobuf_list(data)
        self.assertEqual(len(rows), len(list(formats.frames(data))))
        self.check_poll(rows)


def frame_sizes(data):
    """Of varint-framed payloads, the frame's own bytes included."""
    return [len(payload) + (len(payload).bit_length() + 6) // 7 for payload in formats.frames(data)]


def line_sizes(data):
    return [len(line) + 1 for line in data.split(b"\n")[:-1]]


if __name__ == "__main__":
    unittest.main()
