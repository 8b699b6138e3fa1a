"""What the engine calls for each turn. Each phase may be begun again after a crash, and then does what is left of it."""

from __future__ import annotations

from pullwright.log.replay import SessionState
from pullwright.protocol.errors import LogDamaged, PullwrightError
from pullwright.protocol.outcomes import Failed
from pullwright.tasks.engine.turns import hold_turn
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.publishing.publish import publish_task
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.opened import open_session
from pullwright.tasks.work.preparing import lay_ground, sayer
from pullwright.tasks.work.running import ended, fail, run
from pullwright.tasks.work.settling import settle, start, under_way
from pullwright.tasks.work.taken import Taken, take


class WorkPhases:
    """The phases of a turn on this worker: `tasks.engine.Phases`."""

    def __init__(self, service: Service, worker: str) -> None:
        self.service = service
        self.worker = worker

    async def prepare(self, turn: str) -> str:
        """The clone is up to date, the base's commit known, the environment set up: what may take long before an agent begins."""
        taken = await self.service.database.write(under_way, turn, self.worker)
        self.service.tell(taken.task.id, queue=False)
        if taken.turn.kind != "merge-base":  # which base that is, its log decides
            ground = await lay_ground(self.service, taken, sayer(self.service, taken))
            ground.checkout.release()
        return ""

    async def run(self, turn: str) -> str:
        """The agent at work, to the turn's outcome: its kind."""
        taken = await self.service.database.write(start, turn, self.worker)
        self.service.tell(taken.task.id, queue=False)
        outcome = await run(self.service, taken, self.worker)
        return type(outcome).__name__.lower()

    async def publish(self, turn: str) -> str:
        """What became of it goes to the forge, where the project says so. What the forge refuses does not undo the turn."""
        taken = await self.service.database.read(take, turn)
        return await publish_task(self.service, taken.task.id)

    async def fail(self, turn: str, error: PullwrightError) -> str:
        """End the turn as failed, if it has not ended."""
        taken = await self.service.database.read(take, turn)
        if taken.turn.state in ("finished", "cancelled"):
            return "ended"
        try:
            await self._end(taken, error)
        except LogDamaged as damaged:  # then the rows alone say how it ended: a turn without an end would keep its slot
            outcome = Failed(why=str(damaged), fix=damaged.fix)
            generation, spend = taken.turn.generation, taken.attempt.spend
            await self.service.database.write(settle, taken, self.worker, generation, outcome, spend, frozenset[str]())
        self.service.tell(taken.task.id, queue=False)
        return "failed"

    async def _end(self, taken: Taken, error: PullwrightError) -> None:
        turn = taken.turn.id
        async with open_session(self.service, taken, clone_of(self.service, taken.project.id)) as opened:
            await self.service.database.write(hold_turn, turn, self.worker, opened.generation)
            outcome = ended(opened, turn) or await fail(taken, opened, error)
            state = SessionState.of(opened.log.read(), opened.artifacts)  # what the turn used until then is used
            await self.service.database.write(
                settle, taken, self.worker, opened.generation, outcome, state.spend, frozenset(state.inputs)
            )
