"""Network namespaces for tests: making them, entering them, what identifies them. Needs root; everything made here is deleted by the
one who made it."""
import contextlib
import ctypes
import os
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000
SO_NETNS_COOKIE = 71
_LIBC = ctypes.CDLL(None, use_errno=True)


def setns(descriptor):
    if _LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")


def unshare():
    """Moves the calling process into a new namespace."""
    if _LIBC.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


@contextlib.contextmanager
def inside(path):
    """Runs the block in the namespace behind `path` (this thread only). A socket made there stays there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        target = os.open(path, os.O_RDONLY)
        try:
            setns(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            setns(home)
    finally:
        os.close(home)


def inode(path):
    return os.stat(path).st_ino


def cookie(path):
    """The namespace's cookie; 0 where the kernel has none (before 5.14)."""
    with inside(path), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            return struct.unpack("=Q", probe.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0]
        except OSError:
            return 0


def run(*arguments, check=True):
    return subprocess.run(arguments, check=check, capture_output=True, text=True)


class Namespace:
    """A namespace with a name (`ip netns add`), or one without that only a process of ours holds."""

    def __init__(self, name=None):
        self.name, self._holder = name, None
        if name:
            run("ip", "netns", "add", name)
            self.path, self.label = f"/run/netns/{name}", name
        else:
            # Popen returns once the program runs, that is in the new namespace; `cat` ends with its input, so with us.
            self._holder = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=unshare)
            self.path = f"/proc/{self._holder.pid}/ns/net"
            self.label = f"netns:[{inode(self.path)}]"
        self.inode, self.cookie = inode(self.path), cookie(self.path)

    def inside(self):
        return inside(self.path)

    def sysctl(self, name, value):
        """Sets net.* of this namespace; false where the kernel has no such thing or refuses it."""
        with self.inside():
            try:
                with open("/proc/sys/net/" + name, "w", encoding="ascii") as file:
                    file.write(str(value))
                return True
            except OSError:
                return False

    def ip(self, *arguments):
        with self.inside():
            return run("ip", *arguments)

    def close(self):
        if self._holder:
            self._holder.stdin.close()
            self._holder.wait(10)
            self._holder = None
        elif self.name:
            run("ip", "netns", "delete", self.name, check=False)
            self.name = None


def left_by_the_dead(folder, prefix):
    """Names in a folder of the form <prefix><pid>... whose process is gone."""
    for name in os.listdir(folder) if folder and os.path.isdir(folder) else []:
        pid = name[len(prefix):].split("-")[0]
        if name.startswith(prefix) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            yield name


def sweep(prefix):
    """Deletes named namespaces that a killed run left behind."""
    for name in list(left_by_the_dead("/run/netns", prefix)):
        run("ip", "netns", "delete", name, check=False)
