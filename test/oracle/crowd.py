#!/usr/bin/python3
"""A crowd: some 1,200 real sockets of one namespace, as like as possible to those of a busy host, whose dump is the data set of the
benchmarks of src/encode. Needs root; everything is made in a namespace of its own and gone at the end.

As a program: `crowd.py FILE` writes the kernel's answers, one behind the other without any header (the form that `xtcp2 replay` calls raw).
"""
import os
import pathlib
import random
import socket
import sys
import time

import netns
import sockdiag

PREFIX = "xtcp2crowd-"
CONNECTIONS, LISTENERS, GONE, WAITING = 560, 24, 24, 12
HOSTS = 20  # addresses of each family
SO_MAX_PACING_RATE = 47


class Crowd:
    def __init__(self, seed=4):
        self.random = random.Random(seed)
        self.sockets = []
        netns.sweep(PREFIX)
        self.namespace = netns.Namespace(f"{PREFIX}{os.getpid()}")
        for host in range(1, HOSTS + 1):
            self.namespace.ip("addr", "add", f"10.77.{host}.{host * 11}/32", "dev", "lo")
            self.namespace.ip("addr", "add", f"fd77:{host:x}::{host * 77:x}:{host:x}/128", "dev", "lo")
        self.namespace.ip("link", "set", "lo", "up")

    def close(self):
        for one in self.sockets:
            one.close()
        self.namespace.close()

    def address(self, family):
        host = self.random.randint(1, HOSTS)
        return f"10.77.{host}.{host * 11}" if family == socket.AF_INET else f"fd77:{host:x}::{host * 77:x}:{host:x}"

    def tcp(self, family):
        one = socket.socket(family, socket.SOCK_STREAM)
        self.sockets.append(one)
        return one

    def listener(self, family, address, backlog=64):
        one = self.tcp(family)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, self.random.random() < 0.3 and address == "::")
        one.bind((address, 0))
        one.listen(backlog)
        return one

    def dress(self, one):
        """Some of the options that show in a row, each on a few sockets."""
        chance = self.random.random
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION,
                       self.random.choices((b"cubic", b"bbr", b"reno"), (70, 20, 10))[0])
        if chance() < 0.5:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if chance() < 0.4:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if chance() < 0.05:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.random.randint(1, 9))
        if chance() < 0.05:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, self.random.randint(1, 6))
        if chance() < 0.1:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.random.choice((32768, 65536, 262144)))
        if chance() < 0.05:
            one.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, self.random.randint(10**5, 10**8))
        if chance() < 0.1 and one.family == socket.AF_INET:
            one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, self.random.choice((8, 16, 32)))

    def connection(self):
        """Client and server of one connection: IPv4, IPv6, or IPv4 met by an IPv6 socket (mapped)."""
        client_family, server_family = self.random.choices(
            ((socket.AF_INET, socket.AF_INET), (socket.AF_INET6, socket.AF_INET6), (socket.AF_INET, socket.AF_INET6),
             (socket.AF_INET6, socket.AF_INET6)), (45, 30, 15, 10))[0]
        target = self.address(client_family)
        accepting = self.listener(server_family, target if client_family == server_family else "::ffff:" + target)
        client = self.tcp(client_family)
        self.dress(client)
        client.bind((self.address(client_family), 0))
        client.connect((target, accepting.getsockname()[1]))
        server, _ = accepting.accept()
        self.sockets.append(server)
        self.sockets.remove(accepting)
        accepting.close()
        self.dress(server)
        return client, server

    def talk(self, one, other):
        """Bytes both ways, from none to some hundred thousand, in pieces."""
        for _ in range(self.random.choice((0, 1, 1, 2, 5, 20))):
            source, sink = (one, other) if self.random.random() < 0.6 else (other, one)
            left = int(10 ** self.random.uniform(1, 4.8))
            source.sendall(bytes(left))
            if self.random.random() < 0.03:
                continue  # nobody reads it
            while left > 0:
                left -= len(sink.recv(left))

    def build(self):
        with self.namespace.inside():
            for index in range(LISTENERS):
                family = (socket.AF_INET, socket.AF_INET6)[index % 2]
                self.listener(family, self.random.choice(("0.0.0.0", "127.0.0.1") if index % 2 == 0 else ("::", "::1")),
                              self.random.choice((5, 128, 4096)))
            full = self.listener(socket.AF_INET, "127.0.0.1", 0)
            for _ in range(WAITING):  # the first two are taken, the others stay in SYN_SENT
                one = self.tcp(socket.AF_INET)
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            pairs = [self.connection() for _ in range(CONNECTIONS)]
            self.random.shuffle(pairs)
            for client, server in pairs:
                client.settimeout(5)
                server.settimeout(5)
                self.talk(client, server)
                if self.random.random() < 0.5:
                    time.sleep(self.random.uniform(0, 0.02))
                if self.random.random() < 0.05:
                    client.shutdown(socket.SHUT_WR)
            for client, server in pairs[:GONE]:  # these end in TIME_WAIT
                client.close()
                server.close()
        return sockdiag.dump(self.namespace.path)


def main():
    crowd = Crowd()
    try:
        dump = crowd.build()
    finally:
        crowd.close()
    data = b"".join(datagram + bytes(-len(datagram) % 4) for datagram in dump.datagrams)
    pathlib.Path(sys.argv[1]).write_bytes(data)
    states = {}
    for row in dump.rows:
        key = (row["inet_diag_msg_family"], row["inet_diag_msg_state"], row["inet_diag_cong"])
        states[key] = states.get(key, 0) + 1
    print(f"{len(data)} bytes, {len(dump.rows)} sockets:", ", ".join(f"{key}: {n}" for key, n in sorted(states.items())))


if __name__ == "__main__":
    main()
