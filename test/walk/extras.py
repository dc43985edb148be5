"""Sockets for the comparison of the walk with netlink that the zoo has not: they need no oracle to say what they are, only to be there and,
but for clocks, to keep still. One namespace, entered by its path; closing it leaves nothing behind. Needs root."""
import os
import socket
import struct
import subprocess

import netns
from exhibits import congestion, option, send_queue_full, talk

TCP_ULP, TCP_MD5SIG, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, SO_RESERVE_MEM = 31, 14, 23, 30, 73
PREFIX = "xtcp2walk-"
OTHER_CONGESTIONS = ("vegas", "westwood", "illinois", "yeah", "nv", "htcp", "dctcp", "bbr", "cubic", "reno")


class Extras:
    def __init__(self):
        netns.sweep(PREFIX)
        self.missing, self._sockets = [], []
        self.namespace = netns.Namespace(f"{PREFIX}{os.getpid()}")
        try:
            self.namespace.ip("link", "set", "lo", "up")
            with self.namespace.inside():
                self._build()
        except BaseException:
            self.close()
            raise

    def close(self):
        for tcp in self._sockets:
            tcp.close()
        self.namespace.close()

    def _try(self, what, action):
        try:
            action()
        except (OSError, subprocess.CalledProcessError) as failure:
            self.missing.append(f"{what}: {failure}")

    def _build(self):
        self.namespace.sysctl("ipv4/tcp_fastopen", 3)
        self.namespace.sysctl("ipv4/tcp_ecn_option", 2)
        for host in ("127.0.0.1", "::1"):
            self._try(f"reuseport group at {host}", lambda host=host: self._reuseport(host))
            self._try(f"bound only at {host}", lambda host=host: self._bound(host))
            self._try(f"MD5 at {host}", lambda host=host: self._md5(host))
            self._try(f"fast open at {host}", lambda host=host: self._fast_open(host))
            self._try(f"foreign owner at {host}", lambda host=host: self._owned(host))
            self._try(f"out of band at {host}", lambda host=host: self._out_of_band(host))
            self._try(f"orphans at {host}", lambda host=host: self._orphans(host))
            self._try(f"TLS at {host}", lambda host=host: self._tls(host))
            for name in OTHER_CONGESTIONS:
                self._try(f"{name} at {host}", lambda host=host, name=name: self._pair(host, congestion(name)))
        self._try("reserved memory", lambda: self._pair("127.0.0.1", after=option(socket.SOL_SOCKET, SO_RESERVE_MEM, 1 << 16)))
        for mode in (1, 3):  # ECN, accurate ECN (6.18)
            if self.namespace.sysctl("ipv4/tcp_ecn", mode):
                self._pair("127.0.0.1")
                self._pair("::1", congestion("dctcp") if "dctcp" in self._available() else None)
        self._try("marks on the way", self._congested)
        self._try("a locked rto_min", self._locked_rto_min)
        self._try("loss", self._loss)

    def _available(self):
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control", encoding="ascii") as file:
            return file.read().split()

    def _keep(self, *tcps):
        self._sockets += tcps

    def _make(self, host, prepare=None):
        tcp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self._keep(tcp)
        tcp.settimeout(20)
        if prepare:
            prepare(tcp)
        return tcp

    def _listener(self, host, prepare=None, backlog=16):
        tcp = self._make(host, prepare)
        tcp.bind((host, 0))
        tcp.listen(backlog)
        return tcp

    def _pair(self, host, prepare=None, after=None):
        server = self._listener(host, prepare)
        client = self._make(host, prepare)
        client.connect(server.getsockname()[:2])
        served, _ = server.accept()
        served.settimeout(20)
        self._keep(served)
        if after:
            after(client)
        talk(client, served, 20000)
        return client, served

    def _reuseport(self, host):
        group = [self._make(host, option(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)) for _ in range(4)]
        port = 0
        for tcp in group:
            tcp.bind((host, port))
            port = tcp.getsockname()[1]
            tcp.listen(3)
        client = self._make(host)
        client.connect((host, port))

    def _bound(self, host):
        """Also two at one port, and any address."""
        port = 0
        for _ in range(2):
            tcp = self._make(host, option(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
            tcp.bind((host, port))
            port = tcp.getsockname()[1]
        self._make(host).bind(("::" if ":" in host else "0.0.0.0", 0))

    def _md5(self, host):
        """Its keys are an attribute (INET_DIAG_MD5SIG) that no field tells of."""
        address = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(host)) if ":" not in host else struct.pack(
            "=HHI16s", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, host))
        key = address.ljust(128, b"\0") + struct.pack("=BBHi", 0, 0, 5, 0) + b"xtcp2".ljust(80, b"\0")
        self._pair(host, option(socket.IPPROTO_TCP, TCP_MD5SIG, key))

    def _fast_open(self, host):
        server = self._listener(host, option(socket.IPPROTO_TCP, TCP_FASTOPEN, 5))
        for _ in range(2):  # the first gets the cookie that the second uses
            client = self._make(host, option(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1))
            client.connect(server.getsockname()[:2])
            client.sendall(b"f" * 100)
            served, _ = server.accept()
            self._keep(served)
            served.recv(100)

    def _owned(self, host):
        client, _ = self._pair(host)
        os.fchown(client.fileno(), 4242, 4242)

    def _out_of_band(self, host):
        client, served = self._pair(host)
        client.send(b"!", socket.MSG_OOB)
        client.sendall(b"after it")
        send_queue_full(self._pair(host, option(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096))[0])

    def _orphans(self, host):
        """Of a process that is gone: with unsent data, and without."""
        for filled in (False, True):
            server = self._listener(host, option(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096))
            child = os.fork()
            if child == 0:
                os.setuid(4243)
                with socket.socket(server.family, socket.SOCK_STREAM) as tcp:
                    tcp.connect(server.getsockname()[:2])
                    if filled:
                        send_queue_full(tcp)
                os._exit(0)
            os.waitpid(child, 0)

    def _tls(self, host):
        client, served = self._pair(host)
        for tcp in (client, served):
            tcp.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")

    def _congested(self):
        """Every packet of an ECN flow is marked on its way."""
        netns.run("tc", "qdisc", "replace", "dev", "lo", "root", "fq", "ce_threshold", "0us")
        for name in ("dctcp", "cubic"):
            if name in self._available():
                client, served = self._pair("127.0.0.1", congestion(name))
                for _ in range(5):
                    talk(client, served, 300_000)
        netns.run("tc", "qdisc", "delete", "dev", "lo", "root")

    def _locked_rto_min(self):
        netns.run("ip", "route", "replace", "local", "127.0.9.9", "dev", "lo", "table", "local", "rto_min", "10ms")
        self._pair("127.0.9.9")

    def _loss(self):
        """Packets lost, overtaken and doubled for a while: counters that else stay zero."""
        netns.run("tc", "qdisc", "replace", "dev", "lo", "root", "netem", "delay", "2ms", "1ms", "loss", "5%", "duplicate", "3%", "reorder", "10%")
        pairs = [self._pair(host) for host in ("127.0.0.1", "::1") for _ in range(2)]
        for client, served in pairs:
            talk(client, served, 400_000)
        netns.run("tc", "qdisc", "delete", "dev", "lo", "root")
