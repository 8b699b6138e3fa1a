"""The project that this folder is of: known to the server by its URL, registered with the local service by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pullwright.cli.project import find_project
from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import add_project, projects
from pullwright.cli.tasks.records import Project
from pullwright.protocol.errors import FixSettings


def project_here(api: Api, directory: Path, name: str = "") -> Project:
    """The project `name`, else that of the repository around `directory`. Raises `FixSettings`."""
    known = projects(api)
    if name:
        found = next((one for one in known if name in (one.name, one.id)), None)
        if found is None:
            raise FixSettings(f"there is no project {name!r}", fix="see: pullwright project list")
        return found
    root = find_project(directory)
    if root is None:
        raise FixSettings("this folder is in no git repository", fix="go into one, or name a project: --project NAME")
    if api.server.is_local:
        return _local(api, root, known)
    urls = {normal(url) for url in remotes(root)}
    found = next((one for one in known if normal(one.url) in urls), None)
    if found is None:
        raise FixSettings(
            f"{api.server.url} knows no project of this repository", fix="name one (--project), or: pullwright project add"
        )
    return found


def _local(api: Api, root: Path, known: list[Project]) -> Project:
    """The repository as a project of the local service."""
    url = str(root)
    found = next((one for one in known if one.url in (url, f"file://{url}")), None)
    if found is not None:
        return found
    return add_project(
        api, {"name": free_name(root, known), "forge": "git", "url": url, "default_branch": branch_of(root) or "main"}
    )


def free_name(root: Path, known: list[Project]) -> str:
    """A name for a repository that no other project has."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", root.name).strip("-.") or "project"
    taken = {one.name for one in known}
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if name not in taken)


def branch_of(root: Path) -> str:
    """The branch that is checked out; empty when none is."""
    from pullwright.workspace.repository import Repository

    return Repository.find(root).branch or ""


def remotes(root: Path) -> list[str]:
    """The URLs of the repository's remotes, as its configuration has them; includes are not followed."""
    try:
        text = (root / ".git" / "config").read_text("utf-8", "replace")
    except OSError:
        return []
    return re.findall(r"(?m)^\s*url\s*=\s*(.+?)\s*$", text)


def normal(url: str) -> str:
    """A git URL by host and path alone: `git@host:a/b.git`, `https://user@host/a/b` and `ssh://host/a/b` are one."""
    found = re.fullmatch(r"(?:[a-z+]+://)?(?:[^@/]*@)?([^/:]+)(?::\d+(?=/))?[:/](.+?)(?:\.git)?/?", url.strip())
    return (
        f"{found[1].lower()}/{found[2].lstrip('/')}"
        if found and not url.startswith(("/", "file:"))
        else url.removeprefix("file://").rstrip("/")
    )


def begins_at(api: Api, directory: Path, options: Mapping[str, Any]) -> str:
    """Where a task begins: as asked for; with the local service, at what is checked out here; else at the default branch."""
    ref = str(options["ref"])
    if ref or options["project"] or not api.server.is_local:
        return ref
    from pullwright.workspace.repository import Repository

    root = find_project(directory)
    if root is None:
        return ""
    repository = Repository.find(root)
    return repository.branch or repository.head
