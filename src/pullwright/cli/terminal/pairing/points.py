"""The moments that a pairing can go back to: one before each prompt that still counts. A pure function of the log."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pullwright.cli.terminal.pairing.state import Point
from pullwright.protocol.events import Checkpointed, Event, FilesChanged, InputReceived, PersonEdited, Rewound, TurnStarted
from pullwright.protocol.inputs import Prompt


class _Reading:
    """The log read so far: points that count, how they stood before each rewind, and the tree as it stands."""

    def __init__(self) -> None:
        self._known: dict[int, Point] = {}
        self._counting: tuple[int, ...] = ()
        self._past: list[tuple[int, tuple[int, ...]]] = [(0, ())]
        self._trees: list[tuple[int, str]] = [(0, "")]
        self._begun = (0, "")

    @property
    def points(self) -> list[Point]:
        """Those that count, oldest first."""
        return [self._known[seq] for seq in self._counting]

    def take(self, event: Event) -> None:
        """The next event."""
        match event:
            case TurnStarted():
                self._begun = (event.seq - 1, event.turn)
            case InputReceived(input=Prompt() as prompt):
                seq, turn = self._begun
                self._known[seq] = Point(seq=seq, turn=turn, text=prompt.text, time=event.time, tree=self._tree_at(seq))
                self._stand(event.seq, (*(one for one in self._counting if one != seq), seq))
            case Checkpointed() | PersonEdited():
                self._trees.append((event.seq, event.tree))
                if isinstance(event, Checkpointed):
                    self._changed(event.paths)
            case FilesChanged():
                self._counted(event)
            case Rewound():
                self._stand(event.seq, next(points for at, points in reversed(self._past) if at <= event.to))
                self._trees.append((event.seq, event.checkpoint or self._tree_at(event.to)))
            case _:
                pass

    def _stand(self, seq: int, counting: tuple[int, ...]) -> None:
        self._counting = counting
        self._past.append((seq, counting))

    def _tree_at(self, seq: int) -> str:
        return next(tree for at, tree in reversed(self._trees) if at <= seq)

    def _changed(self, paths: tuple[str, ...]) -> None:
        if self._counting:
            last = self._known[self._counting[-1]]
            self._known[last.seq] = msgspec.structs.replace(last, files=tuple(dict.fromkeys((*last.files, *paths))))

    def _counted(self, event: FilesChanged) -> None:
        if self._counting:
            last = self._known[self._counting[-1]]
            counts = {"added": last.added + event.added, "removed": last.removed + event.removed}
            self._known[last.seq] = msgspec.structs.replace(last, **counts)


def points_of(events: Iterable[Event]) -> list[Point]:
    """The points, oldest first. Prompts that were rewound are none."""
    reading = _Reading()
    for event in events:
        reading.take(event)
    return reading.points
