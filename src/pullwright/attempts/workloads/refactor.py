"""A refactoring: nothing half-renamed, the worklist done, the tests as before.

    leftovers   each old name, as person and agent state them, is searched in the final tree
    worklist    the plan's batches, all done
    tests       what passed on the base passes with the change, and tests changed by the renaming alone

A refactoring is verified when no old name is left in code and the tests are as before: no test can go from red to green
where nothing that they see changes.
"""

from __future__ import annotations

import re

from pullwright.attempts.workloads.case import Case, Findings, Ruling
from pullwright.attempts.workloads.leftovers import Found, search
from pullwright.attempts.workloads.renames import Renames
from pullwright.attempts.workloads.sameness import sameness
from pullwright.protocol.events import PlanStep, PlanUpdated, WorkloadCheck
from pullwright.workspace.blocking import in_thread

_FILES = re.compile(r"\b(\d+)\s+files?\b")


async def findings(case: Case) -> Findings:
    """All three checks, and the ruling."""
    renames = Renames.of(case.asked, case.work.message)
    left = await leftovers(case, renames)
    tests = await sameness(case, renames)
    return Findings((left, worklist(case), tests), _ruling(case, left, tests))


def _ruling(case: Case, left: WorkloadCheck, tests: WorkloadCheck) -> Ruling | None:
    if case.verified is None:
        return None
    if left.state == "failed":
        return Ruling("not-verified", f"the refactoring is half done: {left.text}")
    if tests.state == "passed" and left.state in ("passed", "noted"):
        return Ruling("verified", f"{tests.text}, and {left.text}")
    return None


async def leftovers(case: Case, renames: Renames) -> WorkloadCheck:
    """Where old names still stand in the final tree. Code and file names fail; comments, strings and prose are for a reader."""
    if not renames.gone:
        text = "no old names are stated, by the prompt or in the last message"
        return WorkloadCheck(name="leftovers", state="not-measured", text=text)
    await case.settle()
    paths = await case.work.workspace.paths(case.work.tree)
    found: dict[str, Found] = {}
    for old in renames.gone:
        found[old] = await in_thread(search, case.git, case.work.tree, old, paths)
    bad = [f"{use}" for old, one in found.items() if old not in renames.kept for use in one.uses if use.where in ("code", "path")]
    mild = [f"{use}" for one in found.values() for use in one.uses if f"{use}" not in bad]
    names = ", ".join(renames.gone)
    if bad:
        text = f"{len(bad)} use{'s' if len(bad) > 1 else ''} of old names left in code ({names})"
        return WorkloadCheck(name="leftovers", state="failed", text=text, found=(*bad, *mild))
    if mild:
        text = f"no old name is left in code ({names}); {len(mild)} in comments, strings and texts, or kept on purpose"
        return WorkloadCheck(name="leftovers", state="noted", text=text, found=tuple(mild))
    return WorkloadCheck(name="leftovers", state="passed", text=f"no old name is left ({names})")


def worklist(case: Case) -> WorkloadCheck:
    """The newest plan of the session: whether every batch is done."""
    plan = next((event for event in reversed(case.events) if isinstance(event, PlanUpdated) and event.plan), None)
    if plan is None:
        return WorkloadCheck(name="worklist", state="noted", text="the agent kept no plan")
    done, total = count(plan.plan)
    open_ = tuple(step.text for step in plan.plan if step.status != "done")
    text = f"{len(plan.plan) - len(open_)} of {len(plan.plan)} batches done" + (f", {done} of {total} files" if total else "")
    state = "failed" if open_ else "passed"
    return WorkloadCheck(name="worklist", state=state, text=text, found=open_, events=(plan.seq,))


def count(plan: tuple[PlanStep, ...]) -> tuple[int, int]:
    """Files done and files in all, by the counts in the steps' texts ("src/api: 18 files")."""
    done = total = 0
    for step in plan:
        found = _FILES.search(step.text)
        files = int(found[1]) if found else 0
        total += files
        done += files if step.status == "done" else 0
    return done, total
