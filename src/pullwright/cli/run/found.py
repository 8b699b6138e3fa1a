"""The session that a command is about."""

from __future__ import annotations

from pathlib import Path

from pullwright.cli.folders import folders
from pullwright.cli.project import find_project
from pullwright.log.session import Sessions
from pullwright.protocol.errors import FixSettings


def sessions_here() -> Sessions:
    """All sessions of this person."""
    return Sessions(folders().sessions)


def find_session(sessions: Sessions, text: str, directory: Path) -> str:
    """The id that `text` (an id, its beginning or its end) names; empty: the newest of the project around `directory`.

    Raises `FixSettings` when there is none.
    """
    if text:
        return sessions.resolve(text)
    project = find_project(directory)
    newest = sessions.list(limit=1, project=str(project)) if project else []
    if not newest:
        raise FixSettings(
            f"no session has worked on {project} yet" if project else "this folder is in no project",
            fix="name a session (pullwright sessions list), or go into its project",
        )
    return newest[0].id
