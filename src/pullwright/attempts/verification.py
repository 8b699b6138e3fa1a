"""Pullwright's own clean runs of the tests, in fresh sandboxes that the agent never touched.

    verify(work) -> Judgement
    ├── composition.py    the four trees; runner configuration is the base's in all of them
    ├── a run each        materialise ─▶ open a sandbox ─▶ run ─▶ read the result file, two at a time
    └── verdict.py        what they say together

**How far a result can be trusted.** Test code and tested code run in one process, which writes its own results: code
that is out to deceive can forge both the result file and the exit code. What is done against it: the file's path is
random for each run and outside the workspace; it must be there, be well-formed and agree with the exit code; the runner's
configuration is the base's; nothing but the four trees reaches the sandboxes. What remains is told by the flags
and by review: a change whose *source* detects that it is being tested.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from pullwright.attempts import junit
from pullwright.attempts.claims import says_green
from pullwright.attempts.composition import Parts, compose, entries
from pullwright.attempts.detection import detect, test_folders
from pullwright.attempts.flags import flags
from pullwright.attempts.spec import TurnSpec
from pullwright.attempts.testing import TestCommand, for_results
from pullwright.attempts.verdict import Judgement, Ran, RunName, judge
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import VerificationRan, VerificationRun, Verified
from pullwright.protocol.live import Progress
from pullwright.sandbox.sandbox import Backend, Command, Finished, Mount, Sandbox, SandboxSpec
from pullwright.sandbox.toolchains import Toolchains
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git
from pullwright.workspace.objects import Objects
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.workspace import Workspace

SHIM = Path(__file__).with_name("unittest_junit.py")
SHIM_AT = "/run/pullwright/unittest_junit.py"
SIDE_BY_SIDE = 2
SECONDS = 1_800.0
"""The longest that one run may take."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is verified: the change as the tree `tree` over `workspace.start_tree`; `message` is the agent's last."""

    spec: TurnSpec
    workspace: Workspace
    tree: str
    message: str
    backend: Backend
    tools: Toolchains
    redact: Callable[[bytes], bytes]
    command: TestCommand | None = None


class Plan(msgspec.Struct, frozen=True):
    """The tree of each run, and what in the change is flagged."""

    trees: dict[RunName, str]
    flags: tuple[str, ...]
    weakened: frozenset[str]
    runner_edited: bool


async def verify(work: Work, recorder: Recorder) -> Verified:
    """Make the four runs, log each, and log and return what they say. Leaves nothing behind but the log."""
    folder = work.spec.folder / "verification"
    try:
        judgement, command = await _judged(work, recorder, folder)
    finally:
        await asyncio.shield(asyncio.to_thread(remove_tree, folder))
    verified = Verified(
        verdict=judgement.verdict,
        why=judgement.why,
        command=command,
        red_to_green=judgement.red_to_green,
        newly_failing=judgement.newly_failing,
        removed=judgement.removed,
        flags=judgement.flags,
    )
    await recorder.record(verified)
    return verified


async def _judged(work: Work, recorder: Recorder, folder: Path) -> tuple[Judgement, str]:
    base = await work.workspace.materialise(work.workspace.start_tree, folder / "look")
    roots = base.lowers
    command = work.command or await asyncio.to_thread(detect, roots, work.workspace.root, work.tools.env.get("PATH"))
    if command is None:
        return Judgement(verdict="not-run", why="the base has no test command that could be found", flags=()), ""
    await work.workspace.summary(work.workspace.start_tree, work.tree)
    plan = await in_thread(_plan, work, test_folders(roots))
    runs = await _run_all(work, plan, command, recorder, folder)
    judgement = judge(runs, weakened=plan.weakened, runner_edited=plan.runner_edited, claims_green=says_green(work.message))
    return msgspec.structs.replace(judgement, flags=(*plan.flags, *judgement.flags)), command.shown


def _plan(work: Work, folders: Sequence[str]) -> Plan:
    """Compose the four trees, as objects beside the workspace's own, which are loose here (`summary` made them so)."""
    workspace = work.workspace
    objects = Objects(workspace.folder / "objects", Git.own(workspace.folder / "git", objects=workspace.folder / "objects"))
    try:
        parts = Parts.of(objects, workspace.start_tree, work.tree, folders)
        found, weakened = flags(objects, parts)
        base, runner = workspace.start_tree, entries("old", parts.runner)
        trees: dict[RunName, str] = {
            "base": base,
            "base+new-tests": compose(objects, base, entries("new", parts.tests)),
            "change+base-tests": compose(objects, work.tree, {**runner, **entries("old", parts.tests)}),
            "change": compose(objects, work.tree, runner),
        }
        objects.settle()
    finally:
        objects.close()
    return Plan(trees, found, weakened, bool(parts.runner))


async def _run_all(work: Work, plan: Plan, command: TestCommand, recorder: Recorder, folder: Path) -> dict[RunName, Ran]:
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    done: dict[RunName, Ran] = {}

    async def one(number: int, name: RunName) -> None:
        async with gate:
            ran, told = await _run(work, command, plan.trees[name], name, folder / str(number), recorder)
        done[name] = ran
        await recorder.record(told)
        recorder.show(Progress("verifying", len(done), len(plan.trees), "runs"))

    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(plan.trees):
            group.create_task(one(number, name))
    return {name: done[name] for name in plan.trees}


async def _run(
    work: Work, command: TestCommand, tree: str, name: RunName, folder: Path, recorder: Recorder
) -> tuple[Ran, VerificationRan]:
    """One clean run: a fresh checkout, a fresh sandbox, the tests, the result file."""
    overlay = await work.workspace.materialise(tree, folder / "tree")
    spec = SandboxSpec(
        folder=folder / "sandbox",
        tree=overlay,
        at=work.spec.at or str(work.workspace.root),
        network=work.spec.network,
        limits=work.spec.limits,
        mounts=(*work.tools.mounts, Mount(path=SHIM, at=SHIM_AT)),
        env={**work.tools.env, **work.spec.env, **command.env},
        base_root=work.spec.base_root,
    )
    (folder / "sandbox").mkdir(parents=True, exist_ok=True)
    async with work.backend.open(spec) as sandbox:
        shim = SHIM_AT if await sandbox.stat(SHIM_AT) else str(SHIM)
        results_at = f"{await _temporary(sandbox)}/{secrets.token_hex(16)}.xml"
        line = for_results(command, results=results_at, shim=shim)
        ended = await sandbox.exec(Command(argv=("/bin/sh", "-c", line), timeout=SECONDS))
        results, trouble = await _results(sandbox, results_at, ended) if command.runner != "other" else (None, "")
    slug = name.replace("+", "-and-")
    artifact = recorder.log.artifacts.put(f"verification/{recorder.turn}-{slug}.txt", work.redact(ended.output))
    run = VerificationRun(
        name=name,
        exit_code=ended.exit_code,
        seconds=round(ended.seconds, 3),
        tests=results.counts() if results else {},
        artifact=artifact,
        timed_out=ended.why == "timeout",
    )
    return Ran(tree=tree, exit_code=ended.exit_code, results=results, trouble=trouble), VerificationRan(
        command=command.shown, run=run
    )


async def _temporary(sandbox: Sandbox) -> str:
    """The sandbox's private folder for temporary files."""
    told = await sandbox.exec(Command(argv=("/bin/sh", "-c", 'printf %s "${TMPDIR:-/tmp}"'), timeout=30))
    return told.output.decode("utf-8", "replace").strip() or "/tmp"  # noqa: S108


async def _results(sandbox: Sandbox, path: str, ended: Finished) -> tuple[junit.Results | None, str]:
    """The tests of a result file, or None and why it cannot be believed."""
    try:
        xml = await sandbox.read(path, 0, junit.LARGEST + 1)
        results = junit.parse(xml)
    except OSError:
        return None, f"it left no result file ({_how(ended)})"
    except junit.Unreadable as error:
        return None, f"its result file is not readable: {error}"
    if wrong := junit.disagreement(results, ended.exit_code):
        return None, wrong
    return results, ""


def _how(ended: Finished) -> str:
    return ended.why or (f"exit code {ended.exit_code}" if ended.exit_code is not None else ended.signal)
