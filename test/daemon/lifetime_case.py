"""What tests of namespaces' lives have in common: namespaces that a thread holds, a daemon whose polls can be told apart, and another attempt
where a wanted inode number went to somebody else."""
import contextlib
import functools
import os
import queue
import threading
import time
import unittest

import isolation
import namespaces
import netns
import output
from daemon_process import Daemon
from waiting import wait_for

MS = 1_000_000
PORT = 24_000


class ThreadHeld:
    """A namespace that nothing shows but one thread of a process whose other threads are elsewhere; with a listener."""

    def __init__(self, port):
        self._orders, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        self._order(self._settle, port)

    def _settle(self, port):
        netns.unshare()
        self.listener = namespaces.listen(port)
        self.inode = netns.inode("/proc/thread-self/ns/net")
        self.path = "/proc/" + os.readlink("/proc/thread-self") + "/ns/net"

    def _move(self, port):
        self.listener.close()
        netns.unshare()  # leaves the old one
        moved = namespaces.settle_on_inode(self.inode)
        self.listener = namespaces.listen(port)
        return moved

    def move(self, port):
        """Whether the same thread is now in another namespace with the same inode number."""
        return self._order(self._move, port)

    def _live(self):
        for work, port in iter(self._orders.get, None):
            self._done.put(work(port))
        self.listener.close()

    def _order(self, work, port):
        self._orders.put((work, port))
        return self._done.get(timeout=30)

    def close(self):
        self._orders.put(None)
        self._thread.join()


class NumberTaken(Exception):
    """Somebody else on this machine, outside this test, was given the inode number that a new namespace should get."""


def number_needed(test):
    """For such tests: another attempt from the start."""
    @functools.wraps(test)
    def attempts(self):
        for _ in range(5):
            try:
                return test(self)
            except NumberTaken:
                self.doCleanups()
                self.setUp()
        return self.skipTest("others on this machine took the inode number each time")

    return attempts


class Case(unittest.TestCase):
    path = f"{isolation.SCRATCH}/rows"

    def start(self, frequency_ms, *flags, **options):
        """A daemon that polls exactly that often, and the rows it writes."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.daemon = Daemon("-dest", f"file:{self.path}", "-marshal", "jsonl", "-pollJitterPct", "0", "-frequency", f"{frequency_ms}ms",
                             "-timeout", f"{frequency_ms - 20}ms", *flags, **options)
        self.addCleanup(self.daemon.kill)
        self.tail = output.Tail(self.path)
        return self.daemon.wait_ready()

    def named(self, name, port=None, **options):
        made = namespaces.Named(name, port, **options)
        self.addCleanup(made.close)
        return made

    def thread_held(self, port):
        made = ThreadHeld(port)
        self.addCleanup(made.close)
        return made

    def first_poll_after(self, time_ns):
        """The rows of the first poll that began at or after that moment. The daemon's own listener is in every poll."""
        def found():
            return next((rows for stamp, rows in self.tail.polls().items() if stamp >= time_ns), None)

        return wait_for(found, lambda: f"a poll after {time_ns}; there are {list(self.tail.polls())[-3:]}\n{self.daemon.describe()}")

    def places(self, rows, port):
        """(name, inode) of the namespaces in which that port is."""
        return [(row["netns"], row["netns_inode"]) for row in rows if row["inet_diag_msg_socket_source_port"] == port]
