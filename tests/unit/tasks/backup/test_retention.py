"""What is older than it needs to be goes, once it is closed, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
from sqlalchemy import Connection, insert, select

from planted import a_turn, plant_attempt, plant_project, plant_task, plant_user
from pullwright.log.blobs import open_blobs
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.detached import detach, restored
from pullwright.log.lines import event_of, line_of
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import answers, events, inputs, log_heads
from pullwright.protocol.events import ChangeMade, ItemAdded, ModelCalled, Reported
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.tasks.backup.outputs import GONE, without_outputs
from pullwright.tasks.backup.retention import DAY, LetGo, Retention, gone_sessions, let_go
from pullwright.tasks.backup.tidying import tidy
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.audit import AuditFilter, add_audit, list_audit
from pullwright.tasks.store.effects import begin_effect, effects_of
from pullwright.tasks.store.rows.accounts import AuditEntry, UsageEntry
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.settings import get_setting, put_setting
from pullwright.tasks.store.tasks import TaskFilter, list_tasks, move_task
from pullwright.tasks.store.turns import add_turn
from pullwright.tasks.store.usage import UsageFilter, add_usage, sum_usage

NOW = 1000 * DAY
PRINTED = "x" * 10_000


def an_output(seq: int, output: str) -> bytes:
    item = {"type": "function_call_output", "call_id": "c1", "output": output}
    return line_of(ItemAdded(seq=seq, source="tool", item=msgspec.Raw(msgspec.json.encode(item))))


def plant(connection: Connection, user: User, project: Project, *, closed: float | None, going_on: bool = False) -> str:
    """A task with an attempt, a log, an input, usage; its session."""
    task = plant_task(connection, user, project)
    attempt = plant_attempt(connection, task)
    if going_on:
        add_turn(connection, a_turn(task, attempt))
    if closed is not None:
        assert move_task(connection, task.id, ("queued",), "merged", closed)
    lines = [an_output(1, PRINTED), line_of(ModelCalled(seq=2, model="m", provider="p")), an_output(3, "short")]
    connection.execute(insert(log_heads).values(session=attempt.session, seq=3, created=1.0))
    rows = [{"session": attempt.session, "seq": seq, "data": data} for seq, data in enumerate(lines, 1)]
    connection.execute(insert(events), rows)
    connection.execute(insert(inputs).values(session=attempt.session, id="i", data=b"{}", created=1.0))
    connection.execute(insert(answers).values(session=attempt.session, question="q", input="i"))
    begin_effect(connection, f"mark:{task.id}", task.id, 1.0)
    call = {"user_id": user.id, "project_id": project.id, "task_id": task.id, "attempt_id": attempt.id}
    add_usage(connection, [UsageEntry(id=attempt.session, time=1.0, provider="p", model="m", input=1, **call)])
    return attempt.session


def four_tasks(connection: Connection) -> list[str]:
    people = plant_user(connection), plant_project(connection)
    return [
        plant(connection, *people, closed=NOW - 40 * DAY),
        plant(connection, *people, closed=NOW - 40 * DAY, going_on=True),
        plant(connection, *people, closed=NOW - 20 * DAY),
        plant(connection, *people, closed=None),
    ]


def log_of(connection: Connection, session: str) -> list[bytes]:
    statement = select(events.c.data).where(events.c.session == session).order_by(events.c.seq)
    return list(connection.scalars(statement))


def test_closed_tasks_go_as_a_whole_and_what_they_cost_stays(database: Database, tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    old, going_on, young, open_ = database.run(four_tasks)
    for session in (old, going_on, young, open_):
        blobs.put(f"sessions/{session}/artifacts/a", b"x")
    assert let_go(database, blobs, Retention(), NOW) == LetGo()
    gone = let_go(database, blobs, Retention(tasks=30), NOW)
    assert (gone.tasks, gone.sessions) == (1, (old,))
    assert database.run(log_of, old) == []
    assert len(database.run(list_tasks, TaskFilter())) == 3
    assert sorted({name.split("/")[1] for name in blobs.names()}) == sorted((going_on, young, open_))
    assert database.run(gone_sessions, [old, young]) == [old]
    (total,) = database.run(sum_usage, UsageFilter())
    assert total.calls == 4

    def left(connection: Connection) -> list[int]:
        rest = (log_heads, inputs, answers)
        marks = [effects_of(connection, task.id) for task in list_tasks(connection, TaskFilter())]
        return [*(len(connection.execute(select(table)).all()) for table in rest), sum(map(len, marks))]

    assert database.run(left) == [3, 3, 3, 3]
    assert let_go(database, blobs, Retention(tasks=30), NOW).tasks == 0


def test_outputs_go_and_the_log_still_reads(database: Database, tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    old, going_on, young, open_ = database.run(four_tasks)
    for session in (old, young):
        blobs.put(f"sessions/{session}/artifacts/a", b"x")
    before = {session: database.run(log_of, session) for session in (going_on, young, open_)}
    assert let_go(database, blobs, Retention(outputs=30), NOW).outputs == 1
    assert {session: database.run(log_of, session) for session in (going_on, young, open_)} == before
    found = [event_of(line, number) for number, line in enumerate(database.run(log_of, old), 1)]
    assert [type(event).__name__ for event in found] == ["ItemAdded", "ModelCalled", "ItemAdded"]
    said = [bytes(event.item).decode() for event in found if isinstance(event, ItemAdded)]
    assert GONE in said[0]
    assert "short" in said[1]
    assert PRINTED not in str(said)
    assert blobs.names() == [f"sessions/{young}/artifacts/a"]
    assert let_go(database, blobs, Retention(outputs=30), NOW).outputs == 0
    assert let_go(database, blobs, Retention(outputs=10), NOW).outputs == 1
    assert len(database.run(attempts_of, *(task.id for task in database.run(list_tasks, TaskFilter())))) == 4


def test_what_stays_of_a_log_can_be_read_with_its_report_diff_and_commits(database: Database, tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    session = database.run(four_tasks)[0]
    artifacts = BlobArtifacts(blobs, f"sessions/{session}/artifacts", tmp_path / "local")
    picture = {"type": "message", "content": [{"image_url": "data:image/png;base64,AAAA"}]}
    large = {"type": "function_call_output", "call_id": "c", "output": "z" * 300_000}
    logged = [
        ItemAdded(seq=4, source="user", item=msgspec.Raw(msgspec.json.encode(picture))),
        ItemAdded(seq=5, source="tool", item=msgspec.Raw(msgspec.json.encode(large))),
        Reported(seq=6, markdown="report.md", json="report.json"),
        ChangeMade(seq=7, change=ChangeSummary(branch="b", base="1", head="2"), diff_artifact="change.diff"),
    ]
    rows = [{"session": session, "seq": event.seq, "data": line_of(detach(event, artifacts))} for event in logged]
    database.run(lambda connection: connection.execute(insert(events), rows) and None)
    for name in ("report.md", "report.json", "change.diff", "changes/2.bundle", "outputs/c1.txt"):
        artifacts.put(name, b"x")
    asyncio.run(artifacts.flush())
    blobs.put(f"sessions/{session}/files/journal", b"x")
    assert len([name for name in blobs.names() if "/strings/" in name]) == 1
    let_go(database, blobs, Retention(outputs=30), NOW)
    left = {name.removeprefix(f"sessions/{session}/artifacts/").partition("/")[0] for name in blobs.names(f"sessions/{session}/")}
    assert left == {"report.md", "report.json", "change.diff", "changes", "images"}
    found = [event_of(line, number) for number, line in enumerate(database.run(log_of, session), 1)]
    elsewhere = BlobArtifacts(blobs, f"sessions/{session}/artifacts", tmp_path / "elsewhere")
    items = [restored(event.item, elsewhere).raw for event in found if isinstance(event, ItemAdded)]
    assert b"data:image/png;base64,AAAA" in bytes(items[2])
    assert GONE.encode() in bytes(items[3])


def test_a_line_without_outputs_stays_byte_for_byte() -> None:
    for line in (an_output(1, "short"), b'{"type":"x",  "items":[{"type":"message"}]}', b'{"type":"x"}'):
        assert without_outputs(line) == line
    compacted = b'{"type":"compacted","items":[{"type":"custom_tool_call_output","output":"%s"}]}' % (b"y" * 300)
    assert b"yyy" not in without_outputs(compacted)


def test_records_go_when_they_are_old_or_have_expired(database: Database, tmp_path: Path) -> None:
    def records(connection: Connection) -> None:
        for days in (1, 400):
            add_audit(connection, AuditEntry(time=NOW - days * DAY, action=f"days.{days}"))
            put_setting(connection, f"link:{days}", {"expires": NOW + (200 - days) * DAY})
        put_setting(connection, "other", {"expires": 0})

    database.run(records)
    blobs = open_blobs(tmp_path / "blobs")
    assert let_go(database, blobs, Retention(audit=365), NOW).records == 2
    assert [entry.action for entry in database.run(list_audit, AuditFilter())] == ["days.1"]
    assert database.run(get_setting, "link:1") is not None
    assert database.run(get_setting, "link:400") is None
    assert database.run(get_setting, "other") is not None


def test_a_server_tidies_by_itself(database: Database, tmp_path: Path) -> None:
    async def work() -> None:
        old = database.run(four_tasks)[0]
        tidying = asyncio.create_task(tidy(database, open_blobs(tmp_path), Retention(tasks=30), first=0.0, every=0.01))
        while await database.read(gone_sessions, [old]) != [old]:
            await asyncio.sleep(0.01)
        tidying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tidying

    asyncio.run(work())
