#!/usr/bin/python3
"""Tests of the oracle itself: against bytes put together by hand, and, where captures of other kernels are at hand (XTCP2_FIXTURES),
against what `ss` printed of the same sockets."""
import glob
import os
import re
import struct
import unittest

import decode
import readers
import record
import ss_text

FIXTURES = os.environ.get("XTCP2_FIXTURES", "")


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


class ByHand(unittest.TestCase):
    def answer(self, attributes=b"", release="6.18"):
        message = bytes([2, 1, 2, 3]) + struct.pack(">HH", 22, 40000) + bytes([127, 0, 0, 1]) + bytes(12) + bytes([10, 0, 0, 9]) + \
            bytes(12) + struct.pack("=IQIIIII", 7, 0x1122334455667788, 1000, 5, 6, 33, 4444)
        return decode.decode_answer(message + attributes, release)

    def test_message(self):
        row = self.answer()
        self.assertEqual(row["inet_diag_msg_socket_source_port"], 22)
        self.assertEqual(row["inet_diag_msg_socket_destination"], bytes([10, 0, 0, 9]) + bytes(12))
        self.assertEqual(row["inet_diag_msg_socket_cookie"], 0x1122334455667788)
        self.assertEqual(row["inet_diag_msg_inode"], 4444)
        self.assertEqual(row["parts_present"], 1)
        self.assertEqual(set(row), set(decode.KERNEL_FIELDS))

    def test_every_field_is_a_field_of_the_record(self):
        self.assertLessEqual(set(decode.KERNEL_FIELDS), set(record.TYPES))
        kernel_numbers = {name for name, number in record.NUMBERS.items() if 1000 < number < 3000 or number in (9005, 9006, 9007, 9008, 9009)}
        self.assertEqual(kernel_numbers, set(decode.KERNEL_FIELDS))

    def test_short_tcp_info_gives_what_it_has(self):
        info = bytes([1, 0, 0, 0, 0, 7, 0x97, 0x05]) + b"".join(struct.pack("=I", 100 + i) for i in range(40))
        self.assertEqual(len(info), 168)
        row = self.answer(attribute(2, info))
        self.assertEqual((row["tcp_info_snd_wscale"], row["tcp_info_rcv_wscale"]), (7, 9))
        self.assertEqual((row["tcp_info_delivery_rate_app_limited"], row["tcp_info_fastopen_client_fail"]), (1, 2))
        self.assertEqual((row["tcp_info_rtt"], row["tcp_info_snd_cwnd"]), (115, 118))
        self.assertEqual(row["tcp_info_delivery_rate"], 139 << 32 | 138)
        self.assertEqual((row["tcp_info_busy_time"], row["tcp_info_length"], row["parts_present"]), (0, 168, 5))

    def test_last_word_by_release(self):
        info = bytes(276) + struct.pack("=I", 0xABCDEF << 8 | 9 << 4 | 2 << 2 | 3)
        row = self.answer(attribute(2, info), "7.0.3")
        self.assertEqual([row[name] for name in decode.LAST_WORD_FIELDS], [3, 2, 9, 0xABCDEF])
        row = self.answer(attribute(2, bytes(276) + struct.pack("=HH", 5, 6)), "Linux 6.18.44-x")
        self.assertEqual([row[name] for name in decode.LAST_WORD_FIELDS], [0, 6, 5, 0])

    def test_names(self):
        ulp = attribute(19, attribute(1, b"tls\0") + attribute(2, b"whatever"))
        row = self.answer(attribute(4, b"bbr3\0") + ulp)
        self.assertEqual((row["inet_diag_cong"], row["inet_diag_cong_enum"], row["inet_diag_ulp_name"]), ("bbr3", 7, "tls"))
        for name, number in (("cubic", 1), ("reno", 0), ("bbr", 5), ("bbr2", 6), ("dctcp", 2), ("vegas", 3), ("prague", 4)):
            self.assertEqual(decode.congestion_number(name), number)

    def test_unknown_and_damaged_attributes(self):
        row = self.answer(attribute(40, b"12345678") + attribute(15, struct.pack("=I", 99)) + b"\xff\xff\x02\x00")
        self.assertEqual((row["inet_diag_mark"], row["parts_present"]), (99, 1 | 1 << 15))

    def test_requests_are_no_answers(self):
        request = struct.pack("=IHHII", 88, 20, 0x301, 1, 0) + bytes(72)
        self.assertEqual(decode.decode_datagram(request, ""), [])


@unittest.skipUnless(FIXTURES, "captures of other kernels: set XTCP2_FIXTURES to their folder")
class AgainstSs(unittest.TestCase):
    """Every value that ss printed, of every socket it printed, is in one of the rows of that socket in the capture."""

    def rows_by_cookie(self, capture, release):
        rows = {}
        for datagram in readers.read_capture(capture):
            for row in decode.decode_datagram(datagram.data, release):
                rows.setdefault(row["inet_diag_msg_socket_cookie"], []).append(row)
        return rows

    def compare(self, text, capture):
        rows = self.rows_by_cookie(capture, "6.8")
        compared = 0
        for cookie, seen in ss_text.parse(text):
            candidates = rows.get(cookie, [])
            if not candidates:
                continue
            compared += 1
            wrong = [{name: (value, row[name]) for name, value in seen.items() if not ss_text.same(name, row[name], value)}
                     for row in candidates]
            self.assertIn({}, wrong, f"{text}: socket {cookie:x}")
        return compared

    def test_sockets(self):
        texts = [path for path in glob.glob(FIXTURES + "/*/*ss_tcp_info_a_1*") if not path.endswith(".pcap")]
        compared = 0
        for text in sorted(texts):
            capture = re.sub(r"ss_tcp_info_a_(\d+)", r"tcp_\1_sockets", text) + ".pcap"
            if os.path.exists(capture) and readers_can_read(capture):
                with self.subTest(text=os.path.relpath(text, FIXTURES)):
                    compared += self.compare(text, capture)
        self.assertGreater(compared, 1000, "sockets in common")


def readers_can_read(capture):
    with open(capture, "rb") as file:
        return file.read(4) != bytes(4)  # one file of the set is nothing but zeros


if __name__ == "__main__":
    unittest.main()
