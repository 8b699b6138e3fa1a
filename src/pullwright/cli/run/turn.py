"""One turn in a terminal: its log, inbox, screen and signals, and what is printed at its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from pullwright.attempts.spec import TurnSpec
from pullwright.cli.failures import PIPE, STOPPED, code_of
from pullwright.cli.render.clean import clean
from pullwright.cli.run.exits import exit_code
from pullwright.cli.run.inbox import TerminalInbox
from pullwright.cli.run.interrupts import Interrupts
from pullwright.cli.run.saved import save
from pullwright.cli.run.screen import Screen
from pullwright.log.files import FileLog
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.outcomes import Outcome, Succeeded


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What to do when the turn has ended: bring it into the working tree, keep the last message in a file."""

    apply: bool = False
    message_file: Path | None = None
    json: bool = False
    quiet: bool = False


async def run(spec: TurnSpec, log: FileLog, screen: Screen, ending: Ending) -> int:
    """Run the turn, show it, and return the process's exit code."""
    inbox = TerminalInbox(spec.folder / "inbox")
    hide(spec.folder.parents[1], spec.cache)
    save(spec)
    task = asyncio.ensure_future(_run_turn(spec, log, inbox, screen))
    with Interrupts(inbox, task, screen.say) as interrupts:
        screen.gone = lambda: interrupts.stop("nobody reads the output any more")
        try:
            outcome = await task
        except asyncio.CancelledError:
            screen.say(f"stopped. Go on: pullwright sessions resume {spec.session}")
            return STOPPED
        finally:
            screen.close()
    applied, refusal = None, None
    if ending.apply and isinstance(outcome, Succeeded) and outcome.change:
        try:
            applied = await _apply(spec)
        except PullwrightError as error:  # the change is made all the same, and stands on its branch
            refusal = error
    _show(outcome, spec, screen, ending, applied)
    if refusal:
        fix = f"{refusal.fix} Then: pullwright apply {spec.session}".strip()
        screen.say(clean(f"error: not applied: {refusal}\nfix: {fix}"))
    if screen.reader_left:
        return PIPE
    return code_of(refusal) if refusal else exit_code(outcome)


def hide(*folders: Path) -> None:
    """Keep our own folders out of git's sight: a home or project that is a repository must not take them for work to snapshot.

    New ones are for the person alone: they hold copies of what may be readable to nobody else where it lies.
    """
    for folder in folders:
        ignore = folder / ".gitignore"
        if not ignore.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore.write_text("*\n")


async def _run_turn(spec: TurnSpec, log: FileLog, inbox: TerminalInbox, screen: Screen) -> Outcome:
    from pullwright.attempts.runner import run_turn

    return await run_turn(spec, log, inbox, watch=screen.watch)


async def _apply(spec: TurnSpec) -> tuple[str, ...]:
    from pullwright.workspace.snapshot import reopen

    async with await reopen(spec.folder, spec.cache) as workspace:
        return await workspace.apply(workspace.tree)


def _show(outcome: Outcome, spec: TurnSpec, screen: Screen, ending: Ending, applied: tuple[str, ...] | None) -> None:
    from pullwright.cli.render.summary import reason, summary

    if ending.message_file:
        try:
            ending.message_file.write_text(outcome.message, encoding="utf-8")
        except OSError as error:  # the work and its summary matter more than the copy
            screen.say(f"error: {ending.message_file} was not written: {error.strerror}")
    if not ending.json and outcome.message:
        screen.result(clean(outcome.message))
    if not ending.quiet:
        for line in summary(outcome, spec.session, applied=applied, style=screen.style).splitlines():
            screen.say(line)
    elif not isinstance(outcome, Succeeded):
        for line in reason(outcome, style=screen.style).splitlines():
            screen.say(line)
