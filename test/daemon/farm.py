"""Thousands of quiet sockets in namespaces, held by several processes (a process has 20,000 descriptors), and the list of them as their
makers know it: from getsockname, getpeername and SO_COOKIE, not from netlink."""
import os
import pickle
import socket
import traceback
from typing import NamedTuple

import exhibits
import namespaces
import netns
from record import ESTABLISHED, LISTEN


class Known(NamedTuple):
    """One socket, in the terms of a row."""
    netns_inode: int
    family: int
    state: int
    source: bytes
    sport: int
    dest: bytes
    dport: int
    cookie: int


def known_of_row(row):
    return Known(row["netns_inode"], row["inet_diag_msg_family"], *exhibits.key_of(row), row["inet_diag_msg_socket_cookie"])


class Plan(NamedTuple):
    """What each namespace gets, in each family."""
    pairs: int
    listeners: int

    def sockets(self):
        return 2 * (2 * self.pairs + self.listeners)


def _pairs(server, count):
    made = []
    for _ in range(count):
        client = socket.create_connection(server.getsockname()[:2])
        made += [client, server.accept()[0]]
    return made


def _furnish(path, plan):
    """(sockets, what is known of them); in the namespace behind `path`."""
    with netns.inside(path):
        sockets = []
        for host in ("127.0.0.1", "::1"):
            listeners = [namespaces.listen(host=host) for _ in range(plan.listeners)]
            sockets += [(LISTEN, tcp) for tcp in listeners]
            sockets += [(ESTABLISHED, tcp) for tcp in _pairs(listeners[0], plan.pairs)]
        inode = netns.inode("/proc/thread-self/ns/net")
    return sockets, [Known(inode, tcp.family, state, *exhibits.name_pair(tcp), namespaces.cookie(tcp)) for state, tcp in sockets]


class Worker:
    """A child process that holds the sockets of some namespaces until it is told to let go."""

    def __init__(self, paths, plan):
        result_read, result_write = os.pipe()
        hold_read, self._hold = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._hold)
            try:
                self._child(paths, plan, result_write, hold_read)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        os.close(result_write)
        os.close(hold_read)
        self._result = open(result_read, "rb")

    @staticmethod
    def _child(paths, plan, result_write, hold_read):
        held, known = [], []
        for path in paths:
            sockets, facts = _furnish(path, plan)
            held.append(sockets)
            known += facts
        with open(result_write, "wb") as result:
            pickle.dump(known, result)
        os.read(hold_read, 1)  # ends with the parent's end of the pipe
        os._exit(0)

    def known(self):
        with self._result:
            return pickle.load(self._result)

    def close(self):
        os.close(self._hold)
        os.waitpid(self.pid, 0)


class Farm:
    """`known`: every socket in the namespaces of `paths`."""

    def __init__(self, paths, plan, workers=4):
        self.known, self._workers = [], []
        try:
            for index in range(workers):
                self._workers.append(Worker(paths[index::workers], plan))
            for worker in self._workers:
                self.known += worker.known()
        except BaseException:
            self.close()
            raise

    def close(self):
        # The last first: it was forked with the others' pipes open.
        while self._workers:
            self._workers.pop().close()


def furnish(test, prefix, count, plan):
    """For setUpClass: `test` gets so many named namespaces and the farm in them, and clears both away at its end."""
    test.namespaces = []
    test.addClassCleanup(lambda: [each.close() for each in test.namespaces])
    for number in range(count):
        test.namespaces.append(namespaces.Named(f"{prefix}-{number}"))
    test.farm = Farm([each.path for each in test.namespaces], plan)
    test.addClassCleanup(test.farm.close)
