#!/usr/bin/python3
"""Counts the cases behind a ctest run: gtest's XML and test/run_python.py's JSON where a program wrote one, else the program itself.

A program that ctest calls failed counts as failed even when its own report shows no failure (it crashed or timed out).
Prints a line for every failed and every skipped case; appends "passed failed skipped" to the counts file.
"""
import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def gtest_cases(path):
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            yield name, "failed", ""
        elif skipped is not None:
            yield name, "skipped", (skipped.get("message") or "").strip().splitlines()[-1:]
        elif case.get("status") == "run":
            yield name, "passed", ""


def python_cases(path):
    for name, outcome, reason in json.loads(path.read_text()):
        yield name, outcome, reason


def ctest_outcome(entry):
    """What ctest says of one program; "notrun" is a skip only when the program itself asked for it."""
    if entry.get("status") == "run":
        return "passed", ""
    skipped = entry.find("skipped")
    if skipped is not None and "SKIP_RETURN_CODE" in (skipped.get("message") or ""):
        lines = [line for line in (entry.findtext("system-out") or "").splitlines() if line.strip()]
        return "skipped", lines[-1].strip() if lines else "gave no reason"
    return "failed", "did not pass" if skipped is None else skipped.get("message")


def program_cases(report, program, outcome, reason):
    """The cases of one ctest entry."""
    cases = []
    try:
        if (xml := report / f"{program}.xml").exists():
            cases = list(gtest_cases(xml))
        elif (own := report / f"{program}.json").exists():
            cases = list(python_cases(own))
    except (ElementTree.ParseError, ValueError):
        pass  # cut short by a crash: the program's own outcome below says so
    if not cases or (outcome == "failed" and all(case[1] != "failed" for case in cases)):
        cases.append((program, outcome, reason))
    return cases


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("report", type=pathlib.Path, help="folder with ctest.junit and the programs' reports")
    arguments.add_argument("--counts", type=pathlib.Path, required=True)
    options = arguments.parse_args()

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for entry in ElementTree.parse(options.report / "ctest.junit").iter("testcase"):
        outcome, reason = ctest_outcome(entry)
        for name, result, why in program_cases(options.report, entry.get("name"), outcome, reason):
            counts[result] += 1
            if result != "passed":
                print(f"{result}: {entry.get('name')}: {name} {' '.join(why) if isinstance(why, list) else why}".rstrip())
    with options.counts.open("a") as out:
        out.write(f"{counts['passed']} {counts['failed']} {counts['skipped']}\n")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts), file=sys.stderr)


if __name__ == "__main__":
    main()
