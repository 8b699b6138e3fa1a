"""Whether the tests are as they were: what passed on the base passes with the change, and no test was bent to make it so.

sameness(case, renames) -> WorkloadCheck      test files may differ by the renaming, or have tests added
"""

from __future__ import annotations

from pullwright.attempts.composition import name_of
from pullwright.attempts.workloads.case import Case
from pullwright.attempts.workloads.following import FILE
from pullwright.attempts.workloads.renames import Renames, words
from pullwright.protocol.events import VerificationRun, Verified, WorkloadCheck

NONE = Renames({}, frozenset())


async def sameness(case: Case, renames: Renames = NONE) -> WorkloadCheck:
    """Whether the tests are as they were."""
    verified, runs = case.verified, case.runs
    before, after = runs.get("base"), runs.get("change")
    if verified is None or before is None or after is None:
        why = "no clean runs were asked for" if verified is None else verified.why
        return WorkloadCheck(name="tests", state="not-measured", text=why)
    if not before.tests or not after.tests:
        return WorkloadCheck(name="tests", state="not-measured", text=_unread(before, after), events=(verified.seq,))
    passed, now = before.tests.get("passed", 0), after.tests.get("passed", 0)
    skipped = tuple(f"{test}: skipped by the change" for test in verified.skipped)
    trouble = (
        verified.newly_failing
        or skipped
        or (f"{now} of {passed} tests pass",) * (now < passed)
        or (await _rewritten(case, renames))
    )
    if not passed:
        trouble = ("no test passed on the base",)
    if trouble:
        text = f"{passed} passed on the base, {now} with the change; {trouble[0]}"
        return WorkloadCheck(name="tests", state="failed", text=text, found=tuple(trouble), events=(verified.seq,))
    text = f"the {passed} tests that passed on the base pass with the change"
    followed = [name_of(one) for one in (await case.parts()).tests if name_of(one).rpartition("/")[2] == FILE]
    found = tuple(f"{path}: follows the renaming, so the change's was used with the change" for path in followed)
    return WorkloadCheck(name="tests", state="passed", text=text, found=found, events=(verified.seq,))


def _unread(before: VerificationRun, after: VerificationRun) -> str:
    """Why no tests can be compared: the side whose run told none, by its exit code."""
    side, run = ("with the change", after) if before.tests else ("on the base", before)
    return f"the run {side} told no results, only exit code {run.exit_code}"


async def _rewritten(case: Case, renames: Renames) -> tuple[str, ...]:
    """What of the tests changed otherwise than by the renaming: then they prove no sameness."""
    verified = case.verified
    parts = await case.parts()
    found = [f"{name_of(one)}: runner configuration was edited" for one in parts.runner]
    old = await case.texts([one.old for one in parts.tests])
    new = await case.texts([one.new for one in parts.tests])
    moved = {words(text) for text in new}
    odd = [
        name_of(one)
        for one, before, after in zip(parts.tests, old, new, strict=True)
        if one.old is not None and words(renames.applied(before)) not in ({words(after)} if one.new else moved)
    ]
    if odd and not _flagged(verified):
        odd = []  # tests were added to; nothing in them was weakened, removed or made to pass
    how = "edited beyond the renaming" if renames.gone else "edited, with something taken away or rewritten"
    return (*found, *(f"{path}: {how}" for path in odd))


def _flagged(verified: Verified | None) -> bool:
    return bool(verified and (verified.flags or verified.removed))
