"""The log's part of the schema. Time is in seconds since 1970 everywhere.

log_heads   one row a session: where its log stands, and the newest writer's generation
events      the events, encoded as in a file log, by session and number
inputs      what came from outside into a session, in order of arrival
answers     the first answer to each question: the primary key decides
live_texts  what a session's open items say so far, while somebody in another process watches
watches     until when somebody watches which session
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Identity, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself in a column of this one type only."""

log_heads = Table(
    "log_heads",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("seq", Integer, nullable=False, default=0),
    Column("generation", Integer, nullable=False, default=0),
    Column("created", Float, nullable=False),
)

events = Table(
    "events",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

inputs = Table(
    "inputs",
    METADATA,
    Column("number", BIG, Identity(), primary_key=True),
    Column("session", String(64), nullable=False),
    Column("id", String(128), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("by", String(64), nullable=False, default=""),
    Column("created", Float, nullable=False),
    UniqueConstraint("session", "id"),
)

answers = Table(
    "answers",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("question", String(128), primary_key=True),
    Column("input", String(128), nullable=False),
)

live_texts = Table(
    "live_texts",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("hub", String(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("updated", Float, nullable=False),
)

watches = Table(
    "watches",
    METADATA,
    Column("session", String(64), primary_key=True),
    Column("hub", String(32), primary_key=True),
    Column("until", Float, nullable=False),
)

Index("ix_inputs_session_number", inputs.c.session, inputs.c.number)
