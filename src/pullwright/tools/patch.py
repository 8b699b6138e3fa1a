"""The patch format that OpenAI's models write, read and applied to text.

    *** Begin Patch
    *** Add File: path            lines that begin with +
    *** Delete File: path
    *** Update File: path         then, if it moves, *** Move to: path, then chunks:
    @@ a line above the change    (none, one, or several to narrow down)
     context, -old, +new          lines
    *** End of File               when the chunk is at the file's end
    *** End Patch

Source of the format: the `apply_patch` tool of OpenAI's Codex CLI and its Lark grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from pullwright.tools.arguments import WrongCall
from pullwright.tools.diff import numbered, split
from pullwright.tools.matching import Match, adapt, find, nearest

GRAMMAR = r"""start: "*** Begin Patch" LF hunk+ "*** End Patch" LF?
hunk: add | delete | update
add: "*** Add File: " name LF ("+" /(.*)/ LF)+
delete: "*** Delete File: " name LF
update: "*** Update File: " name LF ("*** Move to: " name LF)? change?
change: (header | line)+ ("*** End of File" LF)?
header: ("@@" | "@@ " /(.+)/) LF
line: ("+" | "-" | " ") /(.*)/ LF
name: /(.+)/
%import common.LF
"""

_FORM = (
    "The right form:\n*** Begin Patch\n*** Update File: path\n@@ line above\n context\n-old\n+new\n*** End Patch\n"
    "(also *** Add File: path with + lines, *** Delete File: path, *** Move to: path after Update File)"
)
_UNIFIED = re.compile(r"@@ -\d+(,\d+)? \+\d+(,\d+)? @@ ?")
_HEADING = re.compile(r"\*\*\* (Add|Delete|Update) File: (.+)")


class Chunk(msgspec.Struct):
    """One change: `headers` are lines above it, `lines` are (sign, text)."""

    headers: list[str]
    lines: list[tuple[str, str]]
    at_end: bool = False

    @property
    def old(self) -> list[str]:
        """What must be there."""
        return [text for sign, text in self.lines if sign != "+"]


class Section(msgspec.Struct):
    """What the patch does to one file. `content` belongs to an added file."""

    kind: Literal["Add", "Delete", "Update"]
    path: str
    move_to: str = ""
    content: str = ""
    chunks: list[Chunk] = []


def parse(text: str) -> list[Section]:
    """The sections of a patch. Raises `WrongCall` with the line and the right form."""
    lines = _body(text)
    sections: list[Section] = []
    at = 0
    while at < len(lines):
        number, line = lines[at]
        if not line.strip():
            at += 1
            continue
        heading = _HEADING.fullmatch(line.strip())
        if not heading:
            raise WrongCall(f"apply_patch: line {number} ({line[:80]!r}) is no file heading. {_FORM}")
        at += 1
        end = next((index for index in range(at, len(lines)) if _HEADING.fullmatch(lines[index][1].rstrip())), len(lines))
        sections.append(_section(heading[1], heading[2].strip(), lines[at:end]))
        at = end
    if not sections:
        raise WrongCall(f"apply_patch: the patch is empty. {_FORM}")
    return sections


def _body(text: str) -> list[tuple[int, str]]:
    """The numbered lines between Begin and End; a shell's here-document or a code fence around them is forgiven."""
    lines = list(enumerate(text.replace("\r\n", "\n").split("\n"), 1))
    begin = next((index for index, (_, line) in enumerate(lines) if line.strip() == "*** Begin Patch"), None)
    if begin is None:
        raise WrongCall(f"apply_patch: there is no line '*** Begin Patch'. {_FORM}")
    end = next((index for index in range(len(lines) - 1, begin, -1) if lines[index][1].strip() == "*** End Patch"), None)
    if end is None:
        raise WrongCall("apply_patch: there is no line '*** End Patch': the patch seems cut off. Nothing was changed.")
    return lines[begin + 1 : end]


def _section(kind: str, path: str, lines: list[tuple[int, str]]) -> Section:
    if kind == "Add":
        wrong = next((number for number, line in lines if not line.startswith("+") and line.strip()), None)
        if wrong is not None:
            raise WrongCall(f"apply_patch: line {wrong}: each line of an added file begins with '+'. {_FORM}")
        content = "".join(line[1:] + "\n" for _, line in lines if line.startswith("+"))
        return Section("Add", path, content=content)
    if kind == "Delete":
        wrong = next((number for number, line in lines if line.strip()), None)
        if wrong is not None:
            raise WrongCall(f"apply_patch: line {wrong}: nothing follows '*** Delete File'. {_FORM}")
        return Section("Delete", path)
    move_to = ""
    if lines and lines[0][1].startswith("*** Move to: "):
        move_to = lines.pop(0)[1].removeprefix("*** Move to: ").strip()
    chunks = list(_chunks(lines))
    if not chunks and not move_to:
        raise WrongCall(f"apply_patch: nothing to do for {path}. {_FORM}")
    return Section("Update", path, move_to=move_to, chunks=chunks)


def _chunks(lines: list[tuple[int, str]]) -> Iterator[Chunk]:
    chunk = Chunk([], [])
    while lines and not lines[-1][1].strip():
        lines = lines[:-1]
    for number, line in lines:
        if line.startswith("@@") or line.rstrip() == "*** End of File":
            if line.startswith("@@"):
                if chunk.lines:
                    yield chunk
                    chunk = Chunk([], [])
                header = _UNIFIED.sub("", line) if _UNIFIED.match(line) else line[2:].removeprefix(" ")
                if header.strip():
                    chunk.headers.append(header)
            else:
                chunk.at_end = True
                yield chunk
                chunk = Chunk([], [])
        elif line == "" or line[0] in " +-":
            chunk.lines.append((line[0], line[1:]) if line else (" ", ""))
        else:
            raise WrongCall(f"apply_patch: line {number} ({line[:80]!r}) must begin with ' ', '+', '-' or '@@'. {_FORM}")
    if chunk.lines:
        yield chunk
    elif chunk.headers:
        raise WrongCall(f"apply_patch: nothing follows '@@ {chunk.headers[-1]}'. {_FORM}")


class Missed(WrongCall):
    """A chunk was not found in the file; the text shows the nearest region."""


def apply(path: str, text: str, chunks: list[Chunk]) -> tuple[str, list[str]]:
    """The text after the chunks, and notes for the model. Raises `Missed`."""
    lines, ends_in_newline = split(text), not text or text.endswith("\n")
    notes: list[str] = []
    at = 0
    for chunk in chunks:
        at = _apply_one(path, lines, chunk, at, notes)
    return "\n".join(lines) + ("\n" if ends_in_newline and lines else ""), notes


def _apply_one(path: str, lines: list[str], chunk: Chunk, start: int, notes: list[str]) -> int:
    """Change `lines` in place; the line after the change."""
    start = _below_headers(path, lines, chunk, start)
    old = chunk.old
    if not old:
        at = start if chunk.headers and not chunk.at_end else len(lines)
        added = [text for _, text in chunk.lines]
        lines[at:at] = added
        return at + len(added)
    match = _place(lines, chunk, old, start)
    if match is None:
        raise Missed(missed(path, lines, old))
    if match.others and not chunk.headers and not chunk.at_end:
        places = ", ".join(str(other + 1) for other in match.others[:5])
        notes.append(f"[{path}: changed the first of several equal places, line {match.at + 1}; others: {places}]")
    there = lines[match.at : match.at + len(old)]
    new = _replacement(chunk, old, there, match.level)
    lines[match.at : match.at + len(old)] = new
    return match.at + len(new)


def _below_headers(path: str, lines: list[str], chunk: Chunk, start: int) -> int:
    for header in chunk.headers:
        found = find(lines, [header], start) or find(lines, [header])
        if found is None:  # the header may be a part of its line, as in a unified diff
            holding = [index for index, line in enumerate(lines) if header.strip() in line]
            found = Match(min((index for index in holding if index >= start), default=holding[0]), 2) if holding else None
        if found is None:
            raise Missed(missed(path, lines, [header]))
        start = found.at + 1
    return start


def _place(lines: list[str], chunk: Chunk, old: list[str], start: int) -> Match | None:
    if chunk.at_end:
        last = find(lines, old, max(0, len(lines) - len(old)))
        if last:
            return last
    match = find(lines, old, start)
    if match is None and chunk.headers and start:  # the header itself may be given as the first context line again
        match = find(lines, old, start - 1)
    return match or find(lines, old)


def _replacement(chunk: Chunk, old: list[str], there: list[str], level: int) -> list[str]:
    """The new lines; context stays as it is in the file, whatever the patch says of it."""
    added = iter(adapt([text for sign, text in chunk.lines if sign == "+"], old, there, level))
    kept = iter(there)
    new: list[str] = []
    for sign, _ in chunk.lines:
        if sign == "+":
            new.append(next(added))
        else:
            line = next(kept)
            if sign == " ":
                new.append(line)
    return new


def missed(path: str, lines: list[str], old: list[str]) -> str:
    """What to tell of lines that are not in the file: the region that looks most like them."""
    wanted = next((line.strip() for line in old if line.strip()), "")
    said = f"{path}: the lines to be changed, from {wanted[:80]!r} on, are not in the file"
    region = nearest(lines, old)
    if region is None:
        return f"{said}, nor anything like them ({len(lines)} lines)"
    start, end = max(0, region[0] - 2), min(len(lines), region[1] + 2)
    shown = numbered(lines, start, min(end, start + 40))
    return f"{said}. The nearest region:\n{shown}\n"
