"""The one runner: a CLI run and a service attempt are the same call.

run_turn(spec, log, inbox) -> Outcome
    log read ─▶ TurnStarted ─▶ model and facts, side by side          ┐ meanwhile, as a task: snapshot ─▶ sandbox (place.py)
    ─▶ the loop: its first request does not wait for the sandbox      ┘
    ─▶ last checkpoint ─▶ change (delivery.py) ─▶ verification, if asked ─▶ report ─▶ TurnFinished
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from pullwright import __version__
from pullwright.agent.endings import Done, Gone
from pullwright.agent.loop import run
from pullwright.attempts.ends import failed, outcome_of
from pullwright.attempts.facts import Facts, gather
from pullwright.attempts.outfit import Outfit, agent_of
from pullwright.attempts.pairing import made_in_place
from pullwright.attempts.place import Beside, Place, alone
from pullwright.attempts.servers import Offer, offer
from pullwright.attempts.setup.layer import facts_with
from pullwright.attempts.spec import TurnSpec
from pullwright.attempts.standing import Standing
from pullwright.attempts.taking_up import Start, asked, begin
from pullwright.log.inbox import Inbox
from pullwright.log.log import Log
from pullwright.log.recorder import Recorder
from pullwright.log.replay import SessionState
from pullwright.models.model import Model
from pullwright.models.open import open_model
from pullwright.protocol.errors import LogConflict, LogDamaged, SandboxLost
from pullwright.protocol.events import AnswerChecked, Citation, Event, Noticed, SessionStarted, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Cancelled, Failed, Outcome
from pullwright.protocol.policy import Access
from pullwright.protocol.usage import Spend
from pullwright.sandbox.toolchains import Toolchains, toolchains
from pullwright.tools.redaction import Redactor

if TYPE_CHECKING:
    from pullwright.agent.endings import Ending

Watch = Callable[[Event | Live], None]

HEAD_START = 0.02
"""Seconds that the first request has before the sandbox begins to open: both need this process, and the model takes longer."""


async def run_turn(
    spec: TurnSpec,
    log: Log,
    inbox: Inbox,
    watch: Watch | None = None,
    standing: Standing | None = None,
    beside: Beside = alone,
) -> Outcome:
    """Run one turn to its outcome, which is in the log too; `watch` sees each event once logged, and each live frame.

    `standing` is the place that a pairing keeps between its turns; without, the turn opens and closes its own, and `beside` is
    entered for as long as its sandbox is open.

    A log with an unfinished turn is taken up at its last checkpoint (then a prompt without text adds nothing); a
    finished one goes on with `spec.prompt`, or with the answer that lies in the inbox. What goes wrong is an outcome
    (`Failed`, with the fix); raised are only `LogConflict` and `LogDamaged`, where nothing can be logged any more,
    `SandboxLost` with `spec.retaken`, and `CancelledError`. However it ends: the log is valid, the work checkpointed, the
    sandbox closed.
    """
    past = SessionState.of(log.read(), log.artifacts)
    recorder = Recorder(log)
    if watch:
        recorder.watch(watch)
    start = begin(spec, past, inbox)
    recorder.turn, recorder.step = start.turn, past.step if start.resumed else 0
    turn = Turn(spec, recorder, inbox, past, start, standing, beside)
    try:
        outcome = await turn.walk()
    except (LogConflict, LogDamaged):
        raise
    except asyncio.CancelledError:
        await turn.finish(Cancelled(why="stopped at once; what the last checkpoint holds is kept", **turn.known()))
        raise
    except Exception as error:
        if spec.retaken and isinstance(error, SandboxLost):
            await turn.leave_open()
            raise
        turn.keep_trace(error)
        outcome = failed(error, **turn.known())
    return await turn.finish(outcome)


class Turn:
    """One turn on its way; each method is a stretch of it."""

    def __init__(
        self,
        spec: TurnSpec,
        recorder: Recorder,
        inbox: Inbox,
        past: SessionState,
        start: Start,
        standing: Standing | None = None,
        beside: Beside = alone,
    ) -> None:
        self.spec = spec
        self.recorder = recorder
        self.inbox = inbox
        self.past = past
        self.start = start
        self.standing = standing
        self.beside = beside
        self.redactor = Redactor(spec.secrets)
        self.access: Access = (
            "read-only" if spec.plan or (spec.mode == "ask" and spec.access == "workspace-write") else spec.access
        )
        self.model: Model | None = None
        self.begun = False
        self.ending: Ending | None = None

    async def walk(self) -> Outcome:
        """The whole way, but for the report and the turn's last event."""
        tools = toolchains(self.spec.base_files or self.spec.project, os.environ)
        async with self._place(tools) as place:
            self.model, facts = await self._prepare(tools)
            await self._announce(facts)
            place.attach(self.recorder)
            ending = self.start.ending or await self._with_servers(self.model, facts, tools, place)
            if self.standing is not None:
                self.standing.fresh = False
            if isinstance(ending, Gone) and isinstance(ending.error, SandboxLost):
                if self.standing is not None:
                    self.standing.lost()
                if self.spec.retaken:
                    raise ending.error
            return await self._deliver(ending, tools, place)

    @asynccontextmanager
    async def _place(self, tools: Toolchains) -> AsyncGenerator[Place]:
        """The turn's own place, or the pairing's, which stays."""
        if self.standing is not None:
            place = await self.standing.fit(self.spec)
            place.hold_to(self.access)
            try:
                yield place
            finally:
                place.detach()
            return
        async with Place(
            self.spec,
            self.recorder,
            tools=tools,
            access=self.access,
            redactor=self.redactor,
            artifacts=self.recorder.log.artifacts,
            tree=self.start.tree,
            rolled_back=self.start.resumed,
            beside=self.beside,
        ) as place:
            yield place

    async def _prepare(self, tools: Toolchains) -> tuple[Model, Facts]:
        """Model and facts, side by side."""
        spec = self.spec
        looking = asyncio.create_task(
            asyncio.to_thread(
                gather,
                spec.project,
                at=spec.at,
                ref=spec.ref,
                files=spec.base_files,
                test_command=spec.test_command,
                network=spec.network,
                access=self.access,
                path=tools.env.get("PATH"),
                verify=spec.verify and not spec.in_place,
                in_place=spec.in_place,
                beside=tuple(spec.setup.outside(spec.at).values()) if spec.setup is not None else (),
            )
        )
        try:
            self.model = await open_model(spec.model, prices=spec.prices)
            return self.model, await looking
        except BaseException:
            looking.cancel()
            await asyncio.wait((looking,))
            raise

    async def _announce(self, facts: Facts | None) -> None:
        """Log that the turn begins; without `facts` when it failed before they were known."""
        spec = self.spec
        head = facts.repository.head if facts else ""
        started = TurnStarted(
            mode=spec.mode,
            approval=spec.approval,
            access=self.access,
            network="off" if spec.network.off else "on",
            model=spec.model.model,
            provider=spec.model.provider,
            effort=spec.model.effort,
            base=head if spec.ref is None else spec.ref,
            tree=self.start.tree or "",
            sandbox=spec.backend,
            scripted=bool(self.model and self.model.scripted),
            resumed=self.start.resumed,
            plan=spec.plan,
            in_place=spec.in_place,
            agent=spec.agent.mark if spec.agent else "",
        )
        session = SessionStarted(session=spec.session, project=str(spec.project), pullwright=__version__)
        await self.recorder.record(*([session] if self.start.fresh else []), started)
        for text in spec.notices:
            self.recorder.post(Noticed(level="warning", text=text))
        self.begun = True

    async def _with_servers(self, model: Model, facts: Facts, tools: Toolchains, place: Place) -> Ending:
        """The agent at work, with the tools of MCP servers beside ours."""
        async with offer(self.spec, place, self.standing, self.inbox) as offered:
            return await self._loop(model, facts, tools, place, offered)

    async def _loop(self, model: Model, facts: Facts, tools: Toolchains, place: Place, offered: Offer) -> Ending:
        """The agent at work."""
        if self.spec.in_place and not self.past.items:
            place.begin()
            await place.look()  # what was edited before the first word is nothing to tell
        agent = await agent_of(
            Outfit(
                spec=self.spec,
                past=self.past,
                start=self.start,
                recorder=self.recorder,
                inbox=self.inbox,
                access=self.access,
                redactor=self.redactor,
                model=model,
                root=self.spec.base_files or facts.repository.root,
                facts=facts.text(facts_with(self.spec.setup, self.spec.at, tools.facts)),
                place=place,
                offered=offered,
                fresh=self.standing is None or self.standing.fresh,
            )
        )
        hooks = agent.hooks
        asyncio.get_running_loop().call_later(HEAD_START, place.begin)
        if hooks is not None and self.standing is not None:
            self.standing.at_end = lambda recorder: hooks.ended(agent, self.ending, recorder)
        self.ending = await run(agent, *self.start.given, *offered.given)
        if hooks is not None and self.standing is None:
            await hooks.ended(agent, self.ending)
        return self.ending

    async def _deliver(self, ending: Ending, tools: Toolchains, place: Place) -> Outcome:
        """The change on its branch, and what the clean runs say of it; in place the files are the change."""
        if self.spec.in_place:
            return outcome_of(ending, change=await made_in_place(place, self.recorder), **self.known())
        if self.spec.mode == "ask" and self.spec.schema is None and isinstance(ending, Done):
            await self._check_answer(ending, place)
        if self.past.seq:
            place.begin()  # an earlier turn's work may be there, whatever this one did
        await place.close_sandbox()
        workspace = place.snapshot
        if self.spec.mode == "ask" or workspace is None:
            return outcome_of(ending, **self.known())
        from pullwright.attempts.delivery import Order, deliver

        order = Order(
            spec=self.spec,
            ending=ending,
            asked=asked(self.spec, self.past, self.start.given),
            earlier=tuple(one.text for one in self.past.inputs.values() if isinstance(one, Prompt) and one.text.strip()),
            before=self.past.change,
            workspace=workspace,
            tools=tools,
            redact=self.redactor.redact,
            known=self.known,
        )
        return await deliver(order, self.recorder, self.inbox)

    async def _check_answer(self, ending: Done, place: Place) -> None:
        """Hold what an answer cites against the files."""
        from pullwright.attempts.citations import check, cited

        citations: tuple[Citation, ...] = ()
        if any(cited(ending.message)):
            place.begin()
            await place.close_sandbox()
            if (workspace := place.snapshot) is None:
                return
            citations = await check(ending.message, workspace, self.spec.at or str(workspace.root))
        await self.recorder.record(AnswerChecked(citations=citations))

    async def finish(self, outcome: Outcome) -> Outcome:
        """Report, the turn's last event, everything onto the disk; closes the model."""
        if self.model is not None:
            await self.model.aclose()
        if not self.begun:
            await self._announce(None)
        outcome = msgspec.structs.replace(outcome, why=self._cleaned(outcome.why))
        if isinstance(outcome, Failed):
            outcome = msgspec.structs.replace(outcome, fix=self._cleaned(outcome.fix))
        from pullwright.attempts.delivery import report

        try:
            report(outcome, self.recorder, self.spec.queued)
        except Exception as error:  # a turn ends, with or without a report
            self.keep_trace(error)
        await self.recorder.record(TurnFinished(outcome=outcome))
        await self.recorder.sync()
        return outcome

    async def leave_open(self) -> None:
        """Leave without an end: what is logged and checkpointed is what the next one to take the turn up goes on from."""
        if self.model is not None:
            await self.model.aclose()

    def _cleaned(self, text: str) -> str:
        """Words of a failure may repeat what was set, an address with a password in it."""
        return self.redactor.redact(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def known(self) -> dict[str, Any]:
        """What any outcome of this turn says."""
        state = SessionState.of(self.recorder.log.read(), self.recorder.log.artifacts)
        scripted = bool(self.model and self.model.scripted)
        return {"spend": state.turn_spend if self.begun else Spend(), "scripted": scripted}

    def keep_trace(self, error: Exception) -> None:
        """A bug's traceback, beside the log."""
        from pullwright.protocol.errors import PullwrightError

        if isinstance(error, PullwrightError):
            return
        import traceback

        name = f"crash-{self.start.turn}.txt"
        text = "".join(traceback.format_exception(error)).encode("utf-8", "replace")
        self.recorder.log.artifacts.put(name, self.redactor.redact(text))
        self.recorder.post(Noticed(level="error", text=f"a bug of Pullwright's ended the turn; its trace is the artifact {name}"))
