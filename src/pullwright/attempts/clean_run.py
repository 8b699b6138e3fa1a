"""One clean run of the tests: a fresh checkout of a tree, a fresh sandbox, the test command, its result file.

await run(work, command, tree, folder) -> Clean
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from pullwright.attempts.results.reading import read_file, read_printed
from pullwright.attempts.results.tests import LARGEST, Results, Unreadable, disagreement
from pullwright.attempts.setup.layer import homes_of, with_setup
from pullwright.attempts.spec import TurnSpec
from pullwright.attempts.testing import Runner, TestCommand, for_results, limited
from pullwright.attempts.verdict import Ran
from pullwright.sandbox.sandbox import Backend, Command, Finished, Mount, Process, Sandbox, SandboxSpec
from pullwright.sandbox.toolchains import Toolchains
from pullwright.workspace.files import Files

SHIM = Path(__file__).with_name("unittest_junit.py")
SHIM_AT = "/run/pullwright/unittest_junit.py"
SECONDS = 1_800.0
"""The longest that one run may take."""
TIMES, LEAST = 20.0, 120.0
"""How many times as long as the base's the others may take, and the seconds that they have in any case."""
LOOK = 1.0
"""Seconds between looks at whether a run has had its time."""


class Patience:
    """How long a run may take, in seconds: known better once the base's has ended. A change may hang where the base did not."""

    def __init__(self) -> None:
        self.seconds = SECONDS

    def after(self, base: float) -> None:
        """The base's run took so long."""
        self.seconds = min(SECONDS, max(LEAST, TIMES * base))


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is verified: the change as the tree `tree` over `workspace.start_tree`; `message` is the agent's last,
    `told` are those of the session's earlier turns.

    `fresh` uses no run of an earlier time.
    """

    spec: TurnSpec
    workspace: Files
    tree: str
    message: str
    told: tuple[str, ...] = ()
    backend: Backend
    tools: Toolchains
    redact: Callable[[bytes], bytes]
    command: TestCommand | None = None
    fresh: bool = False


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    """A run as `verdict.py` reads it, and what is told of it. `output` is without secrets."""

    ran: Ran
    seconds: float
    output: bytes
    timed_out: bool = False


async def run(
    work: Work, command: TestCommand, tree: str, folder: Path, only: Sequence[str] = (), patience: Patience | None = None
) -> Clean:
    """Run the tests of a tree, below the new folder `folder`; `only` limits them to files or tests.

    Where the command cannot be limited, or the limited one does not run them all, everything is run.
    """
    patience = patience or Patience()
    less = limited(command, only) if only else None
    if less is not None:
        found = await _run(work, less, tree, folder / "limited", patience)
        results = found.ran.results
        if results is not None and all(_ran(name, results) for name in only):
            ran = msgspec.structs.replace(found.ran, only=tuple(only))
            return msgspec.structs.replace(found, ran=ran)
    return await _run(work, command, tree, folder / "whole", patience)


def _ran(part: str, results: Results) -> bool:
    """Whether a file or test is in the results, or could not be loaded, which is a result too."""
    known = any(part in (name.partition("[")[0], name.partition("::")[0]) for name in results.states)
    return known or results.blocks(f"{part}::")


async def _run(work: Work, command: TestCommand, tree: str, folder: Path, patience: Patience) -> Clean:
    async with fresh_sandbox(work, tree, folder, command.env, (Mount(path=SHIM, at=SHIM_AT),)) as sandbox:
        shim = SHIM_AT if await sandbox.stat(SHIM_AT) else str(SHIM)
        results_at = f"{await temporary(sandbox)}/{secrets.token_hex(16)}.xml"
        line = for_results(command, results=results_at, shim=shim)
        printed = folder / "printed"
        process = await sandbox.start(Command(argv=("/bin/sh", "-c", line), keep=printed, keep_bytes=LARGEST))
        ended = await _ended(process, patience)
        read = _File(sandbox, results_at) if results_at in line else _Printed(printed)
        results, trouble = await _results(read, ended, command.runner, at_of(work))
    return Clean(
        ran=Ran(tree=tree, exit_code=ended.exit_code, results=results, trouble=trouble),
        seconds=round(ended.seconds, 3),
        output=work.redact(ended.output),
        timed_out=ended.why == "timeout",
    )


async def _ended(process: Process, patience: Patience) -> Finished:
    """Wait for the end, or for the end of the patience."""
    began = time.monotonic()
    while (ended := await process.wait(LOOK)) is None:
        if time.monotonic() - began > patience.seconds:
            killed = await process.kill()
            return msgspec.structs.replace(killed, exit_code=None, why="timeout")
    return ended


def at_of(work: Work) -> str:
    """Where the files lie inside the sandbox."""
    return work.spec.at or str(work.workspace.root)


@asynccontextmanager
async def fresh_sandbox(
    work: Work, tree: str, folder: Path, env: Mapping[str, str], mounts: Sequence[Mount] = ()
) -> AsyncGenerator[Sandbox]:
    """A sandbox that the agent never touched, over a fresh checkout of `tree` below the new folder `folder`."""
    overlay = await work.workspace.materialise(tree, folder / "tree")
    spec = SandboxSpec(
        folder=folder / "sandbox",
        tree=overlay,
        at=at_of(work),
        network=work.spec.network,
        limits=work.spec.limits,
        mounts=(*work.tools.mounts, *mounts),
        env={**with_setup(work.spec.setup, work.tools.env), **work.spec.env, **env},
        base_root=work.spec.base_root,
        home=homes_of(work.spec.setup),
    )
    (folder / "sandbox").mkdir(parents=True, exist_ok=True)
    async with work.backend.open(spec) as sandbox:
        yield sandbox


async def temporary(sandbox: Sandbox) -> str:
    """The sandbox's private folder for temporary files."""
    told = await sandbox.exec(Command(argv=("/bin/sh", "-c", 'printf %s "${TMPDIR:-/tmp}"'), timeout=30))
    return told.output.decode("utf-8", "replace").strip() or "/tmp"  # noqa: S108


class _File(msgspec.Struct, frozen=True):
    """The result file that the runner was asked for."""

    sandbox: Sandbox
    path: str

    async def read(self, runner: Runner, at: str) -> Results:
        """Its tests. Raises `OSError` where there is none, and `Unreadable`."""
        data = await self.sandbox.read(self.path, 0, LARGEST + 1)
        return await asyncio.to_thread(read_file, runner, data, at)


class _Printed(msgspec.Struct, frozen=True):
    """What the runner printed, where no file could be asked for."""

    path: Path

    async def read(self, runner: Runner, at: str) -> Results:
        """Its tests. Raises `Unreadable`."""
        return await asyncio.to_thread(lambda: read_printed(runner, self.path.read_bytes(), at))


async def _results(source: _File | _Printed, ended: Finished, runner: Runner, at: str) -> tuple[Results | None, str]:
    """The tests of a run, or None and why they cannot be believed: what was killed has not told all."""
    if ended.why in ("timeout", "killed", "out-of-memory"):
        return None, f"it did not end by itself ({ended.why})"
    what = "result file" if isinstance(source, _File) else "output"
    try:
        results = await source.read(runner, at)
    except OSError:
        return None, f"it left no {what} ({_how(ended)})"
    except Unreadable as error:
        return None, "" if runner == "other" else f"its {what} is not readable: {error}"
    if wrong := disagreement(results, ended.exit_code):
        return None, wrong
    return results, ""


def _how(ended: Finished) -> str:
    return ended.why or (f"exit code {ended.exit_code}" if ended.exit_code is not None else ended.signal)


def side_by_side() -> int:
    """How many runs at once: three, so that the third of two processors' runs does not wait for its turn; four at most."""
    return min(4, max(3, (os.cpu_count() or 2) // 2))
