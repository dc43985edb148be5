#!/usr/bin/python3
"""clang-tidy over every source that a build folder compiles, in parallel; a file found clean is not looked at again until it changes.

  tidy.py BUILD_FOLDER [--jobs N]

What a verdict depends on is hashed: the file and all project headers it includes, .clang-tidy, its compile command and clang-tidy's version.
Clean ones are kept as empty files in build/lint-cache. Exit 1 when a file has a finding.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

TOOL = "clang-tidy-19"
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
ROOT = pathlib.Path(__file__).resolve().parents[2]


def with_headers(path, seen):
    """path and the project headers it reaches, as {path: bytes}; a header that is generated or a library's is not followed."""
    if path not in seen and path.is_file():
        seen[path] = path.read_bytes()
        for name in INCLUDE.findall(seen[path]):
            with_headers(ROOT / "src" / name.decode(), seen)
    return seen


def verdict_key(entry, common):
    digest = hashlib.sha256(common)
    digest.update(entry["command"].encode())
    for path, content in sorted(with_headers(pathlib.Path(entry["file"]), {}).items()):
        digest.update(str(path).encode() + b"\0" + content)
    return digest.hexdigest()


def check(entry, build):
    done = subprocess.run([TOOL, "-p", str(build), "--quiet", entry["file"]], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + ("" if done.returncode == 0 else done.stderr)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--jobs", type=int, default=2)
    options = arguments.parse_args()

    cache = ROOT / "build/lint-cache"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    entries = {}
    for entry in json.loads((options.build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build") and path.is_file():
            entries[entry["file"]] = entry
    todo = {file: cache / verdict_key(entry, common) for file, entry in sorted(entries.items())}
    todo = {file: clean for file, clean in todo.items() if not clean.exists()}

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = {pool.submit(check, entries[file], options.build): file for file in todo}
        for run in concurrent.futures.as_completed(runs):
            ok, output = run.result()
            if ok:
                todo[runs[run]].touch()
            else:
                bad += 1
                print(output, flush=True)
    print(f"clang-tidy: {len(entries)} files, {len(todo)} looked at, {bad} with findings", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
