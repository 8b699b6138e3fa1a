"""What a hostile model, or a repository, tries with a person's files, answers and machine while they pair."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys

import pytest
from bench import Bench, exec_, write  # pyright: ignore

from pullwright.cli.terminal.pairing.pairing import SETTLED
from pullwright.cli.terminal.transcript.patch import parse
from pullwright.models.mock.script import Answer, SaidCall
from pullwright.protocol.errors import FixRepository
from pullwright.protocol.events import PermissionAsked, PersonEdited, ToolFinished
from pullwright.protocol.outcomes import Succeeded
from pullwright.workspace import protection
from pullwright.workspace.inplace import open_in_place

DONE = Answer(text="Done.")
PLANTED = "#!/bin/sh\ntouch '{mark}'\nexec /usr/bin/git \"$@\"\n"


def test_no_program_and_no_module_of_the_projects_is_run_on_the_host(bench: Bench) -> None:
    """An activated venv puts the project first in PATH: the agent's `git` there would run as the person."""
    mark = bench.folder / "mark"
    bench.write("bin/git", PLANTED.format(mark=mark))
    (bench.project / "bin/git").chmod(0o755)
    bench.write("lib/yaml.py", f"open({str(mark)!r}, 'w')\n")
    env = {**os.environ, "PATH": f"{bench.project}/bin:{os.environ['PATH']}", "PYTHONPATH": str(bench.project / "lib")}
    code = (
        "import sys; from pullwright.cli.project import project_at; from pathlib import Path\n"
        "project_at(Path(sys.argv[1])); import yaml\n"
        "from pullwright.workspace.repository import Repository; print(Repository.find(Path(sys.argv[1])).branch)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bench.project)], env=env, cwd=bench.folder, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "main", done.stderr
    assert not mark.exists()


def test_what_pullwright_runs_from_is_read_only_in_the_project(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(".venv/lib/site-packages/pullwright/__init__.py", "")
    bench.write(".gitignore", ".venv\n")
    monkeypatch.setattr(protection.sys, "prefix", str(bench.project / ".venv"))
    line = "echo evil > .venv/lib/site-packages/pullwright/__init__.py; mv .venv other; rm -r .venv; echo tried"

    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_(line),)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "try")

    asyncio.run(go())
    assert "tried" in bench.said_to_model()
    assert bench.read(".venv/lib/site-packages/pullwright/__init__.py") == ""


def test_a_folder_that_holds_the_persons_own_settings_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository of dotfiles: hooks on the host are named there, and count as the person's."""
    monkeypatch.delenv("PULLWRIGHT_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(bench.folder / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(bench.folder / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(bench.project))

    async def go() -> None:
        async with bench.pairing([DONE]):
            pass

    with pytest.raises(FixRepository, match="your own settings"):
        asyncio.run(go())


def test_the_persons_git_configuration_in_the_project_is_read_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dotfiles again, by a link: what git reads there, git runs."""
    bench.write("gitconfig", "[user]\n\tname = Pat\n")
    (bench.folder / ".gitconfig").symlink_to(bench.project / "gitconfig")
    monkeypatch.setenv("HOME", str(bench.folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)

    async def go() -> None:
        cache, folder = bench.folder / "cache", bench.folder / "session"
        async with await open_in_place(bench.project, cache=cache, folder=folder) as files:
            assert "gitconfig" in files.mounted.protect

    asyncio.run(go())


def test_arguments_that_a_tool_passes_over_save_no_question(bench: Bench) -> None:
    """What was allowed for the session, named in an argument that the tool ignores, beside another file."""
    first = write("notes.txt", "allowed\n")
    sly = SaidCall("write", {"path": "calc.py", "content": "evil\n", "input": "*** Update File: notes.txt"})

    async def go() -> None:
        async with bench.pairing([Answer(calls=(first,)), Answer(calls=(sly,)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert asked.scope == "edits of `notes.txt`"
            pairing.answer(asked, "session")
            while pairing.state.asking == asked:
                await asyncio.sleep(0.01)
            asked = await bench.asked(pairing)
            assert "evil" in asked.detail
            pairing.answer(asked, "no")
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("notes.txt") == "allowed\n"
    assert "evil" not in bench.read("calc.py")


def test_what_is_typed_into_a_command_is_shown_as_it_is_and_a_change_of_it_counts(bench: Bench) -> None:
    """`process` types; a `command` beside it, which it passes over, must neither be shown for it nor be all that is changed."""
    shell = exec_("cat > typed.txt", yield_seconds=0)
    sly = SaidCall("process", {"action": "input", "id": "c1", "text": "evil\n", "command": "npm test"})

    async def go() -> None:
        async with bench.pairing([Answer(calls=(shell,)), Answer(calls=(sly,)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert asked.scope == ""
            pairing.answer(asked, "once")
            while pairing.state.asking == asked:
                await asyncio.sleep(0.01)
            asked = await bench.asked(pairing)
            assert "evil" in asked.detail
            assert asked.scope == ""
            pairing.answer(asked, "once", command=asked.detail.replace("evil", "good"))
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("typed.txt") == "good\n", [event.error for event in bench.of(ToolFinished)]


def test_a_question_says_in_which_folder_a_command_runs(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("ls", cwd="sub/../.git"),)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert (asked.cwd, asked.scope) == (".git", "commands that begin with `ls` in `.git`")
            pairing.answer(asked, "no")
            await pairing.idle()

    asyncio.run(go())


def test_what_a_command_in_the_background_does_between_turns_is_not_told_as_the_persons_alone(bench: Bench) -> None:
    """It left the call that started it, so that it is in no list of what runs; then it edits while nobody looks."""
    left = "setsid sh -c 'until [ -e go ]; do sleep 0.05; done; echo evil > notes.txt; rm go' >/dev/null 2>&1 & echo"

    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_(left),)), DONE, DONE, DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go")
            (one,) = await pairing.background.processes()
            assert "setsid" in one.command
            assert not one.ended
            (bench.project / "go").touch()
            while (bench.project / "go").exists() or await pairing.background.processes():
                await asyncio.sleep(0.05)
            await bench.say(pairing, "again")  # it is gone by now
            (edited,) = bench.of(PersonEdited)
            assert edited.paths == ("notes.txt",)
            assert edited.meanwhile == (left,)
            bench.write("calc.py", "mine\n")
            await bench.say(pairing, "and again")
            assert bench.of(PersonEdited)[-1].meanwhile == ()

    asyncio.run(go())
    assert "or a command that goes on" in bench.said_to_model()


def test_what_is_left_running_can_be_ended(bench: Bench) -> None:
    async def go() -> None:
        call = exec_("setsid sleep 1000 >/dev/null 2>&1 & echo")
        async with bench.pairing([Answer(calls=(call,)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go")
            (one,) = await pairing.background.processes()
            await pairing.background.kill(one.id)
            assert not await pairing.background.processes()

    asyncio.run(go())


def test_no_secret_reaches_log_or_model_by_going_back(bench: Bench) -> None:
    """Files that go back alone are an edit to the model: told like any other, without what is secret."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    bench.write("env.txt", f"TOKEN={token}\nA=1\n")

    async def go() -> None:
        answers = [Answer(calls=(exec_("rm env.txt"),)), DONE, DONE]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go")
            done = await pairing.rewind(pairing.points()[0], conversation=False)
            assert done.restored == ("env.txt",)
            await bench.say(pairing, "and now")
            assert all(token not in path.read_text("utf-8", "replace") for path in pairing.folder.rglob("*.jsonl"))

    asyncio.run(go())
    assert "env.txt" in bench.said_to_model()
    assert token not in bench.said_to_model()


def test_each_file_of_an_edit_is_named_however_long_the_first_one_is(bench: Bench) -> None:
    """What is asked about is shown: a long harmless file must not push another one out of sight."""
    edits = [
        {"path": "aaa.py", "old": "", "new": "harmless = 1\n" * 5_000},
        {"path": "calc.py", "old": "return a - b\n\n\ndef sub", "new": "evil()\n\n\ndef sub"},
    ]

    async def go() -> None:
        async with bench.pairing([Answer(calls=(SaidCall("edit", {"edits": edits}),)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert len(asked.detail) < 25_000
            assert "+    evil()" in asked.detail
            assert "more lines of this file are not shown" in asked.detail
            assert [(file.path, file.added > 0) for file in parse(asked.detail)] == [("aaa.py", True), ("calc.py", True)]
            pairing.answer(asked, "no")
            await pairing.idle()

    asyncio.run(go())


def test_a_shell_of_an_earlier_turn_takes_no_input_while_planning(bench: Bench) -> None:
    """It may write, and plan mode is to change nothing."""
    shell = exec_("bash", terminal=True)
    typed = SaidCall("process", {"action": "input", "id": "c1", "text": "echo evil > calc.py\n", "seconds": 1})

    async def go() -> None:
        answers = [Answer(calls=(shell,)), DONE, Answer(calls=(typed,)), DONE]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go")
            pairing.rules.plan = True
            await bench.say(pairing, "plan")
            assert (await pairing.background.processes())[0].id == "c1"

    asyncio.run(go())
    assert "evil" not in bench.read("calc.py")
    assert "may write to the workspace" in bench.said_to_model()


def test_json_without_a_bottom_ends_neither_turn_nor_session(bench: Bench) -> None:
    """In calls, and in the files that a turn looks at to know the project."""
    deep = "[" * 50_000 + "]" * 50_000
    bench.write("package.json", f'{{"x": {deep}, "scripts": {{}}}}')
    bench.write("pyproject.toml", f"x = {deep}\n")
    named = (("exec", "command"), ("edit", "edits"), ("process", "action"), ("read", "path"), ("ask_user", "question"))
    calls = [SaidCall(tool, f'{{"{name}": {deep}}}') for tool, name in named]
    calls += [SaidCall("exec", deep), SaidCall("exec", '{"x":' * 50_000), SaidCall("write", f'{{"path": "a", "x": {deep}}}')]

    async def go() -> None:
        async with bench.pairing([Answer(calls=tuple(calls)), DONE, DONE]) as pairing:
            await bench.say(pairing, "go")
            assert isinstance(pairing.outcome, Succeeded), pairing.outcome
            session = pairing.state.session
        async with bench.pairing([DONE], session=session) as pairing:
            await bench.say(pairing, "go on")
            assert isinstance(pairing.outcome, Succeeded), pairing.outcome

    asyncio.run(go())
    assert not bench.of(PermissionAsked)


def test_an_edit_through_a_link_names_the_file_that_it_changes(bench: Bench) -> None:
    (bench.project / "README").symlink_to("calc.py")

    async def go() -> None:
        async with bench.pairing([Answer(calls=(write("README", "evil\n"),)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert asked.detail.startswith("README is a link: this changes calc.py\n")
            assert [file.path for file in parse(asked.detail)][-1] == "README"
            pairing.answer(asked, "no")
            await pairing.idle()

    asyncio.run(go())


def test_a_large_file_that_changes_all_the_time_does_not_fill_the_log(bench: Bench) -> None:
    """What is noticed before each action is kept with the log: not megabytes, time and again."""

    async def go() -> None:
        async with bench.pairing([DONE, DONE]) as pairing:
            await bench.say(pairing, "go")
            bench.write("grows.txt", "line\n" * 4_000_000)
            bench.write("calc.py", "mine\n")
            await bench.say(pairing, "again")
            (edited,) = bench.of(PersonEdited)
            assert edited.paths == ("calc.py", "grows.txt")
            assert "+mine" in edited.diff
            kept = [path for path in pairing.folder.rglob("*") if path.is_file() and "objects" not in path.parts]
            assert sum(path.stat().st_size for path in kept) < 2_000_000

    asyncio.run(go())


def test_copies_of_the_project_are_for_the_person_alone(bench: Bench) -> None:
    """Another user of the machine may not be allowed to read where they come from."""

    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("cat calc.py"),)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go")

    asyncio.run(go())
    for folder in ("state", "cache"):
        assert stat.S_IMODE((bench.folder / "home" / folder).stat().st_mode) == 0o700


def test_the_way_to_a_stricter_mode_does_not_answer_by_passing_through_a_wide_one(bench: Bench) -> None:
    """Shift-Tab goes round: from suggest to plan by auto-edit and full-auto."""

    async def go() -> None:
        async with bench.pairing([Answer(calls=(write("calc.py", "evil\n"),)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            for mode in ("auto-edit", "full-auto"):
                pairing.rules.set("terminal.approval", mode)
                pairing.refresh()
                await asyncio.sleep(0.1)
            pairing.rules.plan = True
            pairing.refresh()
            await asyncio.sleep(SETTLED + 0.2)
            assert pairing.state.asking == asked
            pairing.answer(asked, "no")
            await pairing.idle()

    asyncio.run(go())
    assert "evil" not in bench.read("calc.py")
