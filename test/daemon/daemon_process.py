"""One running xtcp2: how it is started, asked, looked at and stopped. Whoever makes it stops it, by its process id."""
import contextlib
import http.client
import os
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import time

import isolation
import netns
from waiting import DEADLINE_S, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def binary():
    """The program under test: $XTCP2_BIN, what ctest says, or the build's usual place."""
    for path in (os.environ.get("XTCP2_BIN"), os.environ.get("XTCP2"), ROOT / "build/xtcp2", ROOT / "build/release/src/app/xtcp2"):
        if path and os.access(path, os.X_OK):
            return str(path)
    raise FileNotFoundError("no xtcp2 binary: set XTCP2_BIN, or run ./dev build")


def extra_flags():
    """Flags that every daemon of this run gets: the same tests with another way to collect."""
    return os.environ.get("XTCP2_TEST_FLAGS", "").split()


def environment(extra):
    """Nothing of the caller's environment configures the daemon."""
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.endswith("SAN_OPTIONS")}
    return {**kept, **extra}


def parse_metrics(text):
    """{(name, frozenset of labels): value}."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            found[name, frozenset(LABEL.findall(labels or ""))] = float(value)
    return found


class Daemon:
    """`nofile`: soft and hard limit of descriptors. `wrapper`: a command in front. `netns_of`: where its HTTP listener is, when it is
    not in this network namespace. `stdout`: a descriptor; otherwise a file that output() reads."""

    def __init__(self, *flags, stdout=None, nofile=None, wrapper=(), env=None, listens_in_own=False, in_child=None):
        self.folder = tempfile.mkdtemp(prefix="daemon-", dir=isolation.SCRATCH)
        os.chmod(self.folder, 0o755)
        self._listens_in_own = listens_in_own

        def prepare():
            if nofile:
                resource.setrlimit(resource.RLIMIT_NOFILE, nofile)
            if in_child:
                in_child()

        with open(f"{self.folder}/stderr", "wb") as log, open(f"{self.folder}/stdout", "wb") as out:
            self.process = subprocess.Popen([*wrapper, binary(), *flags, *extra_flags()], stdin=subprocess.DEVNULL, stdout=stdout or out, stderr=log,
                                            env=environment(env or {}), preexec_fn=prepare)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    # What it says.
    def log(self):
        return pathlib.Path(self.folder, "stderr").read_text(errors="replace")

    def output(self):
        return pathlib.Path(self.folder, "stdout").read_bytes()

    def get(self, path, port=9088):
        """(status, body) of its HTTP listener; (0, reason) when nobody answers."""
        inside = netns.inside(f"/proc/{self.pid}/ns/net") if self._listens_in_own else contextlib.nullcontext()
        try:
            with inside:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.connect()
            with contextlib.closing(connection):
                connection.request("GET", path)
                reply = connection.getresponse()
                return reply.status, reply.read().decode()
        except OSError as failure:
            return 0, str(failure)

    def metrics(self):
        status, body = self.get("/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: {status} {body}\n{self.describe()}")
        return parse_metrics(body)

    def metric(self, name, **labels):
        return self.metrics().get((name, frozenset(labels.items())), 0.0)

    def polls(self):
        """Polls that have ended."""
        found = self.metrics()
        return int(sum(value for (name, _), value in found.items() if name == "xtcp2_polls_total"))

    def wait_ready(self, path="/readyz", port=9088):
        wait_for(lambda: self.get(path, port)[0] == 200 or self.raise_if_ended(), lambda: f"{path}\n{self.describe()}")
        return self

    def wait_polls(self, count, seconds=DEADLINE_S):
        wait_for(lambda: self.polls() >= count, lambda: f"{count} polls\n{self.describe()}", seconds)

    def raise_if_ended(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended by itself\n{self.describe()}")

    def describe(self):
        return f"xtcp2 {self.process.args}: exit code {self.process.poll()}; its log:\n{self.log()[-4000:]}"

    # What the kernel says of it.
    def status(self, key):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return re.search(rf"^{key}:\s*(.*)$", text, re.M)[1]

    def threads(self):
        return int(self.status("Threads"))

    def descriptors(self):
        """{number: what it is} of its open descriptors."""
        found = {}
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                found[int(name)] = os.readlink(f"/proc/{self.pid}/fd/{name}")
        return found

    # How it ends.
    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=60):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {seconds} s\n{self.describe()}") from None

    def stop(self):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Pipe:
    """A pipe as standard output, read when told to."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()

    def given_away(self):
        os.close(self.write_end)

    def read(self, seconds):
        """What comes within that time, or until its end."""
        data, end = b"", time.monotonic() + seconds
        os.set_blocking(self.read_end, False)
        while time.monotonic() < end:
            try:
                piece = os.read(self.read_end, 1 << 20)
                if not piece:
                    return data
                data += piece
            except BlockingIOError:
                time.sleep(0.005)
        return data

    def close(self):
        with contextlib.suppress(OSError):
            os.close(self.read_end)


def run_to_end(*flags, seconds=60, **options):
    """(exit code, daemon) of a run that ends by itself."""
    with Daemon(*flags, **options) as daemon:
        return daemon.wait(seconds), daemon
