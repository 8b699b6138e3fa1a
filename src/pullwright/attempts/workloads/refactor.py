"""A refactoring: nothing half-renamed, the worklist done, the tests as before.

    leftovers   each old name, as person and agent state them, is searched in the final tree
    unstated    names that are gone though nobody says so, and are still in use
    worklist    the plan's batches, all done
    tests       what passed on the base passes with the change, and tests changed by the renaming alone

A refactoring is verified when no old name is left in code and the tests are as before: no test can go from red to green
where nothing that they see changes.
"""

from __future__ import annotations

import re

from pullwright.attempts.workloads.case import Case, Findings, Ruling
from pullwright.attempts.workloads.definitions import gone, is_defined
from pullwright.attempts.workloads.leftovers import Found, search
from pullwright.attempts.workloads.renames import Renames
from pullwright.attempts.workloads.sameness import sameness
from pullwright.protocol.events import InputReceived, PlanStep, PlanUpdated, WorkloadCheck
from pullwright.protocol.inputs import Prompt
from pullwright.workspace.blocking import in_thread

_FILES = re.compile(r"\b(\d+)\s+files?\b")


async def findings(case: Case) -> Findings:
    """All checks, and the ruling."""
    prompts = [one.input.text for one in case.events if isinstance(one, InputReceived) and isinstance(one.input, Prompt)]
    renames = Renames.stated("\n".join((*prompts, case.asked)), case.work)
    left, unsaid = await leftovers(case, renames), await unstated(case, renames)
    tests = await sameness(case, renames)
    return Findings((left, unsaid, worklist(case), tests), _ruling(case, left, unsaid, tests))


def _ruling(case: Case, left: WorkloadCheck, unsaid: WorkloadCheck, tests: WorkloadCheck) -> Ruling | None:
    if case.verified is None:
        return None
    if left.state == "failed":
        return Ruling("not-verified", f"the refactoring is half done: {left.text}")
    for check in (tests, unsaid):
        if check.state != "passed":
            return Ruling("not-verified", f"{check.name}: {check.text}")
    return Ruling("verified", f"{tests.text}, and {left.text if left.state != 'not-measured' else unsaid.text}")


async def leftovers(case: Case, renames: Renames) -> WorkloadCheck:
    """Where old names still stand in the final tree. Code and file names fail; comments, strings and prose are for a reader."""
    if not renames.gone:
        text = "no old names are stated, by the prompt or in the last message"
        return WorkloadCheck(name="leftovers", state="not-measured", text=text)
    found = await _searched(case, list(renames.gone))
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


async def unstated(case: Case, renames: Renames) -> WorkloadCheck:
    """Names that the change takes away without saying so, which code still uses though nothing in the project defines them."""
    parts = await case.parts()
    before = await case.texts([one.old for one in (*parts.source, *parts.tests)])
    after = await case.texts([one.new for one in (*parts.source, *parts.tests)])
    names = [name for name in gone(before, after) if name not in renames.gone and name not in renames.kept]
    found = await _searched(case, names)
    used = {name: [use for use in one.uses if use.where == "code"] for name, one in found.items()}
    loose = [name for name, uses in used.items() if uses and not await in_thread(is_defined, case.git, case.work.tree, name)]
    if loose:
        text = f"{', '.join(loose[:10])} no longer defined in the project, but used in code"
        uses = tuple(f"{use}" for name in loose for use in used[name])
        return WorkloadCheck(name="unstated names", state="noted", text=text, found=uses)
    text = f"{len(names)} more name{'s' if len(names) != 1 else ''} gone, none in use" if names else "no other name is gone"
    return WorkloadCheck(name="unstated names", state="passed", text=text)


async def _searched(case: Case, names: list[str]) -> dict[str, Found]:
    """Each name searched in the final tree."""
    await case.settle()
    paths = await case.work.workspace.paths(case.work.tree) if names else ()
    return {name: await in_thread(search, case.git, case.work.tree, name, paths) for name in names}


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
