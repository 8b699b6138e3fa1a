"""The diff as the model reads it: each line behind its number, so that no content can pass for structure.

     12  a line that stands on both sides      numbers of the new side
     13+ a line that was added
     13- a line that was removed               numbers of the old side

What a terminal or an editor would hide or obey (controls, marks that turn text around) is written out: a reviewer must see it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pullwright.attempts.review.patch import FileDiff, Hunk

BYTES_PER_TOKEN = 3.2
LONGEST_LINE = 500
MOST_REMOVED = 40
"""Lines shown of a file that was removed as a whole."""

GENERATED = re.compile(
    r"(.*/)?(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|"
    r"Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock|[^/]+\.min\.(js|css)|[^/]+\.(js|css)\.map)"
)


class Listing:
    """One file's part of the prompt. `whole` is false where hunks were left out or nothing can be shown."""

    def __init__(self, file: FileDiff, room: int) -> None:
        self.path = file.path
        self.whole = True
        self.text = "\n".join(self._lines(file, room))
        self.tokens = tokens(self.text)

    def _lines(self, file: FileDiff, room: int) -> Iterator[str]:
        yield head(file)
        used = 0
        for number, hunk in enumerate(file.hunks):
            text = "\n".join(_hunk(hunk, file))
            used += tokens(text)
            if used > room:
                self.whole = False
                rest = file.hunks[number:]
                first, last = rest[0].span("new")[0], rest[-1].span("new")[1]
                yield f"… {len(rest)} more changed regions, lines {first} to {last}, do not fit here: read them in the file"
                return
            yield text


def head(file: FileDiff) -> str:
    """`=== path (what became of it, +3 -1)`."""
    what = f"{file.status} from {visible(file.was)}" if file.status in ("renamed", "copied") else file.status
    facts = [what]
    if file.submodule:
        facts.append("a submodule")
    if file.mode:
        facts.append(f"mode {file.mode}")
    if file.binary:
        facts.append("binary or very large: its lines are not shown")
    elif file.hunks:
        facts.append(f"+{file.added} -{file.removed}")
    return f"=== {visible(file.path)} ({', '.join(facts)})"


def _hunk(hunk: Hunk, file: FileDiff) -> Iterator[str]:
    yield f"@@ {visible(hunk.heading)}".rstrip()
    lines = hunk.lines
    cut = len(lines) - MOST_REMOVED if file.status == "deleted" else 0
    for line in lines[: len(lines) - max(cut, 0)]:
        yield f"{line.number:>5}{line.mark} {_text(line.text)}".rstrip()
    if cut > 0:
        yield f"… {cut} more removed lines"


def _text(text: str) -> str:
    return visible(text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} … ({len(text) - LONGEST_LINE} more characters)")


def visible(text: str) -> str:
    """One line of text with what cannot be seen written out; tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char == "\t" or unicodedata.category(char) not in _HIDDEN else _written(char) for char in text)


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _written(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def tokens(text: str) -> int:
    """About how many tokens a text is."""
    return round(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
