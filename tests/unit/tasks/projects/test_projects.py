"""Projects, environments, members: who may set them up, what cannot hold, what the audit says of it."""

from __future__ import annotations

import asyncio

import pytest

from kept import KeptHere, a_person, again
from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.chronicle import view_audit
from pullwright.tasks.projects.environments import drop_environment, put_environment, view_environment, view_environments
from pullwright.tasks.projects.members import put_member, remove_member, view_members
from pullwright.tasks.projects.projects import (
    ProjectEdit,
    ProjectOrder,
    create_project,
    edit_project,
    view_project,
    view_projects,
)
from pullwright.tasks.projects.schedules import (
    ScheduleOrder,
    create_schedule,
    drop_schedule,
    next_time,
    switch_schedule,
    view_schedules,
)
from pullwright.tasks.store.audit import AuditFilter
from pullwright.tasks.store.records import EnvironmentSpec, ProjectSettings, TaskOrder

TALLY = ProjectOrder(name="tally", url="https://git.example/tally.git")


async def people(kept: KeptHere) -> tuple[Actor, Actor, Actor]:
    """An administrator, a viewer of the project `tally`, and somebody else."""
    ada = await a_person(kept, "ada", is_admin=True)
    await create_project(kept, ada, TALLY)
    ben, carl = await a_person(kept, "ben"), await a_person(kept, "carl")
    await put_member(kept, ada, "tally", "ben", "viewer")
    return await again(kept, ada.user_id), await again(kept, ben.user_id), carl


def test_a_project_is_set_up_by_its_admins_and_seen_by_its_members(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, carl = await people(kept)
        with pytest.raises(Forbidden):
            await create_project(kept, ben, ProjectOrder(name="mine", url="https://git.example/x"))
        with pytest.raises(Conflict):
            await create_project(kept, ada, TALLY)
        assert [project.name for project in await view_projects(kept, ben)] == ["tally"]
        assert await view_projects(kept, carl) == []
        with pytest.raises(NotFound):
            await view_project(kept, carl, "tally")
        for who, error in ((ben, Forbidden), (carl, NotFound)):
            with pytest.raises(error):
                await edit_project(kept, who, "tally", ProjectEdit(default_branch="dev"))
            with pytest.raises(error):
                await edit_project(kept, who, "tally", ProjectEdit(archived=True))
        edit = ProjectEdit(name="abacus", settings=ProjectSettings(slots=2))
        assert (await edit_project(kept, ada, "tally", edit)).settings.slots == 2
        assert (await edit_project(kept, ada, "abacus", ProjectEdit(archived=True))).archived is not None
        assert await view_projects(kept, ada) == []
        assert (await edit_project(kept, ada, "abacus", ProjectEdit(archived=False))).archived is None

    asyncio.run(work())


@pytest.mark.parametrize(
    "order",
    [
        ProjectOrder(name="a/b", url="https://git.example/x"),
        ProjectOrder(name="x", url=""),
        ProjectOrder(name="x", url="--upload-pack=touch /tmp/x"),
        ProjectOrder(name="x", url="https://me:secret@git.example/x"),
        ProjectOrder(name="x", url="https://git.example/x", forge="github", slug="o/n"),
        ProjectOrder(name="x", url="https://git.example/x", forge="github", connection="c", slug="nonsense"),
        ProjectOrder(name="x", url="https://git.example/x", settings=ProjectSettings(branch_prefix="-x")),
        ProjectOrder(name="x", url="https://git.example/x", settings=ProjectSettings(slots=-1)),
    ],
)
def test_what_cannot_hold_is_said_with_a_fix(order: ProjectOrder, kept: KeptHere) -> None:
    with pytest.raises(FixSettings) as caught:
        asyncio.run(create_project(kept, Actor(user_id="", name="x", is_admin=True), order))
    assert caught.value.fix
    assert "secret" not in str(caught.value)


def test_members_come_change_and_go(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, carl = await people(kept)
        with pytest.raises(Forbidden):
            await put_member(kept, ben, "tally", "ben", "admin")
        with pytest.raises(NotFound):
            await put_member(kept, carl, "tally", "carl", "admin")
        with pytest.raises(NotFound):
            await put_member(kept, ada, "tally", "nobody", "admin")
        await put_member(kept, ada, "tally", "carl", "member")
        members = [(view.name, view.role) for view in await view_members(kept, ben, "tally")]
        assert members == [("ada", "admin"), ("ben", "viewer"), ("carl", "member")]
        with pytest.raises(Forbidden):
            await remove_member(kept, ben, "tally", "carl")
        await remove_member(kept, ben, "tally", "ben")
        with pytest.raises(NotFound):
            await view_members(kept, await again(kept, ben.user_id), "tally")

    asyncio.run(work())


def test_environments(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, carl = await people(kept)
        spec = EnvironmentSpec(setup="make", variables={"A": "1"}, base_root="image:debian", files=("deps.txt",))
        await put_environment(kept, ada, "tally", "slim", spec)
        assert (await view_environment(kept, ben, "tally", "slim")).spec == spec
        assert [found.name for found in await view_environments(kept, ben, "tally")] == ["default", "slim"]
        with pytest.raises(Forbidden):
            await put_environment(kept, ben, "tally", "slim", EnvironmentSpec())
        for who in (carl, ben):
            with pytest.raises(NotFound):
                await view_environment(kept, who, "tally", "none")
        with pytest.raises(Conflict):
            await drop_environment(kept, ada, "tally", "default")
        await put_environment(kept, ada, "tally", "slim", EnvironmentSpec(setup="cargo", variables={"A": "1"}))
        entries = await view_audit(kept, ada, AuditFilter(project="tally", action="environment."))
        assert [(entry.action, entry.detail.get("changed")) for entry in entries] == [
            ("environment.edit", ["base_root", "files", "setup"]),
            ("environment.create", None),
        ]
        await drop_environment(kept, ada, "tally", "slim")
        bad = (
            {"variables": {"A B": "1"}},
            {"base_root": "image:"},
            {"base_root": "folder:../here"},
            {"access": "full-access"},
            {"backend": "folder"},
            {"files": ("../x",)},
            {"setup_seconds": 0.0},
        )
        for fields in bad:
            with pytest.raises(FixSettings):
                await put_environment(kept, ada, "tally", "slim", EnvironmentSpec(**fields))

    asyncio.run(work())


def test_schedules(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, _ = await people(kept)
        order = ScheduleOrder(name="nightly", cron="0 3 * * 1-5", order=TaskOrder(project="", prompt="Upgrade"))
        made = await create_schedule(kept, ada, "tally", order)
        assert made.order.project == made.project_id
        with pytest.raises(Forbidden):
            await create_schedule(kept, ben, "tally", order)
        with pytest.raises(Forbidden):
            await switch_schedule(kept, ben, made.id, enabled=False)
        assert not (await switch_schedule(kept, ada, made.id, enabled=False)).enabled
        assert [found.id for found in await view_schedules(kept, ben, "tally")] == [made.id]
        await drop_schedule(kept, ada, made.id)
        for bad in ("", "every day", "* * * * * *", "61 * * * *", "@daily"):
            with pytest.raises(FixSettings):
                next_time(bad, 0.0)
        assert next_time("0 3 * * *", 0.0) == 3 * 3600

    asyncio.run(work())


def test_the_audit_is_for_administrators(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, carl = await people(kept)
        everything = await view_audit(kept, ada, AuditFilter())
        assert {"user.create", "project.create", "member.put"} <= {entry.action for entry in everything}
        with pytest.raises(Forbidden):
            await view_audit(kept, ben, AuditFilter())
        with pytest.raises(Forbidden):
            await view_audit(kept, ben, AuditFilter(project="tally"))
        with pytest.raises(NotFound):
            await view_audit(kept, carl, AuditFilter(project="tally"))

    asyncio.run(work())


def test_in_whose_name_a_forge_asks_is_chosen_among_those_who_are_there(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben, carl = await people(kept)
        await put_member(kept, ada, "tally", "ben", "admin")
        ben = await again(kept, ben.user_id)
        for name, error in (("ada", Forbidden), (carl.user_id, Forbidden), ("nobody", FixSettings)):
            with pytest.raises(error):
                await edit_project(kept, ben, "tally", ProjectEdit(settings=ProjectSettings(trigger_user=name)))
        await edit_project(kept, ben, "tally", ProjectEdit(settings=ProjectSettings(trigger_user="ben")))
        await edit_project(kept, ada, "tally", ProjectEdit(settings=ProjectSettings(trigger_user="carl")))
        await edit_project(kept, ben, "tally", ProjectEdit(settings=ProjectSettings(trigger_user="carl", slots=2)))

    asyncio.run(work())
