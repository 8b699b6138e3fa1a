"""Who goes next, and where: a pure function from the queue and what runs to a plan.

Order: turns whose worker was lost (they had a slot), then by priority, then the user with the fewest running, then age. A turn
is passed over while its user's, its project's or its money's limit is reached; nobody behind it waits for that. Each goes to the
worker that is least loaded. All workers make the same plan from the same rows, and each takes its own part of it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence

import msgspec


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that may go. `begun`: a worker had it before; `key` is what its task was dispatched with."""

    turn: str
    user: str
    project: str
    key: str = ""
    priority: int = 0
    queued: float = 0.0
    begun: bool = False


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A live worker, and how many turns it has."""

    worker: str
    slots: int
    has: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many turns may run at once: of any one user, of each project (0 or missing: no limit). `spent` names the accounts,
    as (`key` | `user` | `project` | `server`, id), whose budget is used up."""

    user_slots: int = 0
    project_slots: Mapping[str, int] = {}
    spent: frozenset[tuple[str, str]] = frozenset()


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan is made from. `users` and `projects` count what runs."""

    waiting: Sequence[Waiting]
    loads: Sequence[Load]
    users: Mapping[str, int] = {}
    projects: Mapping[str, int] = {}
    limits: Limits = Limits()


class Place(msgspec.Struct, frozen=True):
    """A turn, and the worker that it goes to."""

    turn: str
    worker: str


def plan(queue: Queue) -> list[Place]:
    """Which turns go now, in this order, and where."""
    users, projects = Counter(queue.users), Counter(queue.projects)
    has = {load.worker: load.has for load in queue.loads}
    free = sum(max(0, load.slots - load.has) for load in queue.loads)
    lines = _lines(queue.waiting)
    places: list[Place] = []
    while len(places) < free:
        open_lines = [line for line in lines if line and not _closed(line[0], users, projects, queue.limits)]
        if not open_lines:
            break
        line = min(open_lines, key=lambda line: _order(line[0], users))
        turn = line.popleft()
        worker = min((load for load in queue.loads if has[load.worker] < load.slots), key=lambda load: _fullness(load, has))
        has[worker.worker] += 1
        users[turn.user] += 1
        projects[turn.project] += 1
        places.append(Place(turn.turn, worker.worker))
    return places


def closed_by(turn: Waiting, queue: Queue) -> str:
    """The limit that holds the turn now: `server-budget`, `user-budget`, `project-budget`, `key-budget`, `project`, `user`, or
    nothing."""
    limits = queue.limits
    if not turn.begun:  # one that had begun goes on, and itself ends as over budget
        for closed, account in (
            ("server-budget", ("server", "")),
            ("user-budget", ("user", turn.user)),
            ("project-budget", ("project", turn.project)),
            ("key-budget", ("key", turn.key)),
        ):
            if account in limits.spent:
                return closed
    if _full(queue.projects.get(turn.project, 0), limits.project_slots.get(turn.project, 0)):
        return "project"
    return "user" if _full(queue.users.get(turn.user, 0), limits.user_slots) else ""


def _lines(waiting: Sequence[Waiting]) -> list[deque[Waiting]]:
    """The queue, by user, project and key: within one of these only the first can be next."""
    lines: dict[tuple[str, str, str], deque[Waiting]] = {}
    for turn in sorted(waiting, key=lambda turn: (not turn.begun, -turn.priority, turn.queued, turn.turn)):
        lines.setdefault((turn.user, turn.project, turn.key), deque()).append(turn)
    return list(lines.values())


def _closed(turn: Waiting, users: Mapping[str, int], projects: Mapping[str, int], limits: Limits) -> bool:
    now = Queue(waiting=(), loads=(), users=users, projects=projects, limits=limits)
    return bool(closed_by(turn, now))


def _order(turn: Waiting, users: Mapping[str, int]) -> tuple[bool, int, int, float, str]:
    return not turn.begun, -turn.priority, users.get(turn.user, 0), turn.queued, turn.turn


def _fullness(load: Load, has: Mapping[str, int]) -> tuple[float, str]:
    return has[load.worker] / load.slots, load.worker


def _full(running: int, limit: int) -> bool:
    return limit > 0 and running >= limit
