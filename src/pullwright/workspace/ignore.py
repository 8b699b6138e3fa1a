"""Which untracked paths git ignores, decided without git: the patterns of `gitignore(5)`.

    Rules.root(excludes)                   the repository's and the person's excludes
    └── rules.below(name, text)            the same, and a folder's own .gitignore

Matching follows git's `wildmatch`; a hypothesis test holds it against `git check-ignore`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

Text = Callable[[], bytes]

LARGEST = 64 << 10
"""Bytes of an ignore file that count: each of its patterns is tried on every untracked name."""


def bounded(text: bytes) -> bytes:
    """The whole lines of an ignore file that count: all but in one larger than `LARGEST`."""
    return text if len(text) <= LARGEST else text[: text.rfind(b"\n", 0, LARGEST) + 1]


class Pattern(NamedTuple):
    """One line of an ignore file."""

    match: re.Pattern[bytes]
    takes_back: bool
    only_folders: bool
    only_name: bool


class Rules:
    """The patterns that hold in one folder. `text` is asked for only when something must be decided."""

    def __init__(self, parent: Rules | None, name: bytes, text: Text) -> None:
        self._parent = parent
        self._name = name
        self._text: Text | None = text
        self._patterns: tuple[Pattern, ...] = ()

    @classmethod
    def root(cls, excludes: bytes) -> Rules:
        """What holds everywhere, weaker than any .gitignore."""
        return cls(None, b"", lambda: excludes)

    def below(self, name: bytes, text: Text) -> Rules:
        """The rules in the folder `name` (empty for the root itself), with that folder's .gitignore."""
        return Rules(self, name, lambda: bounded(text()))

    def ignores(self, name: bytes, *, folder: bool) -> bool:
        """Whether an untracked name in this folder is ignored. What lies in an ignored folder is, without asking."""
        path = name
        rules: Rules | None = self
        while rules is not None:
            verdict = rules._verdict(path, name, folder)
            if verdict is not None:
                return verdict
            if rules._name:
                path = rules._name + b"/" + path
            rules = rules._parent
        return False

    def _verdict(self, path: bytes, name: bytes, folder: bool) -> bool | None:
        if self._text is not None:
            self._patterns = parse(self._text())
            self._text = None
        for pattern in reversed(self._patterns):
            if pattern.only_folders and not folder:
                continue
            if pattern.match.fullmatch(name if pattern.only_name else path):
                return not pattern.takes_back
        return None


@lru_cache(maxsize=256)
def parse(text: bytes) -> tuple[Pattern, ...]:
    """The patterns of an ignore file, in order."""
    found: list[Pattern] = []
    for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        pattern = _parse_line(line.removesuffix(b"\r"))
        if pattern is not None:
            found.append(pattern)
    return tuple(found)


def _parse_line(line: bytes) -> Pattern | None:
    if line.startswith(b"#"):
        return None
    line = _trim(line)
    takes_back = line.startswith(b"!")
    if takes_back:
        line = line[1:]
    only_folders = line.endswith(b"/")
    if only_folders:
        line = line[:-1]
    if not line:
        return None
    only_name = b"/" not in line
    source = translate(line.removeprefix(b"/"), path=not only_name)
    if source is None:
        return None
    return Pattern(re.compile(source, re.DOTALL), takes_back, only_folders, only_name)


def _trim(line: bytes) -> bytes:
    end = len(line)
    while end and line[end - 1] == 0x20:
        end -= 1
    slashes = end - len(line[:end].rstrip(b"\\"))
    return line[: end + 1] if slashes % 2 and end < len(line) else line[:end]


CLASSES = {
    b"alnum": rb"a-zA-Z0-9",
    b"alpha": rb"a-zA-Z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": rb"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\r\f\v",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9a-fA-F",
}


STAR, DEEP, REST = b"[^/]*", b"(?:.*/)?", b".*"


def translate(pattern: bytes, *, path: bool) -> bytes | None:
    """A glob as a regular expression over bytes; None for one that matches nothing. With `path`, `*` stops at a slash.

    Whoever wrote the pattern may be hostile: it is matched in polynomial time (`_joined`).
    """
    parts: list[bytes] = []
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        if char == b"*":
            end = at
            while pattern[end : end + 1] == b"*":
                end += 1
            part, at = _stars(pattern, at, end, path)
        elif char == b"?":
            part, at = (b"[^/]" if path else b"."), at + 1
        elif char == b"[":
            found = _bracket(pattern, at + 1)
            if found is None:
                return None
            part, at = found
            part = b"(?!/)" + part if path else part
        elif char == b"\\":
            if at + 1 >= len(pattern):
                return None
            part, at = re.escape(pattern[at + 1 : at + 2]), at + 2
        else:
            part, at = re.escape(char), at + 1
        parts.append(part)
    return _joined(parts)


def _joined(parts: list[bytes]) -> bytes:
    """The parts as one expression that never goes back to a star once what stands between it and the next has matched.

    The first place where that matches is as good as any: the next star takes up what lies between (`[^/]*` cannot
    cross a slash, so with a slash in between there is one such place only). Only the last star and the last `**/` may try again.
    """
    stars = [at for at, part in enumerate(parts) if part in (STAR, REST)]
    deeps = [at for at, part in enumerate(parts) if part == DEEP]
    joined = b""
    is_open = {REST: b"", DEEP: b""}
    for at, part in enumerate(parts):
        if part == DEEP:
            joined += is_open[REST] + is_open[DEEP]
            later = at != deeps[-1]
            joined += b"(?>(?:.*?/)??" if later else part
            is_open = {REST: b"", DEEP: b")" if later else b""}
        elif part in (STAR, REST):
            joined += is_open[REST]
            later = at != stars[-1]
            joined += b"(?>" + part + b"?" if later else part
            is_open[REST] = b")" if later else b""
        else:
            joined += part
    return joined + is_open[REST] + is_open[DEEP]


def _stars(pattern: bytes, start: int, end: int, path: bool) -> tuple[bytes, int]:
    if not path:
        return REST, end
    whole = end - start >= 2 and (start == 0 or pattern[start - 1 : start] == b"/")
    if whole and end == len(pattern):
        return REST, end
    if whole and pattern[end : end + 1] == b"/":
        return DEEP, end + 1
    return STAR, end


def _bracket(pattern: bytes, at: int) -> tuple[bytes, int] | None:
    negated = pattern[at : at + 1] in (b"!", b"^")
    if negated:
        at += 1
    members: list[bytes] = []
    first = True
    low = b""
    while first or pattern[at : at + 1] != b"]":
        char = pattern[at : at + 1]
        if not char:
            return None
        first = False
        if char == b"[" and pattern[at + 1 : at + 2] == b":":
            end = pattern.find(b"]", at + 2)
            if end < 0:
                return None
            if pattern[end - 1 : end] == b":" and end - 1 >= at + 2:
                name = pattern[at + 2 : end - 1]
                if name not in CLASSES:
                    return None
                members.append(CLASSES[name])
                low, at = b"", end + 1
                continue
        if char == b"-" and low and pattern[at + 1 : at + 2] not in (b"", b"]"):
            high, at = _member(pattern, at + 1)
            if high is None:
                return None
            if low <= high:
                members.append(_escape(low) + b"-" + _escape(high))
            low = b""
            continue
        one, at = _member(pattern, at)
        if one is None:
            return None
        members.append(_escape(one))
        low = one
    inside = b"".join(members)
    if not inside:
        return (b"." if negated else b"(?!)"), at + 1
    return b"[" + (b"^" if negated else b"") + inside + b"]", at + 1


def _member(pattern: bytes, at: int) -> tuple[bytes | None, int]:
    char = pattern[at : at + 1]
    if char == b"\\":
        char = pattern[at + 1 : at + 2]
        return (char or None), at + 2
    return char, at + 1


def _escape(char: bytes) -> bytes:
    return b"\\x%02x" % char[0]
