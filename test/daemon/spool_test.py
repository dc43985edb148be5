#!/usr/bin/python3
"""Rows that wait on disk: the peer is away, the daemon is killed and started again, and in the end every row it collected is there."""
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

from daemon_process import Daemon
from waiting import wait_for

PORT = 25_100
SOCKETS = 40


class Receiver:
    """Takes rows of jsonl by tcp while it is open; keeps what ends with a newline."""

    def __init__(self):
        self.rows, self._listener, self._connections, self._lock = [], None, [], threading.Lock()

    def open(self):
        self._listener = socket.create_server(("127.0.0.1", PORT))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self):
        """As a machine that loses power would: nothing more is read, and the connections are reset."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self._lock:
            for connection in self._connections:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._connections.clear()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        data = b""
        while True:
            try:
                piece = connection.recv(1 << 20)
            except OSError:
                return
            if not piece:
                return
            data += piece
            *lines, data = data.split(b"\n")
            rows = [json.loads(line) for line in lines]
            with self._lock:
                self.rows += [(int(row["timestampNs"]), int(row["recordCounter"])) for row in rows]

    def seen(self):
        with self._lock:
            return list(self.rows)


@isolation.needs_root
class Spool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="spool-", dir=isolation.SCRATCH)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.listener = socket.create_server(("127.0.0.1", 25_200), backlog=SOCKETS)
        self.sockets = [socket.create_connection(("127.0.0.1", 25_200)) for _ in range(SOCKETS)]
        self.addCleanup(self.listener.close)
        self.addCleanup(lambda: [held.close() for held in self.sockets])

    def daemon(self, *flags):
        """With one reader: a poll is one batch then, and what a kill takes out of its hands is a whole poll."""
        started = Daemon("-dest", f"tcp:127.0.0.1:{PORT}", "-marshal", "jsonl", "-frequency", "100ms", "-timeout", "90ms", "-spoolDir", f"{self.folder}/spool",
                         "-destQueueBytes", "65536", "-netns", "own", "-goMaxProcs", "1", *flags)
        self.addCleanup(started.kill)
        return started

    def counts(self, daemon):
        """Rows in each of the places where a row can be."""
        found = daemon.metrics()
        total = lambda name: int(sum(value for (key, _), value in found.items() if key == name))
        return {"sent": total("xtcp2_destination_rows_total"), "dropped": total("xtcp2_destination_dropped_rows_total"),
                "spooled": total("xtcp2_destination_spooled_rows")}

    def test_a_peer_away_and_a_daemon_killed_cost_no_row(self):
        with self.daemon() as first:
            first.wait_ready("/healthz")
            wait_for(lambda: self.counts(first)["spooled"] > 20 * SOCKETS, lambda: f"rows on disk\n{first.describe()}")
            self.assertEqual(0, self.counts(first)["dropped"], first.describe())
            self.assertEqual(0, self.counts(first)["sent"])
            before = self.counts(first)["spooled"]
            first.kill()  # SIGKILL
        with self.daemon() as second:
            second.wait_ready("/healthz")
            self.assertGreaterEqual(self.counts(second)["spooled"], before, "what was on disk is there")
            second.wait_polls(5)
            self.receiver.open()
            wait_for(lambda: self.counts(second)["sent"] > 0, lambda: f"the peer is back\n{second.describe()}")
            wait_for(lambda: self.counts(second)["spooled"] == 0, lambda: f"{self.counts(second)}\n{second.describe()}", 120)
            # It is away once more, in the middle of the stream.
            self.receiver.close()
            wait_for(lambda: self.counts(second)["spooled"] > 5 * SOCKETS, lambda: f"rows on disk again\n{second.describe()}")
            self.receiver.open()
            wait_for(lambda: self.counts(second)["spooled"] == 0, lambda: f"{self.counts(second)}\n{second.describe()}", 120)
            self.assertEqual(0, self.counts(second)["dropped"], second.describe())
            self.assertEqual(0, second.stop(), second.describe())
        wait_for(self.nothing_missing, self.missing)
        seen = self.receiver.seen()
        # A batch that is sent again after the cut counts as sent twice, so the daemon's number is no measure of what came.
        self.assertGreaterEqual(len(set(seen)), before)
        print(f"{len(set(seen))} rows of {len({poll for poll, _ in seen})} polls, {len(seen) - len(set(seen))} twice")
        self.assertLess(len(seen) - len(set(seen)), len(seen) // 2, "most come once")

    def gaps(self):
        """(poll, number) of rows that are not there although one of the same poll with a higher number is, and polls with fewer rows than
        there are sockets: each poll has two for each of ours at least, but for the last, which SIGTERM may have cut."""
        polls = {}
        for poll, number in self.receiver.seen():
            polls.setdefault(poll, set()).add(number)
        found = [(poll, number) for poll, numbers in polls.items() for number in range(1, max(numbers) + 1) if number not in numbers]
        return found + [(poll, "few") for poll, numbers in polls.items() if len(numbers) < 2 * SOCKETS and poll != max(polls)]

    def nothing_missing(self):
        return not self.gaps()

    def missing(self):
        return f"missing: {self.gaps()[:20]} of {len(set(self.receiver.seen()))}"

    def test_two_daemons_cannot_share_it(self):
        with self.daemon() as first:
            first.wait_ready("/healthz")
            with self.daemon("-promListen", "127.0.0.1:9099") as second:
                self.assertEqual(1, second.wait(), second.describe())
                self.assertIn(f"is in use by process {first.pid}", second.log())
                self.assertIn(self.folder, second.log())

    def test_the_default_is_the_state_directory(self):
        state = f"{self.folder}/state"
        with Daemon("-dest", f"tcp:127.0.0.1:{PORT}", "-marshal", "jsonl", "-frequency", "100ms", "-timeout", "90ms", "-netns", "own", env={"STATE_DIRECTORY": state}) as daemon:
            daemon.wait_ready("/healthz")
            wait_for(lambda: self.counts(daemon)["spooled"] > 0, lambda: f"rows on disk\n{daemon.describe()}")
            self.assertEqual(0, daemon.stop())
            self.assertEqual(0, os.stat(f"{state}/spool").st_mode & 0o077)
            self.assertEqual(1, len(os.listdir(f"{state}/spool")))

    def test_another_user_goes_on_with_it(self):
        with self.daemon("-user", "65534:65534") as daemon:
            daemon.wait_ready("/healthz")
            wait_for(lambda: self.counts(daemon)["spooled"] > 10 * SOCKETS, lambda: f"rows on disk\n{daemon.describe()}")
            self.assertEqual("65534", daemon.status("Uid").split()[0])
            self.assertEqual(0, self.counts(daemon)["dropped"], daemon.describe())
            self.receiver.open()
            wait_for(lambda: self.counts(daemon)["spooled"] == 0, lambda: f"{self.counts(daemon)}\n{daemon.describe()}", 120)
            self.assertNotIn("spool", daemon.log())


if __name__ == "__main__":
    unittest.main()
