"""The agent with the real tools and a real wire: a bug is found, shown by a test, mended, and the prefix never moves."""

import asyncio
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pullwright.agent.agent import Agent
from pullwright.agent.context import opening
from pullwright.agent.conversation import Conversation
from pullwright.agent.endings import Done, Ending
from pullwright.agent.instructions import FolderReader, Instructions
from pullwright.agent.loop import run
from pullwright.agent.prompt import system_prompt
from pullwright.log.files import FileLog
from pullwright.log.inbox import MemoryInbox
from pullwright.log.recorder import Recorder
from pullwright.log.replay import SessionState
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, SaidCall, SaidCustom, Script
from pullwright.models.mock.server import MockServer
from pullwright.models.model import Model, ModelRequest
from pullwright.models.open import open_model
from pullwright.protocol.events import CommandRan, FilesChanged, ToolFinished
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.items import FunctionOutput, Item, ToolSpec
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.folder import FolderBackend
from pullwright.sandbox.sandbox import SandboxSpec
from pullwright.tools.redaction import Redactor
from pullwright.tools.tool import Bench
from pullwright.tools.toolbox import toolbox

SECRET = "correct-horse-battery-staple"
TEST = "from calc import add\n\ndef test_add():\n    assert add(2, 3) == 5\n"
CHECK = f"{sys.executable} -B -c 'import test_calc; test_calc.test_add()'"


def project(folder: Path) -> Path:
    (folder / "lib").mkdir(parents=True)
    (folder / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (folder / "lib" / "x.py").write_text(f"KEY = '{SECRET}'\n")
    (folder / "lib" / "AGENTS.md").write_text("Speak softly.")
    (folder / "AGENTS.md").write_text("Use four spaces.")
    return folder


def trajectory(edits: tuple[SaidCall | SaidCustom, ...]) -> list[Answer]:
    return [
        Answer(reasoning="Look first.", calls=(SaidCall("read", {"path": "calc.py"}), SaidCall("read", {"path": "lib/x.py"}))),
        Answer(text="First a test.", calls=(edits[0], SaidCall("exec", {"command": CHECK}))),
        Answer(calls=(edits[1], SaidCall("exec", {"command": [CHECK, "cat lib/x.py"]}))),
        Answer(text="Mended `add`; the new test was red and is green."),
    ]


def patch(text: str) -> SaidCustom:
    return SaidCustom("apply_patch", f"*** Begin Patch\n{text}\n*** End Patch")


PATCHES = (
    patch("*** Add File: test_calc.py\n" + "".join(f"+{line}\n" for line in TEST.splitlines()).rstrip("\n")),
    patch("*** Update File: calc.py\n@@\n-    return a - b\n+    return a + b"),
)
EDITS = (
    SaidCall("write", {"path": "test_calc.py", "text": TEST, "content": TEST}),
    SaidCall("edit", {"edits": [{"path": "calc.py", "old": "a - b", "new": "a + b"}]}),
)


async def work(root: Path, folder: Path, model: Model, log: FileLog) -> tuple[Ending, Agent]:
    """One turn, put together as `attempts` does it."""
    recorder = Recorder(log)
    redactor = Redactor([SECRET])

    def weigh(instructions: str, tools: tuple[ToolSpec, ...], items: Sequence[Item]) -> int:
        return model.count_tokens(ModelRequest(instructions=instructions, tools=tools, items=items))

    spec = SandboxSpec(folder=folder / "sandbox", tree=PlainTree(path=root), at=str(root), env={"PATH": "/usr/bin:/bin"})
    (folder / "outputs").mkdir()
    async with FolderBackend().open(spec) as sandbox:
        ready: asyncio.Future[Bench] = asyncio.get_running_loop().create_future()
        ready.set_result(
            Bench(
                sandbox=sandbox,
                artifacts=log.artifacts,
                record=recorder.record,
                show=recorder.show,
                redact=redactor.redact,
                scratch=folder / "outputs",
                outputs_at=str(folder / "outputs"),
            )
        )
        instructions = Instructions()
        agent = Agent(
            model=model,
            tools=toolbox(model.family, "code", answerable=False),
            bench=ready,
            recorder=recorder,
            inbox=MemoryInbox(),
            conversation=Conversation(weigh),
            system=system_prompt("code", model.family),
            opening=opening(f"Working directory: {root}", await instructions.opening(FolderReader(root))),
            instructions=instructions,
            redact=redactor.redact,
            cache_key="session",
        )
        return await run(agent, Prompt(id="p1", text="add() subtracts")), agent


@pytest.mark.parametrize(("provider", "name", "edits"), [("openai", "gpt-5", PATCHES), ("anthropic", "claude-x", EDITS)])
def test_a_bug_is_shown_by_a_test_and_mended(tmp_path: Path, provider: str, name: str, edits: Any) -> None:
    root = project(tmp_path / "project")

    async def go() -> tuple[Ending, Agent, list[bytes], int]:
        async with MockServer(Script(trajectory(edits))) as server:
            url = server.root if provider == "anthropic" else server.url
            model = await open_model(ModelChoice(provider=provider, model=name, base_url=url, key="k"), environ={})
            try:
                ending, agent = await work(root, tmp_path, model, log)
            finally:
                await model.aclose()
            return ending, agent, server.bodies, server.connections

    with FileLog.create(tmp_path / "session", "s") as log:
        ending, agent, bodies, connections = asyncio.run(go())
        assert ending == Done("Mended `add`; the new test was red and is green.")
        assert (root / "calc.py").read_text() == "def add(a, b):\n    return a + b\n"
        events = list(log.read())
        assert SECRET.encode() not in (tmp_path / "session" / "log.jsonl").read_bytes()
        state = SessionState.of(iter(events), log.artifacts)

    ran = [(event.exit_code, event.command) for event in events if isinstance(event, CommandRan)]
    assert [code for code, command in ran if command == CHECK] == [1, 0], "red, then green"
    assert [path for event in events if isinstance(event, FilesChanged) for path in event.paths] == ["test_calc.py", "calc.py"]
    assert all(event.ok for event in events if isinstance(event, ToolFinished))
    assert state.items == agent.conversation.items
    outputs = [str(item.view.output) for item in state.items if isinstance(item.view, FunctionOutput)]
    assert any("[redacted]" in output for output in outputs)
    raws = [item.raw for item in state.items]
    assert sum(b"Speak softly." in raw for raw in raws) == 1
    assert sum(b"Use four spaces." in raw for raw in raws) == 1

    assert connections == 1
    assert SECRET.encode() not in b"".join(bodies)
    if provider == "openai":
        for earlier, later in pairwise(bodies):
            assert later.startswith(earlier.removesuffix(b"]}")), "every request repeats the whole of the last, byte for byte"
    assert len(bodies[0]) < 12_000
