"""Bug triage: a test that is red on the base is required, and it must have been seen red before the source was touched.

    reproduced     our own clean runs: the base with the change's tests is red, the change is green
    order          the log: a test command that failed, then the first edit of a source file

Without the first the change is not verified, and the reason is said. The second is evidence of how it was worked; what
proves the fix is the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.attempts.testing import is_runner, is_test, runner_of
from pullwright.attempts.workloads.case import Case, Findings, Ruling
from pullwright.protocol.events import Checkpointed, CommandRan, Event, FilesChanged, Verified, WorkloadCheck

REQUIRED = "bug triage needs a test that is red on the base and green with the change"


async def findings(case: Case) -> Findings:
    """Both checks, and the ruling."""
    reproduced = _reproduced(case)
    ruling = None
    if case.verified is not None and reproduced.state != "passed":
        ruling = Ruling("not-verified", f"{REQUIRED}, and {reproduced.text}")
    return Findings((reproduced, order(case.events)), ruling)


def _reproduced(case: Case) -> WorkloadCheck:
    verified = case.verified
    if verified is None:
        return WorkloadCheck(name="reproduced", state="not-measured", text="no clean runs were asked for")
    if verified.red_to_green:
        count = len(verified.red_to_green)
        text = f"{count} test{'s' if count > 1 else ''} red on the base and green with the change"
        return WorkloadCheck(name="reproduced", state="passed", text=text, found=verified.red_to_green, events=(verified.seq,))
    return WorkloadCheck(name="reproduced", state="failed", text=_why_not(case, verified), events=(verified.seq,))


def _why_not(case: Case, verified: Verified) -> str:
    """What is missing, in a few words."""
    new = case.runs.get("base+new-tests")
    if new is None:
        return f"no clean run could be made: {verified.why}"
    if not new.tests:
        return "only exit codes are known, so no single test can be told to be red"
    if not new.tests.get("failed", 0) + new.tests.get("error", 0):
        return "no test of the change is red on the base"
    return f"none of the tests that are red on the base counts: {verified.why}"


def order(events: Sequence[Event]) -> WorkloadCheck:
    """Whether a test was seen red before the first edit of the source, by the events of the session."""
    edit = next((event for event in events if _edits_source(event)), None)
    before = [event for event in events if edit is None or event.seq < edit.seq]
    red = next((event for event in reversed(before) if _red(event)), None)
    if edit is None:
        state = "noted" if red is None else "passed"
        return WorkloadCheck(name="order", state=state, text="no source file was edited", events=(red.seq,) if red else ())
    if red is None:
        text = "the source was edited before any test had been seen to fail"
        return WorkloadCheck(name="order", state="failed", text=text, events=(edit.seq,))
    return WorkloadCheck(
        name="order", state="passed", text="a test was seen red before the source was edited", events=(red.seq, edit.seq)
    )


def _edits_source(event: Event) -> bool:
    paths = event.paths if isinstance(event, FilesChanged | Checkpointed) else ()
    return any(not is_test(path) and not is_runner(path) for path in paths)


def _red(event: Event) -> bool:
    """A command that runs tests and failed as tests do (not: was not found, was killed)."""
    if not isinstance(event, CommandRan) or event.background:
        return False
    runs = runner_of(event.command) != "other" or "test" in event.command
    codes = [code for code in (event.exit_code, *event.pipe) if code is not None]
    return runs and any(code not in (0, 126, 127) for code in codes)
