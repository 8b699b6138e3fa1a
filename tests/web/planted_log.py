"""Logs of any length, put into a scene as attempts that have ended: nothing ran, they are there to be read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import (
    Checkpointed,
    CommandRan,
    Event,
    InputReceived,
    ItemAdded,
    ModelCalled,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.usage import Usage
from pullwright.tasks.store.attempts import add_attempt
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import add_task

from .scene import WebScene

BATCH = 2000
EACH = 8
"""Events of a step."""
COLOURED = "\x1b[32mok\x1b[0m \x1b[1mcase {0}\x1b[0m took \x1b[33m{0} ms\x1b[0m in tests/part_{0}.py::test_that_it_holds\n"


async def plant_steps(scene: WebScene, events: int, title: str = "A long log") -> tuple[str, str]:
    """A task of ada's with so many events, in steps that say something and run a command; task and attempt."""
    return await _plant(scene, title, _steps(events))


async def plant_output(scene: WebScene, lines: int, title: str = "A long output") -> tuple[str, str]:
    """A task of ada's whose one command printed so many lines, in colours; task and attempt."""
    text = "".join(COLOURED.format(number) for number in range(lines))
    return await _plant(scene, title, [*_begun(), *_step(1, text, "output-1.txt")], {"output-1.txt": text.encode()})


async def _plant(
    scene: WebScene, title: str, events: Iterator[Event] | list[Event], artifacts: dict[str, bytes] | None = None
) -> tuple[str, str]:
    service, now, session = scene.service, time.time(), new_id("ses")
    task = Task(
        id=new_id("task"),
        project_id="proj_tally",
        user_id="user_ada",
        title=title,
        prompt=title,
        ref="main",
        model="deep",
        state="review",
        created=now,
        changed=now,
    )
    attempt = Attempt(
        id=new_id("att"), task_id=task.id, number=1, session=session, state="review", branch="x", created=now, changed=now
    )
    await service.database.write(add_task, task)
    await service.database.write(add_attempt, attempt)
    for name, data in (artifacts or {}).items():
        service.blobs.put(f"sessions/{session}/artifacts/{name}", data)
    log = await SqlLog.open(service.database, session, FolderArtifacts(service.config.data / session), service.bells)
    await log.claim()
    batch: list[Event] = []
    at = 0
    for one in (*events, None):
        if one is not None:
            batch.append(msgspec.structs.replace(one, time=now))
        if one is None or len(batch) == BATCH:
            at = await log.append(tuple(batch), expected_seq=at, generation=log.generation)
            batch = []
    return task.id, attempt.id


def _begun() -> list[Event]:
    turn = TurnStarted(
        turn="t1",
        mode="code",
        approval="full-auto",
        access="workspace-write",
        network="off",
        model="deep",
        provider="scripted",
        scripted=True,
    )
    return [
        SessionStarted(session="s", project="tally", pullwright="0"),
        turn,
        InputReceived(turn="t1", input=Prompt(id="i1", text="Go through all of it.")),
    ]


def _steps(events: int) -> Iterator[Event]:
    begun = _begun()
    yield from begun
    for number in range(1, (events - len(begun)) // EACH + 1):
        yield from _step(number, f"line one of {number}\nline two\n\x1b[32mok\x1b[0m\n")


def _step(number: int, output: str, artifact: str = "") -> list[Event]:
    at: dict[str, Any] = {"turn": "t1", "step": number}
    call, command = f"c{number}", f"pytest -q tests/part_{number}.py"
    said = {"type": "message", "role": "assistant", "id": f"m{number}", "content": [_text(f"Now part **{number}** of it.")]}
    asked = {"type": "function_call", "call_id": call, "name": "exec", "arguments": json.dumps({"command": command})}
    told = output if len(output) < 4000 else f"{output[:2000]}\n… left out …\n{output[-2000:]}"
    answered = {"type": "function_call_output", "call_id": call, "output": f"{told}[exit 0 in 0.1 s]"}
    return [
        ItemAdded(source="model", item=_raw(said), **at),
        ItemAdded(source="model", item=_raw(asked), **at),
        ModelCalled(model="deep", provider="scripted", usage=Usage(input=900, output=100), cost_usd=0.01, seconds=0.4, **at),
        ToolStarted(call_id=call, name="exec", effect="execute", title=command, **at),
        CommandRan(
            call_id=call,
            command=command,
            cwd="/workspace",
            exit_code=0,
            seconds=0.1,
            output_bytes=len(output),
            artifact=artifact,
            **at,
        ),
        ToolFinished(call_id=call, name="exec", ok=True, seconds=0.1, **at),
        ItemAdded(source="tool", item=_raw(answered), **at),
        Checkpointed(tree=f"{number:040x}", paths=(f"src/part_{number}.py",), **at),
    ]


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _raw(item: dict[str, Any]) -> Any:
    return msgspec.Raw(msgspec.json.encode(item))
