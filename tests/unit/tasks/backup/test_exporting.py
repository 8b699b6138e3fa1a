"""What is exported is whole, holds nothing that signs in, and is for who may have it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from planted import a_turn, plant_attempt, plant_project, plant_task, plant_user
from pullwright.log.blobs import open_blobs
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import events, inputs
from pullwright.protocol.errors import Forbidden, NotFound
from pullwright.tasks.backup.export import export_task, export_user
from pullwright.tasks.people.actor import PULLWRIGHT, Actor
from pullwright.tasks.store.comments import add_comment
from pullwright.tasks.store.keys import add_key
from pullwright.tasks.store.memberships import put_membership
from pullwright.tasks.store.rows.people import Key, Membership
from pullwright.tasks.store.rows.results import Comment
from pullwright.tasks.store.turns import add_turn


def plant(connection: Connection):
    user, project = plant_user(connection, password_hash="$argon2id$hash"), plant_project(connection)
    put_membership(connection, Membership(user_id=user.id, project_id=project.id, role="member"))
    add_key(connection, Key(id="key_1", token_hash="a_token_hash", shown="pw_abc", name="ci", user_id=user.id))
    task = plant_task(connection, user, project)
    attempt = plant_attempt(connection, task)
    add_turn(connection, a_turn(task, attempt))
    connection.execute(
        insert(events), [{"session": attempt.session, "seq": seq, "data": b'{"seq":%d}' % seq} for seq in range(1, 1202)]
    )
    connection.execute(insert(inputs).values(session=attempt.session, id="i", data=b'{"type":"steer"}', by=user.id, created=1.0))
    add_comment(connection, Comment(id="com_1", task_id=task.id, attempt_id=attempt.id, user_id=user.id, text="why?"))
    return user, project, task, attempt


def test_a_task_is_exported_with_its_whole_log(database: Database, tmp_path: Path) -> None:
    _, project, task, attempt = database.run(plant)
    blobs = open_blobs(tmp_path / "blobs")
    blobs.put(f"sessions/{attempt.session}/artifacts/out.txt", b"printed")
    blobs.put("sessions/ses_other/artifacts/out.txt", b"of another")
    path = tmp_path / "task.tar.gz"
    viewer = Actor(user_id="u", name="u", roles={project.id: "viewer"})
    assert export_task(database, blobs, viewer, task.id, path) == path.stat().st_size
    with tarfile.open(path) as tar:
        assert sorted(tar.getnames()) == ["attempts/1/artifacts/out.txt", "attempts/1/log.jsonl", "task.json"]
        log = tar.extractfile("attempts/1/log.jsonl")
        rows = tar.extractfile("task.json")
        assert log is not None
        assert rows is not None
        assert [json.loads(line)["seq"] for line in log] == list(range(1, 1202))
        found = json.load(rows)
    assert found["task"]["prompt"] == task.prompt
    assert len(found["turns"]) == 1
    with pytest.raises(NotFound):
        export_task(database, blobs, Actor(user_id="u", name="u"), task.id, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_user_has_everything_about_themselves_and_nobody_else_s(database: Database) -> None:
    user, project, task, _ = database.run(plant)
    text = export_user(database, Actor(user_id=user.id, name="ada", roles={project.id: "member"}), "ada")
    found = json.loads(text)
    assert [row["id"] for row in found["tasks"]] == [task.id]
    assert [row["text"] for row in found["comments"]] == ["why?"]
    assert [row["input"] for row in found["inputs"]] == [{"type": "steer"}]
    assert found["keys"][0]["name"] == "ci"
    for secret in (b"a_token_hash", b"argon2id"):
        assert secret not in text
    assert json.loads(export_user(database, PULLWRIGHT, user.id))["user"]["name"] == "ada"
    with pytest.raises(Forbidden):
        export_user(database, Actor(user_id="user_other", name="ben"), "ada")
    with pytest.raises(Forbidden):
        export_user(database, Actor(user_id=user.id, name="ada", scopes=("read",)), "ada")
