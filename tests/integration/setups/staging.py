"""A project with a setup script: set up for real, and looked at through the sandbox of an attempt over the layer."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

from pullwright.attempts.setup.layer import SetupLayer, with_setup
from pullwright.attempts.setup.order import SetupOrder
from pullwright.attempts.setup.running import Made, base_of, set_up
from pullwright.protocol.policy import Limits
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec
from pullwright.sandbox.toolchains import toolchains
from pullwright.workspace.snapshot import snapshot
from repositories import commit, make_project, text

FILES = {
    "app.py": b"print('hi')\n",
    "requirements.txt": b"one==1\n",
    "pkg/mod.py": b"x = 1\n",
    ".gitignore": b"build/\n*.log\n",
}
AT = "/workspace"


class Stage:
    """A repository, a cache, and what is done with them. All below the folder `place`."""

    def __init__(self, place: Path) -> None:
        place.chmod(0o755)
        self.place = place
        self.project = make_project(place / "project", FILES)
        self.cache = place / "cache"
        self.head = text(self.project, "rev-parse", "HEAD")
        self.tools = toolchains(self.project, os.environ)
        self._count = itertools.count(1)

    def commit(self, **files: str) -> str:
        """Another commit; `__` in a name is a slash, `_DOT_` a dot."""
        for name, content in files.items():
            path = self.project / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return commit(self.project, "More")

    def order(self, script: str, at: str = "", **more: Any) -> SetupOrder:
        """An order for the commit `at`, the first one where empty."""
        fixed = {"project": self.project, "commit": at or self.head, "cache": self.cache, "at": AT, "tools": self.tools}
        return SetupOrder(**{**fixed, "script": script, "limits": Limits(disk_bytes=2 << 30), **more})

    async def set_up(self, order: SetupOrder) -> Made:
        """Run it; what it says is in `said`."""
        self.said = b""
        base = await base_of(self.project, self.cache, order.commit)
        try:
            return await set_up(order, base, self.hear)
        finally:
            base.release()

    def hear(self, data: bytes) -> None:
        """The live log."""
        self.said += data

    async def sh(self, made: Made, line: str, at: str = "", name: str = "linux") -> str:
        """What a line says in an attempt over the layer."""
        setup = SetupLayer(folders=(made.layer.folder,), bins=made.layer.meta.bins, env=made.layer.meta.env)
        folder = self.place / f"session-{next(self._count)}"
        folder.mkdir()
        async with await snapshot(self.project, ref=at or self.head, local=False, cache=self.cache, folder=folder) as workspace:
            await workspace.lay_under(setup.folders)
            env = with_setup(setup, self.tools.env)
            spec = SandboxSpec(
                folder=folder / "attempt/sandbox",
                tree=workspace.overlay,
                at=AT,
                mounts=self.tools.mounts,
                env=env,
                home=setup.homes,
            )
            async with backend(name).open(spec) as sandbox:
                done = await sandbox.exec(Command(argv=("bash", "-c", line), timeout=60))
            kept = await workspace.checkpoint()
            self.changed = kept.paths if kept is not None else ()
        return done.output.decode().strip()


def everything(folder: Path) -> list[Path]:
    """All paths below a folder, links not followed."""
    return [Path(place, name) for place, folders, files in os.walk(folder) for name in (*folders, *files)]
