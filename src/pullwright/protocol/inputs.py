"""What comes from outside into a turn. Durable, idempotent by `id`; the first answer to a question wins.

Input
├── Prompt          a new request; starts a turn
├── Steer           a remark into a running turn; seen before the next model call
├── Answer          to a permission or a question of the agent's
├── Interrupt       stop the step (and the turn) now, keep the work
├── Compact         shorten the conversation now
└── RaiseBudget     new ceilings
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.policy import Budget


class _Input(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    id: str
    by: str = ""


class Prompt(_Input, frozen=True, tag="prompt"):
    """What a person asks for. `images` are data URLs."""

    text: str
    images: tuple[str, ...] = ()


class Steer(_Input, frozen=True, tag="steer"):
    """A remark into a running turn. `ran`: no words of the person's but what came of a command that they ran (its call's id)."""

    text: str
    ran: str = ""


class Answer(_Input, frozen=True, tag="answer"):
    """The answer to `question` (a permission's or question's id).

    `verdict` answers a permission: `once`, `session` (this session, the scope that was shown), `always` (the same, kept
    by whoever asked for later sessions too), `no`. `text` answers a question, or says with a `no` what to do instead.

    A yes may change the call before it runs: `command` is the shell line to run in place of the model's; `files` maps a
    path of the question's preview to the text that it shall hold instead (None: gone), and paths left out stay as they are.
    """

    question: str
    verdict: Literal["once", "session", "always", "no"] | None = None
    text: str = ""
    command: str = ""
    files: dict[str, str | None] | None = None


class Interrupt(_Input, frozen=True, tag="interrupt"):
    """Stop what runs and end the turn as cancelled; the work is kept."""

    reason: str = ""


class Compact(_Input, frozen=True, tag="compact"):
    """Shorten the conversation before the next model call; `focus` says what must stay."""

    focus: str = ""


class RaiseBudget(_Input, frozen=True, tag="raise_budget"):
    """The ceilings that hold from now on."""

    budget: Budget


Input = Prompt | Steer | Answer | Interrupt | Compact | RaiseBudget
