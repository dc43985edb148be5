#!/usr/bin/python3
"""Equality on the same bytes: `xtcp2 replay` of a capture, read back from every format by that format's independent reader, against the
oracle: every field of every row. Captures are the golden ones of test/golden/, made-up ones of every tcp_info length, and other kernels'
where they are at hand. No root needed."""
import os
import pathlib
import tempfile
import unittest

import capture
import decode
import formats
import product
import readers
import record
import synth

COLLECTOR_CAPTURE = 5
GOLDEN = sorted(product.ROOT.glob("test/golden/*/*.pcapng"))
# What replay knows beside the kernel's bytes, and what it must say of it.
FROM_CAPTURE = ["schema_version", "collector", "record_kind", "netns", "netns_inode", "netns_cookie", "sample_rate", "record_counter", "timestamp_ns"]


def expected_rows(datagrams, epoch, wanted=decode.DECODED):
    """The rows of a capture as the record defines them: one dump is what answers one request, up to its DONE."""
    rows, dumps = [], {}
    for datagram in datagrams:
        for message in decode.messages(datagram.data):
            key = (datagram.netns_inode, message.pid, message.seq)
            if message.type == decode.NLMSG_DONE:
                dumps.pop(key, None)
            row = decode.decode_answer(message.payload, datagram.release, wanted) if decode.is_answer(message) else None
            if row is None:
                continue
            start, count = dumps.get(key, (datagram.time_ns, 0))
            dumps[key] = (start, count + 1)
            rows.append({**record.DEFAULTS, **row, "schema_version": epoch, "collector": COLLECTOR_CAPTURE, "netns": datagram.netns,
                         "netns_inode": datagram.netns_inode, "netns_cookie": datagram.netns_cookie, "timestamp_ns": start,
                         "record_counter": count + 1, **({"sample_rate": 1} if epoch == 2 else {})})
    return rows


class SameBytes(unittest.TestCase):
    maxDiff = None

    def check_rows(self, expected, actual, names):
        self.assertEqual(len(expected), len(actual), "rows")
        for number, (should, row) in enumerate(zip(expected, actual)):
            wrong = formats.differences(should, row, names)
            self.assertEqual(wrong, {}, f"row {number}: expected and found")

    def check(self, path, datagrams, epoch=2, formats_wanted=tuple(formats.READERS)):
        expected = expected_rows(datagrams, epoch)
        names = [name for name in decode.KERNEL_FIELDS + FROM_CAPTURE if name in record.names_of(epoch)]
        if not any(datagram.time_ns for datagram in datagrams):
            names.remove("timestamp_ns")  # a raw file has no times
        for name in formats_wanted:
            with self.subTest(path=os.path.basename(path), format=name, epoch=epoch):
                data = product.run("replay", "-deserializers", "all", "-marshal", name, "-recordEpoch", epoch, path)
                self.check_rows(expected, formats.READERS[name](data, epoch), names)
        return len(expected)

    def test_golden(self):
        self.assertTrue(GOLDEN)
        for path in GOLDEN:
            datagrams = readers.read_capture(path)
            self.assertGreater(self.check(path, datagrams), 50)
            self.check(path, datagrams, 1)

    def test_every_kernel_made_up(self):
        """Random values in every attribute and every length of tcp_info, both meanings of its last word."""
        with tempfile.TemporaryDirectory() as folder:
            for release in synth.KERNELS:
                path = pathlib.Path(folder, f"made-up-{release}.pcapng")
                path.write_bytes(capture.pcapng(synth.datagrams(release, 1), release))
                self.check(path, readers.read_capture(path))

    def test_kernel_flag_decides_the_last_word(self):
        """The same bytes, of which the capture does not say what kernel they are from."""
        datagrams = synth.datagrams("7.0.3", 2)
        seen = set()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "unnamed.pcapng")
            path.write_bytes(capture.pcapng(datagrams, ""))
            for kernel in ("6.18", "7.0.3"):
                labelled = [datagram._replace(release=kernel) for datagram in datagrams]
                rows = formats.read_protobuf_list(
                    product.run("replay", "-deserializers", "all", "-kernel", kernel, "-marshal", "protobufList", path))
                self.check_rows(expected_rows(labelled, 2), rows, decode.KERNEL_FIELDS)
                seen.add(tuple(row["tcp_info_options2"] for row in rows))
        self.assertEqual(len(seen), 2)

    def test_attributes_that_are_not_wanted_are_left_out(self):
        datagrams = synth.datagrams("6.18.44", 4)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "some.pcapng")
            path.write_bytes(capture.pcapng(datagrams, "6.18.44"))
            datagrams = readers.read_capture(path)
            for keys, wanted in (("default", decode.DECODED - {decode.MEMINFO}), ("info,cong,mark", {decode.INFO, decode.CONG, decode.MARK}),
                                 ("ulp,v6only,bbr", {decode.ULP_INFO, decode.SKV6ONLY, decode.BBRINFO})):
                with self.subTest(deserializers=keys):
                    data = product.run("replay", "-deserializers", keys, "-marshal", "protobufList", path)
                    self.check_rows(expected_rows(datagrams, 2, wanted), formats.read_protobuf_list(data), decode.KERNEL_FIELDS)

    def test_raw_files_of_the_go_program(self):
        """Netlink bytes without any header, one file a datagram."""
        with tempfile.TemporaryDirectory() as folder:
            for number, datagram in enumerate(synth.datagrams("6.12.111", 3, 20)):
                if datagram.data == synth.DONE:
                    continue
                path = pathlib.Path(folder, f"netlink.{number}")
                path.write_bytes(datagram.data)
                self.check(path, readers.read_capture(path), formats_wanted=["protobufList", "jsonl"])

    def test_other_kernels(self):
        checked = 0
        for path in sorted(product.fixtures().glob("*/*")):
            with open(path, "rb") as file:
                head = file.read(4)
            raw = path.name.startswith(("netlink_sock_diag_response_port", "large_netlink"))
            if head == b"\xd4\xc3\xb2\xa1" or raw:
                checked += self.check(path, readers.read_capture(path), formats_wanted=self.formats_for(path))
        self.assertGreater(checked, 10000)

    @staticmethod
    def formats_for(path):
        """All formats for captures up to a few hundred sockets, the two that are read fastest for the large ones."""
        return list(formats.READERS) if path.stat().st_size < 200_000 else ["protobufList", "csv"]


if __name__ == "__main__":
    unittest.main()
