"""A read-only command is never asked about: it may change no file of the person's, wherever the workspace lies."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Literal

import pytest

from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec


@pytest.mark.parametrize("parent", ["/tmp", "/var/tmp"])
@pytest.mark.parametrize("access", ["workspace-write", "full-access"])
def test_a_read_only_command_changes_nothing_wherever_the_workspace_lies(
    access: Literal["workspace-write", "full-access"], parent: str
) -> None:
    """Below /tmp, which is writable, below a link to it, and on the whole machine: what nobody is asked about changes no file."""
    with tempfile.TemporaryDirectory(prefix="w", dir=parent) as name:
        folder = Path(name)
        (folder / "project").mkdir()
        outside = folder / "outside"
        spec = SandboxSpec(
            folder=folder / "attempt",
            tree=PlainTree(path=folder / "project"),
            at=str(folder / "project"),
            access=access,
        )
        harm = f"echo x > a; echo x > {spec.at}/b; echo x > {outside}; echo x > $HOME/harm"

        async def body() -> None:
            async with backend("linux").open(spec) as sandbox:
                await sandbox.exec(Command(argv=("sh", "-c", f"{harm}-{folder.name}"), read_only=True))
                assert list((folder / "project").iterdir()) == []
                assert not outside.exists()
                assert not (Path(os.environ["HOME"]) / f"harm-{folder.name}").exists()
                scratch = await sandbox.exec(
                    Command(argv=("sh", "-c", "f=$(mktemp) && echo ok > $f && cat $f >/dev/null"), read_only=True)
                )
                assert scratch.ok, scratch.output
                assert (await sandbox.exec(Command(argv=("sh", "-c", "echo x > a")))).ok  # the control
            assert (folder / "project/a").exists()

        asyncio.run(body())
