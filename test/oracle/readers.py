"""Reads captures for the oracle: pcap and pcapng of link type 253, and raw netlink bytes as the Go program saved them. Independent of
the C++ readers; whole files in memory. A damaged file is an error here: the oracle reads only good ones.
"""
import re
import struct
from fractions import Fraction
from typing import NamedTuple

LINKTYPE_NETLINK, NETLINK_SOCK_DIAG, COOKED_HEADER = 253, 4, 16


class Datagram(NamedTuple):
    data: bytes
    time_ns: int = 0
    netns: str = ""
    netns_inode: int = 0
    netns_cookie: int = 0
    release: str = ""


def uncook(packet):
    """The netlink bytes behind the 16-byte cooked header; None when they are of another netlink protocol."""
    protocol, = struct.unpack_from(">H", packet, 14)
    return packet[COOKED_HEADER:] if protocol == NETLINK_SOCK_DIAG else None


def read_pcap(data):
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1000 if magic in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4") else 1
    link, = struct.unpack_from(order + "I", data, 20)
    if link & 0xFFFF != LINKTYPE_NETLINK:
        raise ValueError(f"link type {link}, not {LINKTYPE_NETLINK}")
    at, out = 24, []
    while at < len(data):
        seconds, fraction, captured, _ = struct.unpack_from(order + "4I", data, at)
        at += 16
        if captured > len(data) - at:
            raise ValueError(f"packet at {at} is cut")
        netlink = uncook(data[at:at + captured])
        at += captured
        if netlink is not None:
            out.append(Datagram(netlink, seconds * 10**9 + fraction * unit))
    return out


def options(data, order):
    at, out = 0, {}
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            break
        out[code] = data[at + 4:at + 4 + length]
        at += 4 + (length + 3 & ~3)
    return out


def labelled(text, key):
    match = re.search(rf"\b{key}=(\d+)", text)
    return int(match[1]) if match else 0


def interface(body, order, release):
    """What an interface description says of the namespace behind it, and the factor that makes its times nanoseconds."""
    link, = struct.unpack_from(order + "H", body)
    found = options(body[8:], order)
    text = found.get(3, b"").decode() + " " + found.get(1, b"").decode()
    resolution = found.get(9, b"\x06")[0]
    scale = Fraction(10**9, 2**(resolution & 127) if resolution & 128 else 10**resolution)
    label = Datagram(b"", 0, found.get(2, b"").decode(), labelled(text, "netns_inode"), labelled(text, "netns_cookie"), release)
    return link, scale, label


def read_pcapng(data):
    at, out, interfaces, release, order = 0, [], [], "", "<"
    while at < len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, total = struct.unpack_from(order + "II", data, at)
        if total < 12 or total > len(data) - at:
            raise ValueError(f"block at {at} is cut")
        body = data[at + 8:at + total - 4]
        at += total
        if kind == 0x0A0D0D0A:
            release, interfaces = options(body[16:], order).get(3, b"").decode(), []
        elif kind == 1:
            interfaces.append(interface(body, order, release))
        elif kind == 6:
            index, high, low, captured, _ = struct.unpack_from(order + "5I", body)
            link, scale, label = interfaces[index]
            netlink = uncook(body[20:20 + captured]) if link == LINKTYPE_NETLINK else None
            if netlink is not None:
                out.append(label._replace(data=netlink, time_ns=int((high << 32 | low) * scale)))
    return out


def read_capture(path):
    """The datagrams of NETLINK_SOCK_DIAG in a file, in its order."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(data)
    if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        return read_pcap(data)
    return [Datagram(data)]
