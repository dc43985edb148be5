"""xtcp2 bench and xtcp2 estimate as programs: run to their end, or looked at and stopped in the middle."""
import contextlib
import json
import os
import pathlib
import subprocess

import daemon_process
from waiting import wait_for

# As short as a measurement can be.
SHORT = ("-seconds", "0", "-polls", "3", "-windows", "0")


def run(*arguments, **options):
    """The finished process of `xtcp2 arguments`."""
    return subprocess.run([daemon_process.binary(), *arguments], capture_output=True, text=True, timeout=240, check=False,
                          stdin=subprocess.DEVNULL, env=daemon_process.environment({}), **options)


def measure(*flags, **options):
    """What `xtcp2 bench -json` prints, read."""
    done = run("bench", "-json", *SHORT, *flags, **options)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stderr}\n{done.stdout}")
    return json.loads(done.stdout)


def processes():
    """Living processes, {id: parent}."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            state, parent = pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(name)] = int(parent)
    return found


def network_of(process):
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{process}/ns/net")
    return None


def traces():
    """All that a bench could leave behind: processes, their network namespaces, mounts, files."""
    running = set(processes())
    return {"processes": running, "namespaces": {network_of(each) for each in running} - {None},
            "mounts": set(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()),
            # /tmp is everybody's; there, only what would be called after it.
            "files": {(folder, name) for folder in ("/tmp", "/run", "/run/netns", os.getcwd()) for name in os.listdir(folder)
                      if folder != "/tmp" or "xtcp2" in name}}


class Running:
    """A bench that would go on for a long time."""

    def __init__(self, *flags):
        self.process = subprocess.Popen([daemon_process.binary(), "bench", "-seconds", "1000", *flags], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=daemon_process.environment({}))

    def wait_load(self):
        """Until its sockets stand; what it says then."""
        return self.process.stderr.readline().decode()

    def descendants(self):
        parents, found, size = processes(), {self.process.pid}, 0
        while size != len(found):
            size = len(found)
            found |= {child for child, parent in parents.items() if parent in found}
        return found - {self.process.pid}

    def wait_daemon(self):
        """Until the daemon has threads besides its first."""
        def has_threads():
            for each in self.descendants():
                with contextlib.suppress(OSError):
                    if len(os.listdir(f"/proc/{each}/task")) > 1:
                        return True
            return False
        wait_for(has_threads, "a daemon with threads")

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.process.stderr.close()
