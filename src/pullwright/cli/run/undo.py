"""Taking steps back: conversation, files of the session, and what was applied to the person's files, together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from pullwright.cli.run.files import works_in_place
from pullwright.cli.run.saved import saved
from pullwright.log.files import FileLog
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Checkpointed, Event, Rewound, TurnStarted
from pullwright.workspace.snapshot import reopen


class Undone(msgspec.Struct, frozen=True):
    """Where the session stands now, and which of the person's files were put back."""

    to: int
    tree: str
    restored: tuple[str, ...]


class Point(msgspec.Struct, frozen=True):
    """A moment to go back to: after event `seq`, with `tree` as the files (empty: as at the start)."""

    seq: int
    tree: str


def point_before(events: Iterable[Event], steps: int | None) -> Point:
    """The moment before the last `steps` steps, or before the whole last turn (None).

    Steps that were rewound before do not count again. Raises `FixSettings` when there are not so many.
    """
    begun: list[tuple[str, int, int]] = []  # turn, step (0: the turn itself), the event before it
    trees: list[tuple[str, int, str]] = []
    for event in events:
        if isinstance(event, Rewound):
            begun = [start for start in begun if start[2] < event.to]
            trees = [tree for tree in trees if any(start[:2] == tree[:2] for start in begun)]
        elif isinstance(event, TurnStarted) or (event.step and (event.turn, event.step) not in [start[:2] for start in begun]):
            begun.append((event.turn, event.step if not isinstance(event, TurnStarted) else 0, event.seq - 1))
        if isinstance(event, Checkpointed):
            trees.append((event.turn, event.step, event.tree))
    wanted = [start for start in begun if bool(start[1]) == (steps is not None)]
    count = 1 if steps is None else steps
    if len(wanted) < count:
        raise FixSettings("there is nothing more to take back" if not wanted else f"there are only {len(wanted)} steps")
    goal = wanted[-count]
    kept = begun[: begun.index(goal)]
    tree = next((tree for turn, step, tree in reversed(trees) if (turn, step) in [start[:2] for start in kept]), "")
    return Point(goal[2], tree)


async def undo(log: FileLog, folder: Path, cache: Path, steps: int | None) -> Undone:
    """Take back the last `steps` steps (None: the last turn). Raises `FixRepository` when the person edited what was applied."""
    generation = log.claim()
    point = point_before(log.read(), steps)
    if works_in_place(folder):
        return await _undo_in_place(log, Recorder(log, generation), folder, cache, point)
    async with await reopen(folder, cache) as workspace:
        restored = await workspace.undo() if workspace.is_applied else ()
        tree = point.tree or workspace.start_tree
        await workspace.restore(tree)
    recorder = Recorder(log, generation)
    await recorder.record(Rewound(to=point.seq, checkpoint=tree))
    await recorder.sync()
    return Undone(point.seq, tree, restored)


async def _undo_in_place(log: FileLog, recorder: Recorder, folder: Path, cache: Path, point: Point) -> Undone:
    """The same in the person's own files: their edits stay, and a file in which they cannot be told from the agent's, too."""
    from pullwright.workspace.inplace import open_in_place

    when = next((event.time for event in log.read(after=point.seq)), None)
    async with await open_in_place(saved(folder).project, cache=cache, folder=folder) as files:
        done = await files.restore(point.tree or files.start_tree, when=when)
    await recorder.record(Rewound(to=point.seq, checkpoint=done.tree))
    await recorder.sync()
    return Undone(point.seq, done.tree, done.restored)
