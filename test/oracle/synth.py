"""Made-up captures: answers of kernels that are not at hand, every value drawn at random from a seed. Each attribute that a record knows,
tcp_info in every length that a kernel ever gave (and between, and longer), both layouts of its last word, attributes nobody knows,
attributes that are cut. The bytes are built from the layouts' sizes alone; what they mean is for the decoders to say."""
import random
import struct

import readers

# Attribute -> bytes of payload as kernels give them.
SIZES = {1: 16, 3: 16, 5: 1, 6: 1, 7: 36, 8: 1, 9: 16, 11: 1, 15: 4, 16: 20, 17: 4, 21: 8, 22: 2}
UNKNOWN = {10: 1, 12: 40, 18: 20, 20: 12, 23: 40, 60: 3, 300: 8}
NAMES = [b"cubic", b"reno", b"bbr", b"bbr2", b"bbr3", b"dctcp", b"vegas", b"prague", b"westwood", b"htcp", b"exactly-15-char"]
ULPS = [b"tls", b"mptcp", b"espintcp", b"smc"]
# Kernel release -> bytes of tcp_info it gives.
KERNELS = {"4.9.337": 168, "4.14.336": 192, "4.18.20": 200, "4.19.319": 224, "5.4.281": 232, "6.1.103": 232, "6.6.44": 240,
           "6.12.111": 248, "6.18.44": 280, "7.0.3": 280, "7.4.0": 296}
OTHER_LENGTHS = [0, 1, 7, 100, 169, 190, 212, 243, 250, 276, 278]


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def ulp(chance):
    return attribute(19, attribute(1, chance.choice(ULPS) + b"\0") + attribute(4, chance.randbytes(12)))


def message(chance):
    """An inet_diag_msg of random values; the address of an IPv4 socket leaves 12 bytes free, as the kernel does."""
    v6 = chance.random() < 0.5
    addresses = [chance.choice([chance.randbytes(16), bytes(10) + b"\xff\xff" + chance.randbytes(4), bytes(15) + b"\1", bytes(16)])
                 if v6 else chance.randbytes(4) + bytes(12) for _ in range(2)]
    return struct.pack("=BBBB", 10 if v6 else 2, chance.randrange(14), chance.randrange(256), chance.randrange(256)) + \
        chance.randbytes(4) + b"".join(addresses) + chance.randbytes(32)


def answer(chance, info_length):
    """One netlink message: most attributes most of the time, in any order."""
    parts = [attribute(kind, chance.randbytes(size)) for kind, size in SIZES.items() if chance.random() < 0.8]
    if info_length is not None:
        parts.append(attribute(2, chance.randbytes(info_length)))
    if chance.random() < 0.9:
        parts.append(attribute(4, chance.choice(NAMES) + b"\0"))
    if chance.random() < 0.3:
        parts.append(ulp(chance))
    if chance.random() < 0.3:
        kind = chance.choice(list(UNKNOWN))
        parts.append(attribute(kind, chance.randbytes(UNKNOWN[kind])))
    if chance.random() < 0.2:  # cut, or longer than known
        kind = chance.choice([kind for kind in SIZES if SIZES[kind] > 1])
        parts = [part for part in parts if struct.unpack_from("=H", part, 2)[0] != kind]
        parts.append(attribute(kind, chance.randbytes(chance.choice([1, SIZES[kind] - 1, SIZES[kind] + 8]))))
    chance.shuffle(parts)
    body = message(chance) + b"".join(parts)
    return struct.pack("=IHHII", 16 + len(body), 20, 2, 666, 1000) + body


def bare(chance):
    """As TIME_WAIT and half-open sockets are answered: no attribute, or a mark."""
    body = message(chance) + (attribute(15, chance.randbytes(4)) if chance.random() < 0.5 else b"")
    return struct.pack("=IHHII", 16 + len(body), 20, 2, 666, 1000) + body


DONE = struct.pack("=IHHIIi", 20, 3, 2, 666, 1000, 0)


def datagrams(release, seed, count=60):
    """A dump of `count` sockets as a kernel of this release might answer it, over two namespaces; labelled readers.Datagram."""
    chance = random.Random(f"{release} {seed}")
    out = []
    for space, first in (("blue", 0), ("red", count // 2)):
        messages = []
        for number in range(first, first + count // 2):
            length = KERNELS[release] if number % 4 else chance.choice(OTHER_LENGTHS + [KERNELS[release]])
            messages.append(bare(chance) if number % 9 == 8 else answer(chance, length if number % 13 else None))
        dump = [b"".join(messages[start:start + 7]) for start in range(0, len(messages), 7)] + [DONE]
        out += [readers.Datagram(data, 1_700_000_000_123_456_789 + 1000 * (first + number), space, 4026530000 + first, 77 + first)
                for number, data in enumerate(dump)]
    return out
