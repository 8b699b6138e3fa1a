"""Commands: what the model is told, what the log says, what stays within bounds."""

import asyncio
import hashlib
import os
from pathlib import Path

import msgspec
import pytest
from workbench import Workbench, text_of

from pullwright.protocol.events import CommandRan
from pullwright.protocol.live import OutputDelta
from pullwright.tools.exec import Exec
from pullwright.tools.process import ProcessTool


def ran(work: Workbench) -> list[CommandRan]:
    return [event for event in work.events if isinstance(event, CommandRan)]


def test_output_then_the_exit_code_and_nothing_else(work: Workbench) -> None:
    assert text_of(work.run(Exec(), command="echo hello")) == "hello\n[exit 0]"
    assert text_of(work.run(Exec(), command="exit 3")) == "[exit 3]"
    assert text_of(work.run(Exec(), command="printf x; kill -9 $$")) == "x\n[killed by SIGKILL]"
    assert list(work.scratch.iterdir()) == [], "what the model saw whole is not kept twice"


def test_several_commands_have_an_exit_code_each(work: Workbench) -> None:
    result = work.run(Exec(), command=["echo one", "exit 4", "echo three"])
    assert text_of(result) == "one\n[1 exit 0]\n[2 exit 4]\nthree\n[3 exit 0]"
    assert [event.exit_code for event in ran(work)] == [0, 4, 0]
    assert len({event.artifact for event in ran(work) if event.artifact}) == 2


def test_what_ran_is_evidence(work: Workbench) -> None:
    work.run(Exec(), command="echo hello; exit 2", cwd=str(work.root.parent))
    (event,) = ran(work)
    assert (event.command, event.cwd, event.exit_code) == ("echo hello; exit 2", str(work.root.parent), 2)
    assert event.output_sha256 == hashlib.sha256(b"hello\n").hexdigest()
    assert work.artifacts.get(event.artifact) == b"hello\n"


def test_long_output_is_cut_with_an_exact_count_and_the_way_to_the_rest(work: Workbench) -> None:
    text = text_of(work.run(Exec(), command="seq 1 20000"))
    whole = "".join(f"{n}\n" for n in range(1, 20001)).encode()
    head, _, rest = text.partition("\n[… ")
    note, _, tail = rest.partition(" …]\n")
    tail = tail.removesuffix("[exit 0]")
    assert whole.startswith(head.encode())
    assert whole.endswith(tail.encode())
    left_out = int(note.split()[0].replace(",", ""))
    assert left_out == len(whole) - len(head.encode()) - 1 - len(tail.encode())
    assert f"of {len(whole):,} bytes" in note
    assert len(text) < 17_000
    inside = note.split("The whole: ")[1].split(",")[0]
    assert (work.scratch / Path(inside).name).read_bytes() == whole
    assert inside.startswith("/run/pullwright/outputs/")


@pytest.mark.parametrize(("asked", "shown"), [(1_000, 1_000), (60_000, 60_000), (10_000_000, 64_000)])
def test_a_limit_that_was_asked_for_is_honoured(work: Workbench, asked: int, shown: int) -> None:
    text = text_of(work.run(Exec(), command="seq 1 50000", limit=asked))
    assert shown * 0.9 < len(text) < shown + 400


def test_a_flood_stays_bounded_and_says_what_was_not_kept(work: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.tools.exec.KEEP", 1 << 20)
    text = text_of(work.run(Exec(), command="head -c 5000000 /dev/zero | tr '\\0' a; echo end"))
    (event,) = ran(work)
    assert "of 5,000,004 bytes" in text
    assert text.endswith("end\n[exit 0]")
    assert len(text) < 17_000
    assert event.output_bytes == 5_000_004
    kept = work.artifacts.get(event.artifact)
    assert len(kept) < 1_200_000
    assert b"bytes were not kept" in kept
    assert kept.endswith(b"end\n")


def test_secrets_reach_neither_model_nor_log_nor_files(tmp_path: Path) -> None:
    work = Workbench(tmp_path, secrets=["hunter2-hunter2"])
    text = text_of(work.run(Exec(), command="seq 1 5000; echo key=hunter2-hunter2; seq 1 5000"))
    small = text_of(work.run(Exec(), command="echo hunter2-hunter2"))
    assert "hunter2" not in text
    assert small == "[redacted]\n[exit 0]"
    for name in work.artifacts.names():
        assert b"hunter2" not in work.artifacts.get(name)
    for path in work.scratch.iterdir():
        assert b"hunter2" not in path.read_bytes()
    assert "hunter2" not in repr(work.events)
    assert "hunter2" not in repr(work.frames)
    assert ran(work)[1].output_sha256 == hashlib.sha256(b"[redacted]\n").hexdigest()


def test_escapes_and_overwritten_lines_are_not_for_a_model(work: Workbench) -> None:
    text = text_of(work.run(Exec(), command=r"printf '\033[31mred\033[0m\n10%%\r50%%\r100%%\n'"))
    assert text == "red\n100%\n[exit 0]"


def test_a_timeout_kills_the_tree_and_says_so(work: Workbench) -> None:
    text = text_of(work.run(Exec(), command="echo begun; sleep 60 & sleep 60", timeout=0.5))
    assert text == "begun\n[timed out after 0.5 s, the whole tree killed]"
    assert ran(work)[0].timed_out


def test_read_only_and_the_mode_ask_only_read(work: Workbench) -> None:
    assert Exec().effect(work.function(Exec(), {"command": "ls"})) == "execute"
    assert Exec().effect(work.function(Exec(), {"command": "ls", "read_only": True})) == "read"
    tool = Exec(only_reading=True)
    assert tool.effect(work.function(tool, {"command": "ls"})) == "read"
    work.run(tool, command="true")
    assert work.sandbox.started[-1].command.read_only


def test_read_only_commands_are_told_where_to_write_instead(work: Workbench) -> None:
    work.sandbox.spec = msgspec.structs.replace(work.sandbox.spec, env={"PYTEST_ADDOPTS": "-q"})
    show = "echo $PYTHONDONTWRITEBYTECODE $PYTEST_ADDOPTS"
    assert text_of(work.run(Exec(), command=show, read_only=True)) == "1 -q -o cache_dir=$TMPDIR\n[exit 0]"
    work.run(Exec(), command=show)
    assert work.sandbox.started[-1].command.env == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{", "not valid JSON"),
        ("[1]", "JSON object"),
        ('{"cmd": "ls"}', "command"),
        ('{"command": 7}', "command"),
        ("", "command"),
    ],
)
def test_a_wrong_call_is_told_the_right_form(work: Workbench, arguments: str, said: str) -> None:
    from pullwright.protocol.items import FunctionCall

    call = FunctionCall(call_id="c", name="exec", arguments=arguments)
    result = asyncio.run(Exec().run(call, work.bench))
    assert not result.ok
    assert said in text_of(result)
    assert "The right form: {command: string|array, cwd?: string" in text_of(result)
    assert Exec().effect(call) == "read"
    assert Exec().title(call)
    assert not work.sandbox.started


def test_unknown_fields_are_tolerated_and_numbers_in_quotes_read(work: Workbench) -> None:
    text = text_of(work.run(Exec(), command="echo hi", timeout="5", justification="because"))
    assert text == "[ignored unknown argument: justification]\nhi\n[exit 0]"


def test_the_yield_leaves_it_running_and_process_follows_it(work: Workbench) -> None:
    async def main() -> None:
        process = ProcessTool()
        said = text_of(
            await work.call(Exec(), "call_a", command="echo one; read line; echo got $line; exit 5", yield_seconds=0.3)
        )
        assert said.startswith("one\n[still running as p1; all its output: /run/pullwright/outputs/")
        assert "p1: echo one" in text_of(await work.call(process, action="list"))
        assert "no x" in text_of(await work.call(process, action="poll", id="x"))
        said = text_of(await work.call(process, action="input", id="p1", text="words\n", seconds=20))
        assert said == "got words\n[exit 5]"
        assert text_of(await work.call(process, action="list")) == "no commands are running"
        started, finished = ran(work)
        assert started.background
        assert started.exit_code is None
        assert finished.background
        assert finished.exit_code == 5
        assert work.artifacts.get(finished.artifact) == b"one\ngot words\n"

    asyncio.run(main())


def test_kill_and_signal(work: Workbench) -> None:
    async def main() -> None:
        process = ProcessTool()
        await work.call(Exec(), command="sleep 60", background=True)
        await work.call(Exec(), command="trap 'echo bye; exit 0' INT; while true; do sleep 0.05; done", background=True)
        assert "failed" in text_of(await work.call(process, action="signal", id="p2", text="NONSENSE"))
        assert text_of(await work.call(process, action="signal", id="p2", text="INT", seconds=20)).startswith("bye\n[exit 0")
        assert text_of(await work.call(process, action="kill", id="p1")).startswith("[killed by SIGKILL")
        assert not work.sandbox.processes()
        assert process.effect(work.function(process, {"action": "kill", "id": "p1"})) == "execute"
        assert process.effect(work.function(process, {"action": "poll", "id": "p1"})) == "read"

    asyncio.run(main())


@pytest.mark.parametrize("more", [{}, {"yield_seconds": 30}])
def test_cancelling_leaves_no_process(work: Workbench, more: dict[str, int]) -> None:
    async def main() -> None:
        task = asyncio.create_task(work.call(Exec(), command="echo $$ > pid; sleep 60", **more))
        while not (work.root / "pid").exists() or not (work.root / "pid").read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ProcessLookupError):
            os.kill(int((work.root / "pid").read_text()), 0)
        await work.sandbox.close()

    asyncio.run(main())


def test_output_is_shown_while_it_comes(work: Workbench) -> None:
    work.run(Exec(), command="for n in 1 2 3; do echo line $n; sleep 0.1; done")
    frames = [frame for frame in work.frames if isinstance(frame, OutputDelta)]
    assert "".join(frame.text for frame in frames) == "line 1\nline 2\nline 3\n"
    assert len(frames) > 1


def test_a_flood_of_live_output_skips_pieces(work: Workbench) -> None:
    work.run(Exec(), command="seq 1 200000")
    frames = [frame for frame in work.frames if isinstance(frame, OutputDelta)]
    assert sum(len(frame.text) for frame in frames) < 600_000
    assert frames[-1].text.endswith("200000\n")


def test_a_secret_in_a_command_that_goes_on_is_in_no_event(tmp_path: Path) -> None:
    work = Workbench(tmp_path, secrets=["hunter2-hunter2"])

    async def main() -> None:
        await work.call(Exec(), command="sleep 60; echo hunter2-hunter2", background=True)
        await work.call(ProcessTool(), action="kill", id="p1")
        assert {event.command for event in ran(work)} == {"sleep 60; echo [redacted]"}
        assert "hunter2" not in repr(work.events)

    asyncio.run(main())
