"""Paths of which nobody can say whose doing they are: they changed while a command of the agent's ran, which may have changed
them, or the person may have, in their editor meanwhile. A pure function of the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from pullwright.protocol.events import Checkpointed, CommandRan, Event, Rewound


def unsure_since(events: Iterable[Event], seq: int) -> list[str]:
    """The paths since event `seq`. What the command names is its doing, and is not among them."""
    found: dict[str, None] = {}
    lines: dict[tuple[str, int], list[str]] = {}
    for event in events:
        match event:
            case CommandRan(by=""):
                lines.setdefault((event.turn, event.step), []).append(event.command)
            case Checkpointed() if event.seq > seq:
                ran = lines.get((event.turn, event.step), [])
                found.update((path, None) for path in event.beside if not _named(path, ran))
            case Rewound() if event.files:
                found.clear()
            case _:
                pass
    return list(found)


def _named(path: str, lines: Iterable[str]) -> bool:
    name = PurePosixPath(path).name
    return any(name in line for line in lines)
