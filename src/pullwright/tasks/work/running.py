"""The turn itself: the one runner, on a log in the database.

A worker that is killed here leaves an open turn in the log; the next one claims the log and takes the turn up at its last
checkpoint. A turn that had finished, and whose worker died before it was settled, is settled from its log. A worker that stops
gives the turn up in the same way, without an end: it gives its claim on the log away first, so that nothing more can be logged.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from sqlalchemy import Connection

from pullwright import __version__
from pullwright.attempts.runner import run_turn
from pullwright.attempts.spec import TurnSpec
from pullwright.log.recorder import Recorder
from pullwright.log.replay import SessionState
from pullwright.log.sql.tables import log_heads
from pullwright.protocol.errors import LogConflict, PullwrightError
from pullwright.protocol.events import Event, Noticed, SessionStarted, TurnFinished
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Failed, Outcome
from pullwright.tasks.engine.turns import hold_turn
from pullwright.tasks.inside.window import window
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.accounting import left_usd
from pullwright.tasks.work.budgeting import remaining
from pullwright.tasks.work.folders import mark
from pullwright.tasks.work.moving import move_base, was_moved
from pullwright.tasks.work.opened import Opened, bring_files, open_session
from pullwright.tasks.work.preparing import Ground, lay_ground, sayer
from pullwright.tasks.work.settling import settle
from pullwright.tasks.work.specifying import turn_spec
from pullwright.tasks.work.taken import Taken
from pullwright.tools.tool import Bench

MOVED = (
    "This session goes on on another machine: files that git ignores, what was installed meanwhile and background processes "
    "are gone."
)


async def run(service: Service, taken: Taken, worker: str) -> Outcome:
    """Run (or take up, or only settle) a turn; its outcome, which is logged and settled.

    What makes the turn fail is an outcome, not an error. Raises `LogConflict` where another worker has the turn by now.
    """
    async with open_session(service, taken, clone_of(service, taken.project.id)) as opened:
        await service.database.write(hold_turn, taken.turn.id, worker, opened.generation)
        outcome = ended(opened, taken.turn.id) or await _begin(service, taken, opened)
        state = SessionState.of(opened.log.read(), opened.artifacts)
        following = await service.database.write(
            settle, taken, worker, opened.generation, outcome, state.spend, frozenset(state.inputs)
        )
    service.tell(taken.task.id, queue=following)
    return outcome


def ended(opened: Opened, turn: str) -> Outcome | None:
    """The outcome of a turn that its log has finished."""
    return next((event.outcome for event in opened.log.read() if isinstance(event, TurnFinished) and event.turn == turn), None)


async def _begin(service: Service, taken: Taken, opened: Opened) -> Outcome:
    move = taken.turn.kind == "merge-base" and not was_moved(taken, opened.log)
    try:
        ground = await lay_ground(service, taken, sayer(service, taken), move=move)
    except PullwrightError as error:
        if isinstance(error, LogConflict):
            raise
        return await fail(taken, opened, error)
    try:
        spec = await _spec(service, taken, opened, ground)
        return await _unless_stopped(service, taken, opened, spec)
    finally:
        ground.checkout.release()


async def _spec(service: Service, taken: Taken, opened: Opened, ground: Ground) -> TurnSpec:
    left = await service.database.read(left_usd, taken.task)
    prompt = taken.turn.prompt
    moved = await bring_files(service, taken, opened, ground.clone)
    if taken.turn.kind == "merge-base":
        prompt = await move_base(service, taken, opened, ground)
    if moved:
        await Recorder(opened.log, opened.generation).record(Noticed(level="warning", text=MOVED))
    return turn_spec(
        service,
        taken,
        ground.prepared,
        project=ground.clone.folder,
        folder=opened.folder,
        base_files=ground.checkout.tree,
        prompt=prompt,
        budget=remaining(taken.task.budget, taken.attempt.spend, left),
        base=ground.base,
        moved=moved,
    )


async def _unless_stopped(service: Service, taken: Taken, opened: Opened, spec: TurnSpec) -> Outcome:
    """The turn's outcome. A worker that is to stop cancels this: then the log is given away before anything hears of it, so that
    the turn stays open for the next worker, however this one's ends."""
    session = taken.attempt.session

    def watch(frame: Event | Live) -> None:
        service.live.publish(session, frame)

    def beside(bench: Bench) -> AbstractAsyncContextManager[None]:
        return window(service.config.data, taken.attempt.id, bench)

    turning = asyncio.create_task(run_turn(spec, opened.log, opened.inbox, watch, beside=beside))
    try:
        return await asyncio.shield(turning)
    except asyncio.CancelledError:
        if not turning.done():
            if await service.database.write(give_away, session, opened.generation):
                mark(opened.folder, opened.generation + 1)  # the files are still the newest writer's
            turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        raise


def give_away(connection: Connection, session: str, generation: int) -> bool:
    """Whether the writer with `generation` was still the newest: then nobody is one any more, until somebody claims the log."""
    heads = log_heads.update().where(log_heads.c.session == session, log_heads.c.generation == generation)
    return connection.execute(heads.values(generation=generation + 1)).rowcount == 1


async def fail(taken: Taken, opened: Opened, error: PullwrightError) -> Outcome:
    """End a turn that could not begin: its log says so all the same."""
    outcome = Failed(why=str(error), fix=error.fix)
    recorder = Recorder(opened.log, opened.generation)
    recorder.turn = taken.turn.id
    if opened.log.last_seq == 0:
        started = SessionStarted(session=taken.attempt.session, project=taken.project.name, pullwright=__version__)
        await recorder.record(started)
    await recorder.record(TurnFinished(outcome=outcome))
    await recorder.sync()
    return outcome
