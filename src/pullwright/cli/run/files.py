"""A session's files, opened again outside of any turn: its own workspace, or the person's folder where it worked in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.cli.run.saved import saved

if TYPE_CHECKING:
    from pullwright.workspace.inplace import InPlace
    from pullwright.workspace.workspace import Workspace


def works_in_place(folder: Path) -> bool:
    """Whether the session in `folder` works in the person's own files."""
    return (folder / "inplace.json").exists()


async def reopened(folder: Path, cache: Path) -> Workspace | InPlace:
    """The files of the session in `folder`; the caller closes them. Raises `FixRepository`, `FixSettings`."""
    if works_in_place(folder):
        from pullwright.workspace.inplace import open_in_place

        return await open_in_place(saved(folder).project, cache=cache, folder=folder)
    from pullwright.workspace.snapshot import reopen

    return await reopen(folder, cache)
