"""The new tests against each small fault: a fresh sandbox for each, so many at once, until time is up.

try_all(work, command, mutants, …) -> Tried
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.attempts.clean_run import Work, fresh_sandbox, side_by_side
from pullwright.attempts.testing import TestCommand
from pullwright.attempts.workloads.mutants import Mutant
from pullwright.log.recorder import Recorder
from pullwright.protocol.live import Progress
from pullwright.sandbox.sandbox import Command

MOST = 24
"""Faults that are tried."""
SECONDS = 90.0
"""After these no further fault is begun."""


class Tried(msgspec.Struct, frozen=True):
    """What came of it. `trouble` says why nothing could be tried; `left` were not begun for want of time."""

    killed: tuple[Mutant, ...] = ()
    survived: tuple[Mutant, ...] = ()
    left: int = 0
    trouble: str = ""


async def try_all(work: Work, command: TestCommand, mutants: Sequence[Mutant], folder: Path, recorder: Recorder) -> Tried:
    """Run the tests of `command` on the change as it is (they must pass), then with each fault."""
    began = time.monotonic()
    code = await _run(work, command, None, folder / "0", 600.0)
    took = time.monotonic() - began
    if code != 0:
        return Tried(trouble=f"the new tests by themselves end with {'no exit code' if code is None else f'exit code {code}'}")
    gate = asyncio.Semaphore(side_by_side())
    done: list[tuple[Mutant, bool]] = []
    deadline = time.monotonic() + SECONDS

    async def one(number: int, mutant: Mutant) -> None:
        async with gate:
            if time.monotonic() > deadline:
                return
            ended = await _run(work, command, mutant, folder / str(number), 10 + 5 * took)
            done.append((mutant, ended != 0))
            recorder.show(Progress("trying faults", len(done), len(mutants), "faults"))

    async with asyncio.TaskGroup() as group:
        for number, mutant in enumerate(mutants, 1):
            group.create_task(one(number, mutant))
    killed = tuple(mutant for mutant, noticed in done if noticed)
    return Tried(killed, tuple(mutant for mutant, noticed in done if not noticed), len(mutants) - len(done))


async def _run(work: Work, command: TestCommand, mutant: Mutant | None, folder: Path, seconds: float) -> int | None:
    """One run's exit code; None when it did not end in time, which a fault may cause as well."""
    async with fresh_sandbox(work, work.tree, folder, command.env) as sandbox:
        if mutant is not None:
            await sandbox.write(f"{work.spec.at or work.workspace.root}/{mutant.path}", mutant.text.encode())
        env = {"PYTHONDONTWRITEBYTECODE": "1"}
        ended = await sandbox.exec(Command(argv=("/bin/sh", "-c", command.line), env=env, timeout=seconds))
        return ended.exit_code if ended.why != "timeout" else None
