"""The tools where they are meant to work: in the real sandbox, over an overlay."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.protocol.events import CommandRan, Event, FilesChanged
from pullwright.protocol.items import CustomCall, FunctionCall
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Mount, SandboxSpec
from pullwright.tools.redaction import Redactor
from pullwright.tools.ripgrep import AT, ripgrep
from pullwright.tools.tool import Bench, ToolResult
from pullwright.tools.toolbox import toolbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the Linux sandbox")

AT_PROJECT = "/work/project"
OUTPUTS = "/run/pullwright/outputs"


class Inside:
    """All tools at a bench in an open sandbox."""

    def __init__(self, bench: Bench, upper: Path, events: list[Event]) -> None:
        self.bench = bench
        self.upper = upper
        self.events = events
        self.tools = {tool.spec.name: tool for family in ("openai", "other") for tool in toolbox(family)}  # type: ignore[arg-type]
        self._calls = 0

    async def result(self, name: str, **arguments: Any) -> ToolResult:
        self._calls += 1
        call_id = f"call_{self._calls}"
        if "patch" in arguments:
            return await self.tools[name].run(CustomCall(call_id=call_id, name=name, input=arguments["patch"]), self.bench)
        return await self.tools[name].run(FunctionCall(call_id=call_id, name=name, arguments=json.dumps(arguments)), self.bench)

    async def __call__(self, name: str, **arguments: Any) -> str:
        output = (await self.result(name, **arguments)).output
        assert isinstance(output, str)
        return output


@asynccontextmanager
async def sandboxed(folder: Path) -> AsyncGenerator[Inside]:
    rg = ripgrep()
    assert rg
    lower, upper, work, outputs = (folder / name for name in ("lower", "upper", "work", "outputs"))
    for path in (lower, upper, work, outputs, folder / "attempt"):
        path.mkdir(parents=True, mode=0o755)
    (lower / "a.py").write_text("def f():\n    return 1\n")
    (lower / "run.sh").write_text("#!/bin/sh\necho run\n")
    (lower / "run.sh").chmod(0o755)
    (lower / ".git").mkdir()
    (lower / ".git/HEAD").write_text("def f")
    spec = SandboxSpec(
        folder=folder / "attempt",
        tree=OverlayTree(lowers=(lower,), upper=upper, work=work),
        at=AT_PROJECT,
        env={"PATH": f"{Path(AT).parent}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        mounts=(
            Mount(path=outputs, at=OUTPUTS),
            Mount(path=rg, at=AT),
            *(
                Mount(path=Path(folder))
                for folder in dict.fromkeys((sys.prefix, sys.base_prefix))
                if not folder.startswith("/usr")
            ),
        ),
    )
    events: list[Event] = []

    async def record(event: Event) -> None:
        events.append(event)

    async with backend("linux").open(spec) as sandbox:
        bench = Bench(
            sandbox=sandbox,
            artifacts=FolderArtifacts(folder / "artifacts"),
            record=record,
            show=lambda frame: None,
            redact=Redactor(["hunter2-hunter2"]).redact,
            scratch=outputs,
            outputs_at=OUTPUTS,
        )
        yield Inside(bench, upper, events)


def inside(tmp_path: Path, use: Callable[[Inside], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), sandboxed(tmp_path) as it:
            await use(it)

    asyncio.run(main())


def test_look_edit_run_in_one_walk(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        assert await it("read", paths=["a.py"]) == "1\tdef f():\n2\t    return 1"
        assert await it("search", pattern="def f") == "a.py\n1:def f():"
        assert await it("search", glob="*.sh") == "run.sh"
        change = "*** Update File: a.py\n@@ def f():\n-    return 1\n+    return 2\n*** Add File: b/c.py\n+x = 1\n"
        patch = f"*** Begin Patch\n{change}*** End Patch"
        assert "2\t    return 2" in await it("apply_patch", patch=patch)
        edited = await it(
            "edit",
            edits=[{"path": "run.sh", "old": "run", "new": "go"}, {"path": f"{AT_PROJECT}/b/c.py", "old": "1", "new": "2"}],
        )
        assert "1\tx = 2" in edited
        said = await it("exec", command=["./run.sh", "cat b/c.py a.py", "exit 7"])
        assert said.splitlines()[:2] == ["go", "[1 exit 0]"]
        assert said.endswith("[3 exit 7]")
        assert (it.upper / "b/c.py").read_text() == "x = 2\n"
        assert [type(event) for event in it.events] == [FilesChanged, FilesChanged, CommandRan, CommandRan, CommandRan]

    inside(tmp_path, use)


def test_read_only_commands_change_nothing(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        assert "[exit 0]" in await it("exec", command="touch x && rm x"), "the control: without it, they can"
        assert "[exit 0]" not in await it("exec", command="touch y", read_only=True)
        assert not (it.upper / "y").exists()
        assert await it("exec", command="cat a.py > /dev/null; cat a.py", read_only=True) == "def f():\n    return 1\n[exit 0]"

    inside(tmp_path, use)


def test_pytest_in_a_read_only_workspace_ends_with_its_summary(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        await it("write", path="test_a.py", content="def test_a():\n    assert True\n")
        line = f"{sys.executable} -m pytest -q -p no:randomly test_a.py"
        assert "could not create cache path" in await it("exec", command=f"PYTEST_ADDOPTS= {line}", read_only=True), "the control"
        said = await it("exec", command=f"{line} | tail -1", read_only=True)
        assert said.startswith("1 passed in")
        assert "warning" not in await it("exec", command=line, read_only=True)
        assert "1 passed in" in await it("exec", command=f"{line} --lf", read_only=True)

    inside(tmp_path, use)


def test_a_pipe_tells_its_hidden_failure_and_leaves_nothing(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        for reading in (False, True):
            # A checkout below /tmp is seen there, so the folder is compared with how it was.
            before = (await it("exec", command="ls -A /tmp", read_only=reading)).removesuffix("[exit 0]")
            said = await it("exec", command=["sh -c 'echo a; exit 3' | tail -4", "ls -A /tmp"], read_only=reading)
            assert said == f"a\n[1 exit 0; pipe: 3 0]\n{before}[2 exit 0]"
        said = await it("exec", command="sleep 0.1; false | cat", yield_seconds=20)
        assert said == "[exit 0; pipe: 1 0]"
        assert {event.exit_code for event in it.events if isinstance(event, CommandRan)} == {0}

    inside(tmp_path, use)


def test_cut_output_can_be_read_inside_by_its_path(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        text = await it("exec", command="seq 1 30000; echo hunter2-hunter2")
        where = text.split("The whole: ")[1].split(",")[0]
        assert where.startswith(OUTPUTS)
        assert await it("exec", command=f"wc -l < {where}") == "30001\n[exit 0]"
        assert await it("read", paths=[f"{where}:30000-"]) == "30000\t30000\n30001\t[redacted]"
        assert "[exit 0]" not in await it("exec", command=f"echo x > {where}"), "nobody inside forges evidence"

    inside(tmp_path, use)


def test_a_background_server_outlives_its_call_and_is_killed(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        said = await it("exec", command="echo up; exec sleep 600", background=True)
        assert said.startswith("up\n[still running as ")
        name = said.split("running as ")[1].split(";")[0]
        assert name in await it("process", action="list")
        assert "still running" in await it("process", action="poll", id=name, seconds=0)
        assert (await it("process", action="kill", id=name)).startswith("[killed by SIGKILL")
        assert not it.bench.sandbox.processes()

    inside(tmp_path, use)


def test_a_terminal_is_typed_into(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        said = await it(
            "exec", command="test -t 0 && read -p 'name? ' name && echo hello $name", terminal=True, yield_seconds=0.5
        )
        assert "name? " in said
        name = said.split("running as ")[1].split(";")[0]
        await it("process", action="resize", id=name, columns=80, rows=24)
        said = await it("process", action="input", id=name, text="you\n", seconds=20)
        assert said.endswith("hello you\n[exit 0]")

    inside(tmp_path, use)


def test_a_flood_and_a_timeout(tmp_path: Path) -> None:
    async def use(it: Inside) -> None:
        text = await it("exec", command="yes | head -c 40000000", timeout=60)
        assert len(text) < 17_000
        assert "of 40,000,000 bytes" in text
        assert "[timed out after 0.3 s" in await it("exec", command="sleep 60", timeout=0.3)

    inside(tmp_path, use)


@pytest.mark.parametrize("name", ["edit", "apply_patch"])
def test_an_edit_that_cannot_be_written_leaves_everything(tmp_path: Path, name: str) -> None:
    async def use(it: Inside) -> None:
        before = await it("exec", command="ls -R; cat a.py run.sh")
        change = "*** Delete File: a.py\n*** Update File: run.sh\n@@\n-echo run\n+echo go\n*** Add File: /proc/x\n+y\n"
        patch = f"*** Begin Patch\n{change}*** End Patch"
        edits = [
            {"path": "run.sh", "old": "run", "new": "go"},
            {"path": "new/file", "old": "", "new": "y"},
            {"path": "/proc/x", "old": "", "new": "y"},
        ]
        result = await it.result(name, **({"patch": patch} if name == "apply_patch" else {"edits": edits}))
        assert not result.ok
        assert "Nothing was changed" in str(result.output)
        assert await it("exec", command="rmdir new 2>/dev/null; ls -R; cat a.py run.sh") == before

    inside(tmp_path, use)
