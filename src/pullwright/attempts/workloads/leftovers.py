"""Where an old name still stands in a tree: word by word, told apart by what it stands in.

    search(git, tree, name) -> tuple[Use, …]      at most MOST; `total` may be more
    classify(path, text, lines)                   code, comment, string or text, for the lines of one file

Python is read by its own tokens; other languages by their comment marks and quotes, line by line, which is near enough for a
reader and cheap. A file that is prose (docs, changelogs) is text throughout.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from pullwright.workspace.git import Git

Where = Literal["code", "comment", "string", "text", "path"]
MOST = 200
_PROSE = frozenset({".md", ".rst", ".txt", ".adoc", ".html", ".svg", ".csv", ".po", ".org", ".tex", ""})
_HASH = frozenset({".sh", ".bash", ".rb", ".pl", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".r", ".ex", ".exs", ".tf", ".cmake"})
_FILLED = re.compile(r"(?<=\{)[^{}'\"]*(?=\})")
_FSTRING = re.compile(r"\b[rR]?[fF][rR]?['\"]")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`")


class Use(msgspec.Struct, frozen=True):
    """One line that holds the name (`path` with line 0: the file is called so)."""

    path: str
    line: int
    where: Where
    text: str

    def __str__(self) -> str:
        if self.where == "path":
            return f"{self.path}: the file's name"
        return f"{self.path}:{self.line}: {self.text.strip()[:120]} ({self.where})"


class Found(msgspec.Struct, frozen=True):
    """Uses of a name in a tree: the first MOST of `total`."""

    uses: tuple[Use, ...]
    total: int


def search(git: Git, tree: str, name: str, paths: Iterable[str] = ()) -> Found:
    """Every use of `name` in the tree's text files, and in the names of `paths`. Blocking."""
    out = git.call("grep", "-n", "-z", "-I", "-w", "-F", "--full-name", "-e", name, tree, codes=(0, 1))
    lines: dict[str, dict[int, str]] = {}
    total = 0
    for record in out.splitlines():
        where, number, text = (*record.split(b"\0", 2), b"", b"")[:3]
        if not number.isdigit():
            continue
        total += 1
        if total <= MOST:
            path = where.decode("utf-8", "replace").partition(":")[2]
            lines.setdefault(path, {})[int(number)] = text.decode("utf-8", "replace")
    uses = [use for path, found in lines.items() for use in _of_file(git, tree, path, name, found)]
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")
    named = [Use(path, 0, "path", "") for path in paths if word.search(PurePosixPath(path).name)]
    return Found((*named[:MOST], *uses), total + len(named))


def _of_file(git: Git, tree: str, path: str, name: str, found: dict[int, str]) -> Iterable[Use]:
    text = ""
    if path.endswith((".py", ".pyi")):
        text = git.call("cat-file", "blob", f"{tree}:{path}").decode("utf-8", "replace")
    kinds = classify(path, text, name, found)
    return [Use(path, number, kinds[number], line) for number, line in found.items()]


def classify(path: str, text: str, name: str, found: dict[int, str]) -> dict[int, Where]:
    """What the name stands in, for each line number of `found`; `text` is the whole file, needed for Python alone."""
    if path.endswith((".py", ".pyi")) and (kinds := _of_python(text, name, found)):
        return kinds
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _PROSE:
        return dict.fromkeys(found, "text")
    marks = ("#",) if suffix in _HASH else ("//", "/*", "* ", "--") if suffix == ".sql" else ("//", "/*", "* ")
    return {number: _of_line(line, name, marks) for number, line in found.items()}


def _of_python(text: str, name: str, found: dict[int, str]) -> dict[int, Where]:
    """By the file's tokens; empty where it cannot be read as Python. Code wins over a string on the same line."""
    spans: dict[int, list[tuple[int, int, Where]]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = tokenize.tok_name[token.type]
            if kind in ("STRING", "FSTRING_MIDDLE", "COMMENT"):
                where: Where = "comment" if kind == "COMMENT" else "string"
                (first, start), (last, end) = token.start, token.end
                for number in range(first, last + 1):
                    span = (start if number == first else 0, end if number == last else 1 << 30, where)
                    spans.setdefault(number, []).append(span)
    except (tokenize.TokenError, SyntaxError):
        return {}
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return {number: _of_spans(line, word, spans.get(number, [])) for number, line in found.items()}


def _of_spans(line: str, word: re.Pattern[str], spans: list[tuple[int, int, Where]]) -> Where:
    filled = [part.span() for part in _FILLED.finditer(line)] if _FSTRING.search(line) else []
    for use in word.finditer(line):
        if not any(start <= use.start() < end for start, end, _ in spans):
            return "code"
        if any(start <= use.start() < end for start, end in filled):  # before Python 3.12 an f-string is one token
            return "code"
    first = word.search(line)
    inside: list[Where] = [where for start, end, where in spans if first is not None and start <= first.start() < end]
    return inside[0] if inside else "code"


def _of_line(line: str, name: str, marks: tuple[str, ...]) -> Where:
    bare = _QUOTED.sub('""', line)
    at = min((place for mark in marks if (place := bare.find(mark)) >= 0), default=len(bare))
    if name in bare[:at]:
        return "code"
    return "comment" if name in bare[at:] else "string"
