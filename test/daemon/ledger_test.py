#!/usr/bin/python3
"""-ledger: every connection of three namespaces has exactly one CLOSE row, with its ending and who opened it, although no poll saw it; the account
says so, and admits what it is made to lose."""
import collections
import json
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import namespaces
import netns
import output
from daemon_process import Daemon, Pipe
from waiting import wait_for

CLOSE, ACTIVE, PASSIVE = 2, 1, 2
CLOSED, RESET_RECEIVED, RESET_SENT, REFUSED = 1, 2, 3, 5
SYN_SENT = 2
PORT, NOBODY = 4000, 4001
OURS = ("-netnsInclude", "xtcp2t-ledger-*,default")  # a walk in BPF sees those of all others on this machine
SELDOM = ("-frequency", "1h", "-timeout", "1s", "-pollJitterPct", "0")
EVENT_BYTES = 584
UNPRIVILEGED = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--")


def abort(tcp):
    """Ends it by RST."""
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.close()


def until_end(tcp):
    """Reads until the peer has ended it."""
    try:
        while tcp.recv(65536):
            pass
    except ConnectionResetError:
        pass


class Room:
    """A namespace in which connections are made, each remembered from both ends: {(inode, own port, other port): (opened as, ending, sent)}."""

    def __init__(self, name):
        self.name, self.namespace = name, namespaces.Named(name, PORT)
        self.inode, self.ends = self.namespace.inode, {}

    def connect(self):
        with netns.inside(self.namespace.path):
            client = socket.create_connection(("127.0.0.1", PORT))
        return client, self.namespace.listener.accept()[0], client.getsockname()[1]

    def note(self, port, client_ending, server_ending, sent=0, answered=0):
        self.ends[self.inode, port, PORT] = (ACTIVE, client_ending, sent)
        self.ends[self.inode, PORT, port] = (PASSIVE, server_ending, answered)

    def closed(self, sent):
        client, server, port = self.connect()
        client.sendall(b"x" * sent)
        server.sendall(b"y" * 3)
        client.recv(3)
        client.close()
        until_end(server)
        server.close()
        self.note(port, CLOSED, CLOSED, sent, 3)

    def aborted(self):
        client, server, port = self.connect()
        abort(client)
        until_end(server)
        server.close()
        self.note(port, RESET_SENT, RESET_RECEIVED)

    def refused(self):
        with netns.inside(self.namespace.path), socket.socket() as tcp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                tcp.connect(("127.0.0.1", NOBODY))
            except ConnectionRefusedError:
                pass
        self.ends[self.inode, port, NOBODY] = (ACTIVE, REFUSED, 0)

    def some(self, count):
        for number in range(count):
            self.closed(number + 1)
            self.aborted()
            self.refused()


@isolation.needs_root
class Case(unittest.TestCase):
    def setUp(self):
        self.rooms = [Room(f"xtcp2t-ledger-{number}") for number in range(3)]
        self.addCleanup(lambda: [room.namespace.close() for room in self.rooms])
        self.inodes = {room.inode: room.name for room in self.rooms}

    def start(self, *flags, **options):
        self.path = f"{isolation.SCRATCH}/{self.id()}"
        daemon = Daemon(*(() if "-dest" in flags else ("-dest", f"file:{self.path}")), "-marshal", "jsonl", *SELDOM, *OURS, *flags, **options)
        self.addCleanup(daemon.kill)
        self.tail = output.Tail(self.path)
        return daemon.wait_ready()

    def close_rows(self):
        """Those of the rooms, so far."""
        return [row for row in self.tail.update().rows if row["record_kind"] == CLOSE and row["netns_inode"] in self.inodes]

    def account(self, daemon, below="/namespaces"):
        status, body = daemon.get(f"/coverage{below}")
        self.assertEqual(200, status, body)
        return json.loads(body)

    def wait_account(self, daemon, connections):
        """{name: its account}, once every room's account has so many connections."""
        def look():
            found = {each["netns"]: each for each in self.account(daemon)["by_netns"]}
            rooms = [found.get(room.name) for room in self.rooms]
            return all(rooms) and all(each["connections"] == connections for each in rooms) and found
        return wait_for(look, lambda: f"{connections} connections in {self.account(daemon)}\n{daemon.describe()}")

    def check_rows(self, expected):
        """Exactly one row for each end, and it says what became of it."""
        wait_for(lambda: len(self.close_rows()) >= len(expected), lambda: f"{len(expected)} rows, there are {len(self.close_rows())}")
        found = collections.Counter()
        for row in self.close_rows():
            own, other = (row[f"inet_diag_msg_socket_{side}_port"] for side in ("source", "destination"))
            key = row["netns_inode"], own, other
            found[key] += 1
            self.assertEqual(expected[key], (row["opened_as"], row["ending"], row["tcp_info_bytes_sent"]), key)
            self.assertEqual(self.inodes[row["netns_inode"]], row["netns"])
            self.assertEqual(row["duration_ns"], row["event_time_ns"] - row["birth_time_ns"])
        self.assertEqual({key: 1 for key in expected}, dict(found))


class Ledger(Case):
    def test_one_row_each(self):
        daemon = self.start("-ledger", "rows")
        for room in self.rooms:
            room.some(10)
        self.check_rows({key: end for room in self.rooms for key, end in room.ends.items()})
        self.assertLessEqual(daemon.polls(), 1)
        for each in self.wait_account(daemon, 50).values():
            self.assertEqual(1.0, each["coverage"], each)
        row = next(row for row in self.close_rows() if row["opened_as"] == ACTIVE)
        self.assertNotEqual(0, row["opener_pid"])  # as the host's first pid namespace has it, which is not this one
        self.assertEqual(pathlib.Path("/proc/self/comm").read_text().strip(), row["opener_comm"])
        self.assertEqual(0, daemon.stop())
        self.check_rows({key: end for room in self.rooms for key, end in room.ends.items()})

    def test_the_last_rows_leave_before_the_end(self):
        daemon = self.start("-ledger", "rows")
        self.rooms[0].some(5)
        self.assertEqual(0, daemon.stop())
        self.check_rows(self.rooms[0].ends)

    def test_forced_loss_is_admitted(self):
        """A ring of 64 KiB, and a daemon that cannot read it."""
        daemon = self.start("-ledger", "rows", "-ledgerRing", "65536")
        daemon.signal(signal.SIGSTOP)
        wait_for(lambda: daemon.status("State").startswith("T"), "a daemon that stands still")
        for _ in range(200):
            self.rooms[0].aborted()
        daemon.signal(signal.SIGCONT)
        found = wait_for(lambda: next((each for each in self.account(daemon)["by_netns"]
                                       if each["netns"] == self.rooms[0].name and each["connections"] == 400), None), "the account")
        rows = wait_for(lambda: len(self.close_rows()) == 400 - found["lost"]["rows"] and self.close_rows(),
                        lambda: f"400 less {found['lost']} rows; there are {len(self.close_rows())}")
        self.assertLess(len(rows), 65536 // EVENT_BYTES)
        self.assertGreater(found["lost"]["rows"], 400 - 65536 // EVENT_BYTES)
        self.assertEqual(0, found["lost"]["uncounted"])
        self.assertAlmostEqual(len(rows) / 400, found["coverage"])
        self.assertLess(daemon.metric("xtcp2_ledger_coverage_ratio"), 1)
        self.assertGreaterEqual(daemon.metric("xtcp2_ledger_rows_lost_total", reason="ring_full"), found["lost"]["rows"])

    def test_filter_sees_the_last_state(self):
        self.start("-ledger", "rows", "-filter", "state syn-sent")
        for room in self.rooms:
            room.some(2)
        refused = {key: end for room in self.rooms for key, end in room.ends.items() if end[1] == REFUSED}
        self.check_rows(refused)
        self.assertEqual({SYN_SENT}, {row["last_state"] for row in self.close_rows()})

    def test_namespaces_that_are_not_wanted(self):
        self.start("-ledger", "rows", "-netnsExclude", self.rooms[1].name)
        for room in self.rooms:
            room.some(2)
        self.check_rows({**self.rooms[0].ends, **self.rooms[2].ends})

    def test_counts_only(self):
        daemon = self.start("-ledger", "counts")
        for room in self.rooms:
            room.some(3)
        for each in self.wait_account(daemon, 15).values():
            self.assertEqual(1.0, each["coverage"], each)
        self.assertEqual([], self.close_rows())
        ports = [line for line in self.account(daemon, "/ports")["by_port"] if line["netns_inode"] == self.rooms[0].inode]
        self.assertEqual({(PORT, "active", 6), (PORT, "passive", 0), (NOBODY, "active", 3)},
                         {(line["port"], line["opened_as"], line["opened"]) for line in ports})
        self.assertEqual(3, sum(line["reset"] for line in ports if line["opened_as"] == "passive"))
        self.assertEqual(3, sum(line["failed"] for line in ports))

    def test_a_namespace_that_ends_stays_in_the_account(self):
        """And nothing of the daemon's keeps it."""
        daemon = self.start("-ledger", "counts")
        self.rooms[0].some(4)
        self.wait_account_of(daemon, self.rooms[0], 20)
        before, held = self.account(daemon), self.snmp_files(daemon)
        self.rooms.pop(0).namespace.close()
        wait_for(lambda: self.snmp_files(daemon) == held - 1, lambda: f"{held - 1} files, there are {self.snmp_files(daemon)}")
        after = wait_for(lambda: self.account(daemon), "the account")
        self.assertGreaterEqual(after["connections"], before["connections"])
        self.assertGreaterEqual(before["connections"], 20)
        self.assertEqual(0, after["lost"]["uncounted"])

    @staticmethod
    def snmp_files(daemon):
        return sum("/net/snmp" in what for what in daemon.descriptors().values())

    def wait_account_of(self, daemon, room, connections):
        wait_for(lambda: any(each["netns"] == room.name and each["connections"] == connections for each in self.account(daemon)["by_netns"]),
                 lambda: f"{connections} connections of {room.name}: {self.account(daemon)}")

    def test_counts_only_while_rows_are_too_many(self):
        """Nobody reads the rows: the ring overflows for seconds. The account goes on all the while; later there are rows again."""
        pipe = Pipe()
        self.addCleanup(pipe.close)
        daemon = self.start("-dest", "stdout", "-ledger", "rows", "-ledgerRing", "65536", "-destQueueBytes", "65536", "-envelopeFlushBytes", "20000",
                            stdout=pipe.write_end)
        pipe.given_away()
        made = 0

        def overloaded():
            nonlocal made
            for _ in range(200):
                self.rooms[0].aborted()
            made += 400
            return self.account(daemon, "")["paused"]
        wait_for(overloaded, lambda: f"a pause: {self.account(daemon, '')}\n{daemon.describe()}", pause=0.1)
        self.wait_account_of(daemon, self.rooms[0], made)
        self.assertEqual(1, daemon.metric("xtcp2_ledger_pauses_total"))
        self.assertEqual(1, daemon.log().count("counts only for 10 s"))
        self.rooms[0].aborted()
        wait_for(lambda: self.account(daemon, "")["lost"]["paused"] >= 2, "rows that are not made")
        wait_for(lambda: pipe.read(0.2) is not None and not self.account(daemon, "")["paused"], "the end of the pause")
        self.rooms[0].ends.clear()

        def row_of_another():  # more than once: other programs of this host may fill the small ring
            self.rooms[0].closed(77)
            ports = {own for _, own, other in self.rooms[0].ends if other == PORT}
            text = pipe.read(0.2).decode()
            return any(f'"inetDiagMsgSocketSourcePort":{port},' in text for port in ports)
        wait_for(row_of_another, "rows again")

    def ask(self, *flags):
        return subprocess.run([daemon_process.binary(), "coverage", *flags], check=False, capture_output=True, text=True,
                              env=daemon_process.environment({}))

    def test_the_command(self):
        nobody = self.ask()
        self.assertEqual((1, ""), (nobody.returncode, nobody.stdout))
        self.assertIn("is the daemon running", nobody.stderr)
        daemon = self.start("-ledger", "counts")
        for room in self.rooms:
            room.some(1)
        self.wait_account(daemon, 5)
        text = self.ask()
        self.assertEqual(0, text.returncode, text.stderr)
        self.assertIn("connections are counted", text.stdout)
        whole = json.loads(self.ask("-json", "-by", "namespaces").stdout)
        self.assertLessEqual(set(self.inodes.values()), {each["netns"] for each in whole["by_netns"]})
        self.assertIn("by_port", json.loads(self.ask("-json", "-by=ports").stdout))
        self.assertEqual(2, self.ask("-by", "colour").returncode)
        daemon.stop()

    def test_a_changed_configuration(self):
        """The program stays loaded, though the right to load one is gone: nothing is counted twice, no row is missing."""
        config = pathlib.Path(isolation.SCRATCH, "config.toml")
        config.write_text('label = "one"\n')
        daemon = self.start("-config", str(config), "-ledger", "rows")
        self.rooms[0].some(5)
        wait_for(lambda: len(self.close_rows()) == 25, "rows")
        config.write_text('label = "two"\n')
        daemon.signal(signal.SIGHUP)
        self.rooms[1].some(5)
        wait_for(lambda: "the changed configuration is in use" in daemon.log(), daemon.describe)
        self.rooms[2].some(5)
        self.check_rows({key: end for room in self.rooms for key, end in room.ends.items()})
        self.assertEqual({"one": 25, "two": 25}, {label: sum(row["label"] == label for row in self.close_rows() if row["netns_inode"] != self.rooms[1].inode)
                                                  for label in ("one", "two")})
        wait_for(lambda: self.account(daemon)["counts"]["closed"] >= 75, "the account of both")
        self.assertLessEqual(daemon.metric("xtcp2_ledger_connections_total", event="closed"), self.account(daemon)["counts"]["closed"])

    def test_a_run_that_ends_by_itself(self):
        """Rows of what ended before the last poll are all there."""
        daemon = self.start("-ledger", "rows", "-maxLoops", "2", "-frequency", "3s")
        self.rooms[0].some(5)
        self.assertEqual(0, daemon.wait())
        self.check_rows(self.rooms[0].ends)

    def test_rows_without_bpf(self):
        """A user without capabilities, in its own namespace: what the kernel tells of sockets that it frees."""
        listener = namespaces.listen(PORT)
        self.addCleanup(listener.close)
        daemon = self.start("-netns", "own", "-collector", "netlink", "-ledger", "rows", "-dest", "stdout", wrapper=UNPRIVILEGED)

        def rows():
            found = [json.loads(line) for line in daemon.output().splitlines(keepends=True) if line.endswith(b"\n")]
            return [row for row in found if row.get("recordKind") == "RECORD_KIND_CLOSE"
                    and PORT in (row["inetDiagMsgSocketSourcePort"], row["inetDiagMsgSocketDestinationPort"])]
        for sent in range(1, 11):
            client = socket.create_connection(("127.0.0.1", PORT))
            server, _ = listener.accept()
            client.sendall(b"x" * sent)
            client.close()
            until_end(server)
            server.close()
        wait_for(lambda: len(rows()) >= 20, lambda: f"20 rows, there are {len(rows())}\n{daemon.describe()}")
        self.assertEqual(20, len(rows()))
        self.assertEqual(list(range(1, 11)), sorted(int(row["tcpInfoBytesSent"]) for row in rows() if row["inetDiagMsgSocketDestinationPort"] == PORT))
        self.assertFalse(any("ending" in row or "skMemInfoSndbuf" in row for row in rows()), "what is not known is absent")
        self.assertIn("-ledger rows without BPF", daemon.log())
        self.assertEqual(404, daemon.get("/coverage")[0])
        self.assertEqual(0, daemon.stop())

    def test_counts_need_bpf(self):
        code, daemon = daemon_process.run_to_end("-netns", "own", "-collector", "netlink", "-ledger", "counts", "-dest", "null", wrapper=UNPRIVILEGED)
        self.assertEqual(1, code)
        self.assertIn("-ledger counts: ", daemon.log())

    def test_without_a_ledger(self):
        daemon = self.start("-ledger", "off")
        status, body = daemon.get("/coverage")
        self.assertEqual(404, status)
        self.assertIn("the ledger of connections is off", body)
        self.assertEqual(1, self.ask().returncode)


if __name__ == "__main__":
    unittest.main()
