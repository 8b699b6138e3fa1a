"""Tests that stand among the source, as Rust's do: at the end of a file, in a module that only tests are built with.

    split(text) -> Halves | None            the source, and the `#[cfg(test)] mod …` behind it
    swapped(objects, parts) -> Swapped      for each such file that a change touches: each side's source with the other's tests

So they are composed like test files: the base's source with the change's tests, and the other way round. A file in which tests
and source cannot be told apart stays whole; flags.py says what was weakened in it.
"""

from __future__ import annotations

import re

import msgspec

from pullwright.attempts.composition import Parts
from pullwright.workspace.objects import FILE, PROGRAM, Entry, Objects

LARGEST = 1 << 20
_MODULE = re.compile(r"^#\[cfg\(test\)\]\s*\n(?:#\[[^\n]*\]\s*\n)*(?:pub(?:\([^)]*\))? )?mod \w+ \{$", re.MULTILINE)


class Halves(msgspec.Struct, frozen=True):
    """A file's source and its tests; together they are the file."""

    source: str
    tests: str


class Swapped(msgspec.Struct, frozen=True):
    """Files by path: the base's source with the change's tests, and the change's source with the base's."""

    new_tests: dict[bytes, Entry | None]
    old_tests: dict[bytes, Entry | None]


def split(text: str) -> Halves | None:
    """Tell them apart; None where the module is not the last thing in the file. A file without one is all source."""
    starts = [match.start() for match in _MODULE.finditer(text)]
    if not starts:
        return Halves(text, "") if not re.search(r"#\[(\w+::)?test\]|cfg\(test\)", text) else None
    tests = text[starts[-1] :]
    closing = [at for at, line in enumerate(tests.splitlines()) if line == "}"]
    is_last = bool(closing) and not "".join(tests.splitlines()[closing[0] + 1 :]).strip()
    return Halves(text[: starts[-1]], tests) if is_last and len(starts) == 1 else None


def swapped(objects: Objects, parts: Parts) -> Swapped:
    """The files whose tests a change edits, both ways round. Writes blobs only."""
    found = Swapped({}, {})
    for difference in parts.source:
        old, new = difference.old, difference.new
        if not difference.path.endswith(b".rs") or old is None or new is None:
            continue
        was, now = (_halves(objects, entry) for entry in (old, new))
        if was is None or now is None or was.tests == now.tests:
            continue
        found.new_tests[difference.path] = _blob(objects, old, was.source + now.tests)
        found.old_tests[difference.path] = _blob(objects, new, now.source + was.tests)
    return found


def _halves(objects: Objects, entry: Entry) -> Halves | None:
    if entry.mode not in (FILE, PROGRAM) or len(data := objects.read_blob(entry.oid)) > LARGEST:
        return None
    try:
        return split(data.decode())
    except UnicodeDecodeError:
        return None


def _blob(objects: Objects, like: Entry, text: str) -> Entry:
    return Entry(like.mode, objects.write(b"blob", text.encode()))
