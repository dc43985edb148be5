#!/usr/bin/python3
"""Writes netlink datagrams into pcapng files of link type 253: the oracle's own writer, for golden files and for made-up captures.

As a program: `capture.py FILE` makes a small zoo, dumps its namespaces and saves the bytes; so the files under test/golden/ are made. Needs
root. What it holds is what this kernel said, not what any decoder of ours thinks of it.
"""
import os
import pathlib
import re
import struct
import sys
import time

import readers

LINKTYPE_NETLINK = 253


def padded(data):
    return data + bytes(-len(data) % 4)


def block(kind, body):
    body = padded(body)
    total = 12 + len(body)
    return struct.pack("<II", kind, total) + body + struct.pack("<I", total)


def options(entries):
    out = b"".join(struct.pack("<HH", code, len(value)) + padded(value) for code, value in entries)
    return out + bytes(4)


def section(release):
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return block(0x0A0D0D0A, body + options([(3, f"Linux {release}".encode())] if release else []))


def interface(label):
    """Name, inode and cookie of the namespace as options of the interface; times in nanoseconds."""
    found = [(2, label.netns.encode())] if label.netns else []
    if label.netns_inode:
        found.append((3, f"network namespace netns_inode={label.netns_inode} netns_cookie={label.netns_cookie}".encode()))
    return block(1, struct.pack("<HHI", LINKTYPE_NETLINK, 0, 0) + options(found + [(9, b"\x09")]))


def packet(index, datagram):
    cooked = struct.pack(">HH", 4, 824) + bytes(10) + struct.pack(">H", readers.NETLINK_SOCK_DIAG) + datagram.data
    head = struct.pack("<5I", index, datagram.time_ns >> 32, datagram.time_ns & 0xFFFFFFFF, len(cooked), len(cooked))
    return block(6, head + cooked)


def pcapng(datagrams, release):
    """The file of these datagrams (readers.Datagram); one interface for each namespace."""
    out, indices = [section(release)], {}
    for datagram in datagrams:
        label = (datagram.netns, datagram.netns_inode, datagram.netns_cookie)
        if label not in indices:
            indices[label] = len(indices)
            out.append(interface(datagram))
        out.append(packet(indices[label], datagram))
    return b"".join(out)


def of_zoo(zoo):
    """The zoo's dumps, all extensions asked, as labelled datagrams."""
    import sockdiag

    out = []
    for namespace in zoo.namespaces:
        found = sockdiag.dump(namespace.path, extensions=sockdiag.EXTENSIONS_ALL)
        # The pid in the name of the namespace would differ from run to run.
        name = re.sub(r"^xtcp2zoo-\d+-", "zoo-", namespace.label)
        out += [readers.Datagram(data, time.time_ns(), name, namespace.inode, namespace.cookie) for data in found.datagrams]
    return out


def plain_release():
    """"6.18.44" without what a distribution appends."""
    return re.match(r"[\d.]+", os.uname().release)[0].rstrip(".")


def main():
    from zoo import Zoo

    path = pathlib.Path(sys.argv[1])
    with Zoo(small=True) as zoo:
        zoo.settle()
        data = pcapng(of_zoo(zoo), plain_release())
        kinds = len({exhibit.kind for exhibit in zoo.exhibits})
        count = len(zoo.exhibits)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{path}: {len(data)} bytes, {count} sockets of {kinds} kinds; missing: {'; '.join(zoo.missing) or 'nothing'}")


if __name__ == "__main__":
    main()
