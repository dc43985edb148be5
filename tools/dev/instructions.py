#!/usr/bin/python3
"""Instructions per row and format, counted by callgrind on the benchmarks' data set, against the counts in the repository. Unlike times
they are the same from run to run, so a change of a few percent is a change of the code.

  instructions.py [--update] [--bench PROGRAM] [NAME...]

NAME is part of a benchmark's name ("msgpack", "jsonl/real"). Exit code 1: something takes more than the baseline allows.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASELINE = ROOT / "test/golden/instructions.json"
ALLOWED = 1.03


def names(bench):
    listed = subprocess.run([bench, "--benchmark_list_tests"], check=True, capture_output=True, text=True).stdout.split()
    return [re.sub(r"^count/|/iterations:1$", "", name) for name in listed if name.startswith("count/")]


def count(bench, name):
    """Instructions per row of one counted pass."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--toggle-collect=*CountedPass*",
                   bench, f"--benchmark_filter=^count/{name}/iterations:1$", "--benchmark_format=json"]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected or int(collected[1]) == 0:
        sys.exit(f"instructions: counting {name} failed:\n{done.stderr[-2000:]}")
    return int(collected[1]) / json.loads(done.stdout)["benchmarks"][0]["rows"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="make what was counted the new baseline")
    parser.add_argument("--bench", default=str(ROOT / "build/release/src/encode/encode_bench"))
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    wanted = [name for name in names(arguments.bench) if not arguments.names or any(part in name for part in arguments.names)]
    if not wanted:
        sys.exit(f"instructions: nothing is called {' or '.join(arguments.names)}")
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    with ThreadPoolExecutor(int(os.environ.get("JOBS", os.cpu_count()))) as pool:
        counted = dict(zip(wanted, pool.map(lambda name: count(arguments.bench, name), wanted)))
    worse = []
    print(f"{'instructions per row':24} {'baseline':>9} {'now':>9}  change")
    for name, now in counted.items():
        was = baseline.get(name)
        print(f"{name:24} {was or '-':>9} {now:9.0f}  {f'{100 * (now / was - 1):+.1f} %' if was else 'new'}")
        if was and now > was * ALLOWED:
            worse.append(name)
    if arguments.update:
        BASELINE.write_text(json.dumps({**baseline, **{name: round(now) for name, now in counted.items()}}, indent=1) + "\n")
    elif worse:
        sys.exit(f"instructions: more than {ALLOWED:.0%} of the baseline: {', '.join(worse)}. Better code, or --update with a reason")


if __name__ == "__main__":
    main()
