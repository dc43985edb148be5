#!/usr/bin/python3
"""Writes the seeds of the fuzzers that read kernel answers, out of the repository's own captures (test/golden): single answers, short
datagrams, and the first packets of a capture. Run it when those change."""
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))
import readers

SOCK_DIAG, HEADER = 20, 16


def messages(datagram):
    """Whole messages of a datagram, padding included."""
    at = 0
    while at + HEADER <= len(datagram):
        length, = struct.unpack_from("<I", datagram, at)
        yield datagram[at:at + (length + 3 & ~3)]
        at += length + 3 & ~3


def write(folder, name, data):
    (HERE / folder).mkdir(exist_ok=True)
    (HERE / folder / name).write_bytes(data)


def distinct_answers(capture):
    """One answer for each combination of family, state, size."""
    seen = {}
    for datagram in readers.read_capture(capture):
        for message in messages(datagram.data):
            if struct.unpack_from("<H", message, 4)[0] == SOCK_DIAG:
                seen.setdefault((message[HEADER], message[HEADER + 1], len(message)), message)
    return list(seen.values())


def first_packets(capture, limit=4096):
    """The blocks of a little-endian pcapng file, as many as fit."""
    data, at = capture.read_bytes(), 0
    while at + 8 <= len(data):
        length, = struct.unpack_from("<I", data, at + 4)
        if at + length > limit:
            break
        at += length
    return data[:at]


def main():
    for capture in sorted((HERE.parent / "golden").glob("*/zoo.pcapng")):
        release, answers = capture.parent.name, distinct_answers(capture)
        for number, message in enumerate(answers[::max(1, len(answers) // 12)]):
            write("locate_fuzz", f"{release}-{number}", message[HEADER:])
        write("walk_fuzz", f"{release}-protobuf", b"\0" + b"".join(answers[:8]))
        write("walk_fuzz", f"{release}-csv", b"\x86" + b"".join(answers[-6:]))
        write("pcap_fuzz", f"golden-{release}", first_packets(capture))


if __name__ == "__main__":
    main()
