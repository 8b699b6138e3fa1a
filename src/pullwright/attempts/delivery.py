"""What a turn hands over: its change as commits on a branch, what the clean runs say of it, and the report.

deliver(order, …)   tree ─▶ diff (artifact) ─▶ branch ─▶ ChangeMade ─▶ verification, if asked ─▶ outcome
report(outcome, …)  log ─▶ report as Markdown and JSON (artifacts) ─▶ Reported
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from pullwright.agent.endings import Asked, Done, Ending
from pullwright.attempts.branch import put_on_branch
from pullwright.attempts.change import CO_AUTHOR, branch_name, commit_message, subject
from pullwright.attempts.ends import outcome_of
from pullwright.attempts.spec import TurnSpec
from pullwright.log.inbox import Inbox
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import PullwrightError, SandboxLost
from pullwright.protocol.events import ChangeMade, InputReceived, Noticed, Reported, TurnFinished, Verified
from pullwright.protocol.inputs import Interrupt
from pullwright.protocol.outcomes import Cancelled, ChangeSummary, Outcome, Verdict
from pullwright.sandbox.toolchains import Toolchains
from pullwright.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pullwright.attempts.clean_run import Work

LARGEST_DIFF = 32 << 20


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be delivered. `asked` is the prompt's text; `earlier` are those of the turns before, `before` their change."""

    spec: TurnSpec
    ending: Ending
    asked: str
    earlier: tuple[str, ...]
    before: ChangeSummary | None
    workspace: Workspace
    tools: Toolchains
    redact: Callable[[bytes], bytes]
    known: Callable[[], dict[str, Any]]


async def deliver(order: Order, recorder: Recorder, inbox: Inbox) -> Outcome:
    """The outcome, with the change on its branch; verified when the spec says so and the agent finished.

    Work that is not finished goes on the branch as well (it is kept, and the outcome says how it ended), but for a turn
    that waits for an answer: the next one goes on with it.
    """
    workspace, ending = order.workspace, order.ending
    if isinstance(ending, Asked) or workspace.tree == workspace.start_tree:
        return outcome_of(ending, change=order.before if isinstance(ending, Asked) else None, **order.known())
    change = await _change(order, recorder)
    verdict: Verdict | None = "not-run"
    if (order.spec.verify or order.spec.workload) and isinstance(ending, Done):
        verdict = await _verify(order, ending, recorder, inbox)
        if verdict is None:
            why = "stopped while the change was being verified; it is on its branch"
            return Cancelled(why=why, message=ending.message, change=change, **order.known())
    return outcome_of(ending, change=change, verdict=verdict, **order.known())


async def _change(order: Order, recorder: Recorder) -> ChangeSummary:
    """Commit the tree on the branch and log it. The same tree a second time changes nothing."""
    spec, workspace = order.spec, order.workspace
    name = f"changes/{recorder.turn}.diff"
    diff = await workspace.diff(workspace.start_tree, workspace.tree, binary=True)
    if len(diff) > LARGEST_DIFF:
        diff = await workspace.diff(workspace.start_tree, workspace.tree, stat=True)
        recorder.post(
            Noticed(level="warning", text="the diff is too large to be kept with the log; its summary is kept in its place")
        )
    recorder.log.artifacts.put(name, diff[:LARGEST_DIFF])
    message = order.ending.message if isinstance(order.ending, Done) else ""
    signature = spec.signature
    named = branch_name(subject(order.asked, message), spec.session, spec.branch_prefix)
    change = await put_on_branch(
        workspace,
        branch=spec.branch or (order.before.branch if order.before else named),
        before=order.before,
        message=commit_message(
            "\n\n".join(dict.fromkeys((*order.earlier, order.asked))),
            message,
            spec.session,
            co_author=signature.co_author or CO_AUTHOR,
        ),
        name=signature.name,
        email=signature.email,
        sign=signature.sign,
    )
    if change != order.before:
        await recorder.record(ChangeMade(change=change, diff_artifact=name))
        await recorder.sync()
    return change


async def _verify(order: Order, ending: Done, recorder: Recorder, inbox: Inbox) -> Verdict | None:
    """The clean runs, and what a template asks for beside them; None when somebody interrupted them."""
    from pullwright.attempts.clean_run import Work
    from pullwright.attempts.testing import named
    from pullwright.sandbox.backends import backend

    work = Work(
        spec=order.spec,
        workspace=order.workspace,
        tree=order.workspace.tree,
        message=ending.message,
        told=tuple(one.outcome.message for one in recorder.log.read() if isinstance(one, TurnFinished) and one.outcome.message),
        backend=backend(order.spec.backend),
        tools=order.tools,
        redact=order.redact,
        command=named(order.spec.test_command) if order.spec.test_command else None,
    )
    verifying = asyncio.create_task(_proved_again(work, order.asked, recorder))
    listening = asyncio.create_task(_interrupted(inbox))
    try:
        await asyncio.wait((verifying, listening), return_when=asyncio.FIRST_COMPLETED)
        if verifying.done():
            return await verifying
        await recorder.record(InputReceived(input=listening.result()))
        return None
    except* (PullwrightError, OSError) as group:
        why = f"the clean runs could not be made: {_first(group)}"
    finally:
        for task in (verifying, listening):
            task.cancel()
        await asyncio.gather(verifying, listening, return_exceptions=True)
    verified = Verified(verdict="not-run", why=why, command="")
    await recorder.record(verified)
    return verified.verdict


async def _proved_again(work: Work, asked: str, recorder: Recorder) -> Verdict:
    """The same a second time where a sandbox was lost: each run has a fresh one anyway."""
    try:
        return await _proved(work, asked, recorder)
    except* SandboxLost:
        pass
    return await _proved(work, asked, recorder)


async def _proved(work: Work, asked: str, recorder: Recorder) -> Verdict:
    """The verdict of the clean runs, or what the turn's template makes of it."""
    verified: Verified | None = None
    if work.spec.verify:
        from pullwright.attempts.verification import verify

        verified = await verify(work, recorder)
    if work.spec.workload:
        from pullwright.attempts.workloads.checking import check

        return (await check(work, asked, verified, recorder)).verdict
    return verified.verdict if verified else "not-run"


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    """The first error in a group, however deep."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


async def _interrupted(inbox: Inbox) -> Interrupt:
    """The interrupt, when one comes. What else arrives comes too late for this turn; the next one puts it back and sees it."""
    while not isinstance(given := await inbox.wait(None), Interrupt):
        continue
    return given


def report(outcome: Outcome, recorder: Recorder, queued: float | None = None) -> None:
    """Write the turn's report from its log, as artifacts, and put `Reported` in line."""
    from pullwright.attempts.markdown import render
    from pullwright.attempts.report import build, report_json

    built = build(recorder.log.read(), outcome, queued=queued)
    artifacts = recorder.log.artifacts
    markdown = artifacts.put(f"reports/{recorder.turn}.md", render(built).encode("utf-8", "replace"))
    data = artifacts.put(f"reports/{recorder.turn}.json", report_json(built))
    recorder.post(Reported(markdown=markdown, json=data))
