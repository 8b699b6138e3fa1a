"""What a review is about, and what is read from its two sides: fixed when it begins, read again when it is gone on with."""

from __future__ import annotations

import asyncio
import os

import msgspec

from pullwright.attempts.review.guidelines import Guideline, Read, collect, edited
from pullwright.attempts.review.passes import room_for
from pullwright.attempts.review.patch import Diff, parse
from pullwright.attempts.review.prompt import MOST_COMMITS
from pullwright.attempts.review.sides import Sides, open_sides
from pullwright.attempts.review.target import Target
from pullwright.attempts.spec import TurnSpec
from pullwright.log.log import Log
from pullwright.models.catalog import family
from pullwright.protocol.errors import FixSettings
from pullwright.tools.redaction import Redactor
from pullwright.workspace.history import has, messages
from pullwright.workspace.snapshot import reopen
from pullwright.workspace.workspace import Workspace

KEPT = "review-order.json"
LARGEST = 2 << 20
"""Bytes of a file beyond which its diff is not shown."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks of a review: the target, what to look at above all, and how sure a finding must be."""

    target: Target = Target()
    focus: str = ""
    min_confidence: float = 0.5


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept with the session, for going on: the order, its sides, and how many tokens of diff one turn gets."""

    order: Order
    sides: Sides
    room: int


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What is read from the two sides, each time the same."""

    diff: Diff
    guidelines: tuple[Guideline, ...]
    guidelines_edited: tuple[str, ...]
    commits: tuple[str, ...]


async def prepared(spec: TurnSpec, order: Order, log: Log) -> tuple[Kept, Matter]:
    """What the session has already, read anew; or a new snapshot."""
    redactor = Redactor(spec.secrets)
    try:
        kept = msgspec.json.decode(log.artifacts.get(KEPT), type=Kept)
    except KeyError:
        pass
    else:
        async with await reopen(spec.folder, spec.cache) as workspace:
            kept = msgspec.structs.replace(kept, order=msgspec.structs.replace(kept.order, min_confidence=order.min_confidence))
            return kept, await _matter(kept.sides, workspace, redactor)
    sides, workspace = await open_sides(spec.project, order.target, cache=spec.cache, folder=spec.folder)
    async with workspace:
        matter = await _matter(sides, workspace, redactor)
    kept = Kept(order=order, sides=sides, room=room_for(spec.model.window or family(spec.model.model)[1].window))
    log.artifacts.put(KEPT, msgspec.json.encode(kept))
    return kept, matter


async def _matter(sides: Sides, workspace: Workspace, redactor: Redactor) -> Matter:
    patch = await workspace.diff(sides.old, sides.new, sides.target.paths, largest=LARGEST)
    diff = await asyncio.to_thread(lambda: parse(redactor.redact_lines(patch)))
    if not diff.files:
        await _check_paths(sides, workspace)
    old, new = reader(workspace, sides.old), reader(workspace, sides.new)
    paths = list(dict.fromkeys(path for file in diff.files for path in (file.path, file.was)))
    commits: tuple[str, ...] = ()
    if sides.since != workspace.base:
        most = 1 if sides.target.kind == "commit" else MOST_COMMITS + 1
        commits = await workspace.look(messages, sides.since, workspace.base, most)
    return Matter(
        diff=diff, guidelines=await collect(paths, old), guidelines_edited=await edited(paths, old, new), commits=commits
    )


def reader(workspace: Workspace, tree: str) -> Read:
    """Reads files of one side."""

    async def read_file(path: str) -> bytes | None:
        return await workspace.read_file(tree, path)

    return read_file


async def _check_paths(sides: Sides, workspace: Workspace) -> None:
    """Raises `FixSettings` for a path that neither side has."""
    for path in sides.target.paths:
        name = os.fsencode(path)
        if not (await workspace.look(has, sides.old, name) or await workspace.look(has, sides.new, name)):
            raise FixSettings(
                f"there is no file or folder {path} on either side",
                fix="name paths of the project; a range is written A..B, and what to look at goes in quotes, or with --focus",
            )
