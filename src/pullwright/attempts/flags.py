"""What in a change weakens the tests or their runner: told to the reader, and never counted as proof.

A flag is one sentence that begins with the path. Found by reading the change, not by asking who made it: an edit
may be right all the same, and a person decides that.
"""

from __future__ import annotations

import difflib
import re

from pullwright.attempts.composition import Parts, name_of, text_of
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import Difference

_LONGEST_DIFF = 20_000  # lines; beyond, only deletion is noticed

_ASSERTION = re.compile(
    r"""\bassert\b | \bself\.(assert|fail)\w* | \bpytest\.(raises|warns|fail)\b | \bexpect\s*\( | \bassert\w*!?\s*\(
        | \bt\.(Error|Fatal|Fail)\w* | \brequire\.\w+\( | \bshould\b""",
    re.VERBOSE,
)
_SKIP = re.compile(
    r"""(mark\.)?(skip|skipif|skipIf|skipUnless|xfail|expectedFailure|importorskip)\b | \bskipTest\b | __test__\s*=\s*False
        | \b(it|test|describe|context)\.(skip|todo|fails)\b | \bx(it|describe|test)\s*\( | \bt\.Skip\w* | \#\[ignore
        | @(Disabled|Ignore)\b | collect_ignore | \breturn\s*\#.*test""",
    re.VERBOSE,
)
_TEST = re.compile(
    r"""^\s*(async\s+)?def\s+test\w* | ^\s*class\s+Test\w* | ^\s*func\s+Test\w* | ^\s*(it|test)\s*\(
        | \#\[(\w+::)?test\] | @Test\b""",
    re.VERBOSE,
)


def flags(objects: Objects, parts: Parts) -> tuple[tuple[str, ...], frozenset[str]]:
    """The flags of a change, and the test files that its own edit weakened."""
    found: list[str] = []
    weakened: set[str] = set()
    for difference in parts.runner:
        verb = "removes" if difference.new is None else "adds" if difference.old is None else "edits"
        found.append(f"{name_of(difference)}: {verb} test-runner configuration; the clean runs use the base's")
    for difference in parts.tests:
        reasons = _weakenings(objects, difference)
        if reasons:
            weakened.add(name_of(difference))
            found.append(f"{name_of(difference)}: {', '.join(reasons)}")
    return tuple(found), frozenset(weakened)


def _weakenings(objects: Objects, difference: Difference) -> list[str]:
    if difference.old is None:
        return []
    if difference.new is None:
        return ["deletes a test file"]
    old, new = (text_of(objects, entry).splitlines() for entry in (difference.old, difference.new))
    if len(old) + len(new) > _LONGEST_DIFF:
        return []
    lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    gone = [line[1:] for line in lines if line.startswith("-")]
    come = [line[1:] for line in lines if line.startswith("+")]
    reasons: list[str] = []
    for what, pattern in (("assertion", _ASSERTION), ("test", _TEST)):
        lost, won = (sum(bool(pattern.search(line)) for line in side) for side in (gone, come))
        if lost > won:
            reasons.append(f"{lost} {what}{'s' if lost > 1 else ''} removed, {won} added")
        elif what == "assertion" and lost:
            reasons.append(f"{lost} assertion{'s' if lost > 1 else ''} rewritten")
    skips = sum(bool(_SKIP.search(line)) for line in come) - sum(bool(_SKIP.search(line)) for line in gone)
    if skips > 0:
        reasons.append(f"{skips} skip or expected failure added")
    return reasons
