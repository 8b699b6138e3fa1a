"""Inputs that came when their turn was about to end: nothing that a person said is lost."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from pullwright.log.sql.inbox import inputs_of
from pullwright.log.sql.tables import answers, inputs
from pullwright.protocol.inputs import Prompt, Steer


def waiting_answer(connection: Connection, session: str, question: str) -> bool:
    """Whether a question was answered while its turn was ending."""
    where = (answers.c.session == session) & (answers.c.question == question)
    return connection.execute(select(answers.c.input).where(where)).first() is not None


def late_remarks(connection: Connection, session: str, received: Collection[str]) -> Prompt | None:
    """Remarks that no turn has seen, as one prompt; they are taken out of the inbox. None when there are none."""
    every = [given for given, _ in inputs_of(connection, session)]
    late = [given for given in every if isinstance(given, Steer) and given.id not in received]
    if not late:
        return None
    connection.execute(delete(inputs).where(inputs.c.session == session, inputs.c.id.in_([given.id for given in late])))
    return Prompt(id=late[0].id, by=late[0].by, text="\n\n".join(given.text for given in late))
