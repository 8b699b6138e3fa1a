"""The moments that a pairing can go back to: one before each prompt that still counts. A pure function of the log."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pullwright.cli.terminal.pairing.state import Point
from pullwright.protocol.events import Checkpointed, Event, FilesChanged, InputReceived, PersonEdited, Rewound, TurnStarted
from pullwright.protocol.inputs import Prompt


class _Reading:
    """The log read so far: points that count, and the tree as it stands."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.trees: list[tuple[int, str]] = [(0, "")]
        self._begun = (0, "")

    def take(self, event: Event) -> None:
        """The next event."""
        match event:
            case TurnStarted():
                self._begun = (event.seq - 1, event.turn)
            case InputReceived(input=Prompt() as prompt):
                seq, turn = self._begun
                self.points.append(Point(seq=seq, turn=turn, text=prompt.text, time=event.time, tree=self._tree_at(seq)))
            case Checkpointed() | PersonEdited():
                self.trees.append((event.seq, event.tree))
                if isinstance(event, Checkpointed):
                    self._changed(event.paths)
            case FilesChanged():
                self._counted(event)
            case Rewound():
                self.points = [point for point in self.points if point.seq < event.to]
                self.trees.append((event.seq, event.checkpoint or self._tree_at(event.to)))
            case _:
                pass

    def _tree_at(self, seq: int) -> str:
        return next(tree for at, tree in reversed(self.trees) if at <= seq)

    def _changed(self, paths: tuple[str, ...]) -> None:
        if self.points:
            last = self.points[-1]
            self.points[-1] = msgspec.structs.replace(last, files=tuple(dict.fromkeys((*last.files, *paths))))

    def _counted(self, event: FilesChanged) -> None:
        if self.points:
            last = self.points[-1]
            counts = {"added": last.added + event.added, "removed": last.removed + event.removed}
            self.points[-1] = msgspec.structs.replace(last, **counts)


def points_of(events: Iterable[Event]) -> list[Point]:
    """The points, oldest first. Prompts that were rewound are none."""
    reading = _Reading()
    for event in events:
        reading.take(event)
    return reading.points
