"""Pairing: the person's own files, their answers, their edits, and going back. Real sandbox, real git, a model over the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from bench import FILES, Bench, edit, exec_, write  # pyright: ignore

from pullwright.agent.starting import NOT_BEGUN
from pullwright.cli.terminal.pairing.person import listening
from pullwright.models.mock.script import Answer
from pullwright.protocol.events import (
    Checkpointed,
    CommandRan,
    FilesChanged,
    InputReceived,
    PermissionAnswered,
    PermissionAsked,
    PersonEdited,
    Rewound,
)
from pullwright.protocol.inputs import Steer
from pullwright.protocol.outcomes import Cancelled, Succeeded

ADD = edit("calc.py", "def add(a, b):\n    return a - b", "def add(a, b):\n    return a + b")
FIXED = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"
DONE = Answer(text="Fix add, which subtracted.")


def test_the_files_are_changed_where_they_lie_and_nothing_is_committed(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            assert isinstance(pairing.outcome, Succeeded), pairing.outcome
            assert pairing.outcome.change
            assert pairing.outcome.change.files == ("calc.py",)
            assert pairing.outcome.change.branch == ""
            assert (pairing.outcome.change.added, pairing.outcome.change.removed) == (1, 1)

    asyncio.run(go())
    assert bench.read("calc.py") == FIXED
    assert bench.git("branch", "--format=%(refname:short)").split() == ["main"]
    assert bench.git("status", "--porcelain").strip() == "M calc.py"


def test_the_agent_cannot_write_the_persons_git_folder(bench: Bench) -> None:
    line = "echo x > .git/hooks/pre-commit; git commit -aqm no; git status --short"

    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_(line),)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "try")

    asyncio.run(go())
    assert not (bench.project / ".git/hooks/pre-commit").exists()
    assert bench.git("log", "--format=%s").split() == ["Start"]


def test_where_a_mount_went_with_the_file_that_the_person_replaced_nothing_runs(bench: Bench) -> None:
    """Git reads that file, and the agent could write it now: the turn ends, and the next one has a sandbox that covers it."""
    bench.write("conf", "[user]\n\tname = Pat\n")
    bench.git("config", "include.path", "../conf")
    harm = "echo '[core] fsmonitor = /evil' >> conf"

    async def go() -> None:
        answers = [Answer(calls=(exec_(harm),)), Answer(calls=(exec_(harm),)), DONE]
        async with bench.pairing(answers) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            bench.write("saved", "[user]\n\tname = Patricia\n")
            (bench.project / "saved").rename(bench.project / "conf")
            pairing.answer(asked, "once")
            await pairing.idle()
            assert pairing.outcome is not None
            assert "conf was replaced while the sandbox is open" in pairing.outcome.why
            await pairing.submit("again")
            pairing.answer(await bench.asked(pairing), "once")
            await pairing.idle()

    asyncio.run(go())
    assert "Read-only file system" in bench.said_to_model()
    assert bench.read("conf") == "[user]\n\tname = Patricia\n"


def test_an_edit_is_shown_before_it_is_made_and_a_no_leaves_the_file(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE]) as pairing:
            await pairing.submit("fix add")
            asked = await bench.asked(pairing)
            assert "+    return a + b" in asked.detail
            preview = pairing.preview(asked)
            assert preview
            assert preview.files[0].after == FIXED
            assert bench.read("calc.py") != FIXED
            pairing.answer(asked, "no", text="use operator.add")
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("calc.py") != FIXED
    assert "use operator.add" in bench.said_to_model()
    assert not bench.of(FilesChanged)


def test_a_yes_may_change_the_text_and_the_model_is_told(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE]) as pairing:
            await pairing.submit("fix add")
            asked = await bench.asked(pairing)
            pairing.answer(asked, "once", files={"calc.py": FIXED.replace("a + b", "b + a")})
            await pairing.idle()

    asyncio.run(go())
    assert "return b + a" in bench.read("calc.py")
    assert "The person changed this edit" in bench.said_to_model()
    assert bench.of(PermissionAnswered)[0].changed


def test_a_wider_mode_holds_at_once_and_answers_the_edit_that_is_asked_about(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD, write("notes.txt", "four\n"))), Answer(calls=(exec_("touch made"),)), DONE]
        async with bench.pairing(answers) as pairing:
            await pairing.submit("edit both, then touch")
            await bench.asked(pairing)
            pairing.rules.set("terminal.approval", "auto-edit")
            pairing.refresh()
            async with asyncio.timeout(60):
                while pairing.state.asking is None or pairing.state.asking.effect == "edit":
                    await asyncio.sleep(0.01)
            assert bench.read("notes.txt") == "four\n"
            assert not (bench.project / "made").exists()
            pairing.answer(pairing.state.asking, "no")
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("calc.py") == FIXED


def test_a_changed_answer_cannot_reach_another_file(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE]) as pairing:
            await pairing.submit("fix add")
            pairing.answer(await bench.asked(pairing), "once", files={"notes.txt": "gone"})
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("notes.txt") == "one\ntwo\nthree\n"


def test_an_edit_that_finds_no_place_is_not_asked_about(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(edit("calc.py", "no such text", "x"),)), DONE]) as pairing:
            await bench.say(pairing, "fix add")

    asyncio.run(go())
    assert not bench.of(PermissionAsked)


def test_a_file_that_the_person_saves_while_they_are_asked_is_not_overwritten(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(write("notes.txt", "the agent's\n"),)), DONE]) as pairing:
            await pairing.submit("write")
            asked = await bench.asked(pairing)
            bench.write("notes.txt", "mine\n")
            pairing.answer(asked, "once")
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("notes.txt") == "mine\n"
    assert "changed by somebody else" in bench.said_to_model()


def test_an_edit_goes_beside_what_the_person_saves_elsewhere_in_its_file(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE]) as pairing:
            await pairing.submit("fix add")
            asked = await bench.asked(pairing)
            bench.write("calc.py", FILES["calc.py"] + "\n\nMINE = 1\n")
            pairing.answer(asked, "once")
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("calc.py") == FIXED + "\n\nMINE = 1\n"


def test_a_command_may_be_changed_before_it_runs(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("echo wrong"),)), DONE]) as pairing:
            await pairing.submit("go")
            asked = await bench.asked(pairing)
            assert asked.detail == "echo wrong"
            pairing.answer(asked, "once", command="echo right")
            await pairing.idle()

    asyncio.run(go())
    assert [event.command for event in bench.of(CommandRan)] == ["echo right"]
    assert "the person changed the command" in bench.said_to_model()


def test_what_is_allowed_for_good_is_not_asked_in_the_next_session(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("ls calc.py"),)), DONE]) as pairing:
            await pairing.submit("look")
            asked = await bench.asked(pairing)
            assert asked.scope == "commands that begin with `ls`"
            pairing.answer(asked, "always")
            await pairing.idle()
        bench.seen.clear()
        async with bench.pairing([Answer(calls=(exec_("ls notes.txt"),)), DONE]) as pairing:
            await bench.say(pairing, "look again")
            assert not bench.of(PermissionAsked)
            assert pairing.rules.grants.remove("commands that begin with `ls`")

    asyncio.run(go())


def test_the_persons_edit_is_told_to_the_model_and_kept(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD,)), DONE, Answer(text="I see.")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            bench.write("notes.txt", "one\ntwo\nthree\nfour\n")
            await bench.say(pairing, "what did I do?")

    asyncio.run(go())
    edited = bench.of(PersonEdited)
    assert [event.paths for event in edited] == [("notes.txt",)]
    assert "The person edited notes.txt" in bench.said_to_model()
    assert "+four" in bench.said_to_model()


def test_what_changes_while_a_command_runs_is_told_as_nobodys(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD, exec_("echo four >> notes.txt"))), Answer(calls=(exec_("true"),)), DONE]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "go on")

    asyncio.run(go())
    assert [event.beside for event in bench.of(Checkpointed) if event.beside] == [("notes.txt",)]
    assert "While your commands ran, notes.txt changed: by them, or by the person." in bench.said_to_model()


def test_going_back_takes_the_agents_edits_away_and_leaves_the_persons(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD, write("new.txt", "made\n"))), DONE, Answer(text="again")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            bench.write("notes.txt", "mine\n")
            point = pairing.points()[-1]
            done = await pairing.rewind(point)
            assert set(done.restored) == {"calc.py", "new.txt"}
            assert done.prompt == "fix add"
            assert bench.read("calc.py") != FIXED
            assert not (bench.project / "new.txt").exists()
            assert bench.read("notes.txt") == "mine\n"
            assert bench.of(Rewound)
            assert pairing.points() == []
            await bench.say(pairing, "something else")
            assert "fix add" not in bench.said_to_model() if bench.requests else True

    asyncio.run(go())
    assert "fix add" not in bench.said_to_model()


def test_what_the_person_did_while_they_were_asked_is_theirs(bench: Bench) -> None:
    """In other files while a command waits, and in the file that an edit is for: going back takes away the agent's part alone."""

    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("echo agent > made"), ADD)), DONE]) as pairing:
            await pairing.submit("fix add")
            asked = await bench.asked(pairing)
            bench.write("notes.txt", "mine\n")
            pairing.answer(asked, "once")
            asked = await bench.asked(pairing, after=asked)
            bench.write("calc.py", FILES["calc.py"] + "\n\nMINE = 1\n")
            pairing.answer(asked, "once")
            await pairing.idle()
            assert bench.read("calc.py") == FIXED + "\n\nMINE = 1\n"
            assert [event.paths for event in bench.of(PersonEdited)] == [("notes.txt",), ("calc.py",)]
            done = await pairing.rewind(pairing.points()[0])
            assert sorted((*done.restored, *done.merged)) == ["calc.py", "made"]

    asyncio.run(go())
    assert not (bench.project / "made").exists()
    assert bench.read("notes.txt") == "mine\n"
    assert bench.read("calc.py") == FILES["calc.py"] + "\n\nMINE = 1\n"


def test_plan_mode_changes_nothing(bench: Bench) -> None:
    calls = (ADD, exec_("echo x > notes.txt; cat calc.py"))

    async def go() -> None:
        answers = [Answer(calls=calls), Answer(text="I would fix add."), Answer(calls=(ADD,)), DONE]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            pairing.rules.plan = True
            await bench.say(pairing, "fix add")
            assert bench.read("calc.py") != FIXED
            assert bench.read("notes.txt") == "one\ntwo\nthree\n"
            pairing.rules.plan = False
            await bench.say(pairing, "go ahead")

    asyncio.run(go())
    assert bench.read("calc.py") == FIXED
    assert "The plan mode is off" in bench.said_to_model()


def test_a_command_of_the_persons_runs_inside_and_is_told_with_the_next_prompt(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(text="I saw it.")]) as pairing:
            await pairing.run_command("echo from-me; exit 3")
            await bench.say(pairing, "what did I run?")

    asyncio.run(go())
    ran = bench.of(CommandRan)
    assert [(event.by, event.exit_code) for event in ran] == [("person", 3)]
    assert "from-me" in bench.said_to_model()
    assert "exit 3" in bench.said_to_model()


def test_a_command_of_the_persons_in_mid_turn_is_told_with_the_next_step(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(exec_("sleep 1"),)), DONE, DONE]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await pairing.submit("begin")
            while not pairing.state.step:
                await asyncio.sleep(0.01)
            await pairing.run_command("echo from-me")
            await pairing.idle()
            await bench.say(pairing, "and then")

    asyncio.run(go())
    told = "The person ran `echo from-me` themselves (exit 0)"
    assert [request.body.decode().count(told) for request in bench.requests] == [0, 1, 1]
    assert [event.input.ran for event in bench.of(InputReceived) if isinstance(event.input, Steer)] == [
        event.call_id for event in bench.of(CommandRan) if event.by == "person"
    ]


def test_a_background_command_outlives_its_turn_and_its_port_can_be_opened(bench: Bench) -> None:
    async def fetch(url: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /notes.txt HTTP/1.0\r\n\r\n")
        data = await reader.read()
        writer.close()
        return data

    async def go() -> None:
        serve = exec_("python3 -m http.server 8123", background=True)
        async with bench.pairing([Answer(calls=(serve,)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "serve it")
            place = await pairing.standing.place.bench
            async with asyncio.timeout(30):
                while 8123 not in await listening(place.sandbox):
                    await asyncio.sleep(0.05)
            (one,) = await pairing.background.processes()
            assert one.ports == (8123,)
            assert b"two" in await fetch(await pairing.background.open_port(8123))
            await pairing.background.kill(one.id)
            (one,) = await pairing.background.processes()
            assert one.ended

    asyncio.run(go())


def test_a_session_that_was_closed_says_once_what_ended_with_it(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing(
            [Answer(calls=(exec_("sleep 600", background=True),)), DONE], terminal__approval="full-auto"
        ) as it:
            await bench.say(it, "serve it")
            session = it.state.session
        for prompt in ("is it there?", "and now?"):
            async with bench.pairing([DONE], session=session) as it:
                await bench.say(it, prompt)

    asyncio.run(go())
    assert [request.body.decode().count("has ended (`sleep 600`)") for request in bench.requests[-2:]] == [1, 1]


def test_a_remark_and_a_queued_message_reach_the_model_in_order(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(exec_("sleep 0.5"),)), Answer(text="first"), Answer(text="second")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await pairing.submit("begin")
            pairing.enqueue("and then this")
            await pairing.submit("a remark")
            assert pairing.state.steers == ("a remark",)
            await pairing.idle()
            assert pairing.state.queue == ()

    asyncio.run(go())
    second, third = bench.requests[1].body.decode(), bench.requests[2].body.decode()
    assert "a remark" in second
    assert "and then this" not in second
    assert "and then this" in third


def test_esc_stops_the_step_and_the_work_is_kept(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD, exec_("echo begun; sleep 60"))), Answer(text="went on")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await pairing.submit("fix add")
            async with asyncio.timeout(60):
                while not bench.of(FilesChanged):
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            assert pairing.interrupt()
            await pairing.idle()
            assert isinstance(pairing.outcome, Cancelled)
            assert bench.read("calc.py") == FIXED
            await bench.say(pairing, "go on")
            assert isinstance(pairing.outcome, Succeeded)

    asyncio.run(go())
    assert "interrupted the turn" in bench.said_to_model()
    assert "Its output until then:\\nbegun" in bench.said_to_model()


def test_a_stop_instead_of_an_answer_says_that_nothing_ran(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(exec_("touch one"), exec_("touch two"))), DONE]) as pairing:
            await pairing.submit("touch")
            await bench.asked(pairing)
            assert pairing.interrupt()
            await pairing.idle()
            await bench.say(pairing, "go on")

    asyncio.run(go())
    assert bench.said_to_model().count(NOT_BEGUN) == 2
    assert not (bench.project / "one").exists()


def test_a_short_conversation_is_left_as_it_is_when_asked_to_shorten(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(text="hello")]) as pairing:
            await bench.say(pairing, "hi")
            await pairing.compact("everything")
            await pairing.idle()
            assert isinstance(pairing.outcome, Succeeded), pairing.outcome

    asyncio.run(go())
    assert len(bench.requests) == 1


def test_a_fork_goes_on_by_itself(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(text="one"), Answer(text="two"), Answer(text="three")]) as pairing:
            await bench.say(pairing, "first")
            parent = pairing.state.session
            child = await pairing.fork()
            assert child != parent
            await bench.say(pairing, "second")
            await pairing.begin(parent)
            assert len(pairing.points()) == 1
            await bench.say(pairing, "third")

    asyncio.run(go())
    assert '"second"' not in bench.said_to_model()


def test_an_empty_session_leaves_nothing_behind(bench: Bench, tmp_path: Path) -> None:
    async def go() -> None:
        async with bench.pairing([]) as pairing:
            await pairing.standing.place.bench

    asyncio.run(go())
    assert list((tmp_path / "home/state/sessions").iterdir()) == []
    assert bench.git("status", "--porcelain") == ""


@pytest.mark.parametrize("access", ["read-only", "workspace-write"])
def test_access_holds_for_the_persons_files(bench: Bench, access: str) -> None:
    async def go() -> None:
        answers = [Answer(calls=(exec_("echo changed > notes.txt"),)), DONE]
        async with bench.pairing(answers, terminal__approval="full-auto", access=access) as pairing:
            await bench.say(pairing, "write")

    asyncio.run(go())
    assert (bench.read("notes.txt") == "changed\n") == (access == "workspace-write")


def test_a_session_of_a_snapshot_goes_on_as_a_fork_in_the_persons_files(bench: Bench) -> None:
    from pullwright.attempts.runner import run_turn
    from pullwright.cli.run.request import Asked, turn_spec
    from pullwright.log.inbox import MemoryInbox

    async def go() -> None:
        answers = [Answer(calls=(ADD,)), DONE, Answer(calls=(exec_("git log --oneline; cat calc.py"),)), Answer(text="I see.")]
        async with bench.pairing(answers, terminal__approval="full-auto", verify=False) as pairing:
            spec = turn_spec(Asked(text="fix add", project=bench.project), pairing.rules.loaded, "ses_exec")
            with pairing.sessions.create("ses_exec") as log:
                await run_turn(spec, log, MemoryInbox())
            await pairing.begin("ses_exec")
            assert pairing.state.session != "ses_exec"
            await bench.say(pairing, "and now?")

    asyncio.run(go())
    assert bench.read("calc.py") != FIXED
    assert "From here on you work in the person's own files" in bench.said_to_model()
    assert "fix add" in bench.said_to_model()
    assert (bench.folder / "home/state/sessions/ses_exec/workspace.json").exists()


def test_a_fault_of_a_face_ends_nothing(bench: Bench) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("drawing failed")

    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE], terminal__approval="full-auto") as pairing:
            pairing.watch(broken)
            await bench.say(pairing, "fix add")
            assert isinstance(pairing.outcome, Succeeded)
            assert "drawing failed" in pairing.log.artifacts.get("crash-face.txt").decode()

    asyncio.run(go())
    assert bench.read("calc.py") == FIXED


def test_what_changed_before_the_conversation_was_shortened_is_told_with_the_next_prompt(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(text="Hello. " * 400), Answer(text='{"goal": "talk"}'), Answer(text="I see.")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "hello " * 400)
            bench.write("notes.txt", "mine\n")
            pairing.rules.set("network", "example.org")
            await pairing.compact("")
            await pairing.idle()
            await bench.say(pairing, "look")

    asyncio.run(go())
    assert "The person edited notes.txt" in bench.requests[1].body.decode(), "before it is shortened"
    assert "- []" not in bench.said_to_model()
    assert "The network is on now: only example.org." in bench.said_to_model()


def test_what_is_said_while_files_go_back_is_said_after_it(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD,)), DONE, Answer(text="I see.")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            async with asyncio.TaskGroup() as group:
                group.create_task(pairing.rewind(pairing.points()[-1], conversation=False))
                await asyncio.sleep(0)
                group.create_task(pairing.submit("look"))
            await pairing.idle()

    asyncio.run(go())
    assert bench.read("calc.py") != FIXED
    assert "The person edited calc.py" in bench.said_to_model()


def test_files_may_go_back_alone_and_the_model_is_told(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE, Answer(text="I see.")], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            done = await pairing.rewind(pairing.points()[-1], conversation=False)
            assert done.restored == ("calc.py",)
            await bench.say(pairing, "look")

    asyncio.run(go())
    assert "fix add" in bench.said_to_model()
    assert "The person edited calc.py" in bench.said_to_model()


def test_the_conversation_may_go_back_alone_and_the_model_is_told(bench: Bench) -> None:
    async def go() -> None:
        seen = [Answer(text="I see.")] * 3
        async with bench.pairing([Answer(calls=(ADD,)), DONE, *seen], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            await pairing.rewind(pairing.points()[-1], files=False)
            assert bench.read("calc.py") == FIXED
            for _ in range(2):  # what the turn was told that is taken back itself, the next one is told again
                await bench.say(pairing, "look")
                await pairing.rewind(pairing.points()[-1])
            await bench.say(pairing, "look")

    asyncio.run(go())
    assert "the files were not" in bench.said_to_model()


def test_a_fork_can_go_back_to_before_it_began(bench: Bench) -> None:
    async def go() -> None:
        async with bench.pairing([Answer(calls=(ADD,)), DONE], terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            await pairing.fork()
            done = await pairing.rewind(pairing.points()[-1])
            assert done.restored == ("calc.py",)

    asyncio.run(go())
    assert bench.read("calc.py") != FIXED


def test_what_was_accepted_is_committed_and_the_persons_own_work_is_not(bench: Bench) -> None:
    from pullwright.cli.terminal.pairing.committing import commit, committable, proposal

    async def go() -> None:
        async with bench.pairing(
            [Answer(calls=(ADD, write("new.txt", "made\n"))), DONE, Answer(text="It is fixed.")], terminal__approval="full-auto"
        ) as pairing:
            bench.write("notes.txt", "mine\n")
            await bench.say(pairing, "fix add")
            await bench.say(pairing, "is it fixed?")  # the commit speaks of the turn that changed something
            assert await committable(pairing) == ["calc.py", "new.txt"]
            wanted = proposal(pairing)
            assert wanted.message.startswith("Fix add, which subtracted\n")
            done = await commit(pairing, msgspec.structs.replace(wanted, branch="", paths=("calc.py",)))
            assert done.files == ("calc.py",)
            assert await committable(pairing) == ["new.txt"]

    asyncio.run(go())
    assert bench.git("log", "-1", "--format=%s|%an").strip() == "Fix add, which subtracted|Pat"
    assert bench.git("show", "HEAD:calc.py") == FIXED
    assert sorted(bench.git("status", "--porcelain").split("\n")) == ["", " M notes.txt", "?? new.txt"]


def test_the_change_is_proved_in_fresh_sandboxes(bench: Bench) -> None:
    from pullwright.cli.terminal.pairing.proving import diff, verify

    head = "import unittest\nfrom calc import add\n\n\nclass T(unittest.TestCase):\n"
    tests = f"{head}    def test_add(self):\n        self.assertEqual(add(2, 3), 5)\n"

    async def go() -> None:
        answers = [Answer(calls=(ADD, write("test_calc.py", tests))), DONE]
        command = "python3 -m unittest -v"
        async with bench.pairing(answers, terminal__approval="full-auto", test_command=command) as pairing:
            await bench.say(pairing, "fix add, with a test")
            assert "+    return a + b" in await diff(pairing, turn=True)
            verified = await verify(pairing)
            assert verified.verdict == "verified", verified

    asyncio.run(go())


def test_going_back_can_be_taken_back(bench: Bench) -> None:
    async def go() -> None:
        answers = [Answer(calls=(ADD,)), DONE, Answer(text="I see.")]
        async with bench.pairing(answers, terminal__approval="full-auto") as pairing:
            await bench.say(pairing, "fix add")
            await pairing.rewind(pairing.points()[-1])
            bench.write("notes.txt", "mine\n")
            assert pairing.points() == []
            assert await pairing.take_back() == ("calc.py",)
            assert bench.read("calc.py") == FIXED
            assert bench.read("notes.txt") == "mine\n"
            assert [point.text for point in pairing.points()] == ["fix add"]
            await bench.say(pairing, "go on")

    asyncio.run(go())
    assert "fix add" in bench.said_to_model()


def test_what_changed_while_a_command_ran_can_be_left_alone(bench: Bench) -> None:
    waits = exec_("touch begun; while [ ! -e go ]; do sleep 0.02; done; echo agent > made.txt; rm -f begun go")

    async def go() -> None:
        async with bench.pairing([Answer(calls=(waits,)), DONE], terminal__approval="full-auto") as pairing:
            await pairing.submit("run it")
            async with asyncio.timeout(60):
                while not (bench.project / "begun").exists():
                    await asyncio.sleep(0.02)
            bench.write("notes.txt", "mine\n")
            bench.write("go", "")
            await pairing.idle()
            point = pairing.points()[-1]
            assert pairing.unsure(point) == ["notes.txt"]
            done = await pairing.rewind(point, leave=["notes.txt"])
            assert done.restored == ("made.txt",)
            assert done.kept == ("notes.txt",)

    asyncio.run(go())
    assert bench.read("notes.txt") == "mine\n"
    assert not (bench.project / "made.txt").exists()
