"""The matrix: every role, scope and binding against every action."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from pullwright.protocol.errors import Bug, Forbidden, NotFound
from pullwright.tasks.people.actor import PULLWRIGHT, Actor
from pullwright.tasks.people.roles import MATRIX, Action
from pullwright.tasks.store.rows.people import Scope

SCOPES: tuple[Scope, ...] = get_args(Scope)
MAY = {
    "viewer": {
        "project.read", "environment.read", "schedule.read", "task.read", "usage.read", "budget.read",
        "user.read", "key.own", "webhook.own", "server.read", "model.call",
    },
    "member": {"secret.read", "schedule.write", "task.dispatch", "task.steer", "task.review", "task.merge", "webhook.project"},
    "admin": {
        "project.settings", "project.archive", "project.members", "project.audit", "environment.write", "secret.write",
        "task.delete",
    },
}  # fmt: skip
MAY["member"] |= MAY["viewer"]
MAY["admin"] |= MAY["member"]
OF_THE_SERVER = {action for action, need in MATRIX.items() if need.role == "server-admin"}


def test_every_action_is_in_the_matrix() -> None:
    assert set(get_args(Action)) == set(MATRIX)


@pytest.mark.parametrize("role", ["viewer", "member", "admin"])
def test_a_role_may_what_is_written_and_nothing_else(role) -> None:
    actor = Actor(user_id="u", name="u", roles={"here": role})
    assert {action for action in MATRIX if actor.may(action, "here")} == MAY[role]
    there = {action for action in MATRIX if actor.may(action, "there")}
    assert there == {action for action, need in MATRIX.items() if need.role == "user"}


def test_an_administrator_of_the_server_may_everything_everywhere() -> None:
    assert all(PULLWRIGHT.may(action, "here") for action in MATRIX)
    assert PULLWRIGHT.projects() is None


def test_a_key_never_may_more_than_its_user_nor_than_its_scopes() -> None:
    people = [Actor(user_id="u", name="u", is_admin=True)] + [
        Actor(user_id="u", name="u", roles={"here": role}) for role in ("viewer", "member", "admin")
    ]
    subsets = [chosen for n in range(len(SCOPES) + 1) for chosen in itertools.combinations(SCOPES, n)]
    for person, scopes, only in itertools.product(people, subsets, (None, "here", "there")):
        key = Actor(
            user_id="u", name="u", is_admin=person.is_admin, roles=person.roles, key_id="k", scopes=scopes, only_project=only
        )
        for action, need in MATRIX.items():
            for project in ("here", "there"):
                if key.may(action, project):
                    assert person.may(action, project)
                    assert need.scope in scopes or need.scope == "read"
                    assert scopes
                    assert only in (None, project) or not need.in_project
                    assert only is None or action not in OF_THE_SERVER


def test_who_may_not_see_a_project_does_not_hear_of_it() -> None:
    actor = Actor(user_id="u", name="u", roles={"here": "viewer"})
    with pytest.raises(Forbidden, match="member"):
        actor.require("task.dispatch", "here")
    with pytest.raises(NotFound, match="no task task_9"):
        actor.require("task.dispatch", "there", "task task_9")
    with pytest.raises(Forbidden, match="server-admin"):
        actor.require("user.write")
    with pytest.raises(Forbidden, match="scope"):
        Actor(user_id="u", name="u", roles={"here": "member"}, scopes=("read",)).require("task.dispatch", "here")
    with pytest.raises(Bug):
        actor.may("task.read")


def test_the_projects_that_are_seen() -> None:
    roles = {"b": "viewer", "a": "admin"}
    assert Actor(user_id="u", name="u", roles=roles).projects() == ("a", "b")
    assert Actor(user_id="u", name="u", roles=roles, scopes=("read",), only_project="a").projects() == ("a",)
    assert Actor(user_id="u", name="u", roles=roles, scopes=("read",), only_project="c").projects() == ()
    assert Actor(user_id="u", name="u", is_admin=True, scopes=("dispatch",), only_project="c").projects() == ("c",)
