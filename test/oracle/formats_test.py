#!/usr/bin/python3
"""Tests of the readers: what they must understand, and what they must not let pass."""
import json
import unittest

import formats
import record


class Readers(unittest.TestCase):
    def refuses(self, read, data, *arguments):
        with self.assertRaises((formats.FormatError, ValueError, IndexError)):
            read(data, *arguments)

    def test_protobuf_list(self):
        row, = formats.read_protobuf_list(bytes.fromhex("08520608 01a20101 61".replace(" ", "")))
        self.assertEqual((row["schema_version"], row["hostname"], row["tcp_info_rtt"]), (1, "a", 0))
        self.assertEqual(set(row), set(record.TYPES))
        self.refuses(formats.read_protobuf_list, bytes.fromhex("0852060801a201"))        # cut
        self.refuses(formats.read_protobuf_list, bytes.fromhex("0a520808015000a2010161"))  # a zero is written
        self.refuses(formats.read_protobuf_list, bytes.fromhex("0852 06 a20101 61 0801"))  # not ascending

    def test_protobuf_list_of_epoch_1(self):
        row, = formats.read_protobuf_list(bytes.fromhex("07 5205 b88301 8101"), 1)  # c_group at 2103
        self.assertEqual(row["inet_diag_cgroup_id"], 129)
        self.refuses(formats.read_protobuf_list, bytes.fromhex("07 5205 b88301 8101"), 2)
        self.refuses(formats.read_protobuf_list, bytes.fromhex("07 5205 989a08 8101"), 1)

    def test_json(self):
        line = {"timestampNs": "5", "inetDiagMsgFamily": 2, "inetDiagMsgSocketSource": "fwAAAQAAAAAAAAAAAAAAAA==",
                "collector": "COLLECTOR_BPF", "inetDiagCongEnum": "CONGESTION_ALGORITHM_BBR1"}
        row, = formats.read_jsonl(json.dumps(line).encode() + b"\n")
        self.assertEqual((row["timestamp_ns"], row["collector"], row["inet_diag_cong_enum"]), (5, 3, 5))
        self.assertEqual(row["inet_diag_msg_socket_source"], bytes([127, 0, 0, 1]) + bytes(12))
        for wrong in ({"timestampNs": 5}, {"inetDiagMsgFamily": "2"}, {"inetDiagMsgFamily": 0}, {"noSuchKey": 1}, {"collector": "BOH"}):
            self.refuses(formats.read_jsonl, json.dumps(wrong).encode() + b"\n")
        self.refuses(formats.read_jsonl, b'{"nsid":1,"nsid":2}\n')
        self.refuses(formats.read_jsonl, b'{"nsid":1}')
        self.refuses(formats.read_proto_json, b'{"rows":[]}\n')

    def test_old_names(self):
        row, = formats.read_jsonl(b'{"cGroup":"9","tcpInfoRttVar":3}\n', 1)
        self.assertEqual((row["inet_diag_cgroup_id"], row["tcp_info_rttvar"]), (9, 3))
        self.refuses(formats.read_jsonl, b'{"cGroup":"9"}\n', 2)
        self.refuses(formats.read_jsonl, b'{"bootId":"9"}\n', 1)

    def test_humanized(self):
        line = {"inetDiagMsgFamily": 10, "inetDiagMsgSocketDestination": "::ffff:1.2.3.4", "inetDiagMsgState": "LISTEN",
                "timestampNs": "2023-11-14T22:13:20.5Z"}
        row, = formats.read_humanize(json.dumps(line, sort_keys=True).encode() + b"\n")
        self.assertEqual(row["inet_diag_msg_socket_destination"], bytes(10) + b"\xff\xff\1\2\3\4")
        self.assertEqual((row["inet_diag_msg_state"], row["timestamp_ns"]), (10, 1_700_000_000_500_000_000))
        self.refuses(formats.read_humanize, b'{"nsid":1,"netns":"x"}\n')  # keys not sorted

    def test_separated(self):
        columns = [record.json_name(name) for name in record.TYPES]
        cells = ["" if record.TYPES[name] in ("string", "bytes") or record.is_enum(name) else "0" for name in record.TYPES]
        cells[columns.index("hostname")], cells[columns.index("tcpInfoState")] = '"a,""b"', "TIME_WAIT"
        cells[columns.index("timestampNs")] = ""
        data = "\n".join((",".join(columns), ",".join(cells), "")).encode()
        row, = formats.READERS["csv"](data)
        self.assertEqual((row["hostname"], row["tcp_info_state"]), ('a,"b', 6))
        self.refuses(formats.READERS["csv"], data.replace(b"hostname,", b""))
        self.refuses(formats.READERS["csv"], data + b"1,2\n")

    def test_msgpack(self):
        import msgpack

        entries = {record.go_name(name): value for name, value in record.DEFAULTS.items()}
        row, = formats.READERS["msgpack"](msgpack.packb({"Row": [{**entries, "Nsid": 7}]}))
        self.assertEqual(row["nsid"], 7)
        del entries["Nsid"]
        self.refuses(formats.READERS["msgpack"], msgpack.packb({"Row": [entries]}))

    def test_proto_text(self):
        row, = formats.READERS["protoText"](b'row {\n  hostname: "x"\n  collector: COLLECTOR_NETLINK\n}\n\n')
        self.assertEqual((row["hostname"], row["collector"]), ("x", 1))


if __name__ == "__main__":
    unittest.main()
