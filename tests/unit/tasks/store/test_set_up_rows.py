"""Users, memberships, projects and environments as rows."""

from __future__ import annotations

from sqlalchemy import Connection

from planted import plant_project, plant_user
from pullwright.log.sql.database import Database
from pullwright.protocol.policy import NetworkPolicy, NetworkRule
from pullwright.tasks.store.environments import (
    add_environment,
    change_environment,
    find_environment,
    get_environment,
    list_environments,
    remove_environment,
)
from pullwright.tasks.store.memberships import members_of, put_membership, remove_membership, roles_of
from pullwright.tasks.store.projects import add_project, change_project, find_project, list_projects
from pullwright.tasks.store.records import EnvironmentSpec, ProjectSettings
from pullwright.tasks.store.rows.people import Membership
from pullwright.tasks.store.rows.projects import Environment
from pullwright.tasks.store.users import (
    add_user,
    change_user,
    count_admins,
    find_user,
    find_user_by_subject,
    list_users,
)


def test_users(database: Database) -> None:
    def work(connection: Connection) -> None:
        ada = plant_user(connection, "ada", subject="https://id x", logins={"conn_1": "ada-l"})
        ben = plant_user(connection, "ben")
        assert find_user(connection, "ada") == ada == find_user(connection, ada.id)
        assert find_user_by_subject(connection, "https://id x") == ada
        assert not add_user(connection, ada)
        assert count_admins(connection) == 0
        assert change_user(connection, ben.id, is_admin=True)
        assert count_admins(connection) == 0  # no way in
        assert change_user(connection, ben.id, password_hash="x")
        assert count_admins(connection) == 1
        assert change_user(connection, ben.id, disabled=True)
        assert count_admins(connection) == 0
        assert [user.name for user in list_users(connection, after="ada")] == ["ben"]

    database.run(work)


def test_memberships(database: Database) -> None:
    def work(connection: Connection) -> None:
        user, project = plant_user(connection), plant_project(connection)
        put_membership(connection, Membership(user_id=user.id, project_id=project.id, role="viewer"))
        put_membership(connection, Membership(user_id=user.id, project_id=project.id, role="admin"))
        assert roles_of(connection, user.id) == {project.id: "admin"}
        assert [row.user_id for row in members_of(connection, project.id)] == [user.id]
        assert remove_membership(connection, user.id, project.id)
        assert not remove_membership(connection, user.id, project.id)

    database.run(work)


def test_projects(database: Database) -> None:
    def work(connection: Connection) -> None:
        tally, vowel = plant_project(connection, "tally"), plant_project(connection, "vowel")
        assert find_project(connection, "tally") == tally == find_project(connection, tally.id)
        assert not add_project(connection, tally)
        settings = ProjectSettings(publish="on-approval", labels=("bot",))
        assert change_project(connection, tally.id, settings=settings, archived=5.0)
        assert list_projects(connection) == [vowel]
        both = list_projects(connection, archived=True)
        assert [project.settings for project in both] == [settings, ProjectSettings()]
        assert list_projects(connection, only=(tally.id,)) == []
        assert list_projects(connection, only=(vowel.id,), after="tally") == [vowel]

    database.run(work)


def test_environments(database: Database) -> None:
    def work(connection: Connection) -> None:
        project = plant_project(connection)
        spec = EnvironmentSpec(setup="make", network=NetworkPolicy(rules=(NetworkRule(host="a.example"),)), variables={"A": "1"})
        slim = Environment(id="env_slim", project_id=project.id, name="slim", spec=spec, created=1.0, changed=1.0)
        assert add_environment(connection, slim)
        assert not add_environment(connection, slim)
        assert get_environment(connection, "env_slim") == slim
        assert find_environment(connection, project.id, "slim") == slim == find_environment(connection, project.id, "env_slim")
        assert find_environment(connection, "proj_other", "env_slim") is None
        assert [environment.name for environment in list_environments(connection, project.id)] == ["default", "slim"]
        assert change_environment(connection, "env_slim", spec=EnvironmentSpec(setup="cargo"), changed=2.0)
        assert get_environment(connection, "env_slim").spec.setup == "cargo"
        assert remove_environment(connection, "env_slim")

    database.run(work)
