"""Notices as rows: who is told, who delivers, and that nothing is delivered twice at once."""

from __future__ import annotations

import threading

import msgspec
from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.tasks.notices.enqueueing import MOST, enqueue_notice
from pullwright.tasks.store.memberships import put_membership, remove_membership
from pullwright.tasks.store.notices import (
    add_endpoint,
    add_notice,
    change_endpoint,
    claim_notices,
    fail_notices,
    find_endpoint,
    find_notice,
    forget_notices,
    let_go_of_notices,
    list_notices,
    remove_endpoint,
    settle_notice,
    try_again,
)
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.rows.notices import Notice, NoticeEndpoint
from pullwright.tasks.store.rows.people import Membership, User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.users import add_user, change_user

DATA = {"id": "resp_1"}


def people(connection: Connection) -> None:
    """ada administers; mia is a member of tally, vic a viewer, eve nothing there."""
    for name in ("ada", "mia", "vic", "eve"):
        add_user(connection, User(id=name, name=name, is_admin=name == "ada"))
    add_project(connection, Project(id="tally", name="tally", forge="git"))
    put_membership(connection, Membership(user_id="mia", project_id="tally", role="member"))
    put_membership(connection, Membership(user_id="vic", project_id="tally", role="viewer"))


def endpoint(connection: Connection, name: str, user: str, project: str = "", events: tuple[str, ...] = ()) -> None:
    add_endpoint(
        connection, NoticeEndpoint(id=name, user_id=user, project_id=project, url="http://x", secret=b"s", events=events)
    )


def told(connection: Connection, user: str, project: str, event: str = "response.completed") -> set[str]:
    """The endpoints that hear of an event; the rows are taken away again."""
    enqueue_notice(connection, user, project, event, DATA)
    found = claim_notices(connection, 1e12, 2e12, 1000, each=1000)
    for one in found:
        settle_notice(connection, one, state="done")
    return {one.endpoint_id for one in found}


def test_an_event_is_told_to_whom_it_concerns_and_to_nobody_else(database: Database) -> None:
    def work(connection: Connection) -> None:
        people(connection)
        endpoint(connection, "mias", "mia")
        endpoint(connection, "mias failures", "mia", events=("response.failed",))
        endpoint(connection, "eves", "eve")
        for name in ("ada", "mia", "vic", "eve"):
            endpoint(connection, f"{name} of tally", name, "tally")
        assert told(connection, "mia", "") == {"mias"}
        assert told(connection, "mia", "tally") == {"mias", "ada of tally", "mia of tally"}
        assert told(connection, "mia", "tally", "response.failed") == {"mias", "mias failures", "ada of tally", "mia of tally"}
        assert told(connection, "vic", "other") == set()
        remove_membership(connection, "mia", "tally")
        assert told(connection, "ada", "tally") == {"ada of tally"}
        change_endpoint(connection, "mias", disabled=1.0)
        assert told(connection, "mia", "") == set()
        change_user(connection, "eve", disabled=True)
        assert told(connection, "eve", "") == set()

    database.run(work)


def test_a_body_has_a_shape_and_a_ceiling(database: Database) -> None:
    def work(connection: Connection) -> None:
        people(connection)
        endpoint(connection, "a", "mia")
        assert enqueue_notice(connection, "mia", "", "response.completed", {**DATA, "more": "x" * MOST}) == 1
        (notice,) = list_notices(connection, "a")
        body = msgspec.json.decode(notice.body)
        assert set(body) == {"id", "object", "type", "created_at", "data"}
        assert (body["object"], body["type"], body["data"]) == ("event", "response.completed", DATA)
        assert notice.id.startswith("wh_")

    database.run(work)


def filled(connection: Connection, counts: dict[str, int]) -> None:
    people(connection)
    for name, count in counts.items():
        endpoint(connection, name, "mia")
        for number in range(count):
            row = Notice(id=f"{name}{number}", endpoint_id=name, event="e", body=b"{}", next=float(number), created=float(number))
            add_notice(connection, row)


def test_a_slow_endpoint_does_not_take_everybodys_place(database: Database) -> None:
    database.run(filled, {"slow": 50, "other": 2})
    claimed = database.run(claim_notices, 100.0, 130.0, 8, each=2)
    assert sorted(one.id for one in claimed) == ["other0", "other1", "slow0", "slow1"]
    assert [one.id for one in database.run(claim_notices, 100.0, 130.0, 8, each=2, busy=["slow"])] == []
    assert database.run(claim_notices, -1.0, 130.0, 8, each=2) == []


def test_of_several_who_claim_at_once_one_has_it(database: Database) -> None:
    database.run(filled, {"a": 40})
    got: list[str] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait(30)
        while len(got) < 40:
            got.extend(one.id for one in database.run(claim_notices, 100.0, 130.0, 2, each=2))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(f"a{number}" for number in range(40))


def test_a_claim_of_a_server_that_is_gone_runs_out_and_its_late_word_counts_nothing(database: Database) -> None:
    database.run(filled, {"a": 1})
    (first,) = database.run(claim_notices, 100.0, 130.0, 8, each=2)
    assert database.run(claim_notices, 129.0, 160.0, 8, each=2) == []
    assert not database.run(try_again, "a0", 129.0)
    (second,) = database.run(claim_notices, 131.0, 160.0, 8, each=2)
    assert (first.tries, second.tries) == (1, 2)
    assert not database.run(settle_notice, first, state="failed")
    assert database.run(settle_notice, second, state="done", next=None)
    assert not database.run(settle_notice, second, state="waiting")
    assert database.run(find_notice, "a0").state == "done"  # type: ignore[union-attr]


def test_what_was_claimed_and_not_tried_is_anybodys_again(database: Database) -> None:
    database.run(filled, {"a": 1})
    database.run(let_go_of_notices, database.run(claim_notices, 100.0, 130.0, 8, each=2), 101.0)
    (again,) = database.run(claim_notices, 102.0, 130.0, 8, each=2)
    assert again.tries == 1


def test_what_was_given_up_can_be_tried_again_and_is_forgotten_in_the_end(database: Database) -> None:
    database.run(filled, {"a": 3})
    assert database.run(fail_notices, "a", "gone") == 3
    assert database.run(claim_notices, 100.0, 130.0, 8, each=9) == []
    assert database.run(try_again, "a1", 50.0)
    assert database.run(forget_notices, 100.0) == 2
    (left,) = database.run(claim_notices, 100.0, 130.0, 8, each=9)
    assert (left.id, left.tries) == ("a1", 1)
    assert database.run(remove_endpoint, "a")
    assert database.run(find_notice, "a1") is None
    assert database.run(find_endpoint, "a") is None
