"""The task and the attempt that a person's words mean."""

from __future__ import annotations

from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import get_task, list_tasks
from pullwright.cli.tasks.exits import WORKING
from pullwright.cli.tasks.records import Attempt, Task
from pullwright.protocol.errors import FixSettings, NotFound

SHORTEST = 4


def find_task(api: Api, text: str) -> Task:
    """The task by its id, or by the beginning or end of one; the newest one without words. Raises `FixSettings`."""
    if text.startswith("task_") and len(text) > 16:
        try:
            return get_task(api, text)
        except NotFound:
            pass
    recent = list_tasks(api, 200)
    if not text:
        if not recent:
            raise FixSettings("there are no tasks yet", fix='dispatch one: pullwright task run "…"')
        return get_task(api, recent[0].id)
    fits = [one.id for one in recent if len(text) >= SHORTEST and (one.id.startswith(text) or one.id.endswith(text))]
    if len(fits) != 1:
        what = "several tasks match" if fits else "there is no task"
        raise FixSettings(f"{what} {text!r}", fix="see: pullwright task list")
    return get_task(api, fits[0])


def attempt_of(task: Task, number: int = 0) -> Attempt:
    """The attempt of that number; without one, the chosen or only one, else the first that changed something."""
    if number:
        found = next((one for one in task.attempts if one.number == number), None)
        if found is None:
            raise FixSettings(f"{task.id} has no attempt {number}", fix=f"it has {len(task.attempts)}: --attempt 1 and on")
        return found
    if not task.attempts:
        raise FixSettings(f"{task.id} has no attempt", fix=f"see: pullwright task show {task.id}")
    return task.attempt or next((one for one in task.attempts if one.head), task.attempts[0])


def at_work(task: Task, number: int = 0) -> Attempt:
    """The attempt of that number; without one, the first at work, else as `attempt_of`."""
    working = next((one for one in task.attempts if one.state in WORKING), None)
    return attempt_of(task, number) if number or task.chosen or working is None else working


def waiting(task: Task, number: int = 0) -> Attempt:
    """The attempt that waits for an answer, or that is at work. Raises `FixSettings`."""
    if number:
        return attempt_of(task, number)
    for state in ("needs_input", "running"):
        found = [one for one in task.attempts if one.state == state]
        if len(found) == 1:
            return found[0]
        if found:
            raise FixSettings(f"{len(found)} attempts of {task.id} are {state}", fix="say which: --attempt N")
    return attempt_of(task)


def asking(task: Task, number: int = 0) -> Attempt:
    """The attempt of that number; without one, the only one that asks something, else as `waiting`."""
    found = [one for one in task.attempts if one.asks]
    return found[0] if len(found) == 1 and not number else waiting(task, number)
