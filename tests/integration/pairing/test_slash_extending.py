"""Commands, skills, agents and hooks of the person's in a pairing; what a project brings waits for trust."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from bench import Bench, exec_  # pyright: ignore

from pullwright.cli.folders import folders
from pullwright.cli.settings.trust import Trust, project_files
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.pairing.pairing import Pairing
from pullwright.cli.terminal.slash.calling import call
from pullwright.cli.terminal.slash.custom import slashes
from pullwright.cli.terminal.slash.registry import SLASHES
from pullwright.cli.terminal.start import First, begin
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import HookRan, Noticed, PrefixSent, TurnStarted


class Seat:
    """A face that notes what it is told."""

    def __init__(self, pairing: Pairing) -> None:
        self.pairing = pairing
        self.said: list[str] = []

    def say(self, text: str, role: str = "note") -> None:
        self.said.append(text)

    async def choose(self, title: str, options: Sequence[Option], *, default: int = 0) -> int | None:
        return default

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the face was asked for {name}")

    async def give(self, line: str) -> str:
        """Give a command, and wait; what was said."""
        before = len(self.said)
        assert await call(self, line)  # type: ignore[arg-type]
        await self.pairing.idle()
        return "\n".join(self.said[before:])


def own(bench: Bench, name: str, text: str) -> None:
    path = bench.folder / "home/config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_command_of_ones_own_sends_its_prompt_and_its_mode_holds_for_one_turn(bench: Bench) -> None:
    own(bench, "commands/tidy.md", "---\ndescription: Tidy up\nargument-hint: FOLDER\nmode: plan\n---\nTidy $1, leave $2.")
    own(bench, "commands/plan.md", "A name that is taken.")

    async def go() -> None:
        async with bench.pairing([Answer(text="A plan."), Answer(text="Done.")]) as pairing:
            seat = Seat(pairing)
            known = slashes(seat)  # type: ignore[arg-type]
            assert (known["tidy"].help, known["tidy"].usage) == ("Tidy up", "[FOLDER]")
            assert known["plan"] is SLASHES["plan"]
            await seat.give("/tidy src 'the tests'")
            assert pairing.rules.plan is False
            await bench.say(pairing, "go ahead")

    asyncio.run(go())
    assert "Tidy src, leave the tests." in bench.said_to_model()
    assert [event.plan for event in bench.of(TurnStarted)] == [True, False]


def test_a_skill_is_listed_and_asked_for_by_its_name(bench: Bench) -> None:
    own(bench, "skills/release/SKILL.md", "---\nname: release\ndescription: How releases are made.\n---\nTag it first.")

    async def go() -> None:
        async with bench.pairing([Answer(text="Tagged.")]) as pairing:
            seat = Seat(pairing)
            assert "$release  yours  How releases are made." in await seat.give("/skills")
            await seat.give("/release 1.2")

    asyncio.run(go())
    said = bench.said_to_model()
    assert "$release 1.2" in said
    assert "Tag it first." in said


def test_an_agent_holds_until_it_is_ended_and_when_the_session_is_gone_on_with(bench: Bench) -> None:
    own(bench, "agents/docs.md", "---\ndescription: Writes docs\ntools: read\n---\nOnly docs.")
    names: list[str] = []

    async def go() -> None:
        async with bench.pairing([Answer(text="Yes.")]) as pairing:
            seat = Seat(pairing)
            assert "Did you mean 'docs'" in await seat.give("/agent dosc")
            assert "as docs" in await seat.give("/agent docs")
            await bench.say(pairing, "hello")
            names.append(pairing.state.session)
        async with bench.pairing([Answer(text="Yes."), Answer(text="Yes.")], session=names[0]) as pairing:
            seat = Seat(pairing)
            assert pairing.rules.agent == "docs"
            await bench.say(pairing, "still there?")
            await seat.give("/agent none")
            await bench.say(pairing, "and now?")

    asyncio.run(go())
    assert [event.agent.partition("@")[0] for event in bench.of(TurnStarted)] == ["docs", "docs", ""]
    assert [event.reason for event in bench.of(PrefixSent)] == ["start", "agent"]


def test_a_session_starts_and_ends_once_however_many_turns_it_has(bench: Bench) -> None:
    ended = bench.folder / "ended.json"
    own(
        bench,
        "config.toml",
        "[[hooks.session_start]]\ncommand = 'echo welcome'\n"
        f"[[hooks.session_end]]\ncommand = 'cat > {ended}'\n"
        "[[hooks.before_tool]]\ncommand = 'echo no >&2; exit 2'\nmatcher = 'exec(rm)'\nname = 'guard'\n",
    )

    async def go() -> None:
        async with bench.pairing(
            [Answer(calls=(exec_("rm notes.txt"),)), Answer(text="Refused."), Answer(text="Bye.")]
        ) as pairing:
            seat = Seat(pairing)
            assert "exec(rm): guard" in await seat.give("/hooks")
            await bench.say(pairing, "remove the notes")
            await bench.say(pairing, "thanks")
            assert not ended.exists()

    asyncio.run(go())
    assert json.loads(ended.read_text())["reason"] == "done"
    assert [event.event for event in bench.of(HookRan)] == ["session_start", "before_tool"]
    assert bench.read("notes.txt")


def test_what_the_project_brings_waits_for_trust_and_is_said(bench: Bench) -> None:
    bench.write(".claude/commands/ship.md", "Ship it.")
    bench.write(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: PDFs.\n---\nx")

    async def before() -> None:
        async with bench.pairing([]) as pairing:
            seat = Seat(pairing)
            assert dict(slashes(seat)) == SLASHES  # type: ignore[arg-type]
            await begin(pairing, First(prompt="", images=(), session="", fork=False))
            assert [event.text for event in bench.of(Noticed)] == list(pairing.rules.loaded.notices), "said at the start"
            assert "after `pullwright trust` only" in await seat.give("/skills")

    asyncio.run(before())
    files = project_files(bench.project)
    assert files
    Trust(folders()).add(files)

    async def after() -> None:
        async with bench.pairing([Answer(text="Shipped.")]) as pairing:
            seat = Seat(pairing)
            assert {"ship", "pdf"} <= set(slashes(seat))  # type: ignore[arg-type]
            await seat.give("/ship")

    asyncio.run(after())
    assert "Ship it." in bench.said_to_model()


def test_sub_agents_are_off_until_they_are_switched_on(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(text="Yes."), Answer(text="Yes.")]) as pairing:
            seat = Seat(pairing)
            assert "sub-agents are off" in await seat.give("/subagents")
            await bench.say(pairing, "hello")
            assert "model fast, each at most 30steps, 300ktokens, 1usd" in await seat.give("/subagents on")
            await bench.say(pairing, "hello again")

    asyncio.run(go())
    assert [b'"explore"' in request.body for request in bench.requests] == [False, True]
    assert [event.reason for event in bench.of(PrefixSent)] == ["start", "tools"]


@pytest.mark.parametrize("name", ["skills", "hooks", "agent"])
def test_nothing_there_says_how_to_have_some(bench: Bench, name: str) -> None:
    async def go() -> None:
        async with bench.pairing([]) as pairing:
            assert "no " in await Seat(pairing).give(f"/{name}")

    asyncio.run(go())
