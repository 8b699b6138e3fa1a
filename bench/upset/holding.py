"""What must hold in the end. Each check says in words what does not; an empty list is what we want."""

from __future__ import annotations

import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from sqlalchemy import Connection, text

from pullwright.log.sql.database import Database
from pullwright.log.sql.reading import lines_after
from pullwright.tasks.engine.dbos_engine import SCHEMA
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.rows.work import Attempt
from pullwright.tasks.store.tables import effects, pull_requests, tasks, turns, usage
from upset.model import TRAIL, trail
from upset.plan import Plan, digest

RESTS = {"review", "answered", "failed", "over_budget", "cancelled", "merged", "needs_input"}


class Ended(msgspec.Struct, kw_only=True):
    """What there was in the end."""

    attempts: list[Attempt]
    lines: dict[str, list[bytes]]
    open_turns: int
    open_workflows: int


def read_all(connection: Connection) -> Ended:
    """Everything that is looked at."""
    found = attempts_of(connection, *connection.scalars(tasks.select().with_only_columns(tasks.c.id)))
    waiting = connection.execute(turns.select().where(turns.c.state.not_in(("finished", "cancelled")))).all()
    return Ended(
        attempts=found,
        lines={attempt.session: lines_after(connection, attempt.session, 0, 100_000) for attempt in found},
        open_turns=len(waiting),
        open_workflows=count_open(connection),
    )


def count_open(connection: Connection) -> int:
    """Workflows that have not ended."""
    query = f"SELECT count(*) FROM {SCHEMA}.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"
    return int(connection.execute(text(query)).scalar_one())


def every_attempt_ends(ended: Ended, plan: Plan) -> list[str]:
    wrong = [f"{attempt.id} is {attempt.state}" for attempt in ended.attempts if attempt.state not in RESTS]
    if len(ended.attempts) != sum(plan.tasks):
        wrong.append(f"{len(ended.attempts)} attempts of {sum(plan.tasks)}")
    if ended.open_turns or ended.open_workflows:
        wrong.append(f"{ended.open_turns} turns and {ended.open_workflows} workflows are open")
    return wrong


def no_event_is_lost(ended: Ended, plan: Plan) -> list[str]:
    """Numbers are 1, 2, 3…; each was seen once, in its order, by who watched over HTTP; it is still there as it was then."""
    wrong: list[str] = []
    for session, lines in ended.lines.items():
        numbers = [msgspec.json.decode(line)["seq"] for line in lines]
        if numbers != list(range(1, len(lines) + 1)):
            wrong.append(f"{session} is numbered {numbers[:5]}…")
    sessions = {attempt.id: attempt.session for attempt in ended.attempts}
    seen: Counter[str] = Counter()
    for line in (plan.folder / "seen").read_text().splitlines():
        attempt, number, what = line.split()
        lines = ended.lines.get(sessions.get(attempt, ""), [])
        seen[attempt] += 1
        if int(number) > len(lines) or digest(lines[int(number) - 1]) != what:
            wrong.append(f"event {number} of {attempt} was seen and is gone or another: {what}")
    for attempt, session in sessions.items():
        if seen[attempt] != len(ended.lines[session]):
            wrong.append(f"of {attempt} {seen[attempt]} events were seen, {len(ended.lines[session])} were logged")
    return wrong


def no_step_is_logged_twice(ended: Ended, plan: Plan) -> list[str]:
    """A call once, its result once; one beginning and one end of each turn."""
    wrong: list[str] = []
    for session, lines in ended.lines.items():
        events = [msgspec.json.decode(line) for line in lines]
        items = [event["item"] for event in events if event["type"] == "item_added"]
        for kind in ("function_call", "function_call_output"):
            counts = Counter(item["call_id"] for item in items if item.get("type") == kind)
            wrong += [f"{kind} {call} of {session} is logged {n} times" for call, n in counts.items() if n > 1]
        ends = Counter(event.get("turn") for event in events if event["type"] == "turn_finished")
        wrong += [f"turn {turn} of {session} ended {n} times" for turn, n in ends.items() if n > 1]
    return wrong


def files_and_conversation_agree(ended: Ended, plan: Plan) -> list[str]:
    """The trail in each published change has each step once, in order."""
    wrong: list[str] = []
    repository = plan.folder / "forge/shop.git"
    for attempt in ended.attempts:
        if attempt.state == "review" and git(repository, "rev-parse", "-q", "--verify", f"refs/heads/{attempt.branch}"):
            found = git(repository, "show", f"{attempt.branch}:{TRAIL}")
            if found != trail(plan.steps).strip():
                wrong.append(f"the trail of {attempt.id} is {found.split()}")
    return wrong


def nothing_goes_out_twice(connection: Connection, plan: Plan) -> list[str]:
    """Each branch was pushed once for each commit; at most one pull request a task; each outward effect has its one mark."""
    wrong: list[str] = []
    repository = plan.folder / "forge/shop.git"
    logs = repository / "logs/refs/heads"
    for path in logs.rglob("*"):
        if path.is_file():
            heads = [line.split()[1] for line in path.read_text().splitlines()]
            if len(heads) != len(set(heads)):
                wrong.append(f"{path.relative_to(logs)} was pushed {len(heads)} times to {len(set(heads))} commits")
    pulls = connection.execute(pull_requests.select()).mappings().all()
    numbers = Counter(pull["number"] for pull in pulls if pull["number"])
    wrong += [f"{n} pull requests are number {number}" for number, n in numbers.items() if n > 1]
    branches = set(git(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split()) - {"main"}
    if branches - {pull["branch"] for pull in pulls}:
        wrong.append(f"branches that no task knows: {sorted(branches - {pull['branch'] for pull in pulls})}")
    begun = connection.execute(effects.select().where(effects.c.state == "begun")).all()
    if begun:
        wrong.append(f"{len(begun)} outward effects were begun and not ended")
    return wrong


def usage_is_counted_once(connection: Connection, ended: Ended) -> list[str]:
    """What is charged is what the logs say, to the token."""
    logged: dict[str, int] = defaultdict(int)
    for attempt in ended.attempts:
        for line in ended.lines[attempt.session]:
            event = msgspec.json.decode(line)
            if event["type"] == "model_called":
                logged[attempt.id] += event.get("usage", {}).get("input", 0)
    charged: dict[str, int] = defaultdict(int)
    for row in connection.execute(usage.select()).mappings():
        charged[row["attempt_id"]] += row["input"]
    return [f"{key}: {logged[key]} logged, {charged[key]} charged" for key in logged if logged[key] != charged[key]]


def check(database: Database, plan: Plan) -> dict[str, list[str]]:
    """Every check by what it is about."""
    ended = database.run(read_all)
    return {
        "every attempt ends": every_attempt_ends(ended, plan),
        "no event is lost": no_event_is_lost(ended, plan),
        "no step is logged twice": no_step_is_logged_twice(ended, plan),
        "files and conversation agree": files_and_conversation_agree(ended, plan),
        "nothing goes out twice": database.run(nothing_goes_out_twice, plan),
        "usage is counted once": database.run(usage_is_counted_once, ended),
    }


def git(folder: Path, *words: str) -> str:
    """What git says; empty where it refuses."""
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False).stdout.strip()
