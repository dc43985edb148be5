#!/usr/bin/python3
"""Reads what a guest of ./dev kernels said on its console: one line for each test with its cases, what a failed one printed, the count.

  guest_report.py RELEASE CONSOLE_LOG TESTS_LIST [--counts FILE]

Cases are counted as gtest and unittest print them; a program that says nothing of the kind is one case. A test of the list without a
verdict (the guest hung, crashed or was ended) counts as failed. Exit 1 when anything failed or the guest did not reach its end.
"""
import argparse
import pathlib
import re
import sys

GTEST_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.MULTILINE)
GTEST_SKIPPED = re.compile(r"^\[  SKIPPED \] (\d+) tests?[.,]", re.MULTILINE)
GTEST_FAILED = re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below", re.MULTILINE)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)


def cases(verdict, text):
    """(passed, failed, skipped) of one test by its output."""
    def number(pattern):
        match = pattern.search(text)
        return int(match[1]) if match else 0

    passed = failed = skipped = 0
    if (unit := UNITTEST.search(text)) is not None:
        told = dict(re.findall(r"(\w+)=(\d+)", unit[2] or ""))
        failed = int(told.get("failures", 0)) + int(told.get("errors", 0))
        skipped = int(told.get("skipped", 0))
        passed = max(int(unit[1]) - failed - skipped, 0)
    elif GTEST_PASSED.search(text):
        passed, failed, skipped = number(GTEST_PASSED), number(GTEST_FAILED), number(GTEST_SKIPPED)
    if verdict == "failed":
        return passed, max(failed, 1), skipped
    return (passed, 0, skipped) if passed + skipped else (int(verdict == "passed"), 0, int(verdict == "skipped"))


def verdicts(console):
    """name -> (verdict, seconds, output) of each test that came to an end."""
    found, name, text = {}, None, []
    for line in console.replace("\r", "").splitlines():
        if line.startswith("##start "):
            name, text = line.split()[1], []
        elif line.startswith("##test ") and len(line.split()) == 4:
            _, ended, verdict, seconds = line.split()
            found[ended] = (verdict, seconds, "\n".join(text))
            name, text = None, []
        else:
            text.append(line)
    return found, name, text


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("release")
    arguments.add_argument("log", type=pathlib.Path)
    arguments.add_argument("tests", type=pathlib.Path)
    arguments.add_argument("--counts", type=pathlib.Path)
    options = arguments.parse_args()

    console = options.log.read_text(errors="replace") if options.log.exists() else ""
    found, running, rest = verdicts(console)
    wanted = [line.split()[0] for line in options.tests.read_text().splitlines() if line.strip()]
    total = [0, 0, 0]
    for name in wanted:
        verdict, seconds, text = found.get(name, ("failed", "0", "the guest ended before this test did"))
        counts = cases(verdict, text)
        total = [a + b for a, b in zip(total, counts)]
        if verdict == "failed":
            print(text)
        reason = f": {text.strip().splitlines()[-1]}" if verdict == "skipped" and text.strip() else ""
        print("{}: kernel {}: {} ({} passed, {} failed, {} skipped; {} s){}".format(verdict, options.release, name, *counts, seconds, reason))
    ended = "##done" in console
    if not ended:
        print("\n".join(rest[-40:]))
        print(f"kernel {options.release}: the guest did not reach its end (last begun: {running}); its console is in {options.log}")
    if options.counts:
        with options.counts.open("a") as out:
            out.write("{} {} {}\n".format(*total))
    return 1 if total[1] or not ended else 0


if __name__ == "__main__":
    sys.exit(main())
