"""Whole turns with MCP servers: what is offered is in the prefix, which stays; what is called goes past the person."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from sample import Sample, edit, exec_  # pyright: ignore

from mcp_world import HOSTILE, from_pypi, hostile, packages
from pullwright.attempts.standing import Standing
from pullwright.log.inbox import MemoryInbox
from pullwright.models.mock.script import Answer, SaidCall, Script
from pullwright.models.mock.server import MockServer
from pullwright.protocol.events import Noticed, PermissionAsked, PrefixSent, ToolFinished
from pullwright.protocol.inputs import Answer as Reply
from pullwright.protocol.inputs import Interrupt
from pullwright.protocol.outcomes import Cancelled, NeedsInput, Succeeded
from pullwright.tools.mcp.servers import McpServer

ECHO = Answer(calls=(SaidCall("mcp__h__echo", {"text": "hi"}),))
DONE = Answer(text="Done.")


def inside(behaviour: str, *more: str, **options: Any) -> McpServer:
    """The hostile server, as a command inside the sandbox."""
    folder = str(HOSTILE.parent)
    return McpServer(name="h", command="python3", args=(str(HOSTILE), behaviour, *more), folders=(folder,), **options).check()


def offered(sample: Sample, request: int = -1) -> list[str]:
    return [tool["function"]["name"] for tool in sample.requests[request].json["tools"]]


def results(sample: Sample) -> list[str]:
    return [str(message["content"]) for message in sample.requests[-1].json["messages"] if message["role"] == "tool"]


def test_a_server_in_the_turns_own_sandbox(sample: Sample) -> None:
    outcome = sample.turn([ECHO, DONE], mcp=(inside("plain"),), mcp_folder=sample.folder / "mcp")
    assert isinstance(outcome, Succeeded), outcome
    assert "mcp__h__echo" in offered(sample, 0)
    assert results(sample) == ["[from MCP server h]\nhi"]
    assert "Says it again" not in str(sample.requests[0].json["messages"])  # never in what instructs


def test_a_person_is_asked_tool_by_tool(sample: Sample) -> None:
    options: dict[str, Any] = {"mcp": (inside("plain"),), "mcp_folder": sample.folder / "mcp", "approval": "suggest"}
    outcome = sample.turn([ECHO, DONE], **options)
    assert isinstance(outcome, NeedsInput)
    (asked,) = sample.of(PermissionAsked)
    assert (asked.tool, asked.effect) == ("mcp__h__echo", "execute")
    assert asked.scope == "calls of `echo` of the MCP server `h`"
    assert asked.title == 'h: echo {"text":"hi"}'
    inbox = MemoryInbox()
    inbox.put(Reply(id="a1", question=asked.id, verdict="session"))
    assert isinstance(sample.turn([ECHO, DONE], "", inbox, **options), Succeeded)
    assert len(sample.of(PermissionAsked)) == 1
    assert [event.ok for event in sample.of(ToolFinished)] == [True, True]


def test_in_full_auto_a_tool_that_is_to_ask_asks(sample: Sample) -> None:
    outcome = sample.turn([ECHO, DONE], mcp=(inside("plain", asking=("ec*",)),), mcp_folder=sample.folder / "mcp")
    assert isinstance(outcome, NeedsInput)


def test_the_prefix_stays_while_a_server_is_dead_and_moves_when_its_tools_are_permitted_anew(sample: Sample) -> None:
    folder = sample.folder / "mcp"
    state = str(sample.folder / "state")
    server = hostile("turncoat", state)
    assert isinstance(sample.turn([ECHO, DONE], mcp=(server,), mcp_folder=folder), Succeeded)
    dead = msgspec.structs.replace(server, env={"PYTHONHOME": "/nonexistent"})  # the same server, which cannot start now
    assert isinstance(sample.turn([ECHO, DONE], "again", mcp=(dead,), mcp_folder=folder), Succeeded)
    assert "cannot be used" in results(sample)[-1]
    assert len(sample.of(PrefixSent)) == 1
    sample.turn([ECHO, DONE], "again", mcp=(server,), mcp_folder=folder)
    assert "otherwise than when it was permitted" in results(sample)[-1]
    assert any("changed since they were permitted" in event.text for event in sample.of(Noticed))
    sample.turn([DONE], "again", mcp=(server,), mcp_folder=folder)
    assert "mcp__h__stays" in offered(sample)
    assert "mcp__h__echo" not in offered(sample)
    assert [event.reason for event in sample.of(PrefixSent)] == ["start", "tools"]


def test_plan_first_reaches_no_server_that_could_write(sample: Sample) -> None:
    outcome = sample.turn([ECHO, DONE], access="read-only", mcp=(hostile("plain"),), mcp_folder=sample.folder / "mcp")
    assert isinstance(outcome, Succeeded)
    assert "Refused by the rule `access: read-only`" in results(sample)[0]
    vouched = hostile("plain", reading=("echo",))
    outcome = sample.turn([ECHO, DONE], "again", access="read-only", mcp=(vouched,), mcp_folder=sample.folder / "mcp")
    assert results(sample)[-1] == "[from MCP server h]\nhi"


def test_between_the_turns_of_a_pairing_the_server_stays(sample: Sample) -> None:
    """The server writes its own process id into the workspace once: both turns are answered by the same one."""
    script = sample.folder / "counting.py"
    script.write_text(HOSTILE.read_text().replace('"text": text}]})', '"text": str(os.getpid())}]})'))
    server = McpServer(name="h", command=sys.executable, args=(str(script), "plain"), where="host")
    seen: list[str] = []

    async def main() -> None:
        with sample.log() as log:
            log.claim()
            async with MockServer(Script([ECHO, DONE, ECHO, exec_("true"), DONE])) as model:
                spec = sample.spec(model.url, mcp=(server,), mcp_folder=sample.folder / "mcp")
                async with Standing(spec, log) as standing:
                    from pullwright.attempts.runner import run_turn

                    for prompt in ("one", "two"):
                        turn = sample.spec(model.url, prompt, mcp=(server,), mcp_folder=sample.folder / "mcp")
                        outcome = await run_turn(turn, log, MemoryInbox(), None, standing)
                        assert isinstance(outcome, Succeeded), outcome
            messages = model.requests[-1].json["messages"]
            seen.extend(m["content"] for m in messages if m["role"] == "tool" and "MCP" in m["content"])

    asyncio.run(main())
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_what_is_kept_of_a_turn_has_no_secret_of_a_server(tmp_path: Path) -> None:
    from pullwright.cli.run.saved import save, saved

    sample = Sample(tmp_path)
    with sample.log():
        server = McpServer(name="web", url="https://example.org/mcp", headers={"authorization": "Bearer s3cret"}, where="host")
        spec = sample.spec(mcp=(server,))
        save(spec)
        text = (spec.folder / "turn.json").read_text()
        assert "s3cret" not in text
        assert saved(spec.folder).mcp == ()  # they are configured anew


def test_somebody_who_waits_for_a_server_can_stop_that(sample: Sample) -> None:
    async def main() -> object:
        inbox = MemoryInbox()
        asyncio.get_running_loop().call_later(0.5, lambda: inbox.put(Interrupt(id="i1", reason="Esc")))
        server = hostile("mute", start_timeout=60.0)
        return await sample.turning([DONE], "hello", inbox, mcp=(server,), mcp_folder=sample.folder / "mcp")

    outcome = asyncio.run(asyncio.wait_for(main(), 30))
    assert isinstance(outcome, Cancelled), outcome
    assert sample.requests == []


def test_a_server_that_other_people_wrote_works_in_a_turn(sample: Sample) -> None:
    """From PyPI, over its pipes, in the turn's own sandbox: it reads the repository that the agent works on."""
    folders = tuple(str(path) for path in dict.fromkeys((sys.prefix, sys.base_prefix, str(packages()))))
    server = from_pypi("mcp_server_git", "git", folders=folders, tools=("git_log", "git_status"))
    calls = (SaidCall("mcp__git__git_log", {"repo_path": str(sample.project)}), edit("calc.py", "a - b", "a + b"))
    status = SaidCall("mcp__git__git_status", {"repo_path": str(sample.project)})
    answers = [Answer(calls=calls), Answer(calls=(status,)), Answer(text="Fix add, which subtracted.")]
    outcome = sample.turn(answers, mcp=(server,), mcp_folder=sample.folder / "mcp")
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change
    log, _, after = results(sample)
    assert "Start" in log, log
    assert "modified:   calc.py" in after, after
