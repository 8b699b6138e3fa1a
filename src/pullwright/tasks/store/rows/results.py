"""Rows of results: pull requests, what reviewers said, and the marks of what was done outside."""

from __future__ import annotations

from typing import Literal

import msgspec

PullState = Literal["opening", "draft", "open", "merged", "closed"]
ReviewVerdict = Literal["approve", "send-back"]
Side = Literal["old", "new"]
EffectState = Literal["begun", "done"]


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A task's one pull request. `number` 0: about to be opened; `head` is what was pushed last, `merged` the commit."""

    task_id: str
    attempt_id: str
    project_id: str
    number: int = 0
    url: str = ""
    branch: str
    base: str
    head: str = ""
    state: PullState = "opening"
    merged: str = ""
    created: float = 0.0
    changed: float = 0.0


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A person's verdict on the change at `head`; `turn_id` is the turn that its notes started."""

    id: str
    task_id: str
    attempt_id: str
    user_id: str
    verdict: ReviewVerdict
    note: str = ""
    head: str
    turn_id: str = ""
    created: float = 0.0


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A reviewer's remark: on lines of a file at `head`, or (no `path`) on the whole. Without a `review_id` it waits to be
    sent with one."""

    id: str
    task_id: str
    attempt_id: str
    review_id: str | None = None
    user_id: str
    path: str = ""
    side: Side = "new"
    line: int = 0
    end_line: int = 0
    head: str = ""
    text: str
    created: float = 0.0


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One outward effect by its mark: `begun`, then `done` with what the forge calls it (`reference`)."""

    mark: str
    task_id: str
    state: EffectState = "begun"
    reference: str = ""
    changed: float = 0.0
