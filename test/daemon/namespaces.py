"""Named network namespaces made within this process, a millisecond each: a thousand of them are a matter of a second."""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct

import netns

FOLDER = "/run/netns"
MS_BIND, MNT_DETACH = 4096, 2
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


def listen(port=0, host="0.0.0.0"):
    """In the calling thread's namespace."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tcp = socket.socket(family, socket.SOCK_STREAM)
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
