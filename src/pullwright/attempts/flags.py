"""What in a change weakens the tests or their runner: told to the reader, and never counted as proof.

A flag is one sentence that begins with the path. Found by reading the change, not by asking who made it: an edit
may be right all the same, and a person decides that. Python is read by its syntax, test by test (asserts.py); Go, Rust and
JavaScript by where their tests begin (regions.py); anything else by its lines. White space is left out.
"""

from __future__ import annotations

import re
from collections import Counter

from pullwright.attempts.asserts import SKIP, Function, Reading, read
from pullwright.attempts.composition import Parts, name_of, text_of
from pullwright.attempts.regions import read_regions
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import Difference

_ASSERTION = re.compile(
    r"""\bassert\b | \bself\.(assert|fail)\w* | \bpytest\.(raises|warns|fail)\b | \bexpect\s*\( | \bassert\w*!?\s*\(
        | \bt\.(Error|Fatal|Fail)\w* | \brequire\.\w+\( | \bshould\b""",
    re.VERBOSE,
)
_TEST = re.compile(
    r"""^\s*(async\s+)?def\s+test\w* | ^\s*class\s+Test\w* | ^\s*func\s+Test\w* | ^\s*(it|test)\s*\(
        | \#\[(\w+::)?test\] | @Test\b""",
    re.VERBOSE,
)

_INLINE = re.compile(r"#\[(\w+::)?test\]|#\[cfg\(test\)\]")

Reasons = dict[str, str]
"""What is weakened (a file's path, or `path::Class::test`) and how."""


def flags(objects: Objects, parts: Parts) -> tuple[tuple[str, ...], Reasons]:
    """The flags of a change, and what its own edits weakened: single tests where that can be said, else whole files."""
    found: list[str] = []
    weakened: Reasons = {}
    for difference in parts.runner:
        verb = "removes" if difference.new is None else "adds" if difference.old is None else "edits"
        found.append(f"{name_of(difference)}: {verb} test-runner configuration; the clean runs use the base's")
    for difference in parts.tests:
        path = name_of(difference)
        if reason := _loads(objects, difference):
            weakened[path] = reason
            found.append(f"{path}: {reason}")
            continue
        for part, reason in _weakenings(objects, difference).items():
            weakened[f"{path}::{part}" if part else path] = reason
            found.append(f"{path}: {reason}" + (f" ({part})" if part else ""))
    return tuple(found), weakened


_PLUGIN = re.compile(
    r"""^\s*pytest_plugins\s*= | ^\s*def\s+pytest_\w+\s*\( | \bos\._exit\s*\( | ^func\s+TestMain\b | \b(pluggy|_pytest)\b
        | \bjunit_?xml\b | \bprocess\.(exit|reallyExit|abort)\s*\( | \bjest\.retryTimes\b | \bsys\.modules\b""",
    re.VERBOSE | re.MULTILINE,
)


def _loads(objects: Objects, difference: Difference) -> str:
    """Why an edited test file could change how *all* tests are run or told; empty when it adds nothing that could."""
    old, new = (
        Counter(found[0] for found in _PLUGIN.finditer(text_of(objects, entry))) for entry in (difference.old, difference.new)
    )
    added = next(iter(new - old), "")
    return f"reaches into the test runner, or ends its process (`{' '.join(added.split())}`)" if added else ""


def _weakenings(objects: Objects, difference: Difference) -> Reasons:
    """The weakened tests of one file by name, "" for all of it, and how."""
    if difference.old is None:
        return {}
    if difference.new is None:
        return {"": "deletes a test file"}
    old, new = (text_of(objects, entry) for entry in (difference.old, difference.new))
    if difference.path.endswith(b".py"):
        was, now = read(old), read(new)
        if was is not None and now is not None:
            return _of_python(was, now)
    return _of_regions(name_of(difference), old, new)


def _of_regions(path: str, old: str, new: str) -> Reasons:
    """Test by test where the language's tests can be told apart, else the whole file."""
    was, now = (read_regions(path, text) for text in (old, new))
    if was is None or now is None or len(was) == 1:
        reason = _of_lines(old, new)
        return {"": reason} if reason else {}
    weakened: Reasons = {}
    added = now.keys() - was.keys()
    for name, text in sorted(was.items()):
        if name not in now and any(not _statements(text) - _statements(now[one]) for one in added):
            continue  # renamed
        reason = f"1 test removed, {len(added)} added" if name not in now else _compared(text, now[name])
        if reason:
            _add(weakened, name, reason)
    return weakened


def inline(objects: Objects, parts: Parts) -> tuple[tuple[str, ...], Reasons]:
    """The same for tests that stand among the source, as Rust's do: what an edit of the file weakens in them."""
    found: list[str] = []
    weakened: Reasons = {}
    for difference in parts.source:
        path = name_of(difference)
        old, new = (text_of(objects, entry) if path.endswith(".rs") else "" for entry in (difference.old, difference.new))
        if not _INLINE.search(old):
            continue
        for part, reason in _of_regions(path, old, new).items():
            if part:
                weakened[f"{path}::{part}"] = reason
                found.append(f"{path}: {reason} ({part})")
    return tuple(found), weakened


def _of_python(old: Reading, new: Reading) -> Reasons:
    weakened: Reasons = {}
    added = new.tests - old.tests
    for name, was in sorted(old.functions.items()):
        now = new.functions.get(name)
        if name in old.tests and now is None:
            now = next((new.functions[one] for one in sorted(added) if was.asserts <= new.functions[one].asserts), None)
            reason = _reason(was, now) if now else f"1 test removed, {len(added)} added"
        else:
            reason = _reason(was, now or Function(Counter(), 0, ""))
        if reason:
            _add(weakened, name if name in old.tests else "", reason)
    for name, was in old.around.items():
        if reason := _reason(was, new.around.get(name, was)):
            _add(weakened, "", reason)
    return weakened


def _add(weakened: Reasons, name: str, reason: str) -> None:
    weakened[name] = f"{weakened[name]}, {reason}" if name in weakened else reason


def _reason(was: Function, now: Function) -> str:
    return _told(was.asserts - now.asserts, now.asserts - was.asserts, now.skips - was.skips)


def _told(gone: Counter[str], come: Counter[str], skips: int) -> str:
    """How a part became weaker, in words; empty when it did not."""
    reasons: list[str] = []
    lost, won = gone.total(), come.total()
    if lost > won:
        reasons.append(f"{lost} assertion{'s' if lost > 1 else ''} removed, {won} added")
    elif lost:
        reasons.append(f"{lost} assertion{'s' if lost > 1 else ''} rewritten")
    if skips > 0:
        reasons.append(f"{skips} skip or expected failure added")
    return ", ".join(reasons)


def _of_lines(old: str, new: str) -> str:
    """The same for what is not Python, as far as lines tell."""
    tests = [Counter(line.strip() for line in text.splitlines() if _TEST.search(line)) for text in (old, new)]
    lost, won = (tests[0] - tests[1]).total(), (tests[1] - tests[0]).total()
    reasons = [f"{lost} test{'s' if lost > 1 else ''} removed, {won} added"] if lost > won else []
    return ", ".join(filter(None, (*reasons, _compared(old, new))))


def _compared(old: str, new: str) -> str:
    was, now = (_statements(text) for text in (old, new))
    return _told(was - now, now - was, len(SKIP.findall(new)) - len(SKIP.findall(old)))


def _statements(text: str) -> Counter[str]:
    """The assertions of a text without white space, each to the end of its line, or of the line that closes its brackets."""
    found: Counter[str] = Counter()
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        match = _ASSERTION.search(lines[at])
        if match:
            whole = lines[at][match.start() :]
            while _depth(whole) > 0 and at + 1 < len(lines) and len(whole) < 10_000:
                at += 1
                whole += lines[at]
            found["".join(whole.split())] += 1
        at += 1
    return found


def _depth(text: str) -> int:
    return sum(text.count(opening) for opening in "([{") - sum(text.count(closing) for closing in ")]}")
