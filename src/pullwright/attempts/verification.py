"""Pullwright's own clean runs of the tests, in fresh sandboxes that the agent never touched.

    verify(work) -> Verified
    ├── planning.py       the four trees (composition.py), and what is flagged; runner configuration is the base's in all of them
    ├── clean_run.py      a run of each tree that differs: materialise ─▶ open a sandbox ─▶ run ─▶ read the result file
    ├── kept.py           the base's run, when an earlier turn made it
    ├── a second look     the tests that decide, run again in fresh sandboxes
    └── verdict.py        what they say together

What is left out because it is the same: two runs of equal trees (one is told as both), and in `base+new-tests` all
but the changed tests, where that is enough to see what is red (docs/decisions/0005-verification.md).

**How far a result can be trusted.** Test code and tested code run in one process, which writes its own results: code
that is out to deceive can forge both the result file and the exit code. What is done against it: the file's path is
random for each run and outside the workspace; it must be there, be well-formed and agree with the exit code; the runner's
configuration is the base's; nothing but the four trees reaches the sandboxes. What remains is told by the flags
and by review: a change whose *source* detects that it is being tested.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pullwright.attempts.canary import Planted, plant
from pullwright.attempts.claims import says_green
from pullwright.attempts.clean_run import Clean, Patience, Work, run, side_by_side
from pullwright.attempts.described import Described, describe, digest, encode
from pullwright.attempts.detection import detect, test_folders, with_script
from pullwright.attempts.kept import Kept, KeptRun, fingerprint
from pullwright.attempts.planning import MOST_NAMES, Plan, Recipe, plan
from pullwright.attempts.results.tests import Results
from pullwright.attempts.setup.inputs import is_read_by_setup
from pullwright.attempts.slower import Slower, slower
from pullwright.attempts.testing import TestCommand, limited
from pullwright.attempts.verdict import Judgement, Ran, RunName, function_of, judge
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import VerificationRan, VerificationRun, Verified
from pullwright.protocol.live import Progress
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git
from pullwright.workspace.objects import Objects
from pullwright.workspace.removal import remove_tree

__all__ = ["Work", "verify"]

ORDER: tuple[RunName, ...] = ("change", "base", "change+base-tests", "base+new-tests")
"""What is red in the change is known first."""
BEFORE: tuple[RunName, ...] = ("base", "base+new-tests")
AFTER: tuple[RunName, ...] = ("change+base-tests", "change")
SHORT = 5.0
"""Seconds up to which `base+new-tests` is run as a whole: then fewer tests have to be run a second time."""
LONG = 60.0
"""Seconds up to which tests that cannot be run alone are run as a whole once more, made to fail."""
MOST_SLOWER = 20


async def verify(work: Work, recorder: Recorder) -> Verified:
    """Make the clean runs, log each, and log and return what they say. Leaves nothing but the log and the kept base run."""
    folder = work.spec.folder / "verification"
    await asyncio.to_thread(remove_tree, folder)  # what a process left that was killed at this
    try:
        made = await _made(work, recorder, folder)
    finally:
        await asyncio.shield(asyncio.to_thread(remove_tree, folder))
    judgement, described, artifacts = made.judgement, made.described, recorder.log.artifacts
    where = f"verification/{recorder.turn}"
    verified = Verified(
        verdict=judgement.verdict,
        why=judgement.why,
        command=described.command.shown if described else "",
        red_to_green=judgement.red_to_green,
        newly_failing=judgement.newly_failing,
        removed=judgement.removed,
        flags=judgement.flags,
        skipped=judgement.skipped,
        flaky=judgement.flaky,
        slower=judgement.slower,
        environment=digest(described) if described else "",
        described=artifacts.put(f"{where}-environment.json", encode(described)) if described else "",
        recipe=artifacts.put(f"{where}-recipe.json", msgspec.json.encode(made.recipe)) if made.recipe else "",
    )
    await recorder.record(verified)
    return verified


class _Made(msgspec.Struct, frozen=True):
    """What the runs say, what they were made in, and of what; without a test command nothing was run."""

    judgement: Judgement
    described: Described | None = None
    recipe: Recipe | None = None


async def _made(work: Work, recorder: Recorder, folder: Path) -> _Made:
    base = await work.workspace.materialise(work.workspace.start_tree, folder / "look")
    roots = base.lowers
    named = await asyncio.to_thread(with_script, work.command, roots) if work.command else None
    command = named or await asyncio.to_thread(detect, roots, work.workspace.root, work.tools.env.get("PATH"))
    if command is None:
        return _Made(Judgement(verdict="not-run", why="the base has no test command that could be found", flags=()))
    paths, _, _ = await work.workspace.summary(work.workspace.start_tree, work.tree)
    found = await in_thread(plan, work, test_folders(roots))
    judgement = await Runs(work, found, command, recorder, folder).judged()
    judgement = msgspec.structs.replace(judgement, flags=(*found.flags, *_not_set_up(work, paths), *judgement.flags))
    return _Made(judgement, describe(work, command), found.recipe)


def _not_set_up(work: Work, paths: Sequence[str]) -> list[str]:
    """What of a change setup reads: nothing was set up anew for it."""
    read = [path for path in paths if is_read_by_setup(path)] if work.spec.setup is not None else []
    return [f"{path}: setup reads it; the clean runs stand on what the base's setup made" for path in read[:5]]


class Runs:
    """The runs of one verification: each tree once, then what decides a second time."""

    def __init__(self, work: Work, plan: Plan, command: TestCommand, recorder: Recorder, folder: Path) -> None:
        self.work = work
        self.plan = plan
        self.command = command
        self.recorder = recorder
        self.folder = folder
        self.kept = Kept(work.spec.cache)
        self.key = ""
        self.runs: dict[RunName, Ran] = {}
        self._fresh_base: Clean | None = None
        self._gate = asyncio.Semaphore(side_by_side())
        self._change_ran = asyncio.Event()
        self._deceived = ""
        self._hangs: set[str] = set()
        self._patience = Patience()
        self._count = 0
        self._told = 0
        self._seconds = 0.0

    async def judged(self) -> Judgement:
        """All runs, and what they say."""
        can_limit = limited(self.command, ("a_test.py",)) is not None
        if can_limit and self.work.spec.base_root is None and not self.work.fresh:
            self.key = await asyncio.to_thread(self._key)
        found = await asyncio.to_thread(self.kept.get, self.key) if self.key else None
        only = self.plan.changed if can_limit else ()
        async with asyncio.TaskGroup() as group:
            for names in self._same_trees():
                limit = only if names == ("base+new-tests",) else ()
                group.create_task(self._base(names, found) if "base" in names else self._one(names, limit))
        first = self._judge(None)
        again = await self._again(first, can_limit=can_limit)
        slow = tuple(f"{name}: {told}" for name, told in self._slower(again, 2).items())
        judgement = msgspec.structs.replace(self._judge(again), slower=slow[:MOST_SLOWER])
        await asyncio.to_thread(self._settle_kept, judgement)
        return judgement

    def _judge(self, again: Sequence[Ran] | None) -> Judgement:
        plan = self.plan
        runs: Mapping[RunName, Ran] = {name: self.runs[name] for name in plan.trees}
        return judge(
            runs,
            again=again,
            weakened=plan.weakened,
            inline=plan.inline,
            evades=self._deceived or plan.evades,
            runner_edited=plan.runner_edited,
            claims_green=says_green(self.work.message),
        )

    def _same_trees(self) -> list[tuple[RunName, ...]]:
        """The runs by tree, in the order in which they are made."""
        by_tree: dict[str, list[RunName]] = {}
        for name in ORDER:
            by_tree.setdefault(self.plan.trees[name], []).append(name)
        return [tuple(names) for names in by_tree.values()]

    # --- the first runs --------------------------------------------------------------------------

    async def _one(self, names: Sequence[RunName], only: Sequence[str] = ()) -> Clean:
        """One tree's run, told under each of its names; limited to `only` where the whole would take long."""
        if only:
            await self._change_ran.wait()
            only = only if self._seconds > SHORT else ()
        clean = await self._run(self.plan.trees[names[0]], only)
        if clean.timed_out:
            self._hangs.add(clean.ran.tree)
        note = f"only the {len(only)} changed test{'s' if len(only) > 1 else ''}" if clean.ran.only else ""
        await self._tell(names, clean, note)
        if "change" in names:
            self._seconds = clean.seconds
            self._change_ran.set()
        return clean

    async def _base(self, names: Sequence[RunName], found: KeptRun | None) -> None:
        """The base's run: an earlier turn's, else a new one."""
        if found is None:
            self._fresh_base = await self._one(names)
            self._patience.after(self._fresh_base.seconds)
            return
        self._patience.after(found.seconds)
        ran = Ran(tree=self.plan.trees["base"], exit_code=found.exit_code, results=found.results, reused=True)
        clean = Clean(ran=ran, seconds=found.seconds, output=found.output)
        await self._tell(names, clean, "an earlier turn's run of the same files")

    async def _run(self, tree: str, only: Sequence[str] = ()) -> Clean:
        self._count += 1
        folder = self.folder / str(self._count)
        async with self._gate:
            return await run(self.work, self.command, tree, folder, only, self._patience)

    async def _tell(self, names: Sequence[RunName], clean: Clean, note: str) -> None:
        """Log a run, under each of its names."""
        for name in names:
            self.runs[name] = clean.ran
            await self._log(name, clean, note)
            note = f"the same files as {names[0]}: one run, told twice"
        self.recorder.show(Progress("verifying", len(self.runs), len(self.plan.trees), "runs"))

    async def _log(self, name: RunName | Literal["before-again", "after-again", "must-fail"], clean: Clean, note: str) -> None:
        self._told += 1
        slug = f"{self._told}-{name.replace('+', '-and-')}"
        artifact = self.recorder.log.artifacts.put(f"verification/{self.recorder.turn}-{slug}.txt", clean.output)
        run = VerificationRun(
            name=name,
            exit_code=clean.ran.exit_code,
            seconds=clean.seconds,
            tests=clean.ran.results.counts() if clean.ran.results else {},
            artifact=artifact,
            timed_out=clean.timed_out,
            note=note,
            tree=clean.ran.tree,
            output_sha256=hashlib.sha256(clean.output).hexdigest(),
        )
        await self.recorder.record(VerificationRan(command=self.command.shown, run=run))

    # --- the second look -------------------------------------------------------------------------

    async def _again(self, first: Judgement, *, can_limit: bool) -> tuple[Ran, ...]:
        """Run once more what the verdict would rest on, so that no test counts that ends now so, now otherwise."""
        wanted: list[tuple[str, tuple[str, ...]]] = []
        trees = self.plan.trees
        if first.newly_failing or first.verdict == "contradicted":
            wanted += [(tree, ()) for tree in self._where_red(first.newly_failing)]
            if self.runs["base"].reused:
                wanted.append((trees["base"], ()))
        if can_limit:
            wanted += self._limited(first.red_to_green)
        elif first.red_to_green:
            wanted += [(trees["base+new-tests"], ()), (trees["change"], ())]
        if can_limit and (slow := tuple(self._slower(()))[:MOST_SLOWER]):
            wanted += [(trees["base"], _names(slow)), (trees["change"], _names(slow))]
        whole = {tree for tree, only in wanted if not only}
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._second(tree, only))
                for tree, only in dict.fromkeys(wanted)
                if (not only or tree not in whole) and tree not in self._hangs
            ]
            if first.red_to_green and (can_limit or self._seconds <= LONG):
                group.create_task(self._must_fail(first.red_to_green, can_limit=can_limit))
        return tuple(task.result() for task in tasks)

    async def _must_fail(self, tests: Sequence[str], *, can_limit: bool) -> None:
        """Deciding tests with an end that must be red. One that is green all the same is nobody's word."""
        planted = await in_thread(self._planted, tests)
        if planted is None:
            return
        clean = await self._run(planted.tree, planted.tests if can_limit else ())
        results = clean.ran.results
        count = len(planted.tests)
        note = f"{count} deciding test{'s' if count > 1 else ''}, made to fail at the end"
        await self._log("must-fail", clean, note)
        green = sorted(name for name in (results.green if results else ()) if planted.holds(name))
        if green:
            self._deceived = f"{green[0]} is green even with an end that must fail"

    def _planted(self, tests: Sequence[str]) -> Planted | None:
        workspace = self.work.workspace
        objects = Objects(workspace.folder / "objects", Git.own(workspace.folder / "git", objects=workspace.folder / "objects"))
        try:
            found = plant(objects, self.plan.trees["change"], tests, self.command.runner)
            objects.settle()
            return found
        finally:
            objects.close()

    def _slower(self, again: Sequence[Ran], least: int = 1) -> dict[str, Slower]:
        """Tests that take longer with the change, by at least `least` runs of each side; runs of an earlier turn tell no time."""
        sides: list[list[Results]] = []
        for names in BEFORE, AFTER:
            first = {id(self.runs[name]): self.runs[name] for name in names if not self.runs[name].reused or least == 1}
            trees = {self.plan.trees[name] for name in names}
            ran = [*first.values(), *(run for run in again if run.tree in trees and id(run) not in first)]
            sides.append([run.results for run in ran if run.results is not None])
        return slower(*sides, least=least)

    def _where_red(self, tests: Sequence[str]) -> list[str]:
        """The change's trees in which one of the tests is red, or in which only the exit code is known to be."""
        found: list[str] = []
        for name in ("change", "change+base-tests"):
            run = self.runs[name]
            red = (
                name == "change"
                if run.results is None
                else any(test in run.results.red or run.results.blocks(test) for test in tests)
            )
            if red and run.tree not in found:
                found.append(run.tree)
        return found

    def _limited(self, tests: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """The trees before and after for each test that went from red to green, and the tests to run in them."""
        base, new, old = (self.runs[name] for name in ("base", "base+new-tests", "change+base-tests"))
        trees = self.plan.trees
        first = {
            test for test in tests if base.results and old.results and test in base.results.red and test in old.results.green
        }
        by_new = [test for test in tests if test not in first]
        twice = new.results.red if new.results and new.tree != base.tree and not base.reused else set[str]()
        by_source = [test for test in tests if test in first and test not in twice]  # `twice`: seen in two trees each already
        sides: tuple[tuple[tuple[str, ...], tuple[RunName, RunName]], ...] = (
            (_names(by_source), ("base", "change+base-tests")),
            (_names(by_new), ("base+new-tests", "change")),
        )
        return [(trees[name], only) for only, names in sides if only for name in names]

    async def _second(self, tree: str, only: tuple[str, ...]) -> Ran:
        clean = await self._run(tree, only)
        what = f"only {len(only)} deciding test{'s' if len(only) > 1 else ''}" if clean.ran.only else "all tests"
        before = tree in (self.plan.trees["base"], self.plan.trees["base+new-tests"])
        await self._log("before-again" if before else "after-again", clean, what)
        if tree == self.plan.trees["base"] and self.runs["base"].reused and not clean.ran.only:
            for name in self.runs:  # the fresh one stands in for the earlier turn's
                if self.runs[name].tree == tree:
                    self.runs[name] = clean.ran
        return clean.ran

    # --- the base's run for later turns ----------------------------------------------------------

    def _key(self) -> str:
        work = self.work
        spec = work.spec
        env = {**work.tools.env, **spec.env, **self.command.env}
        facts = (
            self.plan.trees["base"],
            self.command.shown,
            spec.backend,
            spec.network,
            spec.limits,
            spec.at,
            spec.setup.hash if spec.setup is not None else "",
            sorted(env.items()),
        )
        return fingerprint(*facts, work.workspace.root, work.tools.facts, mounts=work.tools.mounts)

    def _settle_kept(self, judgement: Judgement) -> None:
        """Keep the base's run when it is worth it; forget one whose tests are not steady."""
        base = self._fresh_base
        results = self.runs["base"].results
        if self.key and results and results.states.keys() & set(judgement.flaky):
            self.kept.drop(self.key)
        elif self.key and base and base.ran.results and base.ran.exit_code is not None and not base.timed_out:
            ran = base.ran
            kept = KeptRun(exit_code=base.ran.exit_code, seconds=base.seconds, results=base.ran.results, output=base.output)
            if ran.results:
                self.kept.put(self.key, kept)


def _names(tests: Sequence[str]) -> tuple[str, ...]:
    """What to run for some tests: each function once, or their files when there are many."""
    names = tuple(dict.fromkeys(function_of(test) for test in tests))
    return names if len(names) <= MOST_NAMES else tuple(dict.fromkeys(test.partition("::")[0] for test in tests))
