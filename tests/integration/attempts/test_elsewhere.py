"""A turn that dies on one machine goes on on another: the checkpoint's files, nothing twice, and the model told what is gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from elsewhere import SESSION, Machine  # pyright: ignore
from sample import RUN, Sample, exec_  # pyright: ignore

from pullwright.log.sql.database import Database
from pullwright.log.sql.reading import read_events
from pullwright.models.mock.script import Answer, SaidCall
from pullwright.protocol.events import Checkpointed, CommandRan, Event, TurnFinished, TurnStarted
from pullwright.protocol.outcomes import Succeeded

HERE = Path(__file__).parent
CHILD = """
import asyncio, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from elsewhere import *
from sample import FIX, exec_
home, shared, database = Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5]
made = "head -c 3000000 /dev/urandom > big.bin; sha256sum big.bin > big.sum; mkdir cache; echo x > cache/y; seq 100000"
answers = [Answer(calls=(FIX,)), Answer(calls=(exec_(made),)), Answer(calls=(exec_("echo half > half.txt; sleep 61"),))]
asyncio.run(Machine(home, shared, database).turn(answers, "Fix the failing test"))
"""
FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": (
        "import unittest\nfrom calc import add\n\n\nclass AddTest(unittest.TestCase):\n"
        "    def test_adds(self):\n        self.assertEqual(add(2, 3), 5)\n"
    ),
    ".gitignore": "cache/\n__pycache__/\n",
}


def events(url: str) -> list[Event]:
    database = Database(url)
    try:
        return asyncio.run(read_events(database, SESSION, limit=10_000))
    finally:
        database.close()


def killed(home: Path, shared: Path, url: str) -> None:
    """Run the turn on a machine, and kill it while its third step runs a command."""
    words = [sys.executable, "-c", CHILD, str(HERE), str(HERE.parents[1]), str(home), str(shared), url]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    until = time.monotonic() + 60
    try:
        while sum(isinstance(event, Checkpointed) for event in events(url)) < 3 or b"half" not in b"".join(
            msgspec.json.encode(event) for event in events(url)
        ):
            assert child.poll() is None, child.stdout.read().decode() if child.stdout else ""
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(0.2)
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_turn_goes_on_on_another_machine(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    url = str(request.getfixturevalue(f"{kind}_url"))
    shared = Sample(tmp_path / "shared", FILES)
    killed(tmp_path / "one", shared.folder, url)
    before = events(url)
    assert not any(isinstance(event, TurnFinished) for event in before)

    look = exec_("sha256sum -c big.sum; ls; " + RUN)
    (output,) = {event.artifact for event in before if isinstance(event, CommandRan) and event.output_bytes > 500_000}
    read = SaidCall("read", {"paths": [f"/run/pullwright/outputs/{output.rpartition('/')[2]}:99990-99999"]})
    other = Machine(tmp_path / "two", shared.folder, url)
    outcome = asyncio.run(other.turn([Answer(calls=(look, read)), Answer(text="Fix add. The tests pass.")]))

    assert isinstance(outcome, Succeeded), outcome
    after = events(url)
    assert after[: len(before)] == before
    starts = [event for event in after if isinstance(event, TurnStarted)]
    assert [start.resumed for start in starts] == [False, True]
    assert starts[0].turn == starts[1].turn
    assert outcome.change
    assert set(outcome.change.files) == {"big.bin", "big.sum", "calc.py"}
    told = other.requests[0].body.decode()
    assert "goes on on another machine" in told
    messages = msgspec.json.decode(other.requests[1].body)["messages"]
    results = [message["content"] for message in messages if message["role"] == "tool"]
    assert "big.bin: OK" in results[-2]
    assert "half.txt" not in results[-2]
    assert "cache" not in results[-2]
    assert "99995" in results[-1], "output of commands that ran on the first machine can still be read"

    # The next turn of the session, on the same machine: nothing is gone, and nothing is told.
    again = asyncio.run(other.turn([Answer(text="Nothing more to do.")], "Anything else?"))
    assert isinstance(again, Succeeded), again
    assert other.requests[2].body.decode().count("goes on on another machine") == 1
    # And one more on a third: the files of the last turn's end, in a new prompt.
    third = Machine(tmp_path / "three", shared.folder, url)
    last = asyncio.run(third.turn([Answer(calls=(look,)), Answer(text="Still fine.")], "Look once more"))
    assert isinstance(last, Succeeded), last
    told = third.requests[1].body.decode()
    assert told.count("goes on on another machine") == 2
    assert told.count("big.bin: OK") == 2
