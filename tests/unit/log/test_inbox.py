"""Inputs: each is given out once, whoever puts it and however often; of two answers the first wins."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from pullwright.log.inbox import FileInbox, MemoryInbox
from pullwright.protocol.inputs import Answer, Interrupt, Prompt, Steer


@pytest.fixture(params=["memory", "file"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryInbox | FileInbox:
    return MemoryInbox() if request.param == "memory" else FileInbox(tmp_path / "inbox")


def test_each_input_once_in_order(inbox: MemoryInbox | FileInbox) -> None:
    assert inbox.take() == []
    first, second = Steer(id="a/../b", text="one"), Interrupt(id="b")
    assert inbox.put(first)
    assert inbox.put(second)
    assert not inbox.put(first)
    assert inbox.take() == [first, second]
    assert inbox.take() == []
    assert not inbox.put(first), "not even after it was taken"


def test_the_first_answer_wins(inbox: MemoryInbox | FileInbox) -> None:
    assert inbox.put(Answer(id="1", question="q", verdict="no"))
    assert not inbox.put(Answer(id="2", question="q", verdict="session"))
    assert inbox.put(Answer(id="3", question="other", verdict="once"))
    assert [given.id for given in inbox.take()] == ["1", "3"]
    assert not inbox.put(Answer(id="4", question="q", verdict="session"))


def test_waiting(inbox: MemoryInbox | FileInbox) -> None:
    async def main() -> None:
        assert await inbox.wait(0.01) is None
        inbox.put(Steer(id="1", text="x"))
        inbox.put(Steer(id="2", text="y"))
        one = await inbox.wait(None)
        assert one
        assert one.id == "1"
        assert [given.id for given in inbox.take()] == ["2"]
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(inbox.wait(30))
            await asyncio.sleep(0.01)
            inbox.put(Steer(id="3", text="z"))
        late = waiting.result()
        assert late
        assert late.id == "3"

    asyncio.run(main())


def test_another_process_may_put_and_a_crash_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    script = (
        "import sys; from pathlib import Path; from pullwright.log.inbox import FileInbox\n"
        "from pullwright.protocol.inputs import Prompt\n"
        "FileInbox(Path(sys.argv[1])).put(Prompt(id='p', text='from elsewhere'))"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    assert [given.id for given in FileInbox(folder).take()] == ["p"]
    again = FileInbox(folder)  # the taker died before it logged the input
    assert again.take() == []
    assert again.put_back(received=set()) == 1
    assert again.take() == [Prompt(id="p", text="from elsewhere")]
    assert FileInbox(folder).put_back(received={"p"}) == 0
    assert FileInbox(folder).take() == []


def test_what_is_no_input_is_put_aside(tmp_path: Path) -> None:
    inbox = FileInbox(tmp_path)
    (tmp_path / "new" / "x.json").write_text("{}")
    inbox.put(Interrupt(id="1"))
    assert [given.id for given in inbox.take()] == ["1"]
    assert (tmp_path / "taken" / "x.unreadable").exists()


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_was_given_out_and_not_received_is_new_again_but_for_interrupts(kind: str, tmp_path: Path) -> None:
    inbox = MemoryInbox() if kind == "memory" else FileInbox(tmp_path)
    for given in (Steer(id="used", text="a"), Steer(id="lost", text="b"), Interrupt(id="stop")):
        inbox.put(given)
    assert len(inbox.take()) == 3
    assert inbox.put_back({"used"}) == 1
    assert [given.id for given in inbox.take()] == ["lost"]
    assert inbox.put_back({"used", "lost"}) == 0


def test_what_was_used_in_another_way_does_not_come_again(tmp_path: Path) -> None:
    inbox = FileInbox(tmp_path)
    late = Steer(id="late", text="too late")
    inbox.put(late)
    assert inbox.take() == [late]
    assert FileInbox(tmp_path).put_back(received=set()) == 1
    inbox.take()
    inbox.drop(late)
    assert FileInbox(tmp_path).put_back(received=set()) == 0
    assert inbox.take() == []
