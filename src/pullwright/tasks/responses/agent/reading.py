"""The events of one turn out of the lines of its session's log. Pure, but for `events_of`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Connection

from pullwright.log.lines import event_of
from pullwright.log.sql.reading import PAGE, lines_after
from pullwright.protocol.errors import LogDamaged
from pullwright.protocol.events import Event, TurnFinished


class _Peek(msgspec.Struct):
    turn: str = ""


_peek = msgspec.json.Decoder(_Peek)


class Reading:
    """Takes lines as they come; gives each event of the turn once, and passes over other turns' without reading them.

    `after` is the number of the last line, `over`: nothing more is to come. A log that is damaged is read up to there.
    """

    def __init__(self, turn: str) -> None:
        self._turn = turn
        self.after = 0
        self.over = False

    def take(self, lines: Iterable[bytes]) -> Iterator[Event]:
        """The turn's events among the next lines."""
        for line in lines:
            if self.over:
                return
            self.after += 1
            if (event := self._event(line)) is not None:
                yield event

    def _event(self, line: bytes) -> Event | None:
        try:
            event = event_of(line, self.after) if _peek.decode(line).turn == self._turn else None
        except (LogDamaged, msgspec.DecodeError):
            self.over = True
            return None
        self.over = isinstance(event, TurnFinished)
        return event


def events_of(connection: Connection, session: str, turn: str) -> Iterator[Event]:
    """A row function: all of them that are logged, page by page."""
    reading = Reading(turn)
    while not reading.over:
        lines = lines_after(connection, session, reading.after, PAGE)
        yield from reading.take(lines)
        if len(lines) < PAGE:
            return
