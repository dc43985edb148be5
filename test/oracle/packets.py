"""TCP segments made by hand and sent through a raw socket, from any source address: how a socket gets into the states that need a
peer which says half a sentence and falls silent."""
import ipaddress
import socket
import struct

IPV6_HDRINCL = 36
SYN = 0x02


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(source, dest, sport, dport, sequence, flags):
    """A TCP header with an MSS option and no data; addresses are packed."""
    options = struct.pack("!BBH", 2, 4, 1400)
    size = 20 + len(options)

    def header(check):
        return struct.pack("!HHIIBBHHH", sport, dport, sequence, 0, size // 4 << 4, flags, 64000, check, 0) + options

    if len(source) == 4:
        pseudo = source + dest + struct.pack("!BBH", 0, socket.IPPROTO_TCP, size)
    else:
        pseudo = source + dest + struct.pack("!II", size, socket.IPPROTO_TCP)
    return header(checksum(pseudo + header(0)))


def packet(source, dest, payload):
    if len(source) == 4:
        # The kernel fills total length, identification and checksum.
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_TCP, 0, source, dest) + payload
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), socket.IPPROTO_TCP, 64, source, dest) + payload


def send_syn(source, sport, dest, dport, sequence=1000):
    """One SYN that claims to come from `source`; call it inside the namespace it shall leave from. Needs CAP_NET_RAW."""
    source, dest = ipaddress.ip_address(source), ipaddress.ip_address(dest)
    data = packet(source.packed, dest.packed, segment(source.packed, dest.packed, sport, dport, sequence, SYN))
    family = socket.AF_INET if source.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        if family == socket.AF_INET6:
            raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
        raw.sendto(data, (str(dest), 0))
