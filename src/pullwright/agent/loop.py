"""The loop: `act(think())` until there is an ending."""

from __future__ import annotations

import asyncio

from pullwright.agent.act import act
from pullwright.agent.agent import Agent
from pullwright.agent.between import watch_clock
from pullwright.agent.endings import Ending, Gone, TurnEnded
from pullwright.agent.starting import close, start
from pullwright.agent.think import think
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.inputs import Input


async def run(agent: Agent, *given: Input) -> Ending:
    """One turn: from what it was given (a prompt, an answer, or nothing after a crash) to its ending.

    What the turn can end with is a value, never raised. Cancelling leaves a valid log, in which every call has a
    result, and the files as a last checkpoint kept them.
    """
    async with asyncio.TaskGroup() as beside:
        agent.begin_checkpoints(beside)
        watchers = [beside.create_task(agent.inputs.listen(agent.halt)), beside.create_task(watch_clock(agent))]
        try:
            return await _steps(agent, given)
        finally:
            for watcher in watchers:
                watcher.cancel()


async def _steps(agent: Agent, given: tuple[Input, ...]) -> Ending:
    try:
        async with agent.halt:
            await start(agent, given)
            while True:
                await act(agent, await think(agent))
    except TurnEnded as end:
        return await close(agent, end.ending)
    except PullwrightError as error:
        return await close(agent, Gone(error))
    except BaseException:
        await close(agent, None)
        raise
