"""Row functions of `watches` and `live_texts`: who watches which session, and what its open items say so far."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from pullwright.log.sql.tables import live_texts, watches
from pullwright.protocol.live import Live

_decoder = msgspec.json.Decoder(list[Live])

_WATCHED = select(watches.c.session).where(watches.c.hub != bindparam("mine"), watches.c.until > bindparam("now")).distinct()
_TEXTS = select(live_texts.c.session, live_texts.c.data).where(
    live_texts.c.hub != bindparam("mine"), live_texts.c.session.in_(bindparam("sessions", expanding=True))
)


class Text(msgspec.Struct, frozen=True):
    """What a session's open items say, one frame each."""

    session: str
    frames: list[Live]


def renew(connection: Connection, hub: str, sessions: Sequence[str], lasts: float) -> None:
    """Say that `hub` watches these sessions, and no others, for `lasts` seconds; forgets hubs that are gone."""
    now = time.time()
    connection.execute(delete(watches).where((watches.c.hub == hub) | (watches.c.until < now)))
    connection.execute(delete(live_texts).where(live_texts.c.updated < now - 3600))
    connection.execute(insert(watches), [{"session": session, "hub": hub, "until": now + lasts} for session in sessions])


def forget(connection: Connection, hub: str) -> None:
    """`hub` watches nothing."""
    connection.execute(delete(watches).where(watches.c.hub == hub))


def watched(connection: Connection, hub: str) -> list[str]:
    """The sessions that some other hub watches."""
    return list(connection.scalars(_WATCHED, {"mine": hub, "now": time.time()}))


def write_texts(connection: Connection, hub: str, texts: Sequence[Text]) -> None:
    """Replace what these sessions' open items say."""
    now = time.time()
    sessions = sorted(text.session for text in texts)
    connection.execute(delete(live_texts).where(live_texts.c.session.in_(sessions)))
    rows = [{"session": text.session, "hub": hub, "data": msgspec.json.encode(text.frames), "updated": now} for text in texts]
    connection.execute(insert(live_texts), rows)


def read_texts(connection: Connection, hub: str, sessions: Sequence[str]) -> list[Text]:
    """What other hubs have written for these sessions."""
    rows = connection.execute(_TEXTS, {"mine": hub, "sessions": list(sessions)})
    return [Text(row.session, _decoder.decode(row.data)) for row in rows]
