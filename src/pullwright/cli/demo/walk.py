"""The whole way, told step by step: repository, turn, clean runs, diff, branch, cost, time."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import msgspec

from pullwright.attempts.spec import Signature, TurnSpec
from pullwright.cli.demo.evidence import run_line
from pullwright.cli.demo.sample import PROMPT, SAMPLE, make_sample
from pullwright.cli.demo.script import answer
from pullwright.cli.demo.stage import BUDGET, FAILED, Stage, model_of
from pullwright.cli.render.banner import scripted_banner
from pullwright.cli.render.clean import clean
from pullwright.cli.render.diff import coloured
from pullwright.cli.render.progress import Progress, seconds
from pullwright.cli.render.summary import spend_text
from pullwright.cli.run.exits import exit_code
from pullwright.cli.run.inbox import TerminalInbox
from pullwright.cli.run.interrupts import Interrupts
from pullwright.cli.settings.model import secrets_of
from pullwright.log.files import FileLog
from pullwright.log.session import Sessions
from pullwright.models.choice import ModelChoice
from pullwright.protocol.events import Event, VerificationRan, Verified
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Outcome, Succeeded


class Demo(Stage):
    """One turn, shown. `source` is the sample."""

    def __init__(self, *, source: Path = SAMPLE, scripted: bool = False, keep: bool = False, sandbox: str = "") -> None:
        super().__init__(scripted=scripted, keep=keep, sandbox=sandbox)
        self.source = source
        self.events: list[Event] = []
        self._progress = Progress(self.style)

    async def run(self) -> int:
        """The whole way; the exit code is 0 only when our own clean runs saw the bug red before and green after."""
        started = time.monotonic()
        async with self.home() as home, model_of(answer if self.scripted else None) as choice:
            return await self._walk(home, choice, started)

    async def _walk(self, home: Path, choice: ModelChoice, started: float) -> int:
        self._introduce(choice)
        self.title("1. A repository with a bug")
        project = make_sample(home / "tally", self.source)
        self.say(f"   {project}", f'   asked: "{PROMPT}"')
        self.title("2. The turn")
        spec = self._spec(home, project, choice)
        with Sessions(spec.folder.parent).create(spec.session) as log:
            log.claim()
            outcome = await self._turn(spec, log)
        self._verification()
        if outcome.change:
            await self._change(spec, outcome)
        return self._end(outcome, time.monotonic() - started)

    def _introduce(self, choice: ModelChoice) -> None:
        if self.scripted:
            self.say(*scripted_banner(self.style))
            return
        self.say(f"Using {choice.provider}/{choice.model}; nothing is scripted. Budget: ${BUDGET.usd:.2f} at most")
        self.say(f"(where its price is not known: {BUDGET.tokens:,} tokens, {BUDGET.steps} steps).")

    def _spec(self, home: Path, project: Path, choice: ModelChoice) -> TurnSpec:
        """The turn on the built-in defaults: nothing of the person's settings but the model."""
        session = new_id("ses")
        return TurnSpec(
            session=session,
            turn=new_id("turn"),
            prompt=Prompt(id=new_id("inp"), text=PROMPT),
            project=project,
            folder=home / "state/sessions" / session,
            cache=home / "cache",
            model=choice,
            # A script has no price, so that a ceiling in money would only be warned about.
            budget=msgspec.structs.replace(BUDGET, usd=None) if self.scripted else BUDGET,
            backend=self.sandbox,
            verify=True,
            signature=Signature(name="Pullwright demo", email="demo@example.invalid"),
            secrets=secrets_of(choice, os.environ),
        )

    async def _turn(self, spec: TurnSpec, log: FileLog) -> Outcome:
        from pullwright.attempts.runner import run_turn

        inbox = TerminalInbox(spec.folder / "inbox")
        task = asyncio.ensure_future(run_turn(spec, log, inbox, watch=self._watch))
        with Interrupts(inbox, task, self.say):
            return await task

    def _watch(self, seen: Event | Live) -> None:
        if isinstance(seen, Event):
            self.events.append(seen)
            # The banner stands above already.
            self.say(*(f"  {line}" for line in self._progress.lines(seen) if line not in scripted_banner(self.style)))

    def _verification(self) -> None:
        """Red before, green after, as our own clean runs saw it."""
        self.title("3. Checked by Pullwright itself, in fresh sandboxes that the agent never touched")
        for event in self.events:
            if isinstance(event, VerificationRan):
                self.say(f"   {run_line(event, self.style)}")
            elif isinstance(event, Verified):
                self.say(f"   {self.style(event.verdict, 'bold')}: {clean(event.why)}")
                self.say(*(f"     red to green: {clean(name)}" for name in event.red_to_green))

    async def _change(self, spec: TurnSpec, outcome: Outcome) -> None:
        from pullwright.workspace.snapshot import reopen

        self.title("4. The change")
        async with await reopen(spec.folder, spec.cache) as workspace:
            patch = await workspace.diff(workspace.start_tree, workspace.tree)
        self.say(coloured(patch.decode("utf-8", "replace"), self.style).rstrip("\n"))

    def _proved(self) -> bool:
        """True when our own clean runs saw the base red, the change green, and a test that went from one to the other."""
        codes = {event.run.name: event.run.exit_code for event in self.events if isinstance(event, VerificationRan)}
        verdict = next((event for event in reversed(self.events) if isinstance(event, Verified)), None)
        green = codes.get("change") == 0 and codes.get("change+base-tests") == 0
        red = codes.get("base") not in (0, None)
        return red and green and verdict is not None and verdict.verdict == "verified" and bool(verdict.red_to_green)

    def _end(self, outcome: Outcome, took: float) -> int:
        proved = isinstance(outcome, Succeeded) and self._proved()
        self.title("5. The end")
        self.say(f"   outcome   {clean(outcome.why)}")
        if outcome.message:
            self.say(*(f"   > {line}" for line in clean(outcome.message).splitlines()))
        if outcome.change:
            change = outcome.change
            self.say(f"   branch    {clean(change.branch)} ({len(change.files)} files, +{change.added} -{change.removed})")
        spent = spend_text(outcome.spend)
        self.say(f"   cost      {spent.replace('unknown', '$0: a script costs nothing', 1) if self.scripted else spent}")
        self.say(f"   time      {seconds(took)} in all")
        if self.scripted:
            self.say("", *scripted_banner(self.style))
        if not proved:
            self.say("", self.style("The demo FAILED: the bug was not shown to be fixed.", "red", "bold"))
            return exit_code(outcome) or FAILED
        return 0
