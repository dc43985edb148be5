#!/usr/bin/python3
"""How namespaces come, are named, are entered and go, one daemon a case."""
import contextlib
import functools
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
import netns
import output
from daemon_process import Daemon, Pipe
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

    def held(self, port):
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


@isolation.needs_root
class Coming(Case):
    def test_a_poll_holds_what_was_there_100_ms_before(self):
        self.start(400)
        for number in range(8):  # at different moments between two polls
            time.sleep(0.05 * number)
            made = self.named(f"xtcp2t-new-{number}", PORT + number)
            rows = self.first_poll_after(time.time_ns() + 100 * MS)
            self.assertEqual([(made.name, made.inode)], self.places(rows, PORT + number))

    def test_held_by_a_thread_only(self):
        self.start(200)
        held = self.held(PORT)
        self.assertNotEqual(held.inode, netns.inode("/proc/self/ns/net"), "the thread is not where its process is")
        rows = self.first_poll_after(time.time_ns())
        self.assertEqual([(f"netns:[{held.inode}]", held.inode)], self.places(rows, PORT))

    def test_a_folder_that_appears_later(self):
        self.start(200)
        folder = "/run/docker/netns"
        self.assertFalse(os.path.exists(folder))
        os.makedirs(folder)
        self.addCleanup(lambda: (os.rmdir(folder), os.rmdir("/run/docker")))
        made = self.named("4f2a", PORT, folder=folder)
        self.assertEqual([("4f2a", made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))


@isolation.needs_root
class Going(Case):
    def test_a_deleted_namespace_is_let_go(self):
        """Its end of a veth pair takes ours with it when the last reference is gone, at the latest with the next poll."""
        self.start(1500)
        doomed = self.named("xtcp2t-doomed", PORT)
        subprocess.run(["ip", "link", "add", "xtcp2t-here", "type", "veth", "peer", "name", "there", "netns", doomed.name], check=True)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "xtcp2t-here"], check=False, capture_output=True)
        self.daemon.wait_polls(self.daemon.polls() + 1)
        doomed.close()
        polls = self.daemon.polls()
        wait_for(lambda: not os.path.exists("/sys/class/net/xtcp2t-here"), "the veth is gone")
        self.assertLessEqual(self.daemon.polls(), polls + 1, "the namespace was kept alive longer than until the next poll")


@isolation.needs_root
class Names(Case):
    def test_what_is_no_namespace_does_no_harm(self):
        folder = namespaces.FOLDER
        pathlib.Path(folder, "text").write_text("no namespace")
        pathlib.Path(folder, "left-over").touch()  # what `ip netns` leaves where its mount is gone
        os.mkfifo(f"{folder}/fifo")
        os.symlink("nowhere", f"{folder}/dangling")
        os.mkdir(f"{folder}/folder")
        self.addCleanup(lambda: [os.unlink(f"{folder}/{name}") for name in ("text", "left-over", "fifo", "dangling")])
        self.addCleanup(os.rmdir, f"{folder}/folder")
        made = self.named("xtcp2t-good", PORT)
        self.start(200)
        self.assertEqual([(made.name, made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        self.check_quiet()

    def test_a_namespace_of_another_kind_does_no_harm(self):
        """A file of the same file system that setns would refuse."""
        path = f"{namespaces.FOLDER}/uts"
        namespaces.bind("/proc/self/ns/uts", path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        made = self.named("xtcp2t-good", PORT)
        self.start(200)
        self.assertEqual([(made.name, made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        self.check_quiet()

    def check_quiet(self):
        """All polls are complete and nobody is bothered."""
        self.daemon.wait_polls(3)
        self.assertEqual(0, self.daemon.metric("xtcp2_polls_total", result="partial"), self.daemon.describe())
        self.assertEqual(0, self.daemon.metric("xtcp2_namespaces", condition="failed"))
        self.assertNotIn("warning", self.daemon.log())

    def test_another_namespace_under_the_same_name(self):
        self.start(200)
        first = self.held(PORT)
        path = f"{namespaces.FOLDER}/xtcp2t-same"
        namespaces.bind(first.path, path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        self.assertEqual([("xtcp2t-same", first.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        second = self.held(PORT + 1)
        namespaces.unbind(path)
        namespaces.bind(second.path, path)
        rows = self.first_poll_after(time.time_ns())
        self.assertEqual([("xtcp2t-same", second.inode)], self.places(rows, PORT + 1))
        self.assertEqual([(f"netns:[{first.inode}]", first.inode)], self.places(rows, PORT))

    @number_needed
    def test_a_successor_during_a_poll(self):
        """Between the look around and its turn, a namespace gives its inode number, and the thread that showed it, to another one."""
        held = self.held(PORT)
        path = f"{namespaces.FOLDER}/xtcp2t-before"
        namespaces.bind(held.path, path)
        listeners = [namespaces.listen() for _ in range(150)]  # the own namespace comes first and is more than the pipe holds
        self.addCleanup(lambda: [each.close() for each in listeners])
        pipe = Pipe()
        self.addCleanup(pipe.close)
        with Daemon("-dest", "stdout", "-marshal", "jsonl", "-pollJitterPct", "0", "-frequency", "61s", "-timeout", "60s", "-maxLoops", "1",
                    "-goMaxProcs", "1", "-destQueueBytes", "65536", "-envelopeFlushBytes", "20000", stdout=pipe.write_end) as daemon:
            pipe.given_away()
            daemon.wait_ready("/metrics")
            wait_for(lambda: daemon.metric("xtcp2_destination_push_waits_total", destination="stdout") > 0, "a reader that waits")
            namespaces.unbind(path)
            os.unlink(path)
            if not held.move(PORT + 1):
                raise NumberTaken
            pathlib.Path(self.path).write_bytes(pipe.read(60))
            self.assertEqual(0, daemon.wait(), daemon.describe())
        rows = output.Tail(self.path).update().rows
        self.assertGreater(len(rows), len(listeners))
        self.assertEqual([], self.places(rows, PORT))
        self.assertLessEqual(set(self.places(rows, PORT + 1)), {(f"netns:[{held.inode}]", held.inode)})

    def test_two_names_of_one_namespace_make_one_row(self):
        made = self.named("xtcp2t-one", PORT)
        path = f"{namespaces.FOLDER}/xtcp2t-two"
        namespaces.bind(made.path, path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        self.start(200)
        (name, inode), = self.places(self.first_poll_after(time.time_ns()), PORT)
        self.assertEqual(made.inode, inode)
        self.assertIn(name, (made.name, "xtcp2t-two"))


class InUserNamespace(Case):
    """The daemon is root of a user namespace, with its capabilities there: of namespaces that belong to its parent it may enter none."""

    def start_inside(self, *unshare_flags, before="true"):
        self.start(200, wrapper=("unshare", "--user", "--map-root-user", "--keep-caps", *unshare_flags, "--", "sh", "-c",
                                 f'{before} && exec "$@"', "sh"), listens_in_own=True)

    def failed(self):
        return self.daemon.metric("xtcp2_namespaces", condition="failed")

    @contextlib.contextmanager
    def enterable(self, port, inode=None):
        """A namespace that belongs to the daemon's own user namespace, with a listener, and with this inode number if one is given."""
        program = f"""if True:
            import sys
            sys.path[:0] = {sys.path!r}
            import namespaces
            if {inode} and not namespaces.settle_on_inode({inode}): sys.exit()
            tcp = namespaces.listen({port})
            print("here", flush=True)
            sys.stdin.read()"""
        holder = subprocess.Popen(["nsenter", f"--user=/proc/{self.daemon.pid}/ns/user", "--preserve-credentials",
                                   *(["unshare", "--net"] if inode is None else []), sys.executable, "-c", program],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with holder:
            if not holder.stdout.readline():
                raise NumberTaken
            yield netns.inode(f"/proc/{holder.pid}/ns/net")
            holder.stdin.close()


@isolation.needs_root
class Refused(InUserNamespace):
    def setUp(self):
        self.refused = self.named("xtcp2t-refused", PORT)
        self.start_inside("--net", before="ip link set lo up")

    def test_is_missed_and_never_replaced(self):
        self.daemon.wait_polls(10)
        self.assertGreaterEqual(self.failed(), 1)
        rows = self.tail.update().rows
        self.assertEqual([], self.places(rows, PORT))
        self.assertEqual(set(), {row["netns"] for row in rows} & {self.refused.name})
        lines = [line for line in self.daemon.log().splitlines() if self.refused.name in line]
        self.assertEqual(1, len(lines), self.daemon.describe())
        self.assertIn("Operation not permitted", lines[0])
        self.assertGreater(self.daemon.metric("xtcp2_polls_total", result="partial"), 0)

    @number_needed
    def test_its_successor_on_the_inode_does_not_pay_for_it(self):
        """The kernel gives the inode number to the next namespace, which the daemon may enter: back-off must not meet that one."""
        self.daemon.wait_polls(12)  # by now it is tried every 16 polls
        self.refused.close()
        with self.enterable(PORT + 1, self.refused.inode) as inode:
            self.assertEqual(self.refused.inode, inode)
            rows = self.first_poll_after(time.time_ns() + 100 * MS)
            self.assertEqual([(f"netns:[{inode}]", inode)], self.places(rows, PORT + 1))


@isolation.needs_root
class WithoutAWayBack(InUserNamespace):
    def test_enters_nothing(self):
        """The own namespace belongs to the parent: from a namespace that it may enter, the daemon could not come back."""
        self.start_inside()
        with self.enterable(PORT):
            self.first_poll_after(time.time_ns())
            self.daemon.wait_polls(self.daemon.polls() + 2)
            self.assertGreaterEqual(self.failed(), 1)
            self.assertIn("come back", self.daemon.log())
            self.assertEqual(0, self.daemon.stop(), self.daemon.describe())
        self.assertEqual([], self.places(self.tail.update().rows, PORT))


if __name__ == "__main__":
    unittest.main()
