#!/usr/bin/python3
"""What a file compiled for one kind of processor emits under a name that other files could emit as well, the linker may choose for the whole
program: it would then fail on a processor that lacks those instructions. So every weak function of such a file must name its kind
(constants are the same in all).

  isa_test.py ARCHIVE    exit 1 and one line for each offence; 77 where nm is missing
"""
import re
import shutil
import subprocess
import sys

KINDS = {"x86v3": "X86V3"}


def offences(archive):
    """(file, symbol) of each; and how many files were looked at."""
    found, files, member, kind = [], 0, "", None
    for line in subprocess.run(["nm", "-C", "--defined-only", archive], check=True, capture_output=True, text=True).stdout.splitlines():
        if header := re.match(r"(\S+\.o):$", line):
            member = header[1]
            kind = next((name for suffix, name in KINDS.items() if f"_{suffix}." in member), None)
            files += kind is not None
        elif kind and (symbol := re.match(r"\S+ W (.*)", line)) and kind not in symbol[1]:
            found.append((member, symbol[1]))
    return found, files


def main():
    if not shutil.which("nm"):
        print("nm is missing")
        return 77
    found, files = offences(sys.argv[1])
    for member, symbol in found:
        print(f"{member} emits {symbol}: inline it for certain ([[gnu::always_inline]]), or make the kind a part of its name")
    print(f"{files} files for certain processors, {len(found)} offences")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
