"""A unified diff as data: files, and their lines with numbers. Anything that is no diff is read as lines without numbers."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_SKIPPED = ("index ", "new file", "deleted file", "old mode", "new mode", "similarity ", "dissimilarity ")
Sign = Literal["+", "-", " ", "@", "?"]


class Row(msgspec.Struct):
    """A line of a diff: added, removed, context, a hunk's head (`@`), or something else (`?`). 0: no number."""

    sign: Sign
    text: str
    old: int = 0
    new: int = 0


class FileDiff(msgspec.Struct):
    """What a diff says of one file. `was` is its old name where that differs."""

    path: str
    was: str = ""
    kind: Literal["changed", "new", "deleted", "renamed"] = "changed"
    rows: list[Row] = []
    added: int = 0
    removed: int = 0


def parse(diff: str) -> list[FileDiff]:
    """The files of a diff in its order. Never raises; a diff that was cut in the middle is read as far as it goes."""
    reader = _Reader()
    for line in diff.split("\n"):
        reader.take(line.rstrip("\r"))
    for file in reader.files:
        while file.rows and file.rows[-1].sign == "?" and not file.rows[-1].text:
            file.rows.pop()
    return reader.files


class _Reader:
    """Reads line by line. A hunk's head says how many lines it has, so that no line of a file is taken for a heading."""

    def __init__(self) -> None:
        self.files: list[FileDiff] = []
        self._old = self._new = 0
        self._old_left = self._new_left = 0
        self._before = self._was = ""

    def take(self, line: str) -> None:
        if self._old_left > 0 or self._new_left > 0:
            self._row(line)
        elif found := _HUNK.match(line):
            self._old, self._new = int(found[1]), int(found[3])
            self._old_left, self._new_left = int(found[2] or 1), int(found[4] or 1)
            self._file().rows.append(Row("@", found[5], self._old, self._new))
        elif line.startswith("\\"):
            self._file().rows.append(Row("?", "no newline at the end of the file"))
        else:
            self._heading(line)

    def _heading(self, line: str) -> None:
        if line.startswith("diff --git "):
            self._before = self._was = ""
        elif line.startswith("--- "):
            self._before = line[4:]
        elif line.startswith("rename from "):
            self._was = line[12:]
        elif line.startswith("rename to "):
            self.files.append(FileDiff(path=line[10:], was=self._was, kind="renamed", rows=[]))
        elif line.startswith("+++ "):
            self._begin(line[4:])
        elif line and not line.startswith(_SKIPPED):
            self._file().rows.append(Row("?", line))

    def _begin(self, after: str) -> None:
        old, new = _path(self._before), _path(after)
        if self.files and self.files[-1].kind == "renamed" and self.files[-1].path == new and not self.files[-1].rows:
            return
        kind = "new" if old == "/dev/null" else "deleted" if new == "/dev/null" else "changed"
        self.files.append(FileDiff(path=old if kind == "deleted" else new, kind=kind, rows=[]))

    def _row(self, line: str) -> None:
        file, sign, text = self._file(), line[:1], line[1:]
        if sign == "+":
            file.rows.append(Row("+", text, 0, self._new))
            file.added += 1
        elif sign == "-":
            file.rows.append(Row("-", text, self._old, 0))
            file.removed += 1
        elif sign == "\\":
            file.rows.append(Row("?", "no newline at the end of the file"))
            return
        elif sign in (" ", ""):
            file.rows.append(Row(" ", text, self._old, self._new))
        else:  # it was cut here: what follows is another file's
            file.rows.append(Row("?", line))
            self._old_left = self._new_left = 0
            return
        self._old += sign != "+"
        self._old_left -= sign != "+"
        self._new += sign != "-"
        self._new_left -= sign != "-"

    def _file(self) -> FileDiff:
        if not self.files:
            self.files.append(FileDiff(path="", rows=[]))
        return self.files[-1]


def _path(name: str) -> str:
    name = name.split("\t")[0]
    return name[2:] if name.startswith(("a/", "b/")) else name
