"""Named network namespaces made within this process, a millisecond each: a thousand of them are a matter of a second."""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import time

import netns

FOLDER = "/run/netns"
MS_BIND, MNT_DETACH, CLONE_NEWUTS = 4096, 2, 0x04000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SO_COOKIE = 57
_LIBC = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def bind(source, path):
    """Mounts a namespace file at `path`."""
    with open(path, "w", encoding="ascii"):
        pass
    _check(_LIBC.mount(source.encode(), path.encode(), b"none", MS_BIND, None), f"binding {path}")


def unbind(path):
    _check(_LIBC.umount2(path.encode(), MNT_DETACH), f"unmounting {path}")


def loopback_up():
    """Of the calling thread's namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        flags, = struct.unpack_from("H", fcntl.ioctl(probe, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0)), 16)
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


@contextlib.contextmanager
def fresh():
    """Runs the block in a new namespace, which lives on with the sockets and mounts that the block makes (this thread only)."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        netns.unshare()
        try:
            yield
        finally:
            netns.setns(home)
    finally:
        os.close(home)


def _unshare_uts():
    """(descriptor, inode) of a new UTS namespace: the cheapest way to the lowest number that is free."""
    _check(_LIBC.unshare(CLONE_NEWUTS), "unshare")
    descriptor = os.open("/proc/thread-self/ns/uts", os.O_RDONLY)
    return descriptor, os.fstat(descriptor).st_ino


def settle_on_inode(inode, seconds=3):
    """Moves the calling thread into a new network namespace that has this inode number, as soon as its holder of today is gone. All
    namespaces have their numbers from one pool, the lowest first: lower ones are taken by others until it is this one's turn.
    False when somebody else got it. The thread is in a UTS namespace of its own afterwards."""
    lower, end = [], time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            descriptor, lowest = _unshare_uts()
            if lowest < inode:
                lower.append(descriptor)
                continue
            os.close(descriptor)
            os.close(_unshare_uts()[0])  # leaves the one before, whose number is free now
            if lowest == inode:
                netns.unshare()
                if netns.inode("/proc/thread-self/ns/net") == inode:
                    return True
            time.sleep(0.002)
        return False
    finally:
        for descriptor in lower:
            os.close(descriptor)


def listen(port=0, host="0.0.0.0"):
    """In the calling thread's namespace."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((host, port))
    tcp.listen(4096)
    return tcp


class Named:
    """A namespace with a file in `folder`; with a listener when `port` is given."""

    def __init__(self, name, port=None, folder=FOLDER):
        self.name, self.path, self.port, self.listener = name, f"{folder}/{name}", port, None
        with fresh():
            bind("/proc/thread-self/ns/net", self.path)
            loopback_up()
            if port is not None:
                self.listener = listen(port)
        self.inode = netns.inode(self.path)

    def close(self):
        if self.listener:
            self.listener.close()
        if self.path:
            unbind(self.path)
            os.unlink(self.path)
        self.path = self.listener = None


def cookie(tcp):
    return struct.unpack("=Q", tcp.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]
