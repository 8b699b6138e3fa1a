"""Pull requests, reviews, comments and effects as rows; forge connections, secrets, deliveries, schedules."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection

from planted import plant_attempt, plant_project, plant_task, plant_user
from pullwright.log.sql.database import Database
from pullwright.tasks.store.comments import (
    add_comment,
    change_draft,
    comments_of,
    comments_of_review,
    drafts_of,
    remove_draft,
    send_drafts,
)
from pullwright.tasks.store.connections import add_connection, get_connection, list_connections
from pullwright.tasks.store.deliveries import add_delivery, forget_deliveries, new_deliveries, settle_delivery
from pullwright.tasks.store.effects import begin_effect, effects_of, finish_effect
from pullwright.tasks.store.environments import find_environment
from pullwright.tasks.store.pull_requests import (
    claim_pull_request,
    find_pull_request,
    find_pull_request_by_branch,
    find_pull_request_by_number,
    list_pull_requests,
    move_pull_request,
)
from pullwright.tasks.store.records import ConnectionSettings, SecretUse, TaskOrder
from pullwright.tasks.store.reviews import add_review, reviews_of
from pullwright.tasks.store.rows.accounts import Delivery
from pullwright.tasks.store.rows.projects import ForgeConnection, Secret
from pullwright.tasks.store.rows.results import Comment, PullRequest, Review
from pullwright.tasks.store.rows.work import Schedule
from pullwright.tasks.store.schedules import add_schedule, due_schedules, get_schedule, move_schedule
from pullwright.tasks.store.secrets import put_secret, remove_secret, secrets_of


def test_a_task_has_one_pull_request_whoever_asks_for_it(database: Database) -> None:
    async def work() -> None:
        user = await database.write(plant_user)
        project = await database.write(plant_project)
        task = await database.write(plant_task, user, project)
        wanted = [
            PullRequest(task_id=task.id, attempt_id=f"att_{n}", project_id=project.id, branch=f"b{n}", base="main")
            for n in range(5)
        ]
        claimed = await asyncio.gather(*(database.write(claim_pull_request, pull) for pull in wanted))
        assert len({pull.attempt_id for pull in claimed}) == 1
        mine = claimed[0]
        assert await database.write(move_pull_request, task.id, ("opening",), "draft", 2.0, number=7, url="u")
        assert not await database.write(move_pull_request, task.id, ("opening",), "open", 3.0)
        found = await database.read(find_pull_request, task.id)
        assert found is not None
        assert (found.number, found.state, found.changed) == (7, "draft", 2.0)
        assert await database.read(find_pull_request_by_number, project.id, 7) == found
        assert await database.read(find_pull_request_by_branch, project.id, mine.branch) == found
        assert await database.read(list_pull_requests, ("draft", "open")) == [found]

    asyncio.run(work())


def test_drafts_are_a_users_until_they_are_sent(database: Database) -> None:
    def work(connection: Connection) -> None:
        ada, ben = plant_user(connection, "ada"), plant_user(connection, "ben")
        task = plant_task(connection, ada, plant_project(connection))
        attempt = plant_attempt(connection, task)
        mine = [
            Comment(id=f"com_{n}", task_id=task.id, attempt_id=attempt.id, user_id=user.id, path="a.py", line=n, text="why?")
            for n, user in enumerate((ada, ada, ben))
        ]
        assert all(add_comment(connection, comment) for comment in mine)
        assert not add_comment(connection, mine[0])
        assert change_draft(connection, "com_0", "because")
        assert [comment.id for comment in drafts_of(connection, task.id, ada.id)] == ["com_0", "com_1"]
        review = Review(id="rev_1", task_id=task.id, attempt_id=attempt.id, user_id=ada.id, verdict="send-back", head="c1")
        assert add_review(connection, review)
        assert reviews_of(connection, task.id) == [review]
        sent = send_drafts(connection, attempt.id, ada.id, "rev_1")
        assert [comment.text for comment in sent] == ["because", "why?"]
        assert comments_of_review(connection, "rev_1") == sent
        assert not change_draft(connection, "com_0", "too late")
        assert not remove_draft(connection, "com_0")
        assert remove_draft(connection, "com_2")
        assert [comment.id for comment in comments_of(connection, task.id)] == ["com_0", "com_1"]

    database.run(work)


def test_an_effect_is_begun_once(database: Database) -> None:
    def work(connection: Connection) -> None:
        assert begin_effect(connection, "comment:1", "task_1", 1.0).state == "begun"
        assert begin_effect(connection, "comment:1", "task_1", 2.0).changed == 1.0
        finish_effect(connection, "comment:1", "99", 3.0)
        assert begin_effect(connection, "comment:1", "task_1", 4.0).reference == "99"
        assert len(effects_of(connection, "task_1")) == 1

    database.run(work)


def test_a_delivery_counts_once(database: Database) -> None:
    def work(connection: Connection) -> None:
        came = Delivery(connection_id="conn_1", id="d1", event="push", body=b"\x00{}", headers={"a": "b"}, received=1.0)
        assert add_delivery(connection, came)
        assert not add_delivery(connection, came)
        assert new_deliveries(connection) == [came]
        assert forget_deliveries(connection, 9.0) == 0
        assert settle_delivery(connection, came, "ignored", "of our own")
        assert not settle_delivery(connection, came, "done")
        assert forget_deliveries(connection, 9.0) == 1

    database.run(work)


def test_of_those_that_see_a_due_schedule_one_dispatches(database: Database) -> None:
    def work(connection: Connection) -> None:
        user, project = plant_user(connection), plant_project(connection)
        order = TaskOrder(project=project.id, prompt="Upgrade", template="upgrade")
        fields = {"id": "sch_1", "project_id": project.id, "name": "nightly", "cron": "0 3 * * *", "user_id": user.id}
        add_schedule(connection, Schedule(order=order, next=10.0, **fields))
        assert due_schedules(connection, 9.0) == []
        (due,) = due_schedules(connection, 10.0)
        assert due.order == order
        assert move_schedule(connection, due, 20.0, 10.5)
        assert not move_schedule(connection, due, 20.0, 10.5)
        assert get_schedule(connection, "sch_1").last == 10.5

    database.run(work)


def test_connections_and_secrets(database: Database) -> None:
    def work(connection: Connection) -> None:
        forge = ForgeConnection(
            id="conn_1",
            name="work",
            forge="github",
            settings=ConnectionSettings(sign_in="app", app_id="7"),
            credential=b"\x00\xff",
        )
        assert add_connection(connection, forge)
        assert not add_connection(connection, forge)
        assert get_connection(connection, "work") == forge
        assert list_connections(connection) == [forge]
        environment = find_environment(connection, plant_project(connection).id)
        assert environment is not None
        put_secret(connection, Secret(id="sec_1", environment_id=environment.id, name="TOKEN", value=b"1"))
        use = SecretUse(kind="intercept", host="api.example")
        put_secret(connection, Secret(id="sec_2", environment_id=environment.id, name="TOKEN", value=b"2", use=use))
        (secret,) = secrets_of(connection, environment.id)
        assert (secret.id, secret.value, secret.use) == ("sec_1", b"2", use)
        assert remove_secret(connection, environment.id, "TOKEN")

    database.run(work)
