"""Lines that ran, from what Node writes into NODE_V8_COVERAGE (nodejs.org, "CLI", NODE_V8_COVERAGE; V8's `ScriptCoverage`).

Each script has functions with ranges of characters and how often they ran; inner ranges go over outer ones. A line counts as
run unless all of it (but for blanks) lies in ranges that never ran, as c8 has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec


class _Range(msgspec.Struct, rename="camel"):
    start_offset: int
    end_offset: int
    count: int


class _Function(msgspec.Struct):
    ranges: list[_Range]


class _Script(msgspec.Struct):
    url: str
    functions: list[_Function]


class _Profile(msgspec.Struct):
    result: list[_Script]


def lines(profiles: Iterable[bytes], root: str, source: Callable[[str], str | None]) -> dict[str, tuple[set[int], set[int]]]:
    """For each file below the folder `root` the lines that ran and those that did not; `source` gives a file's text."""
    found: dict[str, tuple[set[int], set[int]]] = {}
    prefix = f"file://{root}/"
    for profile in profiles:
        try:
            scripts = msgspec.json.decode(profile, type=_Profile).result
        except msgspec.DecodeError:
            continue
        for script in scripts:
            path = script.url.removeprefix(prefix)
            if not script.url.startswith(prefix) or "node_modules/" in path or (text := source(path)) is None:
                continue
            ran, missing = _of_script(script, text)
            before = found.get(path, (set[int](), missing))
            done = before[0] | ran
            found[path] = (done, (before[1] | missing) - done)
    return found


def _of_script(script: _Script, text: str) -> tuple[set[int], set[int]]:
    """Offsets are in UTF-16 units, which is what JavaScript counts."""
    wide = text.encode("utf-16-le")
    counts = bytearray(b"\1") * (len(wide) // 2)
    ranges = [each for function in script.functions for each in function.ranges]
    for each in sorted(ranges, key=lambda one: (one.start_offset, -one.end_offset)):
        start, end = max(0, each.start_offset), min(each.end_offset, len(counts))
        counts[start:end] = (b"\1" if each.count else b"\0") * max(0, end - start)
    ran: set[int] = set()
    missing: set[int] = set()
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        width = len(line.encode("utf-16-le")) // 2
        bare = line.strip()
        if bare.strip("{}()[];,") and not bare.startswith(("//", "*", "/*")):
            begin = at + len(line) - len(line.lstrip())
            (ran if any(counts[begin : begin + len(bare)]) else missing).add(number)
        at += width
    return ran, missing
