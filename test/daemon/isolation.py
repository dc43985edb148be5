"""Moves a test program into mount, process and network namespaces of its own before it does anything: the daemon under test then sees
the namespaces and processes this test made and no others, its default ports are free, and when the test ends, however it ends,
the kernel takes everything it made with it. Import it first. Not root: nothing is done, and needs_root() skips.
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

MARK = "XTCP2_TEST_IN_NAMESPACES"
UNSHARE = ["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc", "--kill-child"]
SCRATCH = "/run/scratch"  # on a tmpfs that is this test's own

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))


def ancestors():
    """This process and those it descends from."""
    process = os.getpid()
    while process:
        yield process
        process, = map(int, re.findall(r"^PPid:\s*(\d+)", pathlib.Path(f"/proc/{process}/status").read_text(), re.M))


def root_is_private():
    """Whether what is mounted below / stays there. A chroot may hide its own root's mount; whoever made it sees that."""
    descriptor = os.open("/", os.O_PATH)
    mount, = re.findall(r"^mnt_id:\s*(\d+)", pathlib.Path(f"/proc/self/fdinfo/{descriptor}").read_text(), re.M)
    os.close(descriptor)
    for process in ancestors():
        for line in pathlib.Path(f"/proc/{process}/mountinfo").read_text().splitlines():
            if line.split()[0] == mount:
                return " shared:" not in line
    return False


def command():
    """The unshare that works here, or none. In a chroot that is no mount point, unshare cannot make the root private; it need not when
    it is."""
    def works(line):
        return subprocess.run([*line, "true"], check=False, capture_output=True).returncode == 0

    if os.geteuid() != 0:
        return None
    if works(UNSHARE):
        return UNSHARE
    unchanged = [*UNSHARE, "--propagation", "unchanged"]
    return unchanged if root_is_private() and works(unchanged) else None


def enter():
    """The program starts anew inside; the second time it finds the mark and furnishes the place."""
    if os.environ.pop(MARK, None) is None:
        unshare = command()
        if unshare is None:
            return False
        os.environ[MARK] = "1"
        os.execvp(unshare[0], [*unshare, sys.executable, *sys.orig_argv[1:]])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"], check=True)
    os.mkdir("/run/netns")
    os.mkdir(SCRATCH)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


INSIDE = enter()


def scratch(name):
    """A path for a file of this test's own, where none is yet."""
    path = pathlib.Path(SCRATCH, name)
    path.unlink(missing_ok=True)
    return path


def needs_root(test_class):
    """Class decorator: these tests make namespaces."""
    return test_class if INSIDE else unittest.skip("needs root, outside a chroot with shared mounts: makes namespaces")(test_class)
