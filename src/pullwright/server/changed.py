"""The files of an attempt's change, as a reviewer reads them: all of it, or what is new since a commit that they have seen.

    all_files(kept)              from the diff that was kept with the log
    files_since(kept, commit)    from the clone, between two heads of the attempt
    file_lines, file_image       what a changed file holds on either side, from the clone

What is answered has a bound: a file that goes beyond it is told without its lines, and can be asked for by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection, select

from pullwright.attempts.review.patch import FileDiff, Status, sections
from pullwright.protocol.errors import FixSettings, NotFound
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.server.kept import Kept
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.store.rows.results import Side
from pullwright.tasks.store.tables import comments, reviews
from pullwright.workspace.clone import Clone

LARGEST_FILE = 400_000
"""Bytes of one file's diff that come without being asked for by the file's name."""
LARGEST_ANSWER = 8_000_000
LARGEST_DIFF = 32 << 20
LARGEST_BLOB = 8 << 20
MOST_LINES = 2000

Kind = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class ChangedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a change. `was` is its name before, `mode` a change of mode in words; `was_size` and `size` are a
    binary file's bytes (None: unknown, or not there). `cut`: its lines are left out for their size; ask for it by `path`."""

    path: str
    was: str
    status: Status
    binary: bool
    submodule: bool
    mode: str
    added: int
    removed: int
    was_size: int | None
    size: int | None
    cut: bool
    diff: str


class FileLines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a file on one side of a change, from line `start` on; the file has `total`."""

    path: str
    side: Side
    start: int
    total: int
    lines: tuple[str, ...]


async def all_files(kept: Kept, path: str = "") -> list[ChangedFile]:
    """The change's files; with `path` that one alone, whole."""
    return await _told(kept, await kept.diff(), path, await kept.change())


async def files_since(kept: Kept, since: str, path: str = "") -> list[ChangedFile]:
    """What differs between an earlier head of the attempt and its head. Raises `NotFound` for any other commit."""
    change = await kept.change()
    if since != change.head and not await kept.service.database.read(_was_looked_at, kept.attempt, since):
        raise NotFound(
            f"nobody reviewed this attempt at {since[:12]!r}", fix="Name the head that one of its reviews or remarks has."
        )
    clone = await _clone_with(kept, since, change.head)
    diff = await clone.diff(since, change.head)
    if len(diff) > LARGEST_DIFF:
        raise FixSettings("what changed since then is too large to be shown", fix="Fetch the branch, and look at it with git.")
    return await _told(kept, diff, path, msgspec.structs.replace(change, base=since))


async def file_lines(kept: Kept, path: str, side: Side, first: int, last: int) -> FileLines:
    """Lines `first` to `last` of a changed file, at most `MOST_LINES`. Raises `NotFound` for a file that did not change."""
    data = await _blob(kept, path, side)
    if b"\0" in data[:8000]:
        raise FixSettings(f"{path} is a binary file", fix="Download the patch, or look at the branch.")
    every = data.decode("utf-8", "replace").split("\n")
    if not every[-1]:
        every.pop()
    wanted = every[first - 1 : min(last, first - 1 + MOST_LINES)]
    return FileLines(path=path, side=side, start=first, total=len(every), lines=tuple(wanted))


async def file_image(kept: Kept, path: str, side: Side) -> tuple[bytes, Kind]:
    """A changed file that is a picture, by its own first bytes. Raises `NotFound` for anything else: it may be a page."""
    data = await _blob(kept, path, side)
    kind: Kind | None = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if kind is None and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None:
        raise NotFound(f"{path} is no picture that is shown here")
    return data, kind


async def _told(kept: Kept, diff: bytes, path: str, change: ChangeSummary) -> list[ChangedFile]:
    found = await asyncio.to_thread(lambda: [one for one in sections(diff) if not path or one[0].path == path])
    sizes = await _sizes(kept, [file for file, _ in found if file.binary], change)
    told: list[ChangedFile] = []
    room = LARGEST_ANSWER
    for file, part in found:
        cut = not path and not file.binary and len(part) > min(LARGEST_FILE, room)
        text = "" if cut or file.binary else part.decode(errors="replace")
        room -= len(text)
        told.append(_file(file, text, cut, sizes.get(file.path, (None, None))))
    return told


def _file(file: FileDiff, text: str, cut: bool, sizes: tuple[int | None, int | None]) -> ChangedFile:
    return ChangedFile(
        path=file.path,
        was=file.was,
        status=file.status,
        binary=file.binary,
        submodule=file.submodule,
        mode=file.mode,
        added=file.added,
        removed=file.removed,
        was_size=sizes[0],
        size=sizes[1],
        cut=cut,
        diff=text,
    )


async def _sizes(kept: Kept, files: Sequence[FileDiff], change: ChangeSummary) -> dict[str, tuple[int | None, int | None]]:
    """How large binary files are, as far as this machine's clone has them."""
    clone = clone_of(kept.service, kept.project)
    if not files or not clone.git_dir.exists():
        return {}
    named = [name for file in files for name in (f"{change.base}:{file.was}", f"{change.head}:{file.path}")]
    sizes = iter(await clone.sizes(named))
    return {file.path: (next(sizes), next(sizes)) for file in files}


async def _blob(kept: Kept, path: str, side: Side) -> bytes:
    """A changed file's content. What the change does not touch is not given out here."""
    change = await kept.change()
    diff = await kept.diff()
    names = await asyncio.to_thread(lambda: {file.was if side == "old" else file.path for file, _ in sections(diff)})
    if path not in names:
        raise NotFound("the change has no such file on that side", fix="Name it as the change's files do.")
    commit = change.base if side == "old" else change.head
    data = await (await _clone_with(kept, commit)).blob(commit, path, LARGEST_BLOB)
    if data is None:
        raise NotFound(f"there is no file {path} at {commit[:12]} that can be shown")
    return data


async def _clone_with(kept: Kept, *commits: str) -> Clone:
    clone = clone_of(kept.service, kept.project)
    for commit in commits:
        if not await clone.has(commit):
            raise NotFound(
                f"{commit[:12]} is not on this server's machine", fix="Look at the change's own lines, or fetch its branch."
            )
    return clone


def _was_looked_at(connection: Connection, attempt: str, head: str) -> bool:
    """Whether somebody's verdict or remark was about the attempt at that commit."""
    for table in (reviews, comments):
        where = (table.c.attempt_id == attempt, table.c.head == head)
        if head and connection.execute(select(table.c.id).where(*where).limit(1)).first():
            return True
    return False
