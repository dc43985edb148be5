#!/usr/bin/python3
"""Runs one Python test file for ctest and writes what each of its cases did.

  run_python.py FILE [arguments]

A file with unittest.TestCase classes is run as such; any other is run as a program, whose exit code 77 means "cannot run here".
Exit codes: 0 passed, 1 failed, 77 every case was skipped. The cases go to $XTCP2_REPORT_DIR/$XTCP2_TEST_NAME.json.
"""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import unittest


class Recorder(unittest.TextTestResult):
    """Keeps [name, outcome, reason] of every case; a failed sub-test or class set-up is a case of its own."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = []
        self._bad = set()

    def _add(self, test, outcome, reason=""):
        self.cases.append([test.id(), outcome, reason])

    def _fail(self, test):
        self._bad.add(test.id())
        self._add(test, "failed")

    def addSuccess(self, test):
        super().addSuccess(test)
        if test.id() not in self._bad:
            self._add(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(subtest)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._add(test, "passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._fail(test)


def load(path):
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def write_report(cases):
    folder, name = os.environ.get("XTCP2_REPORT_DIR"), os.environ.get("XTCP2_TEST_NAME")
    if folder and name:
        pathlib.Path(folder, f"{name}.json").write_text(json.dumps(cases))


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    if "unittest" not in path.read_text():
        return subprocess.run([sys.executable, str(path), *sys.argv[2:]]).returncode
    sys.argv = sys.argv[1:]
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(load(path))
    write_report(result.cases)
    if not result.wasSuccessful():
        return 1
    ran = [case for case in result.cases if case[1] != "skipped"]
    return 0 if ran else 77


if __name__ == "__main__":
    sys.exit(main())
