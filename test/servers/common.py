"""What the real servers of the tests have in common: a scratch folder, a free port on loopback, a process that is waited for and ended
by its id, and certificates made by openssl. Fetching (tools/dev/servers.py) needs the network, so a test fetches before it imports
`isolation`, which leaves it behind."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for each in ("tools/dev", "test/daemon", "test/oracle"):
    sys.path.insert(0, str(ROOT / each))
DEADLINE_S = 120  # for a server to answer: only a failing test waits that long


def fetched(name):
    """(folder, "") of a server of tools/dev/servers.py, or (None, why not)."""
    import servers  # the folder above was just made known
    try:
        return servers.fetch(name), ""
    except servers.Unavailable as problem:
        return None, f"NOT TESTED: {name} cannot be had here: {problem}"


def needs_program(name):
    """A skip unless the program is there."""
    return unittest.skipUnless(shutil.which(name), f"NOT TESTED: no {name} here (packaging/debian-packages.txt, [test])")


def free_port(host="127.0.0.1"):
    """One that nobody has now; the caller takes it at once."""
    with socket.socket(socket.AF_INET) as tcp:
        tcp.bind((host, 0))
        return tcp.getsockname()[1]


def answers(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


class Server:
    """One server process. A subclass says command() and ready(); __init__ makes the folder, start() may be called again after kill()."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        self.process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def ready(self):
        """Whether it answers; asked again and again."""
        raise NotImplementedError

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                            env={**os.environ, **self.environment()})
        end = time.monotonic() + DEADLINE_S
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{self.process.args[0]} does not answer (exit code {self.process.poll()}):\n{self.log()[-3000:]}")
            time.sleep(0.05)
        return self

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def kill(self):
        """As a crash: nothing is said to anybody."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """For good: the folder goes too."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Authority:
    """A throw-away certificate authority: PEM files in `folder`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def issue(self, name, expired=False):
        """(certificate file, key file, PKCS 8) for 127.0.0.1 and localhost; a client's certificate as well."""
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
        # A certificate that ends before it begins to be looked at: `x509` has no dates in the past, but negative days.
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                      "-days", "-1" if expired else "2", "-extfile", f"{name}.ext")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"
