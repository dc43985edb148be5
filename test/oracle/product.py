"""Running the program under test: where it is, and what it says when it fails."""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """Path of the program: $XTCP2_BIN, else what the build says ($XTCP2), else build/xtcp2; a test without it is skipped."""
    for path in (os.environ.get("XTCP2_BIN"), os.environ.get("XTCP2"), ROOT / "build/xtcp2"):
        if path and os.access(path, os.X_OK):
            return str(path)
    raise unittest.SkipTest("no program to test: build it, or name it in XTCP2_BIN")


def run(*arguments, timeout=120, environment=None):
    """Runs the program to its end; a result other than 0 fails with what it said. Returns its standard output."""
    base = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS")}
    done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, timeout=timeout, env={**base, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-3000:]}")
    return done.stdout


def fixtures():
    """The folder of other kernels' captures; they lie beside the checkout or nowhere."""
    for path in (os.environ.get("XTCP2_FIXTURES"), ROOT.parent / "shared/fixtures"):
        if path and os.path.isdir(path):
            return pathlib.Path(path)
    raise unittest.SkipTest("no captures of other kernels: name their folder in XTCP2_FIXTURES")
