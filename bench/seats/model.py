"""The scripted model server that all seats talk to, in a process of its own: `python model.py` prints its URL.

It answers by the last thing that the person said: `STREAM` with a thousand lines a second for `SECONDS`, `COMMAND` with a
command that prints as many, `HISTORY` with STEPS small steps, anything else with a short sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from pullwright.models.mock.script import Answer, SaidCall, Script, Trouble
from pullwright.models.mock.server import MockServer

SECONDS = 12
STEPS = 700
RATE = 1000
STEP = 5
LINE = "line {:06d} the quick brown fox jumps over the lazy dog\n"
COMMAND = (
    'python3 -c "import time; t=time.monotonic()\nfor n in range({rows}):\n'
    " print('line %06d the quick brown fox jumps over the lazy dog' % n, flush=n % 10 == 0)\n"
    ' time.sleep(max(0, t + n/{rate} - time.monotonic()) if n % 10 == 0 else 0)"'
)


def streamed(lines: int) -> Answer:
    """`lines` lines as Markdown, STEP of them in each event, RATE in a second: lists of twenty, each with its heading."""
    rows = ["- " + LINE.format(number) for number in range(lines)]
    parts = [f"\n## Part {start // 20:04d}\n\n" + "".join(rows[start : start + 20]) for start in range(0, lines, 20)]
    return Answer(text="".join(parts), piece=len(rows[0]) * STEP, trouble=Trouble(pause=STEP / RATE * 0.9))


def answer(request: Mapping[str, Any]) -> Answer:
    """What is said to `request`: the word that came last decides."""
    asked = msgspec.json.encode(request).decode()
    last = max(("STREAM", "COMMAND", "HISTORY"), key=asked.rfind)
    if last == "HISTORY" and (done := asked.count('"function_call_output"')) < STEPS:
        return step(done)
    after = asked[asked.rfind(last) :]
    if last == "STREAM" and asked.count("line 00") == 0:
        return streamed(SECONDS * RATE)
    if last == "COMMAND" and "call_output" not in after and '"tool"' not in after:
        command = COMMAND.format(rows=SECONDS * RATE, rate=RATE)
        return Answer(calls=(SaidCall("exec", {"command": command, "timeout": 60}),))
    return Answer(text="Done.")


def step(number: int) -> Answer:
    """One of many: a word, then a command or an edit."""
    said = f"Step {number}: I look at `module_{number}` **next**, since it is used by the one before."
    path = f"pack{number % 20:02d}/module_{number % 300}.py"
    if number % 3 == 2:
        return Answer(text=said, calls=(SaidCall("write", {"path": f"notes/{number}.md", "content": f"# {number}\n\nSeen.\n"}),))
    return Answer(text=said, calls=(SaidCall("exec", {"command": f"head -n 4 {path}"}),))


async def main() -> None:
    async with MockServer(Script(answer), models=("bench",)) as server:
        print(server.root, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
