"""Line by line: everything labelled, nothing drawn, answered with letters or words; from a pipe one line after the other."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.pairing.fake import FakePairing
from pullwright.cli.terminal.pairing.pairing import Pairing
from pullwright.cli.terminal.plain import face as plain_face
from pullwright.cli.terminal.plain.face import PlainFace
from pullwright.cli.terminal.plain.telling import Teller
from pullwright.cli.terminal.plain.typed import Typed
from pullwright.protocol.events import CommandRan, Event, FilesChanged, Noticed, TurnFinished
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Cancelled, Succeeded
from pullwright.tools.diff import unified
from transcripts import CONTROL, Shelf, called, deltas, said

DIFF = unified("notes.txt", "one\ntwo\n", "one\n2\nthree\n")[0]
PAGE = (
    "# Title\n\nWords with `code` and **bold**.\n\n1. one\n   - two\n\n> said\n\n```py\nx = 1\n```\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n"
)


def told(*seen: Event | Live, artifacts: Shelf | None = None) -> list[str]:
    teller = Teller(artifacts)
    return [line for one in seen for line in teller.feed(one)]


def test_what_a_page_shows_by_its_looks_is_said_in_words() -> None:
    lines = [
        "Pullwright: Heading: Title",
        "Words with `code` and bold.",
        "1. one",
        "- two",
        "Quote: said",
        "Code:",
        "  x = 1",
        "End of code.",
        "Table, 1 rows. Columns: a, b.",
        "Row 1: a: 1; b: 2",
    ]
    assert told(said(PAGE)) == lines
    assert told(*deltas(PAGE, range(1, 200, 3)), said(PAGE)) == lines


def test_what_happens_is_labelled() -> None:
    lines = told(
        *called("read", "a.py"),
        *called("read", "b.py", ok=False, error="there is no b.py"),
        CommandRan(call_id="c", command="pytest -q", cwd="/", exit_code=1, seconds=1.8, artifact="out"),
        FilesChanged(call_id="e", paths=("notes.txt",), diff=DIFF),
        Noticed(level="warning", text="beware"),
        *deltas("One.\n\nTw", [2]),
        TurnFinished(outcome=Cancelled(why="stopped: Ctrl-C")),
        artifacts=Shelf(out=b"\x1b[31m..F.\x1b[0m\n1 failed\n"),
    )
    assert lines == [
        "Tool: read a.py",
        "Tool: failed: read b.py: there is no b.py",
        "Command ended with exit code 1 after 1.8 seconds: pytest -q",
        "Output:",
        "  ..F.",
        "  1 failed",
        "Edit: notes.txt, 2 lines added, 1 removed.",
        "  Removed line 2: two",
        "  Added line 2: 2",
        "  Added line 3: three",
        "Note: warning: beware",
        "Pullwright: One.",
        "Tw",
        "Note: cut off here",
        "Stopped. stopped: Ctrl-C. Cost and time: 0.0 s.",
    ]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=100))
def test_nothing_in_it_is_a_command_to_the_terminal(text: str) -> None:
    seen: list[Event | Live] = [
        *deltas(text, [len(text) // 2]),
        said(text),
        *called(text, text, ok=False, error=text),
        *called("exec", text),
        CommandRan(call_id="c", command=text, cwd="/", exit_code=0, artifact="out"),
        FilesChanged(call_id="e", paths=(text,), diff=unified("x", None, text)[0]),
        TurnFinished(outcome=Succeeded(why=text)),
    ]
    for line in told(*seen, artifacts=Shelf(out=text.encode(errors="replace"))):
        assert not CONTROL.search(line)


class Talk:
    """A face over a fake pairing, with a pipe to type into."""

    def __init__(self, project: Path) -> None:
        self.pairing = FakePairing(project)
        reading, self._writing = os.pipe()
        self.reading = reading
        self.out = io.StringIO()
        self.face: PlainFace

    def type(self, *lines: str) -> None:
        os.write(self._writing, "".join(f"{line}\n" for line in lines).encode())

    def end(self) -> None:
        os.close(self._writing)

    async def hears(self, words: str) -> None:
        async with asyncio.timeout(20):
            while words not in self.out.getvalue():
                await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def talking(project: Path, kind: type[Typed] = Typed) -> AsyncIterator[Talk]:
    talk = Talk(project)

    async def begin() -> None:
        pass

    async with kind(talk.reading) as typed:
        talk.face = PlainFace(cast(Pairing, talk.pairing), typed, talk.out)
        running = asyncio.create_task(talk.face.run(begin))
        try:
            yield talk
            async with asyncio.timeout(20):
                await running
        finally:
            running.cancel()
            os.close(talk.reading)


def driven(function: Any) -> Any:
    def test(tmp_path: Path) -> None:
        asyncio.run(function(tmp_path))

    test.__name__ = function.__name__
    return test


@driven
async def test_lines_of_a_pipe_are_taken_one_after_the_other(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.type("first\\", "line", "run make", "y", "ask", "left", "last")
        talk.end()
    text = talk.out.getvalue()
    parts = ["You: first\n  line", "Pullwright: you said: first", "Permission needed: run make", "Answer y for yes once, s for",
             "Command: make", "Command ended with exit code 0", "Pullwright asks: Which one",
             "Pullwright: so it is left", "Pullwright: you said: last"]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert [answer["verdict"] for answer in talk.pairing.answers] == ["once", "once"]


@driven
async def test_a_permission_is_answered_with_a_letter_or_with_words(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.type("run one", "", "?", "s", "run two", "always", "run three", "no", "run four", "use five instead")
        talk.type("run six", "e", "make six", "edit", "d", "n")
        talk.end()
    answers = [(answer["verdict"], answer["text"], answer["command"]) for answer in talk.pairing.answers]
    assert answers == [
        ("session", "", ""),
        ("always", "", ""),
        ("no", "", ""),
        ("no", "use five instead", ""),
        ("once", "", "make six"),
        ("no", "", ""),
    ]
    assert "Proposed edit: notes.txt, 3 lines added, 2 removed." in talk.out.getvalue()
    assert "  Removed line 4: line 4" in talk.out.getvalue()


class Terminal(Typed):
    """A pipe that is taken for a terminal."""

    terminal = True  # pyright: ignore[reportAssignmentType, reportIncompatibleVariableOverride]


@driven
async def test_a_line_that_ends_as_a_question_appears_is_no_answer_to_it(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain_face, "GUARD", 60.0)
        async with talking(tmp_path, Terminal) as talk:
            talk.type("run make")
            await talk.hears("Answer y for yes once")
            talk.type("y")
            await talk.hears("You typed this before you could hear the question, so it was not taken for an answer: y")
            assert not talk.pairing.answers
            patched.setattr(plain_face, "GUARD", 0.0)
            talk.type("y")
            await talk.hears("Command ended")
            talk.end()
        assert [answer["verdict"] for answer in talk.pairing.answers] == ["once"]


@driven
async def test_when_nobody_can_answer_any_more_that_is_a_no(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.type("run make")
        talk.end()
    assert [(answer["verdict"], answer["text"]) for answer in talk.pairing.answers] == [("no", "nobody is there to answer")]


@driven
async def test_ctrl_c_stops_the_agent_and_twice_the_program(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.pairing.interrupt = lambda reason="": (
            False if not talk.pairing.state.busy else FakePairing.interrupt(talk.pairing, reason) or True
        )  # type: ignore[method-assign,func-returns-value]
        talk.type("slow 60")
        await talk.hears("You: slow 60")
        talk.face.interrupt()
        await talk.hears("Stopped.")
        assert "Stopping. The work so far is kept." in talk.out.getvalue()
        talk.face.interrupt()
        await talk.hears("Press Ctrl-C again to quit.")
        talk.face.interrupt()


@driven
async def test_a_choice_is_made_by_number_key_or_name(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        options = [Option("fast", "for speed"), Option("deep", key="d")]
        for typed, chosen in (("1", 0), ("d", 1), ("deep", 1), ("", None)):
            asked = asyncio.create_task(talk.face.choose("Which model?", options))
            await asyncio.sleep(0)
            talk.type(typed)
            assert await asked == chosen
        asked_text = asyncio.create_task(talk.face.ask("Message", default="kept"))
        await asyncio.sleep(0)
        talk.type("")
        assert await asked_text == "kept"
        talk.face.fill("fix the findings")
        talk.type("")
        await talk.hears("you said: fix the findings")
        talk.end()
    assert "  2 (or d). deep" in talk.out.getvalue()


def test_a_file_is_read_to_its_end_too(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"one\r\ntwo \xff\nthree")

    async def lines() -> list[str | None]:
        with (tmp_path / "in").open("rb") as file:
            async with Typed(file.fileno()) as typed:
                return [await typed.line() for _ in range(4)]

    assert asyncio.run(lines()) == ["one", "two \ufffd", "three", None]


@pytest.mark.parametrize("face_side", ["say", "show", "view", "clear"])
def test_what_commands_say_is_told(face_side: str, tmp_path: Path) -> None:
    out = io.StringIO()
    face = PlainFace(cast(Pairing, FakePairing(tmp_path)), Typed(0), out)
    match face_side:
        case "say":
            face.say("watch \x1b out", "warning")
        case "view":
            asyncio.run(face.view("Help", ["one", "two"]))
        case _:
            face.clear()
    assert "\x1b" not in out.getvalue()
