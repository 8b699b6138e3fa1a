"""The tables of the API for other programs. Conventions are those of `tables.py`.

responses   responses · response_events · response_items · conversations · conversation_items
notices     notice_endpoints · notices
servers     which server processes there are, so that what one left behind is found
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from pullwright.log.sql.tables import METADATA
from pullwright.tasks.store.tables import ID, NAME, to

responses = Table(
    "responses",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("user_id", ID, to("users.id"), nullable=False),
    Column("key_id", ID, nullable=False, default=""),
    Column("project_id", ID, nullable=False, default=""),
    Column("model", NAME, nullable=False),  # as asked for
    Column("status", String(16), nullable=False),  # queued | in_progress | completed | incomplete | failed | cancelled
    Column("previous_id", ID, nullable=False, default=""),
    Column("conversation_id", ID, nullable=False, default=""),
    Column("background", Boolean, nullable=False, default=False),
    Column("streamed", Boolean, nullable=False, default=False),  # its events are kept, and can be read again
    Column("request", LargeBinary, nullable=False),  # JSON, without the input
    Column("input", LargeBinary, nullable=False),  # a JSON array of this request's own items
    Column("resource", LargeBinary, nullable=False),  # the response object as last known
    Column("task_id", ID, nullable=False, default=""),  # of an `agent` response
    Column("attempt_id", ID, nullable=False, default=""),
    Column("turn_id", ID, nullable=False, default=""),
    Column("server_id", ID, nullable=False, default=""),  # the server process that makes it
    Column("created", Float, nullable=False),
    Column("completed", Float),
)
Index("ix_responses_user_id", responses.c.user_id)
Index("ix_responses_turn_id", responses.c.turn_id)
Index("ix_responses_task_id", responses.c.task_id)
Index("ix_responses_status", responses.c.status)
Index("ix_responses_created", responses.c.created)

response_events = Table(
    "response_events",
    METADATA,
    Column("response_id", ID, to("responses.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # its sequence_number
    Column("data", LargeBinary, nullable=False),  # the event's JSON
)

response_items = Table(
    "response_items",
    METADATA,
    Column("response_id", ID, to("responses.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # its place in the output
    Column("user_id", ID, nullable=False),
    Column("item_id", String(128), nullable=False),
    Column("item", LargeBinary, nullable=False),
)
Index("ix_response_items_user_item", response_items.c.user_id, response_items.c.item_id)

conversations = Table(
    "conversations",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("user_id", ID, to("users.id"), nullable=False),
    Column("project_id", ID, nullable=False, default=""),
    Column("metadata_json", JSON, nullable=False, default=dict),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
)
Index("ix_conversations_user_id", conversations.c.user_id)

conversation_items = Table(
    "conversation_items",
    METADATA,
    Column("conversation_id", ID, to("conversations.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("item_id", String(128), nullable=False),
    Column("item", LargeBinary, nullable=False),
)

notice_endpoints = Table(
    "notice_endpoints",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("user_id", ID, to("users.id"), nullable=False),
    Column("project_id", ID, nullable=False, default=""),  # empty: of whatever the user started
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("old_secret", LargeBinary),  # sealed; signs too until `old_until`
    Column("old_until", Float),
    Column("events", JSON, nullable=False),  # which types; empty: all
    Column("created", Float, nullable=False),
    Column("failing", Float),  # since when nothing got through; None: the last try did
    Column("disabled", Float),
    Column("why", Text, nullable=False, default=""),
)
Index("ix_notice_endpoints_user_id", notice_endpoints.c.user_id)

notices = Table(
    "notices",
    METADATA,
    Column("id", ID, primary_key=True),  # the webhook-id
    Column("endpoint_id", ID, to("notice_endpoints.id"), nullable=False),
    Column("event", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),  # waiting | done | failed
    Column("tries", Integer, nullable=False, default=0),
    Column("next", Float),  # when it is tried next; None: not any more
    Column("held", Float),  # until when whoever tries it now has it to themselves
    Column("tried", Float),  # when it was tried last
    Column("why", Text, nullable=False, default=""),
    Column("created", Float, nullable=False),
)
Index("ix_notices_next", notices.c.next)
Index("ix_notices_endpoint_id", notices.c.endpoint_id, notices.c.created)

servers = Table(
    "servers",
    METADATA,
    Column("id", ID, primary_key=True),  # unique for each process
    Column("host", NAME, nullable=False),
    Column("started", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
)
