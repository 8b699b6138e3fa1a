"""Projects, their members and schedules."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query

from pullwright.server.finding import Found
from pullwright.server.reaching import Branch, Reached, Sighted, branches, look_at, reach_project
from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.activity import Activity, view_activity
from pullwright.tasks.projects.members import MemberView, put_member, remove_member, view_members
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
    next_times,
    switch_schedule,
    view_schedules,
)
from pullwright.tasks.store.records import Role, TaskOrder
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.work import Schedule

ROUTES = Routes("Projects")


class Member(msgspec.Struct, frozen=True):
    """What somebody shall be in a project."""

    role: Role


class Switch(msgspec.Struct, frozen=True):
    """Whether a schedule counts."""

    enabled: bool


class Address(msgspec.Struct, frozen=True):
    """Where a repository may be: what `git clone` would be given, and the plain git connection to sign in with, if any."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    connection: Annotated[str, msgspec.Meta(max_length=128)] = ""


@ROUTES.get("/api/v1/projects")
async def projects(
    call: Call,
    archived: Annotated[bool, Query(description="Also those that are archived.")] = False,
    after: Annotated[str, Query(max_length=100, description="The last name of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> list[Project]:
    """List the projects that one may see, by name."""
    return await view_projects(call.service, call.actor, archived=archived, after=after, limit=limit)


@ROUTES.post("/api/v1/projects", status=201, example=ProjectOrder(name="tally", url="https://git.example/tally.git"))
async def add_project(call: Call, body: ProjectOrder) -> Project:
    """Connect a repository. Who connects it is its admin."""
    return await create_project(call.service, call.actor, body)


@ROUTES.get("/api/v1/activity")
async def activity(call: Call) -> list[Activity]:
    """What goes on in each project that one may see: its tasks by state, and when the last one changed."""
    return await view_activity(call.service, call.actor)


@ROUTES.post("/api/v1/repositories/look", example=Address("https://git.example/tally.git"))
async def look(call: Call, body: Address) -> Sighted:
    """What is at an address, before a project is made of it: its branches; else why it cannot be read."""
    return await look_at(call.service, call.actor, body.url, body.connection)


@ROUTES.get("/api/v1/schedule-times")
async def schedule_times(
    call: Call,
    cron: Annotated[str, Query(max_length=200, description="Five fields, in UTC.")] = "0 3 * * 1-5",
    count: Annotated[int, Query(ge=1, le=20)] = 5,
) -> list[float]:
    """When a schedule with this time would next dispatch, in seconds since 1970."""
    call.actor.require("server.read")
    return next_times(cron, count)


@ROUTES.get("/api/v1/projects/{project}")
async def project(call: Call, project: str) -> Project:
    """One project, by id or name."""
    return await view_project(call.service, call.actor, project)


@ROUTES.patch("/api/v1/projects/{project}", example=ProjectEdit(default_branch="trunk"))
async def change_project(call: Call, project: str, body: ProjectEdit) -> Project:
    """Change a project. Archived, it takes no tasks and keeps everything."""
    return await edit_project(call.service, call.actor, project, body)


@ROUTES.get("/api/v1/projects/{project}/check")
async def check_project(call: Call, project: str) -> Reached:
    """Fetch the repository now: whether that goes, and else what to do about it."""
    return await reach_project(call.service, call.actor, project)


@ROUTES.get("/api/v1/projects/{project}/branches")
async def project_branches(call: Call, project: str) -> list[Branch]:
    """The branches of the repository as they are now."""
    return await branches(call.service, call.actor, project)


@ROUTES.get("/api/v1/projects/{project}/files")
async def project_files(
    call: Call,
    project: str,
    ref: Annotated[str, Query(max_length=200, description="A branch, tag or commit; empty: the default branch.")] = "",
    match: Annotated[str, Query(max_length=200, description="Letters of the name, in order; empty: what lies at the top.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Found:
    """Files and folders of the repository whose names fit some letters, best first: as it was when it was last fetched."""
    return await call.desk.finder.find(call.service, call.actor, project, ref, match, limit)


@ROUTES.get("/api/v1/projects/{project}/members")
async def members(call: Call, project: str) -> list[MemberView]:
    """Who is what in the project."""
    return await view_members(call.service, call.actor, project)


@ROUTES.put("/api/v1/projects/{project}/members/{user}", example=Member("member"))
async def set_member(call: Call, project: str, user: str, body: Member) -> MemberView:
    """Make a user a viewer, member or admin of the project."""
    return await put_member(call.service, call.actor, project, user, body.role)


@ROUTES.delete("/api/v1/projects/{project}/members/{user}")
async def drop_member(call: Call, project: str, user: str) -> None:
    """Take a user out of the project. Anybody may leave."""
    await remove_member(call.service, call.actor, project, user)


@ROUTES.get("/api/v1/projects/{project}/schedules")
async def schedules(call: Call, project: str) -> list[Schedule]:
    """The tasks that the clock dispatches."""
    return await view_schedules(call.service, call.actor, project)


_NIGHTLY = ScheduleOrder(name="nightly", cron="0 3 * * 1-5", order=TaskOrder(project="tally", prompt="Upgrade what is outdated"))


@ROUTES.post("/api/v1/projects/{project}/schedules", status=201, example=_NIGHTLY)
async def add_schedule(call: Call, project: str, body: ScheduleOrder) -> Schedule:
    """Have the clock dispatch a task, in one's own name."""
    return await create_schedule(call.service, call.actor, project, body)


@ROUTES.patch("/api/v1/schedules/{schedule}", example=Switch(False))
async def change_schedule(call: Call, schedule: str, body: Switch) -> Schedule:
    """Stop a schedule, or let it go on from its next time."""
    return await switch_schedule(call.service, call.actor, schedule, enabled=body.enabled)


@ROUTES.delete("/api/v1/schedules/{schedule}")
async def remove_schedule(call: Call, schedule: str) -> None:
    """Remove a schedule."""
    await drop_schedule(call.service, call.actor, schedule)
