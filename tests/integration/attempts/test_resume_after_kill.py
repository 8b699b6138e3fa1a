"""`kill -9` in the middle of a step, then the same call again: nothing is lost, nothing done twice, the model is told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from sample import FIX, RUN, Sample, exec_  # pyright: ignore

from pullwright.agent.starting import LOST
from pullwright.log.inbox import MemoryInbox
from pullwright.log.replay import SessionState
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import ChangeMade, Checkpointed, InputReceived, ItemAdded, ToolStarted, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Succeeded

HERE = Path(__file__).parent
CHILD = """
import asyncio, sys
sys.path.insert(0, {here!r})
from pathlib import Path
from sample import *
sample = Sample.__new__(Sample)
sample.folder, sample.project, sample.session = Path({folder!r}), Path({folder!r}) / "project", {session!r}
sample.shown, sample.requests = [], []
half = (write("half.txt", "half\\n"), exec_("echo more > started.txt; sleep {nap}"))
sample.turn([Answer(calls=(FIX,)), Answer(calls=half)])
"""


def nap(sample: Sample) -> str:
    """How long the command sleeps: a number of this test alone, by which its process is found."""
    return f"6{int.from_bytes(sample.session.encode(), 'big') % 10**9}"


def sleepers(sample: Sample) -> list[Path]:
    """Processes of the command that was running when Pullwright was killed."""
    found: list[Path] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", nap(sample).encode()]:
            found.append(path)
    return found


def killed(sample: Sample) -> None:
    """Run a turn in a process of its own and kill it while its second step runs a command."""
    code = CHILD.format(here=str(HERE), folder=str(sample.folder), session=sample.session, nap=nap(sample))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log = sample.folder / "sessions" / sample.session / "log.jsonl"
    deadline = time.monotonic() + 60
    while not (log.exists() and b'"title":"echo more' in log.read_bytes()):
        assert child.poll() is None, child.stdout.read().decode() if child.stdout else ""
        assert time.monotonic() < deadline
        time.sleep(0.02)
    while not sleepers(sample):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    while sleepers(sample):
        assert time.monotonic() < deadline, "the killed turn's command still runs"
        time.sleep(0.02)


def cut_before(sample: Sample, word: bytes) -> None:
    """Leave the log as if its process had been killed before the last event that has this word."""
    path = sample.folder / "sessions" / sample.session / "log.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    cut = max(at for at, line in enumerate(lines) if word in line)
    path.write_bytes(b"".join(lines[:cut]))


def test_a_killed_turn_goes_on_from_its_last_checkpoint(sample: Sample) -> None:
    killed(sample)
    before = sample.events()
    assert not isinstance(before[-1], TurnFinished)
    assert any(isinstance(event, ToolStarted) and event.title.startswith("echo more") for event in before)
    kept = [event for event in before if isinstance(event, Checkpointed)][-1]
    assert kept.paths == ("calc.py",)

    outcome = sample.turn([Answer(calls=(exec_("ls; " + RUN),)), Answer(text="Fix add. The tests pass.")], "")

    assert isinstance(outcome, Succeeded), outcome
    events = sample.events()
    assert events[: len(before)] == before
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    starts = sample.of(TurnStarted)
    assert [start.resumed for start in starts] == [False, True]
    assert starts[0].turn == starts[1].turn
    assert outcome.change
    assert outcome.change.files == ("calc.py",)
    assert "a + b" in sample.git("show", f"{outcome.change.branch}:calc.py")
    told = sample.requests[0].body.decode()
    assert "nterrupted" in told
    listed = next(
        bytes(event.item).decode()
        for event in events[len(before) :]
        if isinstance(event, ItemAdded) and b"calc.py" in bytes(event.item)
    )
    assert "half.txt" not in listed
    assert "started.txt" not in listed


def test_what_was_done_and_not_kept_is_named(sample: Sample) -> None:
    """Killed after a step's results were logged, and before its checkpoint was: the files are without it."""
    sample.turn([Answer(calls=(FIX,)), Answer(text="Fix add.")])
    cut_before(sample, b'"checkpointed"')
    sample.requests.clear()
    outcome = sample.turn([Answer(calls=(exec_("cat calc.py"),)), Answer(calls=(FIX,)), Answer(text="Fix add.")], "")
    assert isinstance(outcome, Succeeded), outcome
    first, second = (request.body.decode() for request in sample.requests[:2])
    assert LOST in first
    assert "calc.py" in first.rpartition(LOST)[2]
    assert "a - b" in second.rpartition("cat calc.py")[2], "the files are those of the last checkpoint"
    assert outcome.change
    assert "a + b" in sample.git("show", f"{outcome.change.branch}:calc.py")


def test_every_call_has_one_result_and_the_prompt_is_given_once(sample: Sample) -> None:
    killed(sample)
    sample.turn([Answer(text="Done as far as it goes.")], "")
    with sample.log() as log:
        state = SessionState.of(log.read(), log.artifacts)
    assert not state.unanswered()
    assert len([event for event in sample.of(InputReceived) if isinstance(event.input, Prompt)]) == 1
    assert len(sample.of(TurnFinished)) == 1
    messages = msgspec.json.decode(sample.requests[0].body)["messages"]
    calls = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert sorted(calls) == sorted(results)


def test_a_turn_killed_after_its_last_message_is_delivered_once(sample: Sample) -> None:
    """The loop was at its end; only branch and report were missing. The model is not asked again."""
    sample.turn([Answer(calls=(FIX,)), Answer(text="Fix add.")])
    cut_before(sample, b'"change_made"')
    made = sample.git("branch", "--list", "pullwright/*")
    sample.requests.clear()
    outcome = sample.turn([], "")
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.message == "Fix add."
    assert not sample.requests
    assert sample.git("branch", "--list", "pullwright/*") == made
    assert len(sample.of(ChangeMade)) == 1


def test_a_turn_killed_while_it_was_verified_keeps_its_one_commit(sample: Sample) -> None:
    first = sample.turn([Answer(calls=(FIX,)), Answer(text="Fix add.")])
    folder = sample.folder / "sessions" / sample.session
    lines = (folder / "log.jsonl").read_bytes().splitlines(keepends=True)
    cut = next(at for at, line in enumerate(lines) if b'"change_made"' in line)
    (folder / "log.jsonl").write_bytes(b"".join(lines[: cut + 1]))
    (folder / "verification/look/upper").mkdir(parents=True)
    outcome = sample.turn([], "", verify=True, test_command="python3 -m unittest")
    assert outcome.verdict == "verified"
    assert outcome.change == first.change
    assert len(sample.of(ChangeMade)) == 1
    assert len(sample.git("branch", "--list", "pullwright/*").split()) == 1


def test_a_start_that_was_killed_half_way_begins_again(sample: Sample) -> None:
    folder = sample.folder / "sessions" / sample.session
    (folder / "attempt/upper").mkdir(parents=True)
    (folder / "objects").mkdir()
    outcome = sample.turn([Answer(calls=(FIX,)), Answer(text="Fix add.")])
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change


def test_a_second_writer_is_refused(sample: Sample) -> None:
    import pytest

    from pullwright.attempts.runner import run_turn
    from pullwright.protocol.errors import LogConflict

    async def stale() -> None:
        with sample.log() as log:
            log.claim()
            spec = sample.spec()
            task = asyncio.ensure_future(run_turn(spec, log, MemoryInbox()))
            await asyncio.sleep(0)
            log._set_generation(log.generation + 1)  # what a newer writer does  # pyright: ignore
            with pytest.raises(LogConflict):
                await task

    asyncio.run(stale())
