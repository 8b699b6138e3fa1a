"""Git's patch as files, hunks and numbered lines.

    parse(data) -> Diff
    sections(data) -> each FileDiff, with the bytes that it was read from
    Diff ─▶ FileDiff ─▶ Hunk ─▶ Line

Headers are read only between hunks, and a hunk is as long as its own header says: no content can pass for structure.
Names that git quotes (quotes, controls, newlines) are unquoted; what is not UTF-8 is escaped, for reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import msgspec

Side = Literal["new", "old"]
Status = Literal["modified", "added", "deleted", "renamed", "copied"]

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r", b'"': b'"', b"\\": b"\\"}


class Line(msgspec.Struct, frozen=True):
    """One line of a hunk. `mark` is `+`, `-` or a space; `number` is the old side's for `-`, the new side's else."""

    mark: str
    number: int
    text: str


class Hunk(msgspec.Struct, frozen=True):
    """Lines that changed with the context around them; both sides as (first line, count)."""

    old: tuple[int, int]
    new: tuple[int, int]
    heading: str
    lines: tuple[Line, ...]

    def span(self, side: Side) -> tuple[int, int]:
        """First and last line of a side. Where a side has none: the two lines between which the others were."""
        start, count = self.new if side == "new" else self.old
        return (start, start + count - 1) if count else (max(start, 1), start + 1)


class FileDiff(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What became of one file. `path` is its name on the new side (the old one of a deleted file), `was` the old name.

    `binary`: there are no lines to show (a binary file, or one too large). `mode` is a change of mode, in words.
    """

    path: str
    was: str
    status: Status
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    submodule: bool = False
    mode: str = ""

    @cached_property
    def added(self) -> int:
        """Lines added."""
        return sum(line.mark == "+" for hunk in self.hunks for line in hunk.lines)

    @cached_property
    def removed(self) -> int:
        """Lines removed."""
        return sum(line.mark == "-" for hunk in self.hunks for line in hunk.lines)


class Diff(msgspec.Struct, frozen=True, dict=True):
    """All files that differ, in git's order."""

    files: tuple[FileDiff, ...]

    @cached_property
    def by_path(self) -> dict[str, FileDiff]:
        """By the new side's name; a file that became a link is there as the link."""
        return {file.path: file for file in self.files}

    @cached_property
    def by_old(self) -> dict[str, FileDiff]:
        """By the old side's name, but for names that the new side has too."""
        return {file.was: file for file in self.files if file.was not in self.by_path}

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(file.removed for file in self.files)


def parse(data: bytes) -> Diff:
    """A patch as `git diff-tree -p` writes it."""
    return Diff(tuple(file for file, _ in sections(data)))


def sections(data: bytes) -> Iterator[tuple[FileDiff, bytes]]:
    """Each file of a patch, with its own part of it."""
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    at = 0
    while at < len(lines):
        if not lines[at].startswith(b"diff --git "):
            at += 1
            continue
        start = at
        file, at = _file(lines, start)
        yield file, b"\n".join(lines[start:at]) + b"\n"


def _file(lines: list[bytes], at: int) -> tuple[FileDiff, int]:
    """One file's section, which begins at `at`, and where the next one begins."""
    both = _both(lines[at][len(b"diff --git ") :])
    header: list[bytes] = []
    at += 1
    while at < len(lines) and not lines[at].startswith((b"diff --git ", b"@@ ")):
        header.append(lines[at])
        at += 1
    hunks: list[Hunk] = []
    while at < len(lines) and (found := _HUNK.fullmatch(lines[at])):
        hunk, at = _hunk(found, lines, at + 1)
        hunks.append(hunk)
    return _described(both, header, tuple(hunks)), at


def _described(both: bytes, header: list[bytes], hunks: tuple[Hunk, ...]) -> FileDiff:
    words = dict(_header_words(header))
    old = words.get("rename from") or words.get("copy from") or words.get("---") or both
    new = words.get("rename to") or words.get("copy to") or words.get("+++") or both
    status: Status = "modified"
    if "new file mode" in words:
        status, old = "added", new
    elif "deleted file mode" in words:
        status, new = "deleted", old
    elif "rename to" in words:
        status = "renamed"
    elif "copy to" in words:
        status = "copied"
    modes = [words.get(name, b"").decode() for name in ("old mode", "new mode")]
    return FileDiff(
        path=_shown(new),
        was=_shown(old),
        status=status,
        hunks=hunks,
        binary="Binary files" in words or b"GIT binary patch" in header,
        submodule=any(words.get(name, b"").endswith(b"160000") for name in ("index", "new file mode", "deleted file mode")),
        mode=f"{modes[0]} -> {modes[1]}" if all(modes) else "",
    )


_HEADERS = (
    *("old mode", "new mode", "new file mode", "deleted file mode", "rename from", "rename to", "copy from", "copy to"),
    *("index", "---", "+++", "Binary files"),
)


def _header_words(header: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in header:
        for name in _HEADERS:
            if line.startswith(name.encode() + b" "):
                value = line[len(name) + 1 :]
                if name in ("---", "+++"):
                    value = _unquote(value.rstrip(b"\t"))
                    if value == b"/dev/null":
                        break
                    value = value[2:]
                elif name.startswith(("rename", "copy")):
                    value = _unquote(value)
                yield name, value
                break


def _both(text: bytes) -> bytes:
    """The name in `a/NAME b/NAME`, where both are the same; where they differ, the header says them again."""
    half = len(text) // 2
    return _unquote(text[half + 1 :])[2:]


def _unquote(text: bytes) -> bytes:
    """A name as git quotes it, in C's way, or as it is."""
    if len(text) < 2 or not (text.startswith(b'"') and text.endswith(b'"')):
        return text

    def plain(found: re.Match[bytes]) -> bytes:
        mark = found[1]
        return bytes((int(mark, 8) & 0xFF,)) if mark.isdigit() else _ESCAPES.get(mark, mark)

    return re.sub(rb"\\([0-7]{3}|.)", plain, text[1:-1], flags=re.DOTALL)


def _hunk(found: re.Match[bytes], lines: list[bytes], at: int) -> tuple[Hunk, int]:
    old, new = (int(found[1]), int(found[2] or 1)), (int(found[3]), int(found[4] or 1))
    left_old, left_new = old[1], new[1]
    next_old, next_new = old[0], new[0]
    kept: list[Line] = []
    while at < len(lines) and (left_old or left_new or lines[at].startswith(b"\\ ")):
        mark, text = lines[at][:1] or b" ", lines[at][1:]
        at += 1
        if mark == b"\\":  # "No newline at end of file"
            continue
        number = next_old if mark == b"-" else next_new
        kept.append(Line(mark.decode("ascii", "replace"), number, _shown(text)))
        if mark != b"+":
            left_old, next_old = left_old - 1, next_old + 1
        if mark != b"-":
            left_new, next_new = left_new - 1, next_new + 1
    return Hunk(old, new, _shown(found[5]), tuple(kept)), at


def _shown(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
