"""The calls of one step: those that only read run side by side, the others alone and in order; results in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import TypeVar

from pullwright.protocol.policy import Effect

C = TypeVar("C")
R = TypeVar("R")

WIDTH = 8
"""How many reads run at once."""


async def run_calls(
    calls: Sequence[C],
    effect: Callable[[C], Effect],
    run: Callable[[C], Awaitable[R]],
    *,
    width: int = WIDTH,
) -> list[R]:
    """Run the calls and give their results in the order of the calls.

    Neighbours whose effect is `read` form a group that runs side by side, at most `width` at once; a group is
    over before the next begins. The first exception cancels the group's others and is raised as it is.
    """
    results: list[R] = []
    for reads, group in groupby(calls, lambda call: effect(call) == "read"):
        together = list(group)
        if reads and len(together) > 1:
            results += await _side_by_side(together, run, width)
        else:
            results += [await run(call) for call in together]
    return results


async def _side_by_side(calls: Sequence[C], run: Callable[[C], Awaitable[R]], width: int) -> list[R]:
    gate = asyncio.Semaphore(width)

    async def one(call: C) -> R:
        async with gate:
            return await run(call)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    return [task.result() for task in tasks]


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error  # pyright: ignore[reportUnknownArgumentType]
