"""A call that is about to be made."""

from __future__ import annotations

import msgspec


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls which model, and how much is sent to it: bytes of text and schemas, and images.

    `provider` and `model` are the upstream's, as its `Relay` names them. `project_id` is what the call is charged to, beside the
    user and the key; empty: to no project.
    """

    user_id: str
    key_id: str
    project_id: str
    provider: str
    model: str
    response_id: str
    sent_bytes: int
    images: int
    task_id: str = ""
