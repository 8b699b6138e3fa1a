"""How a project's tests are run, and what makes up its tests.

TestCommand             the command line, who runs it (pytest, cargo, jest, …), and how that was found out
is_test(path)           a test file or its data, by where it lies and how it is called
is_runner(path)         a file that tells the test runner how to run
for_results(command)    the command line that also writes a result file, where its runner can
limited(command, only)  the command for some files or tests alone, where it can be limited
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

import msgspec

Runner = Literal["pytest", "unittest", "cargo", "go", "jest", "vitest", "mocha", "node", "other"]

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
        | (GNU)?[Mm]akefile | justfile | Cargo\.toml | build\.rs | Rakefile | \.rspec | phpunit\.xml.*
        | \.npmrc | \.yarnrc.* | \.pnp\..* | \.pnpmfile\..* | bunfig\.toml | \.babelrc.* | babel\.config\..* | \.swcrc
        | \.c8rc.* | \.nycrc.*)$""",
    re.VERBOSE,
)
_RUNNER_FOLDERS = re.compile(r"(^|/)([^/]+\.(egg|dist)-info|node_modules|\.cargo|\.yarn)/")
_IMPORTED = re.compile(r"(?:(?:src|lib|tests?)/)?([^/.]+)(?:/__init__)?\.(?:[\w-]+\.)?(?:pyc?|so|pyd)")
_RUNNERS_OWN = re.compile(
    r"_?pytest(_\w+)?|py|pluggy|iniconfig|packaging|pygments|exceptiongroup|tomli|coverage|xdist|execnet|hypothesis|nose2?|green|ward"
)


class TestCommand(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests are run. `line` is a shell line; `source` names the file (or person) that says so.

    `script` is what the line stands for where it calls a script of package.json.
    """

    __test__ = False

    line: str
    runner: Runner
    source: str
    env: dict[str, str] = {}
    script: str = ""

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
    return bool(_RUNNER_FILES.match(PurePosixPath(path).name) or _RUNNER_FOLDERS.search(path))


def shadows(path: str) -> bool:
    """True for a new file that Python would import in place of its own library, or of the test runner: `python -m` looks in the
    project first."""
    found = _IMPORTED.fullmatch(path)
    return (
        found is not None
        and found[1] != "test"
        and (found[1] in sys.stdlib_module_names or bool(_RUNNERS_OWN.fullmatch(found[1])))
    )


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


def preparation(line: str) -> str:
    """What a shell line does before its last command, as a line of its own; empty where that is nothing, or unsure."""
    before, mark, _ = line.rpartition("&&")
    if not mark or last_command(line) is None:
        return ""
    try:
        shlex.split(before)
    except ValueError:  # inside of quotes
        return ""
    return before.strip()


def runner_of(line: str) -> Runner:
    """Who runs the tests of a shell line, as far as its last command tells."""
    words = last_command(line) or []
    for runner in ("pytest", "unittest"):
        if _module_at(words, runner) is not None:
            return runner
    while words and PurePosixPath(words[0]).name in ("npx", "bunx", "pnpm", "yarn", "exec", "env", "cross-env", "--"):
        words = words[1:]
        while words and re.match(r"[A-Za-z_]\w*=|--?(yes|no-install|silent|y)$", words[0]):
            words = words[1:]
    program = PurePosixPath(words[0]).name if words else ""
    if program in ("jest", "vitest", "mocha"):
        return program
    if program == "node":
        return "node" if "--test" in words[1:] else "other"
    subcommand = next((word for word in words[1:] if not word.startswith(("+", "-"))), "")
    if program in ("cargo", "go") and subcommand == "test":
        return program
    return "other"


def script_of(line: str) -> str | None:
    """The script of package.json that a line's last command calls without arguments; None where it is no such call."""
    words = last_command(line) or [""]
    if words[0] not in ("npm", "pnpm", "yarn", "bun"):
        return None
    rest = [word for word in words[1:] if word not in ("run", "run-script", "--silent", "-s")]
    if words[0] == "bun" and "run" not in words[1:2]:  # bun has a test runner of its own
        return None
    name = rest[0] if len(rest) == 1 else ""
    return {"t": "test", "tst": "test"}.get(name, name) or None


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


_SHOWN = "--test-reporter=spec --test-reporter-destination=stdout"


def for_results(command: TestCommand, *, results: str, shim: str) -> str:
    """The shell line that runs the same tests and writes a result file to the path `results`, where the runner can.

    pytest gets options of its own (among them those by which it does not stop early, since a run that does proves
    little); unittest is run by the program at the path `shim`; runners of JavaScript get a reporter; cargo is told not to
    stop early, and go to print JSON. Anything else runs as it is.
    """
    line, words = command.line, last_command(command.script or command.line) or []
    told = any(word.startswith(("--reporter", "-R", "--outputFile", "--test-reporter")) for word in words)
    where = shlex.quote(results)
    match command.runner:
        case "pytest":
            return f"{line} --junitxml={where} -o junit_family=xunit1 --maxfail=0 --continue-on-collection-errors"
        case "unittest":
            return _shimmed(line, results=where, shim=shlex.quote(shim))
        case "cargo" if "--no-fail-fast" not in words:
            return _inserted(line, r"cargo(\s+\+\S+)?\s+test", "--no-fail-fast")
        case "go" if "-json" not in words:
            return _inserted(line, r"go\s+test", "-json")
        case "jest" if not told:
            return _added(command, f"--json --outputFile={where}")
        case "vitest" if not told:
            return _added(command, f"--reporter=default --reporter=json --outputFile.json={where}")
        case "mocha" if not told:
            return _added(command, f"--reporter xunit --reporter-option output={where}")
        case "node" if not told:
            reporters = f"--test-reporter=tap --test-reporter-destination={where}"
            return (
                f'export NODE_OPTIONS="$NODE_OPTIONS {reporters} --test-reporter=spec --test-reporter-destination=stdout"; {line}'
            )
        case _:
            return line


def _shimmed(line: str, *, results: str, shim: str) -> str:
    words = last_command(line)
    at = _module_at(words, "unittest") if words else None
    if words is None or at is None:
        return line
    tail = " ".join(shlex.quote(word) for word in words[at:])
    matches = list(re.finditer(r"-m\s+unittest\b", line))
    return f"{line[: matches[-1].start()]}{shim} {results} {tail}".rstrip()


def _inserted(line: str, after: str, option: str) -> str:
    """`option` behind the last place that the pattern `after` fits."""
    matches = list(re.finditer(rf"\b{after}\b", line))
    return f"{line[: matches[-1].end()]} {option}{line[matches[-1].end() :]}" if matches else line


def _added(command: TestCommand, options: str) -> str:
    """Options for the runner at the line's end; npm hands a script's on only behind `--`."""
    npm = command.script and (last_command(command.line) or [""])[0] == "npm"
    return f"{command.line}{' --' if npm else ''} {options}"


_PYTEST_FLAGS = re.compile(
    r"-[qvslx]+|-r\w+|-[npoW]\S+|--[\w-]+=.*|--(quiet|verbose|exitfirst|strict-markers|strict-config|strict)"
)
_PYTEST_PAIRS = frozenset({"-p", "-n", "-o", "-W"})


def limited(command: TestCommand, only: Sequence[str]) -> TestCommand | None:
    """The command for the files or tests `only` (`tests/test_a.py`, or with `::Class::test`); it may run a few more.

    None where that cannot be said by adding words to the line: another runner, several commands, tests already chosen.
    """
    words = last_command(command.line)
    at = _module_at(words, command.runner) if words and command.runner in ("pytest", "unittest") else None
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
