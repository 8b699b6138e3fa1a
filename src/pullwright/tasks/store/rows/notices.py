"""Rows of webhooks out: where is told, and what is to be told."""

from __future__ import annotations

from typing import Literal

import msgspec

NoticeState = Literal["waiting", "done", "failed"]


class NoticeEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where its user wants to be told. `project_id` empty: of what they started themselves; else of what anybody did in there.

    `secret` is sealed, as is `old_secret`, which signs beside it until `old_until`. `events` empty: all. `failing` is since when
    nothing got through (None: the last try did). `disabled`: nothing is sent there any more, and `why`.
    """

    id: str
    user_id: str
    project_id: str = ""
    url: str
    secret: bytes
    old_secret: bytes | None = None
    old_until: float | None = None
    events: tuple[str, ...] = ()
    created: float = 0.0
    failing: float | None = None
    disabled: float | None = None
    why: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint. `id` is the `webhook-id` of each try; `body` what is sent, byte for byte.

    While it is `waiting` it is tried at `next`. Whoever tries it holds it until `held`; `tries` counts those that were begun,
    the last one at `tried`. `why` says how that went.
    """

    id: str
    endpoint_id: str
    event: str
    body: bytes
    state: NoticeState = "waiting"
    tries: int = 0
    next: float | None = None
    held: float | None = None
    tried: float | None = None
    why: str = ""
    created: float = 0.0
