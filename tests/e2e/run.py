#!/usr/bin/env python3
"""Runs the end-to-end tests: raises a lab of its own, scans it with the program under test, takes it down.

    python3 tests/e2e/run.py build/assay [-k PATTERN] [--lab STATE]
"""

import argparse
import signal
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "lab")]

import harness  # noqa: E402  (needs the path above)
import lab  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay", type=Path, help="the program under test, e.g. build/assay")
    parser.add_argument("-k", dest="patterns", action="append", metavar="PATTERN", help="run matching tests only")
    parser.add_argument("--lab", type=Path, metavar="STATE", help="use the lab that is up in this state directory")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    if not arguments.assay.is_file():
        print(f"e2e: {arguments.assay} does not exist; build it first", file=sys.stderr)
        return 2
    if arguments.lab is None:
        try:
            lab.enter()
        except lab.LabError as error:
            print(f"e2e: {error}", file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # the lab goes down with the tests
    with tempfile.TemporaryDirectory(prefix="assay-e2e-") as scratch:
        state = arguments.lab or Path(scratch) / "lab"
        harness.begin(arguments.assay.resolve(), Path(scratch), state, raise_lab=arguments.lab is None)
        try:
            loader = unittest.TestLoader()
            loader.testNamePatterns = [f"*{pattern}*" for pattern in arguments.patterns] if arguments.patterns else None
            suite = loader.discover(str(HERE), pattern="test_*.py")
            result = unittest.TextTestRunner(verbosity=2 if arguments.verbose else 1).run(suite)
        finally:
            harness.end(lower_lab=arguments.lab is None)
    # A test counts once, however many of its sub-tests fail.
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    passed = max(result.testsRun - failed - skipped, 0)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if result.wasSuccessful() and passed else 1


if __name__ == "__main__":
    sys.exit(main())
