"""A part of a service: database, blobs and vault are real, the project is a clone of a repository that grows."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import msgspec

from pullwright.log.blobs import Blobs, open_blobs
from pullwright.log.sql.database import Database
from pullwright.protocol.ids import new_id
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec
from pullwright.tasks.environments import Prepared, prepare_environment, try_setup
from pullwright.tasks.environments.trying import Tried
from pullwright.tasks.store.environments import add_environment, change_environment, get_environment
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import EnvironmentSpec, SecretUse
from pullwright.tasks.store.rows.projects import Environment, Project, Secret, Setup
from pullwright.tasks.store.secrets import put_secret
from pullwright.tasks.store.setups import setups_of
from pullwright.tasks.vault import Vault, open_vault, secret_context
from pullwright.workspace.clone import Clone
from pullwright.workspace.snapshot import snapshot
from repositories import commit, make_project

FILES = {
    "app.py": b"print('hi')\n",
    "requirements.txt": b"one==1\n",
    "scripts/install.sh": b"echo installing; . scripts/env.sh\n",
    "scripts/env.sh": b"echo env\n",
    "tests/test_app.py": b"import unittest\n",
    ".gitignore": b"build/\n",
}


class Config(msgspec.Struct, frozen=True):
    """Where things lie."""

    data: Path
    cache: Path
    backend: str = ""


class Place:
    """A service with one project and one environment."""

    def __init__(self, folder: Path, database: Database) -> None:
        folder.chmod(0o755)
        self.folder = folder
        self.config = Config(folder / "data", folder / "cache")
        self.database = database
        self.blobs: Blobs = open_blobs(folder / "blobs")
        self.vault: Vault = open_vault(folder / "data")
        self.origin = make_project(folder / "origin", FILES)
        self.clone = Clone(folder / "clone")
        self.project = Project(id=new_id("prj"), name="sample", forge="git", url=str(self.origin))
        self.environment = Environment(id=new_id("env"), project_id=self.project.id)
        self.said = ""
        self._count = itertools.count(1)

    async def begin(self, **spec: Any) -> Place:
        """With the environment's settings."""
        await self.database.write(add_project, self.project)
        await self.database.write(add_environment, self.environment)
        await self.change(**spec)
        await self.fetch()
        return self

    async def change(self, **spec: Any) -> None:
        """Other settings."""
        await self.database.write(change_environment, self.environment.id, spec=EnvironmentSpec(**spec))
        self.environment = await self.database.read(get_environment, self.environment.id)

    async def fetch(self) -> str:
        """The default branch's head, fetched."""
        await self.clone.fetch(str(self.origin), None, local=True)
        return await self.clone.resolve("main")

    async def commit(self, branch: str = "main", **files: str) -> str:
        """A commit on a branch (a new one begins at main), fetched."""
        from repositories import git

        git(self.origin, "checkout", "-q", *(["main"] if branch == "main" else ["-B", branch, "main"]))
        for name, text in files.items():
            path = self.origin / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        made = commit(self.origin, "More")
        git(self.origin, "checkout", "-q", "main")
        await self.fetch()
        return made

    async def secret(self, name: str, value: str, **use: Any) -> None:
        """A secret, sealed."""
        sealed = self.vault.seal(value.encode(), secret_context(self.environment.id, name))
        made = {"id": new_id("sec"), "environment_id": self.environment.id, "name": name, "created": time.time()}
        secret = Secret(**made, use=SecretUse(**use), value=sealed)
        await self.database.write(put_secret, secret)

    async def prepare(self, at: str = "") -> Prepared:
        """What a turn gets."""
        head = at or await self.clone.resolve("main")
        return await prepare_environment(self, self.project, self.environment, self.clone, head, self.hear, worker="w1")

    async def try_it(self, at: str = "") -> Tried:
        """Setup, tried."""
        head = at or await self.clone.resolve("main")
        return await try_setup(self, self.project, self.environment, self.clone, head, self.hear, worker="w1")

    def hear(self, text: str) -> None:
        """The live log."""
        self.said += text

    async def setups(self) -> list[Setup]:
        """The rows, oldest first."""
        return (await self.database.read(setups_of, self.environment.id))[::-1]

    async def sh(self, prepared: Prepared, line: str, at: str = "") -> str:
        """What a line says in an attempt's sandbox."""
        folder = self.folder / f"session-{next(self._count)}"
        folder.mkdir()
        head, setup = at or await self.clone.resolve("main"), prepared.layer
        opened = await snapshot(self.clone.folder, ref=head, local=False, cache=self.config.cache, folder=folder)
        async with opened as workspace:
            await workspace.lay_under(setup.folders if setup else ())
            spec = SandboxSpec(
                folder=folder / "attempt/sandbox",
                tree=workspace.overlay,
                at=prepared.at,
                network=prepared.network,
                env=prepared.env,
                base_root=prepared.base_root,
                home=setup.homes if setup else (),
            )
            async with backend(prepared.backend).open(spec) as sandbox:
                done = await sandbox.exec(Command(argv=("sh", "-c", line), timeout=60))
        return done.output.decode(errors="replace").strip()
