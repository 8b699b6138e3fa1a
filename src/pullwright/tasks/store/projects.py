"""Projects, by id or name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.tables import projects

ROWS = Rows(projects, Project)


def add_project(connection: Connection, project: Project) -> bool:
    """False: the name is taken."""
    return ROWS.add_new(connection, project)


def find_project(connection: Connection, name: str) -> Project | None:
    """By id or name."""
    return ROWS.find(connection, projects.c.id == name) or ROWS.find(connection, projects.c.name == name)


def get_project(connection: Connection, name: str) -> Project:
    """By id or name. Raises `NotFound`."""
    project = find_project(connection, name)
    if project is None:
        raise NotFound(f"there is no project {name}")
    return project


def lock_project(connection: Connection, project_id: str) -> None:
    """Hold a project's row until the transaction's end: of those that do so one goes after the other."""
    connection.execute(select(projects.c.id).where(projects.c.id == project_id).with_for_update())


def find_projects_at(connection: Connection, connection_id: str, slug: str) -> list[Project]:
    """The projects that are the forge's repository `slug` (`owner/name`), by a forge connection."""
    return ROWS.all(connection, projects.c.connection_id == connection_id, projects.c.slug == slug, order=projects.c.id)


def count_projects_of(connection: Connection, connection_id: str) -> int:
    """How many projects a forge connection is used by, archived ones too."""
    statement = select(func.count()).select_from(projects).where(projects.c.connection_id == connection_id)
    return connection.execute(statement).scalar_one()


def list_projects(
    connection: Connection,
    *,
    only: Collection[str] | None = None,
    archived: bool = False,
    after: str = "",
    limit: int = 100,
) -> list[Project]:
    """By name, those after the name `after`; `only`: of these ids."""
    where = [projects.c.name > after]
    if only is not None:
        where.append(projects.c.id.in_(only))
    if not archived:
        where.append(projects.c.archived.is_(None))
    return ROWS.all(connection, *where, order=projects.c.name, limit=limit)


def change_project(connection: Connection, project_id: str, **values: object) -> bool:
    """Set fields of a project; False: there is none."""
    return ROWS.change(connection, projects.c.id == project_id, **values) == 1


def project_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of projects, by id."""
    return dict(connection.execute(select(projects.c.id, projects.c.name).where(projects.c.id.in_(ids))).all())
