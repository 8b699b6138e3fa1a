"""Test backfill: only tests changed, more lines covered than before, and tests that can fail.

    only tests   what else the change touches
    coverage     the base's and the change's, by whatever counts lines here
    faults       small faults in lines that the new tests run: noticed or survived

It is verified when the new tests pass, nothing but tests changed, and they notice at least half of the faults.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from pullwright.attempts.composition import name_of
from pullwright.attempts.testing import TestCommand, is_test_file, limited
from pullwright.attempts.workloads.case import Case, Findings, Ruling
from pullwright.attempts.workloads.coverage import Coverage, measure
from pullwright.attempts.workloads.mutants import Mutant, chosen, mutants
from pullwright.attempts.workloads.trying import MOST, Tried, try_all
from pullwright.protocol.events import WorkloadCheck

ENOUGH = 0.5
"""The share of the faults that must be noticed."""


async def findings(case: Case) -> Findings:
    """All three checks, and the ruling."""
    only = await _only_tests(case)
    if only.state == "failed":
        return Findings((only, *_unmeasured("the source was edited as well")), _ruling(case, only))
    if case.verified is None:
        return Findings((only, *_unmeasured("no clean runs were asked for")))
    command = await case.command()
    if command is None:
        return Findings((only, *_unmeasured("the base has no test command that could be found")))
    before, after = await asyncio.gather(
        measure(case.work, command, case.work.workspace.start_tree, case.folder / "before"),
        measure(case.work, command, case.work.tree, case.folder / "after"),
    )
    coverage, faults = _coverage(before, after), await _faults(case, command, before, after)
    return Findings((only, coverage, faults), _ruling(case, only, coverage, faults))


def _unmeasured(why: str) -> tuple[WorkloadCheck, WorkloadCheck]:
    coverage, faults = (WorkloadCheck(name=name, state="not-measured", text=why) for name in ("coverage", "faults"))
    return coverage, faults


def _ruling(
    case: Case, only: WorkloadCheck, coverage: WorkloadCheck | None = None, faults: WorkloadCheck | None = None
) -> Ruling | None:
    base, change = case.runs.get("base"), case.runs.get("change")
    if only.state == "failed":
        return Ruling("not-verified", f"test backfill changes tests alone, and {only.text}")
    if faults is not None and faults.state == "failed":
        return Ruling("not-verified", f"the new tests prove little: {faults.text}")
    if faults is None or faults.state != "passed" or base is None or change is None or change.exit_code != 0:
        return None
    added = change.tests.get("passed", 0) - base.tests.get("passed", 0)
    if added <= 0:
        return Ruling("not-verified", "no more tests pass with the change than before")
    said = f"; coverage {coverage.text}" if coverage is not None and coverage.state in ("passed", "noted") else ""
    return Ruling("verified", f"{added} new test{'s' if added > 1 else ''}, all green; {faults.text}{said}")


async def _only_tests(case: Case) -> WorkloadCheck:
    parts = await case.parts()
    other = tuple(name_of(one) for one in (*parts.source, *parts.runner))
    if other:
        text = f"{len(other)} other file{'s' if len(other) > 1 else ''} changed as well"
        return WorkloadCheck(name="only tests", state="failed", text=text, found=other)
    return WorkloadCheck(
        name="only tests",
        state="passed",
        text=f"{len(parts.tests)} test file{'s' * (len(parts.tests) != 1)} changed, nothing else",
    )


def _coverage(before: Coverage | str, after: Coverage | str) -> WorkloadCheck:
    if isinstance(before, str) or isinstance(after, str):
        why = before if isinstance(before, str) else str(after)
        return WorkloadCheck(name="coverage", state="not-measured", text=why)
    (was, all_before), (now, all_after) = before.counts, after.counts
    share_before, share_after = was / max(1, all_before), now / max(1, all_after)
    gained = {path: len(after.ran[path] - before.ran.get(path, frozenset())) for path in after.ran}
    lines = tuple(f"{path}: {more} more lines" for path, more in sorted(gained.items(), key=lambda one: -one[1]) if more)
    state = "passed" if share_after > share_before else "noted" if share_after == share_before else "failed"
    text = f"{before.shown} before, {after.shown} after, by {after.by}"
    return WorkloadCheck(name="coverage", state=state, text=text, found=lines)


async def _faults(case: Case, command: TestCommand, before: Coverage | str, after: Coverage | str) -> WorkloadCheck:
    """Small faults against the new tests alone."""
    if isinstance(after, str) or command.runner == "other":
        text = "faults are put into Python under pytest or unittest alone" if command.runner == "other" else str(after)
        return WorkloadCheck(name="faults", state="not-measured", text=text)
    files = [name_of(one) for one in (await case.parts()).tests if one.new is not None and is_test_file(name_of(one))]
    only = limited(command, files) if files else None
    if only is None:
        text = (
            "the new tests cannot be run by themselves"
            if files
            else "no test of Python's was added; faults are put into Python alone"
        )
        return WorkloadCheck(name="faults", state="not-measured", text=text)
    own = await measure(case.work, command, case.work.tree, case.folder / "new", files)
    lines = own.ran if isinstance(own, Coverage) else after.ran
    every = await _mutants(case, lines, before.ran if isinstance(before, Coverage) else {})
    if not every:
        return WorkloadCheck(name="faults", state="not-measured", text="the new tests run no line that a fault fits into")
    return _told(await try_all(case.work, only, every, case.folder / "faults", case.recorder))


async def _mutants(case: Case, lines: Mapping[str, Collection[int]], before: Mapping[str, Collection[int]]) -> list[Mutant]:
    """Faults in the lines that the new tests run: first in those that nothing ran before."""
    fresh: list[Mutant] = []
    other: list[Mutant] = []
    for path in sorted(path for path in lines if path.endswith(".py") and lines[path]):
        text = await case.text(case.work.tree, path)
        if text is not None:
            new = set(lines[path]) - set(before.get(path, ()))
            fresh += mutants(path, text, new)
            other += mutants(path, text, set(lines[path]) - new)
    first = chosen(fresh, MOST)
    return first or chosen(other, MOST)


def _told(tried: Tried) -> WorkloadCheck:
    if tried.trouble:
        return WorkloadCheck(name="faults", state="not-measured", text=tried.trouble)
    count = len(tried.killed) + len(tried.survived)
    left = f"; {tried.left} more were not tried for want of time" if tried.left else ""
    text = f"{len(tried.killed)} of {count} small faults in lines that they run are noticed{left}"
    state = "passed" if count and len(tried.killed) >= ENOUGH * count else "failed"
    survived = tuple(f"survived: {mutant}" for mutant in tried.survived)
    return WorkloadCheck(name="faults", state=state, text=text, found=(*survived, *(f"noticed: {one}" for one in tried.killed)))
