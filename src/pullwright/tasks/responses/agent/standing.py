"""How a response of the `agent` model stands: what its turns came to, and what of it is published. Read from the rows.

A response is one turn. That of a task with several attempts is the first turn of each: it is told from the first attempt's log,
has ended when all of them have, and then speaks for the best one (`Standing.best`).

    ended = every turn has ended, and what is to be published is: pull request opened, or why the forge refused it is known
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.outcomes import Failed, NeedsInput, Outcome, Succeeded, Verdict
from pullwright.protocol.usage import Usage
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.store.attempts import attempts_of, get_attempt
from pullwright.tasks.store.effects import find_effect
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import TaskState
from pullwright.tasks.store.rows.api import Status
from pullwright.tasks.store.rows.work import Attempt, Task, Turn
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import get_turn, turns_of

End = Literal["", "succeeded", "failed", "cancelled", "needs_input", "over_budget"]


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt's turn. `outcome` is empty until it has ended; `begun`: a worker has had it. `cost_usd` is without the
    `unpriced` calls, whose price is unknown."""

    attempt: str
    turn: str
    number: int
    begun: bool = False
    outcome: End = ""
    why: str = ""
    fix: str = ""
    question: str = ""
    asks: str = ""
    branch: str = ""
    base: str = ""
    head: str = ""
    files: int = 0
    added: int = 0
    removed: int = 0
    verdict: Verdict = "not-run"
    cost_usd: float = 0.0
    unpriced: int = 0
    usage: Usage = Usage()


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """The task's pull request."""

    number: int
    url: str
    state: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that a response says beside what its log does. `ended` is when, 0 before; `problem` why the change could not be
    published; `waiting` why nothing has begun."""

    task: str
    state: TaskState
    attempts: tuple[Try, ...]
    best: int = 0
    pull_request: Pull | None = None
    problem: str = ""
    waiting: str = ""
    ended: float = 0.0

    @property
    def chosen(self) -> Try:
        """The attempt that the response speaks for."""
        return self.attempts[self.best]

    @property
    def status(self) -> Status:
        """The response's."""
        if not self.ended:
            return "in_progress" if any(one.begun or one.outcome for one in self.attempts) else "queued"
        match self.chosen.outcome:
            case "succeeded":
                return "completed"
            case "cancelled":
                return "cancelled"
            case "needs_input" | "over_budget":
                return "incomplete"
            case _:
                return "failed"

    @property
    def reason(self) -> str:
        """Why it is incomplete."""
        return {"needs_input": "needs_input", "over_budget": "budget"}.get(self.chosen.outcome, "")

    def told(self) -> dict[str, Any]:
        """It as JSON, with what the chosen attempt says at its top."""
        chosen = self.chosen
        top = {
            "attempt": chosen.attempt,
            "turn": chosen.turn,
            "outcome": chosen.outcome,
            "branch": chosen.branch,
            "head": chosen.head,
            "verdict": chosen.verdict,
        }
        return {**top, **msgspec.to_builtins(self)}


def standing(connection: Connection, link: Link) -> Standing:
    """How it stands now. Raises `NotFound` when the task is gone."""
    task = get_task(connection, link.task_id)
    turns = turns_of_response(connection, task, link)
    tries = tuple(_try(attempt, turn) for attempt, turn in turns)
    best = max(range(len(tries)), key=lambda number: _worth(tries[number]))
    over = all(one.outcome for one in tries)
    finished = max(turn.finished or 0.0 for _, turn in turns)
    pull, problem, published = _published(connection, task, turns, finished) if over else (None, "", False)
    return Standing(
        task=task.id,
        state=task.state,
        attempts=tries,
        best=best,
        pull_request=pull,
        problem=problem,
        ended=finished if over and published else 0.0,
    )


def turns_of_response(connection: Connection, task: Task, link: Link) -> list[tuple[Attempt, Turn]]:
    """The turns that the response is, the one that it is told from first."""
    turn = get_turn(connection, link.turn_id)
    attempt = get_attempt(connection, turn.attempt_id)
    if attempt.number != 1 or turn.number != 1 or task.attempts == 1:
        return [(attempt, turn)]
    others = [one for one in attempts_of(connection, task.id) if 1 < one.number <= task.attempts]
    first = {one.attempt_id: one for one in turns_of(connection, *(one.id for one in others)) if one.number == 1}
    return [(attempt, turn), *((one, first[one.id]) for one in others)]


def _try(attempt: Attempt, turn: Turn) -> Try:
    begun = turn.started is not None or turn.state in ("admitted", "running")
    made = Try(attempt=attempt.id, turn=turn.id, number=attempt.number, begun=begun)
    if turn.state not in ("finished", "cancelled") or turn.outcome is None:
        return made
    return msgspec.structs.replace(made, **_ended(turn.outcome))


def _ended(outcome: Outcome) -> dict[str, Any]:
    change, spend = outcome.change, outcome.spend
    made = {} if change is None else {
        "branch": change.branch, "base": change.base, "head": change.head, "files": len(change.files),
        "added": change.added, "removed": change.removed,
    }  # fmt: skip
    return {
        "outcome": type(outcome).__struct_config__.tag,
        "why": outcome.why,
        "fix": outcome.fix if isinstance(outcome, Failed) else "",
        "question": outcome.question if isinstance(outcome, NeedsInput) else "",
        "asks": outcome.asks if isinstance(outcome, NeedsInput) else "",
        "verdict": outcome.verdict,
        "cost_usd": spend.cost_usd,
        "unpriced": spend.unpriced,
        "usage": spend.usage,
        **made,
    }


_RANKS: tuple[End, ...] = ("", "cancelled", "failed", "over_budget", "needs_input", "succeeded")


def _worth(one: Try) -> tuple[int, bool, bool, int]:
    """The best attempt is the first of those that came furthest: verified before not, with a change before without."""
    return _RANKS.index(one.outcome), one.verdict == "verified", bool(one.head), -one.number


def _published(
    connection: Connection, task: Task, turns: list[tuple[Attempt, Turn]], finished: float
) -> tuple[Pull | None, str, bool]:
    """The pull request of these turns' change, why there is none, and whether nothing more is to come."""
    from pullwright.tasks.publishing.publish import to_publish  # which needs the use cases, and they this file

    pull = find_pull_request(connection, task.id)
    mine = {outcome.change.head for _, turn in turns if (outcome := turn.outcome) is not None and outcome.change is not None}
    found = None
    if pull is not None and pull.number and pull.head in mine:
        found = Pull(number=pull.number, url=pull.url, state=pull.state)
    job = to_publish(connection, task.id)
    if job is None or job.attempt.head not in mine or not any(isinstance(turn.outcome, Succeeded) for _, turn in turns):
        return found, "", True
    if pull is not None and pull.head == job.attempt.head and pull.state != "opening":
        return found, "", True
    effect = find_effect(connection, f"problem:{task.id}")
    refused = effect is not None and bool(effect.reference) and effect.changed >= finished
    return found, effect.reference if effect is not None and refused else "", refused
