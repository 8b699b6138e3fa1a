"""A pairing as it stands, for a face to show: one frozen record, replaced when something changes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from pullwright.protocol.events import Event, PermissionAsked
from pullwright.protocol.policy import Access, ApprovalMode, Budget
from pullwright.protocol.usage import Spend

SandboxState = Literal["opening", "open", "closed", "failed"]


class Queued(msgspec.Struct, frozen=True):
    """A message for after the turn that runs."""

    text: str
    images: tuple[str, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a status line, a queue and a dialog are made of.

    `since` is when the turn began (seconds since 1970, 0 while idle). `steers` are remarks that the model has not been
    given yet. `context_tokens` is the next request's size of `context_limit`, at which the conversation is shortened.
    `network` is `off` or what is allowed, in words. `budget` is what a turn may use; `spend` the whole session's use.
    """

    project: Path
    session: str
    branch: str = ""
    model: str = ""
    provider: str = ""
    effort: str = ""
    approval: ApprovalMode = "suggest"
    access: Access = "workspace-write"
    network: str = "off"
    plan: bool = False
    agent: str = ""
    busy: bool = False
    since: float = 0.0
    step: int = 0
    asking: PermissionAsked | None = None
    queue: tuple[Queued, ...] = ()
    steers: tuple[str, ...] = ()
    context_tokens: int = 0
    context_limit: int = 0
    spend: Spend = Spend()
    turn_spend: Spend = Spend()
    budget: Budget = Budget()
    sandbox: SandboxState = "opening"
    processes: int = 0
    scripted: bool = False
    notices: tuple[str, ...] = ()


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session was opened: the events that it holds already, for a face to show; `cut_off` when its last turn has no end."""

    session: str
    events: tuple[Event, ...] = ()
    cut_off: bool = False


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A moment to go back to: just before a prompt was given. `seq` is the event before it, `tree` the files then (empty: as they
    were when the session began); `files`, `added`, `removed` are what the turn changed since."""

    seq: int
    turn: str
    text: str
    time: float
    tree: str = ""
    files: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0


class Rewind(msgspec.Struct, frozen=True, kw_only=True):
    """What a rewind did: paths put back, paths where the person's edits were merged in, paths left alone because of them, and the
    prompt that was taken back. `before` is the files' tree, `stood` the log's last event, for taking the rewind back."""

    restored: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    prompt: str = ""
    before: str = ""
    stood: int = 0
    conversation: bool = True


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A command that goes on in the background: its id, how long it runs (seconds), ports it listens on."""

    id: str
    command: str
    seconds: float
    ports: tuple[int, ...] = ()
    ended: bool = False
