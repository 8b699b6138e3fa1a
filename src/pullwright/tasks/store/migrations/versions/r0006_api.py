"""Programs call models and agents through the API: what they asked is kept, metered, limited by key, and told to webhooks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables, and add what keys and usage know more."""
    _responses()
    _conversations()
    _notices()
    _accounts()


def _big() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _responses() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("previous_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("background", sa.Boolean(), nullable=False),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("input", sa.LargeBinary(), nullable=False),
        sa.Column("resource", sa.LargeBinary(), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("server_id", sa.String(length=64), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("completed", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_responses_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index("ix_responses_created", "responses", ["created"])
    op.create_index("ix_responses_status", "responses", ["status"])
    op.create_index("ix_responses_task_id", "responses", ["task_id"])
    op.create_index("ix_responses_turn_id", "responses", ["turn_id"])
    op.create_index("ix_responses_user_id", "responses", ["user_id"])
    op.create_table(
        "response_events",
        sa.Column("response_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_response_events_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_events")),
    )
    op.create_table(
        "response_items",
        sa.Column("response_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=128), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_response_items_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "number", name=op.f("pk_response_items")),
    )
    op.create_index("ix_response_items_user_item", "response_items", ["user_id", "item_id"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("metadata_json", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conversations_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index("ix_conversations_user_id", "conversations", ["user_id"])
    op.create_table(
        "conversation_items",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=128), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_items_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "number", name=op.f("pk_conversation_items")),
    )


def _notices() -> None:
    op.create_table(
        "notice_endpoints",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", sa.Float(), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("failing", sa.Float(), nullable=True),
        sa.Column("disabled", sa.Float(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_endpoints_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_endpoints")),
    )
    op.create_index("ix_notice_endpoints_user_id", "notice_endpoints", ["user_id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("endpoint_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next", sa.Float(), nullable=True),
        sa.Column("held", sa.Float(), nullable=True),
        sa.Column("tried", sa.Float(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["notice_endpoints.id"], name=op.f("fk_notices_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_endpoint_id", "notices", ["endpoint_id", "created"])
    op.create_index("ix_notices_next", "notices", ["next"])


def _accounts() -> None:
    op.create_table(
        "servers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("started", sa.Float(), nullable=False),
        sa.Column("heartbeat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
    )
    op.create_table(
        "usage_key_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("tokens", _big(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "key_id", name=op.f("pk_usage_key_days")),
    )
    with op.batch_alter_table("keys") as table:
        table.add_column(sa.Column("models", sa.JSON(), nullable=True))
        table.add_column(sa.Column("requests_minute", sa.Integer(), nullable=True))
        table.add_column(sa.Column("tokens_minute", sa.Integer(), nullable=True))
    with op.batch_alter_table("usage") as table:
        table.add_column(sa.Column("open", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("server_id", sa.String(length=64), server_default="", nullable=False))
        table.add_column(sa.Column("response_id", sa.String(length=64), server_default="", nullable=False))
        table.add_column(sa.Column("status", sa.String(length=16), server_default="", nullable=False))
        table.add_column(sa.Column("first_seconds", sa.Float(), nullable=True))
        table.add_column(sa.Column("sent_bytes", _big(), server_default="0", nullable=False))
        table.add_column(sa.Column("images", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("heard_bytes", _big(), server_default="0", nullable=False))
        table.create_index("ix_usage_key_time", ["key_id", "time"])
        table.create_index("ix_usage_model_time", ["provider", "model", "time"])
    op.create_index("ix_usage_open", "usage", ["server_id"], sqlite_where=sa.text("open = 1"), postgresql_where=sa.text("open"))
    with op.batch_alter_table("tasks") as table:
        table.add_column(sa.Column("key_id", sa.String(length=64), server_default="", nullable=False))
