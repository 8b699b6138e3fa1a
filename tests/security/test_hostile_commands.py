"""Every hostile attempt first wins where its guard is missing, then fails inside, and leaves nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from attempts import ATTEMPTS, Attempt
from scene import Scene, leftovers
from users import USERS, place, run_as

from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Finished

CASES = [
    pytest.param(user, attempt, id=f"{user}-{attempt.name.replace(' ', '-')}")
    for user in USERS
    for attempt in ATTEMPTS
    if user in attempt.users
]


def test_there_are_enough_of_them() -> None:
    assert len({attempt.name for attempt in ATTEMPTS}) >= 40


@pytest.mark.parametrize(("user", "attempt"), CASES)
def test_an_attempt_wins_outside_and_fails_inside(user: str, attempt: Attempt) -> None:
    with place(user) as folder:

        async def body() -> None:
            with Scene(folder).alive() as scene:
                said = scene.control(attempt)
                assert "WON" in said, f"the control did not win: {said}"
                async with backend("linux").open(scene.spec) as sandbox:
                    done = await sandbox.exec(Command(argv=tuple(scene.script(attempt, sandbox.at, 1)), timeout=60))
                    assert ran(done), done
                    assert b"WON" not in done.output, done
                    assert (await sandbox.exec(Command(argv=("echo", "alive")))).output == b"alive\n"
                scene.untouched()
                assert leftovers(folder) == []

        run_as(user, body)


def ran(done: Finished) -> bool:
    """It came as far as to be refused: not a missing interpreter, say."""
    return done.why == "" and (b"Error" in done.output or done.exit_code == 0 or done.signal == "SIGSYS")
