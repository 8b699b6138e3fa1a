"""What the command line reads of the service's answers. More may be in them: a newer server tells more."""

from __future__ import annotations

import msgspec

from pullwright.protocol.outcomes import Outcome, Verdict
from pullwright.protocol.usage import Spend


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn. `waiting` says why it is still in the queue."""

    id: str
    number: int
    kind: str
    state: str
    prompt: str = ""
    waited: float = 0.0
    waiting: str = ""
    outcome: Outcome | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt with its turns. `asks` is what a person is asked."""

    id: str
    number: int
    session: str
    state: str
    branch: str = ""
    head: str = ""
    verdict: Verdict = "not-run"
    outcome: Outcome | None = None
    asks: str = ""
    spend: Spend = Spend()
    turns: tuple[Turn, ...] = ()


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A task's pull request."""

    number: int
    url: str = ""
    branch: str = ""
    base: str = ""
    state: str = ""
    merged: str = ""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an environment's set-up script."""

    id: str
    state: str
    line: int = 0
    why: str = ""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task. `project` is the project's name."""

    id: str
    project: str
    title: str
    state: str
    created: float
    changed: float
    project_id: str = ""
    prompt: str = ""
    mode: str = "code"
    approval: str = "full-auto"
    ref: str = ""
    base: str = ""
    model: str = ""
    template: str = ""
    user: str = ""
    chosen: str | None = None
    cost_usd: float = 0.0
    unpriced: int = 0
    attempts: tuple[Attempt, ...] = ()
    pull: Pull | None = None

    @property
    def attempt(self) -> Attempt | None:
        """The attempt that stands for the task: the chosen one, else the only one."""
        if self.chosen:
            return next((one for one in self.attempts if one.id == self.chosen), None)
        return self.attempts[0] if len(self.attempts) == 1 else None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """A task in a list; figures are of the change that a person would look at. `asks` is what a person is asked."""

    id: str
    title: str
    state: str
    created: float
    project: str = ""
    user: str = ""
    attempts: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    verdict: Verdict = "not-run"
    files: int = 0
    added: int = 0
    removed: int = 0
    pull_url: str = ""
    pull_state: str = ""
    asks: str = ""


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of tasks, newest first. `next` goes into `before`; empty: this is the last."""

    tasks: tuple[TaskLine, ...]
    next: str = ""


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a session's events; `last` goes into `after` for the ones that follow."""

    events: tuple[msgspec.Raw, ...]
    last: int


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A remark on lines of a change, or on the whole, as it is sent."""

    text: str
    path: str = ""
    side: str = "new"
    line: int = 0
    end_line: int = 0


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project. `url` is what git fetches from."""

    id: str
    name: str
    url: str = ""
    forge: str = "git"
    slug: str = ""
    default_branch: str = "main"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not done (RFC 9457), and what to do about it."""

    title: str = ""
    detail: str = ""
    fix: str = ""
    status: int = 0
    request: str = ""
