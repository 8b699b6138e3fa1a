"""Runs `python -m unittest` and writes a JUnit file, with nothing but the standard library.

    python unittest_junit.py RESULTS.xml [arguments of python -m unittest]

It is shown read-only inside a verification's sandbox and run by the *project's* Python (3.7 or newer), so it imports
nothing of Pullwright. Names are `file`, `classname` and `name` as pytest's `xunit1` writes them.
"""

# ruff: noqa: N802 (the names are unittest's own)
from __future__ import annotations

import os
import sys
import time
import unittest
from pathlib import Path
from xml.sax.saxutils import quoteattr


def where(test: unittest.TestCase) -> tuple[str, str, str]:
    """File (relative to the working directory, where known), class name with its module, and name of a test."""
    name = test.id()
    kind = type(test)
    if not hasattr(test, "_testMethodName") or kind.__module__ == "unittest.loader":
        return "", "", name.replace("unittest.loader._FailedTest.", "")
    module = sys.modules.get(kind.__module__)
    path = os.path.relpath(getattr(module, "__file__", None) or "", Path.cwd()) if module else ""
    method = str(getattr(test, "_testMethodName", name))
    dotted = path[:-3].replace(os.sep, ".") if path.endswith(".py") else kind.__module__
    return path.replace(os.sep, "/"), dotted + "." + kind.__qualname__, method


class Result(unittest.TextTestResult):
    """The usual result, which also keeps one row for each test."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.rows: dict[str, tuple[str, str, str, str, str, float]] = {}
        self.began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        """Note when it began."""
        self.began = time.perf_counter()
        super().startTest(test)

    def keep(self, test: unittest.TestCase, state: str, message: str = "") -> None:
        """Keep the worst state of a test; a subtest counts for the test that holds it."""
        order = ("passed", "skipped", "failure", "error")
        before = self.rows.get(test.id())
        if before is None or order.index(state) > order.index(before[3]):
            self.rows[test.id()] = (*where(test), state, message, time.perf_counter() - self.began)

    def addSuccess(self, test: unittest.TestCase) -> None:
        """It passed."""
        super().addSuccess(test)
        self.keep(test, "passed")

    def addError(self, test: unittest.TestCase, err: object) -> None:
        """It could not run, or raised something else than a failed assertion."""
        super().addError(test, err)  # type: ignore[arg-type]
        self.keep(test, "error", message(err))

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        """An assertion failed."""
        super().addFailure(test, err)  # type: ignore[arg-type]
        self.keep(test, "failure", message(err))

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """It was skipped."""
        super().addSkip(test, reason)
        self.keep(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: object) -> None:
        """It failed as it said it would: pytest calls this skipped, too."""
        super().addExpectedFailure(test, err)  # type: ignore[arg-type]
        self.keep(test, "skipped", "expected failure")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """It passed although it said that it would not."""
        super().addUnexpectedSuccess(test)
        self.keep(test, "failure", "unexpected success")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: object) -> None:
        """A part of a test ended; only a bad end is told."""
        super().addSubTest(test, subtest, err)  # type: ignore[arg-type]
        if err is not None:
            kind = err[0]  # type: ignore[index]
            self.keep(test, "failure" if issubclass(kind, test.failureException) else "error", message(err))


def message(err: object) -> str:
    """One line of an exception."""
    return " ".join(str(err[1]).split())[:300]  # type: ignore[index]


def attribute(text: str) -> str:
    """`text` as a quoted XML attribute, with a question mark for each character that XML cannot hold."""
    return quoteattr("".join(char if " " <= char < "\ud800" or "\ue000" <= char < "\ufffe" else "?" for char in text))


def write(path: str, result: Result) -> None:
    """The rows as a JUnit file."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<testsuites><testsuite name="unittest">']
    for file, classname, name, state, text, seconds in result.rows.values():
        opening = f"<testcase file={attribute(file)} classname={attribute(classname)} name={attribute(name)}"
        opening += f' time="{seconds:.3f}"'
        lines.append(opening + ("/>" if state == "passed" else f"><{state} message={attribute(text)}/></testcase>"))
    lines.append("</testsuite></testsuites>")
    with Path(path).open("x", encoding="utf-8") as stream:
        stream.write("\n".join(lines))


def main(results: str, arguments: list[str]) -> int:
    """Run the tests that `arguments` name and return unittest's exit code."""
    sys.path[0] = str(Path.cwd())
    kept: list[Result] = []

    def result(*args: object, **kwargs: object) -> Result:
        kept.append(Result(*args, **kwargs))
        return kept[-1]

    class Runner(unittest.TextTestRunner):
        resultclass = staticmethod(result)  # type: ignore[assignment]

    sys.argv = ["python -m unittest", *arguments]
    program = unittest.main(module=None, argv=sys.argv, testRunner=Runner, exit=False)
    if kept:
        write(results, kept[-1])
    if not program.result.testsRun and sys.version_info >= (3, 12):
        return 5
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
