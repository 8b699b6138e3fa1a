"""What a change adds to the *source* by which it could notice that it is being tested, or end a run before its tests have.

    tells(objects, parts) -> Tells        sentences, each with its path; the first that keeps the change from being verified

Test code and tested code run in one process: source that is out to deceive can make red tests look green. Nothing inside a
sandbox can rule that out, so that what could do it is shown to a person, and keeps the whole from counting as proof before that.
What only ends a process early loses results and forges none: it is told, no more. Read line by line: only lines that the change
adds count, comments too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from pullwright.attempts.composition import Parts, name_of, text_of
from pullwright.workspace.objects import Objects

_DECEIVES: Mapping[str, re.Pattern[str]] = {
    "looks at who runs it": re.compile(
        r"""PYTEST_ | JEST_WORKER | \bVITEST | NODE_TEST_CONTEXT | RUST_TEST_ | PULLWRIGHT_ | /proc/(self|\d+|[${]\w*)/
            | \bsys\.modules\b.*\b(_?pytest|unittest)\b | \b(_?pytest|unittest)\b.*\bin\s+sys\.modules
            | \btesting\.Testing\s*\( | \bcfg!\s*\(\s*test\b""",
        re.VERBOSE,
    ),
    "reaches into the test runner": re.compile(
        r"""\b(import|from)\s+(_pytest|pluggy|unittest\.(case|runner|result|main|suite))\b | ^\s*def\s+pytest_\w+\s*\(
            | \bjunit_?xml\b | <test(case|suite) | \bTAP\ version | test\ result:\ ok | \brequire\.cache\b
            | \bTestCase\.(run|__call__|assert\w*)\s*= | \b(globalThis|global)\.(it|test|expect|describe)\s*=""",
        re.VERBOSE,
    ),
}
_ENDS: Mapping[str, re.Pattern[str]] = {
    "ends the process at once": re.compile(r"\bos\._exit\s*\(|\bos\.abort\s*\(|\bprocess\.(abort|reallyExit)\s*\("),
    "does something at the process's end": re.compile(r"\batexit\.register\b|\bprocess\.on\s*\(\s*['\"](exit|beforeExit)"),
}
_CODE = re.compile(r".+\.(py|pyx|pyi|[cm]?[jt]sx?|go|rs|c|cc|cpp|h|hpp|rb|sh)$")
MOST = 20


class Tells(msgspec.Struct, frozen=True):
    """What was found, and the first sentence of what could deceive (empty: none)."""

    sentences: tuple[str, ...]
    worst: str


def tells(objects: Objects, parts: Parts) -> Tells:
    """One sentence for each kind in each file of source, at most `MOST`."""
    found: list[str] = []
    worst = ""
    for difference in parts.source:
        path = name_of(difference)
        if difference.new is None or not _CODE.fullmatch(path):
            continue
        old, new = (Counter(text_of(objects, entry).splitlines()) for entry in (difference.old, difference.new))
        added = [line[:2_000] for line in new - old]
        for what, pattern in (*_DECEIVES.items(), *_ENDS.items()):
            line = next((line for line in added if pattern.search(line)), None)
            if line is not None:
                found.append(f"{path}: {what} ({' '.join(line.split())[:100]})")
                worst = worst or (found[-1] if what in _DECEIVES else "")
    return Tells(tuple(found[:MOST]), worst)
