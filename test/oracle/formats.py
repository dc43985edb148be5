"""Independent readers of every output format: libprotobuf's Python classes, and Python's json, csv and msgpack. Each gives a list of rows
{epoch-2 name: value} with numbers as int, enums as their number, texts as str and addresses as 16 bytes, so that rows read from any
format compare with the oracle and with each other. Strict: an unknown key, a missing csv column, bytes left over are errors.
"""
import base64
import csv
import datetime
import io
import ipaddress
import json
import pathlib
import sys

import record
from envelope import envelope_of

ADDRESSES = ("inet_diag_msg_socket_source", "inet_diag_msg_socket_destination")
STATE_FIELDS = ("inet_diag_msg_state", "tcp_info_state")


class FormatError(Exception):
    pass


def from_message(message, epoch):
    bases = {name: base for base, name in record.names_of(epoch).items()}
    return {**record.DEFAULTS, **{bases[field.name]: value for field, value in message.ListFields()}}


def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data):
            raise FormatError(f"a frame length at {at} is cut")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def frames(data):
    """The payloads of varint-framed messages, back to back; bytes left over are an error."""
    at = 0
    while at < len(data):
        length, at = read_varint(data, at)
        if length > len(data) - at:
            raise FormatError(f"the frame at {at} is cut: {length} bytes, {len(data) - at} there")
        yield data[at:at + length]
        at += length


def read_protobuf_list(data, epoch=2):
    rows = []
    for payload in frames(data):
        envelope = envelope_of(epoch).FromString(payload)
        # Ascending numbers, no zero values, no unknown fields: then libprotobuf writes the same bytes.
        if envelope.SerializeToString(deterministic=True) != payload:
            raise FormatError("an envelope is not in canonical form")
        if any(row.UnknownFields() for row in envelope.row):
            raise FormatError("a field of no known number")
        rows += [from_message(row, epoch) for row in envelope.row]
    return rows


def read_proto_text(data, epoch=2):
    from google.protobuf import text_format  # Debian's python3-protobuf

    return [from_message(row, epoch) for row in text_format.Parse(data.decode(), envelope_of(epoch)()).row]


class Json:
    """One protojson object to a row; `epoch` says which names it uses."""

    def __init__(self, epoch):
        self.names = {record.json_name(name): base for base, name in record.names_of(epoch).items()}

    def value(self, name, value):
        kind = record.TYPES[name]
        if kind in ("uint64", "int64"):
            if not isinstance(value, str):
                raise FormatError(f"{name}: a 64-bit number is not quoted: {value!r}")
            return int(value)
        if kind == "uint32":
            if not isinstance(value, int) or isinstance(value, bool):
                raise FormatError(f"{name}: not a bare number: {value!r}")
            return value
        if kind == "bytes":
            return base64.b64decode(value, validate=True)
        if kind == "string":
            return value
        return record.ENUMS[kind][1].index(value.removeprefix(record.ENUMS[kind][0]))

    def row(self, entries):
        row = dict(record.DEFAULTS)
        for key, value in entries.items():
            if key not in self.names:
                raise FormatError(f"unknown key {key!r}")
            row[self.names[key]] = self.value(self.names[key], value)
            if row[self.names[key]] == record.DEFAULTS[self.names[key]]:
                raise FormatError(f"{key}: a zero value is written")
        return row


def unique(pairs):
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise FormatError("a key stands twice in an object")
    return entries


def json_lines(data):
    """The objects of a text of one object a line; every line ends in a newline."""
    if data and not data.endswith(b"\n"):
        raise FormatError("the last line does not end")
    return [json.loads(line, object_pairs_hook=unique) for line in data.split(b"\n")[:-1]]


def read_jsonl(data, epoch=2):
    reader = Json(epoch)
    return [reader.row(entries) for entries in json_lines(data)]


def read_proto_json(data, epoch=2):
    reader, rows = Json(epoch), []
    for envelope in json_lines(data):
        if set(envelope) != {"row"}:
            raise FormatError(f"keys of an envelope: {sorted(envelope)}")
        rows += map(reader.row, envelope["row"])
    return rows


def address_bytes(text, family):
    """What was printed of an address, back to the kernel's 16 bytes."""
    if text == "":
        return b""
    packed = ipaddress.ip_address(text).packed
    if family == 2:
        return packed.ljust(16, b"\0")
    return packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed


def timestamp_ns(text):
    """RFC 3339 in UTC with as many digits as needed."""
    if text == "":
        return 0
    if not text.endswith("Z"):
        raise FormatError(f"a time that is not in UTC: {text!r}")
    whole, _, fraction = text[:-1].partition(".")
    if len(fraction) > 9 or fraction.endswith("0"):
        raise FormatError(f"digits of a time: {text!r}")
    seconds = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(seconds.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


def humanized(name, text, family):
    """The value behind what people are shown of the fields that are shown as words; None for all others."""
    if name in ADDRESSES:
        return address_bytes(text, family)
    if name in STATE_FIELDS:
        return record.state_number(text)
    if record.is_enum(name):
        return record.enum_number(name, text)
    if name == "timestamp_ns":
        return timestamp_ns(text)
    return None


def read_humanize(data, epoch=2):
    reader, rows = Json(epoch), []
    for entries in json_lines(data):
        if list(entries) != sorted(entries):
            raise FormatError("keys are not sorted")
        words = {}
        for key in list(entries):
            name = reader.names.get(key)
            if name in ADDRESSES + STATE_FIELDS + ("timestamp_ns",) or name and record.is_enum(name):
                words[name] = entries.pop(key)
        row = reader.row(entries)
        for name, text in words.items():
            row[name] = humanized(name, text, row["inet_diag_msg_family"])
        rows.append(row)
    return rows


def csv_value(name, text, family):
    value = humanized(name, text, family)
    if value is not None:
        return value
    return text if record.TYPES[name] == "string" else int(text)


def read_separated(data, delimiter, epoch=2):
    names = {record.json_name(name): base for base, name in record.names_of(epoch).items()}
    if epoch == 1:
        names.update({record.json_name(name): None for name in record.ONLY_IN_1})
    lines = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter, strict=True))
    if not lines:
        return []
    header, rows = lines[0], []
    if sorted(header) != sorted(names):
        raise FormatError(f"columns: missing {set(names) - set(header)}, unknown {set(header) - set(names)}")
    for line in lines[1:]:
        if len(line) != len(header):
            raise FormatError(f"{len(line)} cells under {len(header)} columns")
        cells = {names[column]: text for column, text in zip(header, line)}
        if cells.pop(None, "0") != "0":
            raise FormatError("a field that is never set has a value")
        family = int(cells["inet_diag_msg_family"])
        rows.append({**record.DEFAULTS, **{name: csv_value(name, text, family) for name, text in cells.items()}})
    return rows


def read_msgpack(data, epoch=2):
    import msgpack  # Debian's python3-msgpack

    names = {record.go_name(name): base for base, name in record.names_of(epoch).items()}
    if epoch == 1:
        names.update({record.go_name(name): None for name in record.ONLY_IN_1})
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=True, max_buffer_size=1 << 30)
    unpacker.feed(data)
    rows = []
    for envelope in unpacker:
        if set(envelope) != {"Row"}:
            raise FormatError(f"keys of an envelope: {sorted(envelope)}")
        for entries in envelope["Row"]:
            if sorted(entries) != sorted(names):
                raise FormatError(f"keys: missing {set(names) - set(entries)}, unknown {set(entries) - set(names)}")
            row = {names[key]: b"" if value is None else value for key, value in entries.items()}
            if row.pop(None, 0) != 0:
                raise FormatError("a field that is never set has a value")
            rows.append({**record.DEFAULTS, **row})
    if unpacker.tell() != len(data):
        raise FormatError(f"{len(data) - unpacker.tell()} bytes left over")
    return rows


READERS = {
    "protobufList": read_protobuf_list,
    "protoText": read_proto_text,
    "protoJson": read_proto_json,
    "jsonl": read_jsonl,
    "humanize": read_humanize,
    "csv": lambda data, epoch=2: read_separated(data, ",", epoch),
    "tsv": lambda data, epoch=2: read_separated(data, "\t", epoch),
    "msgpack": read_msgpack,
}


def differences(expected, actual, names):
    """{name: (expected, actual)} of the fields that are not equal; sound for rows that passed a reader above."""
    return {name: (expected[name], actual[name]) for name in names if expected[name] != actual[name]}


def main():
    """formats.py FORMAT FILE: prints the rows as JSON, for looking at them."""
    name, path = sys.argv[1:]
    for row in READERS[name](pathlib.Path(path).read_bytes()):
        print({key: value for key, value in row.items() if value != record.DEFAULTS[key]})


if __name__ == "__main__":
    main()
