#!/usr/bin/python3
"""Writes the initramfs in which ./dev kernels runs tests under another kernel.

  initramfs.py --kernel TREE --release VERSION --modules a,b,c --tests LIST --out FILE [--program PATH]... [--tree PATH]...

Everything lies in the guest where it lies here, so that a test finds its sources, Python its modules and the loader its libraries;
nothing is copied on the way. The archive is plain newc cpio, not compressed: unpacking costs more than loading in an emulator.
"""
import argparse
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

LIBRARY = re.compile(r"(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
PYTHON_LEFT_OUT = re.compile(r"/(test|tests|idlelib|tkinter|ensurepip|lib2to3|turtledemo|pydoc_data|config-3[^/]*)(/|$)")


class Archive:
    """A newc cpio archive being written; parents and the targets of links come along by themselves."""

    def __init__(self, out):
        self._out = out
        self._done = set()
        self._inode = 0

    def _entry(self, name, mode, data=b"", mtime=0):
        self._inode += 1
        raw = name.lstrip("/").encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, int(mtime), len(data), 0, 0, 0, 0, len(raw), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self._out.write(header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4))

    def folder(self, name):
        if name != "/" and name not in self._done:
            self._done.add(name)
            self.parents(name)
            self._entry(name, stat.S_IFDIR | 0o755)

    def parents(self, name):
        """The folders above name; where the host has a link there (/lib), the link and what it points to."""
        parent = os.path.dirname(name)
        if parent == "/" or parent in self._done:
            return
        if os.path.islink(parent):
            self.path(parent)
        else:
            self.folder(parent)

    def file(self, name, data, mode=0o755, mtime=0):
        if name not in self._done:
            self._done.add(name)
            self.parents(name)
            self._entry(name, stat.S_IFREG | mode, data, mtime)

    def link(self, name, target):
        if name not in self._done:
            self._done.add(name)
            self.parents(name)
            self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def path(self, name):
        """One path of this machine, as it is: link (with its target), folder (without its content) or file."""
        name = os.path.normpath(name)
        if name in self._done:
            return
        info = os.lstat(name)
        if stat.S_ISLNK(info.st_mode):
            target = os.readlink(name)
            self.link(name, target)
            self.path(os.path.join(os.path.dirname(name), target))
        elif stat.S_ISDIR(info.st_mode):
            self.folder(name)
        elif stat.S_ISREG(info.st_mode):
            self.file(name, pathlib.Path(name).read_bytes(), stat.S_IMODE(info.st_mode), info.st_mtime)

    def libraries(self, name):
        """The shared libraries that an ELF file is loaded with, if any."""
        done = subprocess.run(["ldd", name], capture_output=True, text=True)
        for library in LIBRARY.findall(done.stdout):
            self.path(library)

    def program(self, name):
        """An executable and its libraries; ours come with debug information, which is left behind."""
        with tempfile.NamedTemporaryFile() as stripped:
            slim = subprocess.run(["strip", "-g", "-o", stripped.name, name], capture_output=True).returncode == 0
            if slim and not os.path.islink(name):
                self.file(name, pathlib.Path(stripped.name).read_bytes())
            else:
                self.path(name)
        self.libraries(name)

    def tree(self, name, left_out=None):
        for folder, folders, files in os.walk(name):
            folders[:] = [sub for sub in folders if not (left_out and left_out.search(os.path.join(folder, sub)))]
            for file in files:
                full = os.path.join(folder, file)
                self.path(full)
                if ".so" in file:
                    self.libraries(full)

    def close(self):
        self._entry("TRAILER!!!", 0)


def add_python(archive):
    """The system's interpreter, its library and the Debian modules that tests import."""
    archive.program("/usr/bin/python3")
    archive.libraries(os.path.realpath("/usr/bin/python3"))
    version = os.path.basename(os.path.realpath("/usr/bin/python3"))
    archive.tree(f"/usr/lib/{version}", PYTHON_LEFT_OUT)
    for module in ("google", "msgpack"):
        archive.tree(f"/usr/lib/python3/dist-packages/{module}")


def add_modules(archive, kernel, release, wanted):
    """The wanted modules with what they depend on, and the tables that modprobe reads."""
    base = kernel / "lib/modules" / release
    subprocess.run(["/sbin/depmod", "-b", str(kernel), release], check=True)
    depends, builtin = {}, (base / "modules.builtin").read_text()
    for line in (base / "modules.dep").read_text().splitlines():
        file, _, needs = line.partition(":")
        depends[pathlib.Path(file).name.split(".")[0].replace("-", "_")] = [file, *needs.split()]
    for name in wanted:
        if name not in depends and f"/{name}.ko" not in builtin:
            print(f"initramfs: {release} has no module {name}", file=sys.stderr)
        for file in depends.get(name, ()):
            archive.file(f"/usr/lib/modules/{release}/{file}", (base / file).read_bytes(), 0o644)
    for table in base.glob("modules.*"):
        archive.file(f"/usr/lib/modules/{release}/{table.name}", table.read_bytes(), 0o644)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kernel", type=pathlib.Path, required=True, help="folder where the kernel package was unpacked")
    arguments.add_argument("--release", required=True)
    arguments.add_argument("--modules", default="")
    arguments.add_argument("--tests", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--program", action="append", default=[])
    arguments.add_argument("--tree", action="append", default=[])
    options = arguments.parse_args()

    root = pathlib.Path(__file__).resolve().parents[2]
    with options.out.open("wb") as out:
        archive = Archive(out)
        for folder in ("/proc", "/sys", "/tmp", "/run", "/root", "/etc", "/dev"):
            archive.folder(folder)
        for link in ("/bin", "/sbin", "/lib", "/lib64"):
            archive.path(link)
        archive.file("/init", (root / "test/kernels/guest.sh").read_bytes())
        archive.file("/tests", options.tests.read_bytes())
        archive.file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
        archive.file("/etc/group", b"root:x:0:\n")
        archive.file("/etc/hosts", b"127.0.0.1 localhost\n::1 localhost\n")
        for program in ("/bin/busybox", "/bin/kmod", "/sbin/modprobe", *options.program):
            archive.program(program)
        add_python(archive)
        add_modules(archive, options.kernel, options.release, options.modules.split(","))
        tracked = subprocess.run(["git", "-C", str(root), "ls-files", "-coz", "--exclude-standard"], capture_output=True, text=True, check=True)
        for name in filter(None, tracked.stdout.split("\0")):
            if (root / name).exists():
                archive.path(str(root / name))
        for tree in options.tree:
            archive.tree(tree)
        archive.close()


if __name__ == "__main__":
    main()
