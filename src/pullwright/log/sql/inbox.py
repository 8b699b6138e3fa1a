"""Inputs from outside in the database: durable, each id once, of two answers to one question the first.

    put_input ─▶ inputs, answers ─▶ bell ─▶ Rounds (one look for all open inboxes of this process) ─▶ SqlInbox ─▶ the turn

Nothing is marked as taken: what a session's log has as `InputReceived` is taken, and `put_back` is told so.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import Connection, bindparam, select

from pullwright.log.bells import Bells
from pullwright.log.inbox import Line
from pullwright.log.sql.database import Database, add_once
from pullwright.log.sql.rounds import Rounds
from pullwright.log.sql.tables import answers, inputs
from pullwright.protocol.inputs import Answer, Input, Interrupt

_decoder = msgspec.json.Decoder(Input)

_OF = select(inputs.c.data, inputs.c.created).where(inputs.c.session == bindparam("of")).order_by(inputs.c.number)
_ANSWER = select(answers.c.input).where(answers.c.session == bindparam("of"), answers.c.question == bindparam("question"))
_SAME = select(inputs.c.data).where(inputs.c.session == bindparam("of"), inputs.c.id == bindparam("id"))


async def put_input(database: Database, bells: Bells, session: str, given: Input, by: str = "") -> bool:
    """Add an input, durably, and ring. False when its id was there already, or its question is answered by another."""
    put = await database.write(_Put(), session, given, by)
    bells.ring(f"inbox:{session}")
    return put


def add_input(connection: Connection, session: str, given: Input, by: str = "") -> bool:
    """The same as a row function, for whoever has more to write in the transaction; the caller rings `inbox:SESSION`."""
    if by and not given.by:
        given = msgspec.structs.replace(given, by=by)
    if isinstance(given, Answer):
        first = {"session": session, "question": given.question, "input": given.id}
        if not add_once(connection, answers, first):
            kept = connection.scalar(_ANSWER, {"of": session, "question": given.question})
            if kept != given.id:
                return False
    row = {"session": session, "id": given.id, "data": msgspec.json.encode(given), "by": given.by, "created": time.time()}
    return add_once(connection, inputs, row)


class _Put:
    """`add_input` as the database may run it again: then the id may be there from the first time, whose end nobody heard of."""

    def __init__(self) -> None:
        self._tried = False

    def __call__(self, connection: Connection, session: str, given: Input, by: str) -> bool:
        tried, self._tried = self._tried, True
        if add_input(connection, session, given, by):
            return True
        if not tried:
            return False
        whole = given if given.by or not by else msgspec.structs.replace(given, by=by)
        return connection.scalar(_SAME, {"of": session, "id": given.id}) == msgspec.json.encode(whole)


def inputs_of(connection: Connection, session: str) -> list[tuple[Input | None, float]]:
    """A row function: a session's inputs with the time when each came, oldest first; None for one that cannot be read."""
    found: list[tuple[Input | None, float]] = []
    for data, created in connection.execute(_OF, {"of": session}):
        try:
            found.append((_decoder.decode(data), created))
        except msgspec.DecodeError:
            found.append((None, created))
    return found


class SqlInbox(Line):
    """`Inbox` of one session; several may be open, each gives out everything."""

    def __init__(self, database: Database, session: str, since: float) -> None:
        super().__init__()
        self.session = session
        self._database = database
        self._since = since
        self.rows = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, bells: Bells, session: str, *, since: float = 0.0) -> AsyncGenerator[SqlInbox]:
        """The inbox while the block runs. Interrupts that came before `since` (the turn was asked for then) are not given:
        they were meant for what ran before."""
        inbox = cls(database, session, since)
        await inbox.look()
        async with Rounds.of(database).with_inbox(inbox, bells):
            yield inbox

    async def look(self) -> None:
        """Read what the database has."""
        found = await self._database.read(inputs_of, self.session)
        self.rows = len(found)
        for given, created in found:
            if given is None or given.id in self._ids:
                continue
            self._ids.add(given.id)
            if not (isinstance(given, Interrupt) and created < self._since):
                self._new.append(given)
        if self._new:
            self._came.set()

    def put_back(self, received: Collection[str]) -> int:
        """See `Inbox.put_back`. What the log has is not given by this object either, that may be the session's next one."""
        self._new = [given for given in self._new if given.id not in received]
        return super().put_back(received)
