"""Going back, and forking: conversation and files together, or either alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.cli.terminal.pairing.state import Point, Rewind
from pullwright.protocol.errors import FixRepository
from pullwright.protocol.events import PersonEdited, Rewound

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.workspace.inplace import InPlace
    from pullwright.workspace.rewind import Restored

DIFF_LIMIT = 20_000


async def rewind(pairing: Pairing, point: Point, *, files: bool, conversation: bool, leave: Collection[str]) -> Rewind:
    """Go back to before `point`. Files go first, so that a failure leaves the conversation as it is."""
    stood = pairing.log.last_seq
    done = await _restore(pairing, point, leave) if files else None
    async with pairing.standing.between(pairing.seen) as recorder:
        if conversation:
            tree = done.tree if done else (await files_of(pairing)).tree
            await recorder.record(Rewound(to=point.seq, checkpoint=tree, files=files))
        elif done is not None and done.restored:
            await recorder.record(await _as_edit(await files_of(pairing), done, pairing.standing.place.redact))
    if conversation:
        left = sum(size for _, size in pairing.context(counted=0))
        pairing.update(context_tokens=left, asking=None)
    if done is None:
        return Rewind(prompt=point.text, stood=stood)
    restored = tuple(path for path in done.restored if path not in done.merged)
    return Rewind(
        restored=restored,
        merged=done.merged,
        kept=done.kept,
        prompt=point.text if conversation else "",
        before=done.before,
        stood=stood,
        conversation=conversation,
    )


async def take_back(pairing: Pairing, done: Rewind) -> tuple[str, ...]:
    """Bring back what `done` took away; the paths. What the person did since stays. Raises `FixRepository`."""
    files = await files_of(pairing)
    back = await files.restore(done.before) if done.before else None
    async with pairing.standing.between(pairing.seen) as recorder:
        if done.conversation or not done.before:
            tree = back.tree if back else files.tree
            await recorder.record(Rewound(to=done.stood, checkpoint=tree, files=bool(back)))
        elif back is not None and back.restored:
            await recorder.record(await _as_edit(files, back, pairing.standing.place.redact))
    return back.restored if back else ()


async def files_of(pairing: Pairing) -> InPlace:
    """The person's files, once they are open. Raises `FixRepository` where they could not be opened."""
    files = await pairing.standing.place.files()
    if files is None:
        raise FixRepository("the project's files could not be opened", fix="/status says more")
    return files


async def _restore(pairing: Pairing, point: Point, leave: Collection[str] = ()) -> Restored:
    files = await files_of(pairing)
    return await files.restore(point.tree or files.start_tree, when=point.time, leave=leave)


async def _as_edit(files: InPlace, done: Restored, redact: Callable[[bytes], bytes]) -> PersonEdited:
    """Files that went back by themselves are an edit of the person's to the model."""
    diff = redact(await files.diff(done.before, done.tree)).decode("utf-8", "replace")
    paths, added, removed = await files.summary(done.before, done.tree)
    return PersonEdited(paths=paths, diff=diff[:DIFF_LIMIT], before=done.before, tree=done.tree, added=added, removed=removed)


async def fork(pairing: Pairing, point: Point | None) -> str:
    """A new session from here, or from before `point` (its files as they were then, edits of the person's kept)."""
    if point is not None:
        await _restore(pairing, point)
    parent = pairing.state.session
    with await pairing.sessions.fork(parent, (point.seq or None) if point is not None else None) as child:
        session = child.session
    folder = pairing.folder
    await pairing.end()
    _take_along(folder, pairing.sessions.path(session))
    await pairing.begin(session)
    return session


def _take_along(parent: Path, child: Path) -> None:
    """The parent's checkpoints and who made each, so that the fork can go back to before it began."""
    for name in ("inplace.json", "authors.jsonl", "checkpoints.journal"):
        if (parent / name).exists():
            shutil.copyfile(parent / name, child / name)
    for name in ("git", "look"):
        shutil.copytree(parent / name, child / name, symlinks=True)
    shutil.copytree(parent / "objects", child / "objects", symlinks=True, copy_function=_linked)


def _linked(source: str, target: str) -> str:
    """Objects never change: the same file serves both. What is no object is copied."""
    if "/info/" in source:
        return shutil.copyfile(source, target)
    os.link(source, target)
    return target
