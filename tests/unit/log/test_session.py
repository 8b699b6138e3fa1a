"""The folder of sessions: listed from the ends of the logs, forked, exported, deleted."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pullwright.log.files import FileLog
from pullwright.log.recorder import Recorder
from pullwright.log.session import Sessions
from pullwright.protocol.errors import FixSettings, LogConflict
from pullwright.protocol.events import Forked, InputReceived, Noticed, SessionStarted, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import ChangeSummary, Failed, Outcome, Succeeded
from pullwright.protocol.usage import Spend
from pullwright.workspace.removal import remove_tree

TURN = TurnStarted(mode="code", approval="full-auto", access="workspace-write", network="off", model="m", provider="p")


async def session(sessions: Sessions, name: str, *outcomes: Outcome | None, prompt: str = "fix it\nplease") -> None:
    with sessions.create(name) as log:
        recorder = Recorder(log, log.claim())
        await recorder.record(SessionStarted(session=name, project=f"/projects/{name}", pullwright="0"))
        for outcome in outcomes:
            await recorder.record(TURN, InputReceived(input=Prompt(id=name, text=prompt)))
            log.artifacts.put("outputs/a.txt", b"out")
            if outcome:
                await recorder.record(TurnFinished(outcome=outcome))
                await recorder.record(Noticed(level="info", text='{"type":"turn_finished"} is only text here'))


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "state" / "sessions")


def test_the_list_says_how_each_ended_newest_first(sessions: Sessions) -> None:
    assert sessions.list() == []
    done = Succeeded(why="x", spend=Spend(cost_usd=0.25, calls=2), change=ChangeSummary(branch="fix", base="1", head="2"))
    asyncio.run(session(sessions, "one", done, Failed(why="y", spend=Spend(cost_usd=0.5, calls=1), scripted=True)))
    asyncio.run(session(sessions, "two", done, None))
    asyncio.run(session(sessions, "three"))
    for age, name in enumerate(("three", "one", "two")):
        os.utime(sessions.folder / name / "log.jsonl", (1000 - age, 1000 - age))
    (sessions.folder / "not a session").mkdir()
    found = {summary.id: summary for summary in sessions.list()}
    assert list(found) == ["three", "one", "two"]
    assert [found[name].outcome for name in found] == ["", "failed", "interrupted"]
    assert (found["one"].spend.cost_usd, found["one"].spend.calls, found["one"].branch) == (0.75, 3, "fix")
    assert found["one"].title == "fix it"
    assert found["one"].scripted
    assert found["one"].project == "/projects/one"
    assert [summary.id for summary in sessions.list(project="/projects/two")] == ["two"]
    assert len(sessions.list(limit=2)) == 2


def test_a_session_at_work_is_running_and_not_deleted(sessions: Sessions) -> None:
    asyncio.run(session(sessions, "one", None))
    with FileLog.open(sessions.path("one")) as log:
        log.claim()
        summary = sessions.summary("one")
        assert summary
        assert summary.outcome == "running"
        with pytest.raises(LogConflict):
            sessions.delete("one")
    sessions.delete("one")
    assert sessions.ids() == []


def deep(folder: Path, depth: int) -> None:
    code = f"import os\nfor _ in range({depth}):\n    os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, check=True)


def test_deleting_takes_folders_of_any_depth_that_forbid_it(sessions: Sessions) -> None:
    asyncio.run(session(sessions, "one"))
    work = sessions.path("one") / "attempt" / "work" / "work"
    work.mkdir(parents=True)
    work.chmod(0)
    control = sessions.folder / "control"
    control.mkdir()
    for folder in (control, sessions.path("one")):
        deep(folder, 1500)
    if sys.version_info < (3, 13):
        with pytest.raises((RecursionError, OSError)):
            shutil.rmtree(control)
    remove_tree(control)
    sessions.delete("one", remove_tree)
    assert not sessions.path("one").exists()


def test_a_session_is_found_by_a_part_of_its_id(sessions: Sessions) -> None:
    for name in ("ses_aaa1", "ses_aab2"):
        asyncio.run(session(sessions, name))
    assert sessions.resolve("ses_aaa") == "ses_aaa1"
    assert sessions.resolve("b2") == "ses_aab2"
    assert sessions.resolve() in ("ses_aaa1", "ses_aab2")
    for wrong in ("ses_aa", "zzz"):
        with pytest.raises(FixSettings):
            sessions.resolve(wrong)
    for wrong in ("../x", "", ".hidden"):
        with pytest.raises(FixSettings):
            sessions.path(wrong)


def test_export_and_fork(sessions: Sessions, tmp_path: Path) -> None:
    asyncio.run(session(sessions, "one", Succeeded(why="x")))
    lines = sessions.export("one", tmp_path / "one.jsonl").read_text().splitlines()
    assert [json.loads(line)["type"] for line in lines] == [
        "session_started",
        "turn_started",
        "input_received",
        "turn_finished",
        "noticed",
    ]
    with tarfile.open(sessions.export("one", tmp_path / "one.tar.gz")) as tar:
        assert sorted(tar.getnames()) == ["one/artifacts/outputs/a.txt", "one/log.jsonl"]

    async def fork() -> None:
        for nowhere in (0, 99_999):
            with pytest.raises(FixSettings, match="no event"):
                await sessions.fork("one", at=nowhere)
        with await sessions.fork("one", at=3) as child:
            *copied, forked = child.read()
            assert [event.seq for event in copied] == [1, 2, 3]
            assert isinstance(forked, Forked)
            assert (forked.parent, forked.at) == ("one", 3)
            assert child.artifacts.get("outputs/a.txt") == b"out"
            assert child.session in sessions.ids()

    asyncio.run(fork())
