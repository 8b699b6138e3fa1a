"""Tasks of a scene in every state, by name. Each is made when it is first asked for: a test waits for what it shows alone.

filled["review"]        the id of a task that waits for its review
filled["inside"]        the id of an attempt whose sandbox is open
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from string import Formatter
from typing import TYPE_CHECKING

from pullwright.cli.demo.recipes import WISHES
from pullwright.protocol.policy import Budget
from pullwright.tasks.service.dispatching import cancel
from pullwright.tasks.service.reviewing import approve

if TYPE_CHECKING:
    from .scene import WebScene

RTL = "إصلاح حساب الخصم في سلة المشتريات [edit]"
LONG = "A title that goes on and on " + "and-never-breaks" * 8 + " [edit]"
HOSTILE = '"><script>window.pwned = 1</script><img src=x onerror="window.pwned=1"> [edit]'
EITHER = ("review", "failed", "answered", "over_budget", "needs_input")


async def _merged(scene: WebScene) -> str:
    """The first wish of the demo, from its prompt to the merge."""
    task = (await scene.dispatch(WISHES[0].prompt, "mia")).id
    await scene.until(task, "review")
    await scene.published(task)
    await approve(scene.service, scene.actor("ada"), task)
    return task


async def _cancelled(scene: WebScene) -> str:
    task = (await scene.dispatch("Do it slowly [slow]")).id
    await cancel(scene.service, scene.actor("ada"), task)
    return task


async def _running(scene: WebScene) -> str:
    task = (await scene.dispatch("Go through the whole of it, step by step [slow]", "mia")).id
    await scene.until(task, "running")
    return task


async def _inside(scene: WebScene) -> str:
    """The attempt of one that will run for a while yet."""
    view = await scene.until((await scene.dispatch("Let me look inside of it [slow]", "mia")).id, "running")
    return view.attempts[0].id


async def _over(scene: WebScene) -> str:
    """The attempt of one that ended: nothing is left to look into."""
    return (await scene.until(await _ended("Look at it once [edit]")(scene), *EITHER)).attempts[0].id


async def _asking(scene: WebScene) -> str:
    """One that may not edit before somebody said so."""
    task = (await scene.dispatch("Note it down, but ask before [note]", "mia", approval="suggest")).id
    await scene.until(task, "needs_input")
    return task


def _ended(prompt: str, by: str = "ada", mode: str = "code", attempts: int = 1, budget: Budget | None = None) -> Recipe:
    """One that is dispatched, and waited for."""

    async def made(scene: WebScene) -> str:
        more = {"budget": budget} if budget else {}
        task = (await scene.dispatch(prompt, by, mode=mode, attempts=attempts, **more)).id
        await scene.until(task, *EITHER)
        return task

    return made


Recipe = Callable[["WebScene"], Awaitable[str]]
RECIPES: Mapping[str, Recipe] = {
    "merged": _merged,
    "review": _ended(WISHES[1].prompt, "mia"),
    "other": _ended(WISHES[2].prompt, "mia"),
    "failed": _ended("[fail]", "mia"),
    "rtl": _ended(RTL),
    "long": _ended(LONG, "mia"),
    "hostile": _ended(HOSTILE),
    "two": _ended(WISHES[3].prompt, attempts=2),
    "over": _ended("Spend more than you may [slow]", budget=Budget(steps=1)),
    "needs_input": _ended("Print totals in the right currency [ask]", "mia"),
    "permission": _asking,
    "answered": _ended("Where is the discount decided? [edit]", mode="ask"),
    "ended": _over,
    "cancelled": _cancelled,
    "running": _running,
    "inside": _inside,
}
LASTING = ("cancelled", "running", "inside")
"""What is there only while it runs, or at once: it is made last."""


async def fill(scene: WebScene) -> dict[str, str]:
    """All of them. What runs goes on."""
    first = [name for name in RECIPES if name not in LASTING]
    found = dict(zip(first, await asyncio.gather(*(RECIPES[name](scene) for name in first)), strict=True))
    return found | {name: await RECIPES[name](scene) for name in LASTING}


class Filled(Mapping[str, str]):
    """Those of one scene. (A process has one worker at a time, so one scene.)"""

    def __init__(self, scene: WebScene) -> None:
        self._scene = scene
        self._begun: dict[str, Future[str]] = {}

    def begin(self, name: str) -> Future[str]:
        """It is on its way, and nobody waits."""
        if name not in self._begun:
            self._begun[name] = asyncio.run_coroutine_threadsafe(self._make(name), self._scene.loop)
        return self._begun[name]

    def begin_those_of(self, path: str) -> None:
        """Those that a path has in braces are on their way, but for what must be fresh."""
        for _, name, _, _ in Formatter().parse(path):
            if name and name not in LASTING:
                self.begin(name)

    def __getitem__(self, name: str) -> str:
        return self.begin(name).result(300)

    def __iter__(self) -> Iterator[str]:
        return iter(RECIPES)

    def __len__(self) -> int:
        return len(RECIPES)

    async def _make(self, name: str) -> str:
        return await RECIPES[name](self._scene)
