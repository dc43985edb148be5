"""The oracle's own live dump: inet_diag over a raw netlink socket, both families, any namespace. Nothing of iproute2."""
import os
import socket
import struct
from typing import NamedTuple

import decode
import netns

NETLINK_SOCK_DIAG, IPPROTO_TCP = 4, 6
NLM_F_DUMP, NLM_F_DUMP_INTR = 0x300, 0x10
STATES_ALL, BOUND_ONLY = 0x1FFF, 1 << 13
EXTENSIONS_ALL, EXTENSIONS_DEFAULT = 0xFF, 0xFE  # by default all but MEMINFO


class Dump(NamedTuple):
    datagrams: list  # bytes, as received, DONE included
    rows: list       # decoded, in order


def request(family, extensions, states, sequence):
    body = struct.pack("=BBBxI", family, IPPROTO_TCP, extensions, states) + bytes(48)
    return struct.pack("=IHHII", 16 + len(body), decode.SOCK_DIAG_BY_FAMILY, decode.NLM_F_REQUEST | NLM_F_DUMP, sequence, 0) + body


def receive(channel, sequence):
    """The datagrams of one dump, up to and with its DONE."""
    out = []
    while True:
        data, _, flags, _ = channel.recvmsg(1 << 17)
        if flags & socket.MSG_TRUNC:
            raise RuntimeError("a datagram was cut")
        out.append(data)
        for message in decode.messages(data):
            if message.seq != sequence:
                raise RuntimeError(f"an answer to {message.seq}, asked was {sequence}")
            if message.flags & NLM_F_DUMP_INTR:
                raise RuntimeError("the dump was interrupted")
            if message.type == decode.NLMSG_ERROR:
                code, = struct.unpack_from("=i", message.payload)
                raise OSError(-code, os.strerror(-code))
            if message.type == decode.NLMSG_DONE:
                return out


def dump(path="/proc/thread-self/ns/net", families=(socket.AF_INET, socket.AF_INET6), extensions=EXTENSIONS_DEFAULT, states=STATES_ALL,
         wanted=decode.DECODED):
    """Every TCP socket of the namespace behind `path`."""
    with netns.inside(path):
        channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
    datagrams = []
    with channel:
        channel.bind((0, 0))
        channel.settimeout(10)
        for sequence, family in enumerate(families, 1):
            channel.sendto(request(family, extensions, states, sequence), (0, 0))
            datagrams += receive(channel, sequence)
    release = os.uname().release
    return Dump(datagrams, [row for data in datagrams for row in decode.decode_datagram(data, release, wanted)])


def by_cookie(rows):
    """{cookie: row}; a cookie that stands twice is an error."""
    out = {row["inet_diag_msg_socket_cookie"]: row for row in rows}
    if len(out) != len(rows):
        raise RuntimeError(f"{len(rows) - len(out)} cookies stand twice in a dump")
    return out
