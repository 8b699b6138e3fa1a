"""A proposed edit looked at hunk by hunk, or changed in the person's editor, before it is made.

    review(face, asked)         y take it · n leave it · e change it · j, k move · a, d all the rest · f finish
    edit_outside(face, asked)   the proposed texts, one after the other, in the editor

Both give what each file of the preview becomes, or None: back to the question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.hunks import Piece, pieces, replaced
from pullwright.protocol.previews import FilePreview

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace
    from pullwright.protocol.events import PermissionAsked

Files = dict[str, str | None]


class Part(msgspec.Struct):
    """One hunk of one file, and what the person said: None not yet; a text is what it becomes."""

    file: FilePreview
    piece: Piece
    taken: bool | None = None
    text: str | None = None

    @property
    def result(self) -> str:
        """What stands in the file in its place."""
        return self.text if self.text is not None else "".join(self.piece.after)


def parts_of(files: Sequence[FilePreview]) -> list[Part]:
    """All hunks. A file that is created, deleted or binary is one."""
    return [Part(file, piece) for file in files if not file.binary for piece in pieces(file.before, file.after)]


def results(files: Sequence[FilePreview], parts: Sequence[Part]) -> Files:
    """What each file becomes with the hunks that were taken (None: gone). A file of which nothing was taken is not named, nor is
    one that is not text: both stay as they are."""
    found: Files = {}
    for file in files:
        mine = [part for part in parts if part.file is file]
        taken = [part for part in mine if part.taken]
        if not taken:
            continue
        if len(taken) == len(mine) and all(part.text is None for part in mine):
            found[file.path] = file.after
        elif file.before is None:
            found[file.path] = taken[0].result
        else:
            found[file.path] = replaced(file.before, [(part.piece, part.result) for part in taken])
    return found


async def review(face: ScreenFace, asked: PermissionAsked) -> Files | None:
    """Hunk by hunk."""
    preview = face.pairing.preview(asked)
    if preview is None:
        return None
    parts, at = parts_of(preview.files), 0
    while parts:
        key = await _decided(face, parts, at)
        if key == "Esc":
            return None
        if key == "f":
            break
        at = await _apply(face, parts, at, key)
        if at >= len(parts):
            if all(part.taken is not None for part in parts):
                break
            at = next(number for number, part in enumerate(parts) if part.taken is None)
    return results(preview.files, parts)


async def _decided(face: ScreenFace, parts: list[Part], at: int) -> str:
    options = [
        Option("take it", key="y"),
        Option("leave it out", key="n"),
        Option("change it in your editor", key="e"),
        Option("next", key="j"),
        Option("back", key="k"),
        Option("take the rest", key="a"),
        Option("leave the rest out", key="d"),
        Option("finish", key="f"),
    ]
    part = parts[at]
    said = {None: "", True: " · taken", False: " · left out"}[part.taken]
    changed = " · changed by you" if part.text is not None else ""
    title = f"Hunk {at + 1} of {len(parts)} · {part.file.path}{said}{changed}"
    picked = await face.desk.choose(title, options, body=_shown(face, part), default=int(part.taken is False), compact=True)
    return "Esc" if picked is None else options[picked].key


async def _apply(face: ScreenFace, parts: list[Part], at: int, key: str) -> int:
    """What the key does to the hunk; the number of the next one to look at."""
    part = parts[at]
    if key == "k":
        return max(0, at - 1)
    if key == "j":
        return at + 1 if at + 1 < len(parts) else 0
    if key in "ad":
        for other in parts[at:]:
            if other.taken is None or other is part:
                other.taken = key == "a"
        return len(parts)
    if key == "e":
        text = await face.edit(part.result, suffix=PurePath(part.file.path).suffix or ".txt")
        if text is None:
            return at
        part.text = text
    part.taken = key in "ye"
    return at + 1


def _shown(face: ScreenFace, part: Part) -> Callable[[int], Sequence[str]]:
    """The hunk as a diff with what surrounds it."""
    from pullwright.cli.terminal.transcript.diff import Diff

    piece, after = part.piece, part.result.splitlines(keepends=True)
    start = piece.hunk.old[0] - len(piece.above) + 1
    around = len(piece.above) + len(piece.below)
    rows = [
        f"--- a/{part.file.path}",
        f"+++ b/{part.file.path}",
        f"@@ -{start},{around + len(piece.before)} +{start},{around + len(after)} @@",
        *(f" {line.rstrip(chr(10))}" for line in piece.above),
        *(f"-{line.rstrip(chr(10))}" for line in piece.before),
        *(f"+{line.rstrip(chr(10))}" for line in after),
        *(f" {line.rstrip(chr(10))}" for line in piece.below),
    ]
    return Diff(face.theme, "\n".join(rows)).full


async def edit_outside(face: ScreenFace, asked: PermissionAsked) -> Files | None:
    """Each proposed text in the person's editor; None when none of them was changed."""
    preview = face.pairing.preview(asked)
    if preview is None:
        return None
    found: Files = {}
    changed = False
    for file in preview.files:
        if file.binary:
            continue
        found[file.path] = file.after
        if file.after is None:
            continue
        text = await face.edit(file.after, suffix=PurePath(file.path).suffix or ".txt")
        if text is not None:
            found[file.path], changed = text, True
    return found if changed else None
