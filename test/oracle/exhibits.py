"""Single sockets and pairs for the zoo, each in a state or with an option worth looking at. Everything here works inside the namespaces
it is given and leaves the descriptors with the zoo."""
import ctypes
import ipaddress
import os
import socket
import struct
from typing import NamedTuple

import netns

SO_MARK, SO_MAX_PACING_RATE, SO_PRIORITY, SO_ATTACH_FILTER, TCP_CONGESTION = 36, 47, 12, 26, 13
IP_RECVERR, IP_FREEBIND, IP_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT, IPPROTO_MPTCP = 11, 15, 19, 24, 262


class Exhibit(NamedTuple):
    """One socket that must be in every dump of its namespace. `restless`: timers go on changing it; `facts`: what the kernel must
    say of it, known from how it was made."""
    namespace: str
    kind: str
    state: int
    source: bytes
    sport: int
    dest: bytes
    dport: int
    restless: bool
    facts: dict

    @property
    def key(self):
        return (self.state, self.source, self.sport, self.dest, self.dport)


def key_of(row):
    return (row["inet_diag_msg_state"], row["inet_diag_msg_socket_source"], row["inet_diag_msg_socket_source_port"],
            row["inet_diag_msg_socket_destination"], row["inet_diag_msg_socket_destination_port"])


def packed(address):
    """The kernel's 16 bytes of an address: IPv4 in the first four."""
    return ipaddress.ip_address(address.split("%")[0]).packed.ljust(16, b"\0")


class Place(NamedTuple):
    """Where a pair lives: the namespaces and addresses of both ends. A mapped place uses IPv6 sockets for IPv4 addresses."""
    name: str
    server: netns.Namespace
    client: netns.Namespace
    server_address: str
    client_address: str

    @property
    def family(self):
        return socket.AF_INET6 if ":" in self.server_address else socket.AF_INET

    @property
    def mapped(self):
        return self.server_address.startswith("::ffff:")


def make(namespace, family, protocol=0, prepare=None):
    """A TCP socket in a namespace; `prepare` sets its options before anything else happens to it."""
    with namespace.inside():
        tcp = socket.socket(family, socket.SOCK_STREAM, protocol)
    tcp.settimeout(20)
    try:
        if prepare:
            prepare(tcp)
    except BaseException:
        tcp.close()
        raise
    return tcp


def listener(place, backlog=64, prepare=None, v6only=None, protocol=0, any_address=False):
    tcp = make(place.server, place.family, protocol, prepare)
    if place.family == socket.AF_INET6:
        tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, (not place.mapped) if v6only is None else v6only)
    any_host = "::" if place.family == socket.AF_INET6 else "0.0.0.0"
    tcp.bind((any_host if any_address else place.server_address, 0))
    tcp.listen(backlog)
    return tcp


def connect(place, server, prepare=None, protocol=0, wait=True):
    tcp = make(place.client, place.family, protocol, prepare)
    tcp.bind((place.client_address, 0))
    if not wait:
        tcp.setblocking(False)
    try:
        tcp.connect((place.server_address, server.getsockname()[1]))
    except BlockingIOError:
        pass
    return tcp


def talk(client, server, amount):
    """`amount` bytes there, half of it back, all of it read: so that counters differ from pair to pair."""
    client.sendall(b"q" * amount)
    left = amount
    while left:
        left -= len(server.recv(left))
    server.sendall(b"r" * (amount // 2))
    left = amount // 2
    while left:
        left -= len(client.recv(left))


def option(level, name, value):
    return lambda tcp: tcp.setsockopt(level, name, value)


def congestion(name):
    return option(socket.IPPROTO_TCP, TCP_CONGESTION, name.encode())


def mark(value):
    return option(socket.SOL_SOCKET, SO_MARK, value)


def available_congestion(namespace):
    """Of the algorithms worth showing, those that this kernel lets us choose."""
    out = []
    for name in ("cubic", "reno", "bbr", "dctcp", "vegas"):
        try:
            make(namespace, socket.AF_INET, prepare=congestion(name)).close()
            out.append(name)
        except OSError:
            pass
    return out


def cgroup2_mount():
    with open("/proc/self/mounts", encoding="utf-8") as file:
        return next((line.split()[1] for line in file if line.split()[2] == "cgroup2"), None)


def sweep_cgroups(prefix):
    """Removes cgroups that a killed run left behind."""
    mount = cgroup2_mount()
    for name in list(netns.left_by_the_dead(mount, prefix)):
        os.rmdir(f"{mount}/{name}")


class OwnCgroup:
    """A cgroup v2 of ours; sockets made inside the block belong to it."""

    def __init__(self, name):
        root = cgroup2_mount()
        if root is None:
            raise OSError("no cgroup v2 is mounted")
        with open("/proc/self/cgroup", encoding="ascii") as file:
            home = next(line.rstrip("\n").split("::", 1)[1] for line in file if line.startswith("0::"))
        self.path, self._home = f"{root}/{name}", f"{root}{home}"
        os.mkdir(self.path)
        self.id = os.stat(self.path).st_ino

    @staticmethod
    def _move_to(path):
        with open(path + "/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def __enter__(self):
        self._move_to(self.path)
        return self

    def __exit__(self, *_):
        self._move_to(self._home)

    def close(self):
        os.rmdir(self.path)


def attach_filter(tcp):
    program = struct.pack("=HBBI", 0x06, 0, 0, 0xFFFFFFFF)  # BPF_RET | BPF_K
    memory = ctypes.create_string_buffer(program)
    tcp.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(memory)))


class Options:
    """Pairs that differ in one option of the client: name -> (what to do before connect, facts of the client's row)."""

    def __init__(self, place, number):
        v6 = place.family == socket.AF_INET6
        tos = 0x28 + 4 * (number % 8)
        set_tos = option(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos) if v6 and not place.mapped else option(
            socket.IPPROTO_IP, socket.IP_TOS, tos)
        keepalive = 3000 + number
        self.all = {
            "tos": (set_tos, {"inet_diag_tclass" if v6 and not place.mapped else "inet_diag_tos": tos}),
            "mark": (mark(0x1000 + number), {"inet_diag_mark": 0x1000 + number}),
            "keepalive": (lambda tcp: (tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                       tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, keepalive)),
                          {"inet_diag_msg_timer": 2}),
            "priority": (option(socket.SOL_SOCKET, SO_PRIORITY, 5), {"inet_diag_class_id": 5}),
            "pacing": (option(socket.SOL_SOCKET, SO_MAX_PACING_RATE, 10_000_000 + number),
                       {"tcp_info_max_pacing_rate": 10_000_000 + number}),
            # less what timestamps take
            "mss": (option(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 700 + number), {"tcp_info_advmss": 700 + number - 12}),
            "buffers": (lambda tcp: (tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000 + 512 * number),
                                     tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 30000 + 512 * number)),
                        {"sk_mem_info_rcvbuf": 40000 + 1024 * number, "sk_mem_info_sndbuf": 60000 + 1024 * number}),
            "freebind": (lambda tcp: (tcp.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1),
                                      tcp.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)), {}),
            "transparent": (option(socket.IPPROTO_IP, IP_TRANSPARENT, 1), {}),
            # one instruction that takes every packet; its memory counts as the socket's
            "filter": (attach_filter, {}),
            "recverr": (option(socket.IPPROTO_IP, IP_RECVERR, 1), {}),
        }


def send_queue_full(client):
    """Writes until the kernel takes no more: the peer does not read."""
    client.setblocking(False)
    sent = 0
    try:
        while True:
            sent += client.send(b"z" * 65536)
    except BlockingIOError:
        return sent


def name_pair(tcp):
    """(source, port, destination, port) as the kernel will report them; no peer: zeros."""
    source = tcp.getsockname()
    try:
        peer = tcp.getpeername()
    except OSError:
        peer = ("::" if tcp.family == socket.AF_INET6 else "0.0.0.0", 0)
    return packed(source[0]), source[1], packed(peer[0]), peer[1]


def tcp_state(tcp):
    """tcpi_state: what the kernel says to the socket's owner, by getsockopt and not by netlink."""
    return tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[0]


