#!/usr/bin/python3
"""Every format, written to a file by the daemon and read back by an independent reader: the same sockets in each."""
import collections
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import formats
import namespaces

PLAN = farm.Plan(pairs=20, listeners=5)


@isolation.needs_root
class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespaces = [namespaces.Named(f"xtcp2t-format-{number}") for number in range(3)]
        cls.addClassCleanup(lambda: [each.close() for each in cls.namespaces])
        cls.farm = farm.Farm([each.path for each in cls.namespaces], PLAN, workers=1)
        cls.addClassCleanup(cls.farm.close)
        cls.names = {each.inode: each.name for each in cls.namespaces}

    def write(self, *flags):
        path = isolation.scratch("rows")
        code, daemon = daemon_process.run_to_end("-dest", f"file:{path}", "-maxLoops", "1", "-pollJitterPct", "0", *flags)
        self.assertEqual(0, code, daemon.describe())
        return path.read_bytes()

    def check(self, rows):
        ours = [row for row in rows if row["netns_inode"] in self.names]
        self.assertEqual(collections.Counter(self.farm.known), collections.Counter(map(farm.known_of_row, ours)))
        self.assertEqual({(inode, name) for inode, name in self.names.items()}, {(row["netns_inode"], row["netns"]) for row in ours})

    def test_every_format(self):
        for marshal, read in formats.READERS.items():
            with self.subTest(marshal):
                self.check(read(self.write("-marshal", marshal)))

    def test_small_batches(self):
        """Headers and frames are right when a poll is many batches."""
        for marshal, read in formats.READERS.items():
            if marshal == "protoText":
                continue  # not framed: one text
            with self.subTest(marshal):
                self.check(read(self.write("-marshal", marshal, "-envelopeFlushRows", "7")))

    def test_names_of_epoch_1(self):
        for marshal, read in formats.READERS.items():
            with self.subTest(marshal):
                self.check(read(self.write("-marshal", marshal, "-recordEpoch", "1"), 1))

    def test_table(self):
        """For people: a header, then one line a socket, in columns that blanks separate."""
        columns = "netns,inetDiagMsgSocketSourcePort,inetDiagMsgSocketDestinationPort"
        header, *lines = self.write("-marshal", "table", "-columns", columns).decode().splitlines()
        self.assertEqual(3, len(header.split()), header)
        cells = collections.Counter(tuple(line.split()) for line in lines if line.startswith("xtcp2t-format-"))
        expected = collections.Counter((self.names[known.netns_inode], str(known.sport), str(known.dport)) for known in self.farm.known)
        self.assertEqual(expected, cells)


if __name__ == "__main__":
    unittest.main()
