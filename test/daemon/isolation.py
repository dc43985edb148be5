"""Moves a test program into mount, process and network namespaces of its own before it does anything: the daemon under test then sees
the namespaces and processes this test made and no others, its default ports are free, and when the test ends, however it ends,
the kernel takes everything it made with it. Import it first. Not root: nothing is done, and needs_root() skips.
"""
import os
import pathlib
import subprocess
import sys
import unittest

MARK = "XTCP2_TEST_IN_NAMESPACES"
UNSHARE = ["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc", "--kill-child"]
SCRATCH = "/run/scratch"  # on a tmpfs that is this test's own

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))


def can_unshare():
    return os.geteuid() == 0 and subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0


def enter():
    """The program starts anew inside; the second time it finds the mark and furnishes the place."""
    if os.environ.pop(MARK, None) is None:
        if not can_unshare():
            return False
        os.environ[MARK] = "1"
        os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.orig_argv[1:]])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"], check=True)
    os.mkdir("/run/netns")
    os.mkdir(SCRATCH)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


INSIDE = enter()


def needs_root(test_class):
    """Class decorator: these tests make namespaces."""
    return test_class if INSIDE else unittest.skip("needs root: makes mount, process and network namespaces")(test_class)
