"""Rows of the API for other programs."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
UNFINISHED: tuple[Status, ...] = ("queued", "in_progress")


class StoredResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A response that is kept. `model` is as it was asked for. `request` is JSON without the input, `input` a JSON array of this
    request's own items, `resource` the response object as last known.

    `streamed`: its events are kept, and can be read again. Task, attempt and turn are an `agent` response's. `server_id` is the
    server process that makes it, while it is made.
    """

    id: str
    user_id: str
    key_id: str = ""
    project_id: str = ""
    model: str
    status: Status
    previous_id: str = ""
    conversation_id: str = ""
    background: bool = False
    streamed: bool = False
    request: bytes = b"{}"
    input: bytes = b"[]"
    resource: bytes = b"{}"
    task_id: str = ""
    attempt_id: str = ""
    turn_id: str = ""
    server_id: str = ""
    created: float
    completed: float | None = None


class ResponseItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a stored response's output, to be found by its id."""

    response_id: str
    number: int
    user_id: str
    item_id: str
    item: bytes


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that responses belong to."""

    id: str
    user_id: str
    project_id: str = ""
    metadata: dict[str, str] = {}
    created: float
    changed: float


class ConversationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a conversation; `number` is its place, from 1 on."""

    conversation_id: str
    number: int
    item_id: str
    item: bytes
