"""How a project's tests are run, and what makes up its tests.

TestCommand             the command line, who runs it (pytest, unittest, other), and how that was found out
is_test(path)           a test file or its data, by where it lies and how it is called
is_runner(path)         a file that tells the test runner how to run
for_results(command)    the command line that also writes a JUnit file
limited(command, only)  the command for some files or tests alone, where it can be limited
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

import msgspec

Runner = Literal["pytest", "unittest", "other"]

_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "e2e", "testdata", "__snapshots__"})
_FILES = re.compile(
    r"""(test_.*\.py | .*_test\.py | tests?\.py
        | .*_test\.go | .*[._](test|spec)\.[cm]?[jt]sx? | .*_(test|spec)\.(rb|rs|exs?|dart)
        | .*(Test|Tests|IT|Spec)\.(java|kt|scala|cs|php|swift))$""",
    re.VERBOSE,
)
_RUNNER_FILES = re.compile(
    r"""(conftest\.py | \.?pytest\.(ini|toml) | tox\.ini | setup\.cfg | noxfile\.py | pyproject\.toml | \.coveragerc
        | (site|user)customize\.py | package\.json | (jest|vitest|vite|karma|playwright|cypress)\.config\..* | \.mocharc.*
        | (GNU)?[Mm]akefile | justfile | Cargo\.toml | build\.rs | Rakefile | \.rspec | phpunit\.xml.*)$""",
    re.VERBOSE,
)


class TestCommand(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests are run. `line` is a shell line; `source` names the file (or person) that says so."""

    __test__ = False

    line: str
    runner: Runner
    source: str
    env: dict[str, str] = {}

    @property
    def shown(self) -> str:
        """The line with its variables in front, as a person would type it."""
        return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in self.env.items()), self.line])


def named(line: str) -> TestCommand:
    """The test command that a person gave."""
    return TestCommand(line=line, runner=runner_of(line), source="the settings")


def is_test(path: str, folders: Sequence[str] = ()) -> bool:
    """True for a test file or what lies beside one. `folders` are the runner's own (`testpaths`)."""
    pure = PurePosixPath(path)
    if any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in folders if folder not in ("", ".")):
        return True
    return any(part in _FOLDERS for part in pure.parts[:-1]) or bool(_FILES.match(pure.name))


def is_test_file(path: str) -> bool:
    """True for a Python file whose name says that it holds tests, and is not there to help others."""
    return path.endswith(".py") and bool(_FILES.match(PurePosixPath(path).name))


def is_runner(path: str) -> bool:
    """True for a file that can tell the test runner how to run; whether an edit of it does, `flags.py` decides."""
    return bool(_RUNNER_FILES.match(PurePosixPath(path).name))


def last_command(line: str) -> list[str] | None:
    """The words of a shell line's last simple command, without variables in front; None where a pipe, redirection,
    substitution or background sign makes that unsure."""
    lexer = shlex.shlex(line.strip(), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return None
    if "`" in line or "$(" in line:
        return None
    for mark in ("&&", ";", "\n"):
        while mark in words:
            words = words[words.index(mark) + 1 :]
    if any(re.fullmatch(r"[();<>|&\n]+", word) for word in words):
        return None
    while words and re.match(r"[A-Za-z_][A-Za-z0-9_]*=", words[0]):
        words = words[1:]
    return words


def runner_of(line: str) -> Runner:
    """Who runs the tests of a shell line, as far as its last command tells."""
    words = last_command(line) or []
    for runner in ("pytest", "unittest"):
        if _module_at(words, runner) is not None:
            return runner
    return "other"


def _module_at(words: Sequence[str], module: str) -> int | None:
    """Where in `words` the arguments of `python … -m module`, or of a program of that name, begin."""
    if not words:
        return None
    program = PurePosixPath(words[0]).name
    if module == "pytest" and program in ("pytest", "py.test"):
        return 1
    if re.fullmatch(r"python[0-9.]*|pypy[0-9.]*", program):
        index = 1
        while index < len(words) and words[index].startswith("-"):
            if words[index] == "-m":
                return index + 2 if words[index + 1 : index + 2] == [module] else None
            index += 2 if words[index] in ("-W", "-X") else 1
    return None


def for_results(command: TestCommand, *, results: str, shim: str) -> str:
    """The shell line that runs the same tests and writes a JUnit file to the path `results`.

    pytest gets options of its own (among them those by which it does not stop early, since a run that does proves
    little); unittest is run by the program at the path `shim`; anything else runs as it is and has only its exit code.
    """
    if command.runner == "pytest":
        options = "-o junit_family=xunit1 --maxfail=0 --continue-on-collection-errors"
        return f"{command.line} --junitxml={shlex.quote(results)} {options}"
    words = last_command(command.line)
    at = _module_at(words, "unittest") if words and command.runner == "unittest" else None
    if words is None or at is None:
        return command.line
    tail = " ".join(shlex.quote(word) for word in words[at:])
    module = re.compile(r"-m\s+unittest\b")
    head, matches = command.line, list(module.finditer(command.line))
    return f"{head[: matches[-1].start()]}{shlex.quote(shim)} {shlex.quote(results)} {tail}".rstrip()


_PYTEST_FLAGS = re.compile(
    r"-[qvslx]+|-r\w+|-[npoW]\S+|--[\w-]+=.*|--(quiet|verbose|exitfirst|strict-markers|strict-config|strict)"
)
_PYTEST_PAIRS = frozenset({"-p", "-n", "-o", "-W"})


def limited(command: TestCommand, only: Sequence[str]) -> TestCommand | None:
    """The command for the files or tests `only` (`tests/test_a.py`, or with `::Class::test`); it may run a few more.

    None where that cannot be said by adding words to the line: another runner, several commands, tests already chosen.
    """
    words = last_command(command.line)
    at = _module_at(words, command.runner) if words and command.runner != "other" else None
    if words is None or at is None or not only or len(shlex.split(command.line)) != len(words):
        return None
    options = words[at:]
    if command.runner == "pytest":
        free = [word for index, word in enumerate(options) if index == 0 or options[index - 1] not in _PYTEST_PAIRS]
        if not all(word in _PYTEST_PAIRS or _PYTEST_FLAGS.fullmatch(word) for word in free):
            return None
        added = [*only] if not any(name.startswith("-") for name in only) else []
    elif any(word.startswith("-k") for word in options):
        return None
    else:
        added = [word for name in only for word in ("-k", _pattern(name))]
    line = " ".join((command.line, *map(shlex.quote, added)))
    return msgspec.structs.replace(command, line=line) if added else None


def _pattern(name: str) -> str:
    """What unittest's `-k` finds a file or a test by: part of `module.Class.test`."""
    file, _, inner = name.partition("::")
    return inner.replace("::", ".") if inner else f"{PurePosixPath(file).stem}."
