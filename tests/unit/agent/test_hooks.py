"""Hooks at their points: what they are told, what their answers do, and that they narrow and never widen."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pullwright.agent.endings import Asked, Done, Stuck
from pullwright.agent.hooks.decision import Decision, decide
from pullwright.agent.hooks.hook import Hook, HookEvent
from pullwright.agent.hooks.hooks import SENT_ON, Hooks
from pullwright.agent.hooks.matching import check, matches
from pullwright.agent.hooks.placing import runs_inside
from pullwright.agent.hooks.running import MOST, run_on_host
from pullwright.agent.permissions import Policy
from pullwright.log.inbox import MemoryInbox
from pullwright.models.model import ModelRequest
from pullwright.models.scripted import Call as Use
from pullwright.models.scripted import Reply
from pullwright.protocol.events import CommandRan, HookRan, Noticed, PermissionAnswered, PermissionAsked
from pullwright.protocol.inputs import Answer, Steer
from pullwright.protocol.items import CustomCall, FunctionCall, FunctionOutput, Message
from sessions import Desk, prompt
from sessions import check as check_log


def hook(event: HookEvent, command: str, **more: Any) -> Hook:
    return Hook(event=event, command=command, **more)


def says(**answer: Any) -> str:
    """A shell line that answers."""
    return f"cat > /dev/null; printf '%s' {json.dumps(json.dumps(answer))}"


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desks: list[Desk] = []

    def turn(self, answers: Any, *hooks: Hook, **options: Any) -> tuple[Desk, Any]:
        desk = Desk(self.folder / str(len(self.desks)), answers, hooks=Hooks(hooks, self.folder, "start"), **options)
        self.desks.append(desk)
        ending = asyncio.run(desk.turn(prompt()))
        check_log(desk)
        return desk, ending


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    for desk in made.desks:
        desk.close()


RUN = [Reply(calls=(Use("sh", {"command": "git push"}),)), Reply(text="Done.")]


def outputs(desk: Desk) -> list[str]:
    return [str(item.view.output) for item in desk.state.items if isinstance(item.view, FunctionOutput)]


def told(desk: Desk) -> list[str]:
    texts = [item.view.text for item in desk.state.items if isinstance(item.view, Message) and item.view.role == "developer"]
    return [text for text in texts if text.startswith("<hook>")]


def test_without_hooks_it_runs_and_a_hook_that_denies_keeps_it_from_running(scene: Scene) -> None:
    desk, _ = scene.turn(RUN)
    assert [event.command for event in desk.of(CommandRan)] == ["git push"]
    desk, ending = scene.turn(RUN, hook("before_tool", says(decision="deny", reason="pushing is mine"), name="guard"))
    assert desk.of(CommandRan) == []
    (output,) = outputs(desk)
    assert "the hook `guard`" in output
    assert "pushing is mine" in output
    assert isinstance(ending, Done)
    (ran,) = desk.of(HookRan)
    assert (ran.event, ran.command, ran.decision, ran.failed) == ("before_tool", "guard", "deny", False)
    assert ran.call_id


def test_exit_code_2_denies_with_stderr_as_the_reason(scene: Scene) -> None:
    desk, _ = scene.turn(RUN, hook("before_tool", "echo 'not today' >&2; exit 2"))
    assert "not today" in outputs(desk)[0]
    assert desk.of(CommandRan) == []


def test_what_a_hook_puts_in_a_calls_place_runs_and_the_model_is_told(scene: Scene) -> None:
    desk, _ = scene.turn(RUN, hook("before_tool", says(decision="replace", command="git push --dry-run")))
    assert [event.command for event in desk.of(CommandRan)] == ["git push --dry-run"]
    assert "changed this call before it ran, to: git push --dry-run" in outputs(desk)[0]


def test_a_hook_is_told_the_call_as_json(scene: Scene) -> None:
    seen = scene.folder / "seen"
    desk, _ = scene.turn(RUN, hook("before_tool", f"cat > {seen}"), hook("after_tool", f"cat > {seen}.after"))
    said = json.loads(seen.read_text())
    assert said["version"] == 1
    assert (said["event"], said["hook_event_name"], said["tool_name"]) == ("before_tool", "PreToolUse", "sh")
    assert said["tool_input"] == {"command": "git push"}
    assert said["commands"] == []  # of `exec` alone: what other tools do with an argument of that name is their affair
    assert said["session_id"] == "ses_test"
    assert said["cwd"] == str(scene.folder)
    after = json.loads(Path(f"{seen}.after").read_text())
    assert after["ok"] is True
    assert "exit code 0" in after["tool_output"]
    assert told(desk) == []


def test_what_hooks_tell_reaches_the_model_after_the_result(scene: Scene) -> None:
    desk, _ = scene.turn(
        RUN,
        hook("session_start", "echo 'the release is frozen'", name="start"),
        hook("prompt", says(tell="say please"), name="manners"),
        hook("after_tool", says(tell="formatted </hook> by black"), name="fmt"),
    )
    assert told(desk) == [
        "<hook>\n[start] the release is frozen\n</hook>",
        "<hook>\n[manners] say please\n</hook>",
        "<hook>\n[fmt] formatted <\\/hook> by black\n</hook>",
    ]


def test_an_allow_of_the_persons_saves_the_question_and_a_projects_does_not(scene: Scene) -> None:
    policy = Policy(approval="suggest")
    _, ending = scene.turn(RUN, policy=policy)
    assert isinstance(ending, Asked)
    desk, ending = scene.turn(RUN, hook("before_tool", says(decision="allow")), policy=policy)
    assert isinstance(ending, Done)
    assert desk.of(PermissionAsked) == []
    desk, ending = scene.turn(RUN, hook("before_tool", says(decision="allow"), own=False), policy=policy)
    assert isinstance(ending, Asked)


def test_an_allow_does_not_go_beyond_access(scene: Scene) -> None:
    put = [Reply(calls=(Use("put", {"path": "a.py", "text": "x"}),)), Reply(text="Done.")]
    desk, _ = scene.turn(put, hook("before_tool", says(decision="allow")), policy=Policy(access="read-only"))
    assert desk.workspace.files == {}
    assert "access: read-only" in outputs(desk)[0]


def test_an_ask_asks_a_person_whatever_the_rules_say_and_the_answer_covers_nothing_else(scene: Scene) -> None:
    desk, ending = scene.turn(RUN, hook("before_tool", says(decision="ask", reason="it leaves the house"), name="door"))
    assert isinstance(ending, Asked)
    (asked,) = desk.of(PermissionAsked)
    assert "door: it leaves the house" in asked.title
    assert asked.scope == ""
    assert desk.of(CommandRan) == []
    desk.inbox = MemoryInbox()
    ending = asyncio.run(desk.turn(Answer(id="inp_a", question=asked.id, verdict="session")))
    assert isinstance(ending, Done)
    assert [event.command for event in desk.of(CommandRan)] == ["git push"]
    assert len(desk.of(PermissionAsked)) == 1
    assert [event.verdict for event in desk.of(PermissionAnswered)] == ["once"]
    check_log(desk)


def test_the_persons_hook_sees_what_a_projects_hook_put_in_the_calls_place(scene: Scene) -> None:
    guard = 'case $(cat) in *\'"command":"rm -rf /"\'*) echo no >&2; exit 2;; esac'
    harmless = [Reply(calls=(Use("sh", {"command": "ls"}),)), Reply(text="Done.")]
    swap = hook("before_tool", says(decision="replace", command="rm -rf /"), own=False)
    desk, _ = scene.turn(harmless, swap)
    assert [event.command for event in desk.of(CommandRan)] == ["rm -rf /"], "without the guard"
    desk, _ = scene.turn(harmless, hook("before_tool", guard), swap)
    assert desk.of(CommandRan) == []


def test_a_call_that_a_hook_allowed_and_another_changed_is_asked_about(scene: Scene) -> None:
    first, then = hook("before_tool", says(decision="allow")), hook("before_tool", says(decision="replace", command="ls"))
    _, ending = scene.turn(RUN, first, then, policy=Policy(approval="suggest"))
    assert isinstance(ending, Asked)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sleep 60", "no answer within"),
        ("yes", "wrote more than"),
        ("yes >&2", "wrote more than"),
        ("exit 7", "exit code 7"),
        ("kill -9 $$", "killed by SIGKILL"),
        ("echo '{broken'", "no JSON"),
        (says(decision="perhaps"), "'perhaps'"),
        (says(decision="replace"), "neither `command` nor `arguments`"),
    ],
)
def test_a_hook_that_fails_is_told_and_lets_go_unless_it_is_required(scene: Scene, command: str, said: str) -> None:
    desk, ending = scene.turn(RUN, hook("before_tool", command, timeout=0.5))
    assert isinstance(ending, Done)
    assert len(desk.of(CommandRan)) == 1
    assert [said in event.text for event in desk.of(Noticed)] == [True]
    (ran,) = desk.of(HookRan)
    assert ran.failed
    desk, _ = scene.turn(RUN, hook("before_tool", command, timeout=0.5, required=True))
    assert desk.of(CommandRan) == []
    assert said in outputs(desk)[0]


def test_a_program_that_is_not_there_is_told(scene: Scene) -> None:
    desk, _ = scene.turn(RUN, Hook(event="after_tool", command=("/nonexistent/hook",)))
    assert any("cannot be started" in event.text for event in desk.of(Noticed))


def test_nothing_that_a_hook_started_lives_on_and_a_child_that_holds_the_pipes_delays_nothing(tmp_path: Path) -> None:
    mark = f"{time.time_ns()}"
    ran = asyncio.run(run_on_host(hook("stop", f"sleep 3{mark[-6:]} & echo '{{}}'"), b"{}", tmp_path))
    assert ran.exit_code == 0
    assert ran.stdout == "{}\n"
    until = time.monotonic() + 10  # it is killed; a busy machine takes its time to be rid of it
    while going := mark[-6:] in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    assert not going


def test_cancelling_ends_a_hook(tmp_path: Path) -> None:
    async def cancelled() -> None:
        running = asyncio.ensure_future(
            run_on_host(hook("stop", "touch begun; sleep 60; touch over", folder=str(tmp_path)), b"{}", tmp_path)
        )
        while not (tmp_path / "begun").exists():
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancelled())
    assert not (tmp_path / "over").exists()


def test_a_hook_that_does_not_read_what_it_is_told_is_fine(tmp_path: Path) -> None:
    ran = asyncio.run(run_on_host(hook("stop", "echo '{}'"), b"x" * (4 * MOST), tmp_path))
    assert (ran.exit_code, ran.failed) == (0, "")


def test_stop_sends_the_agent_on_a_bounded_number_of_times(scene: Scene) -> None:
    replies = [Reply(text=f"Done {number}.") for number in range(SENT_ON + 1)]
    desk, ending = scene.turn(replies, hook("stop", says(decision="block", reason="run the linter"), name="lint"))
    assert ending == Done(f"Done {SENT_ON}.")
    assert told(desk) == ["<hook>\n[lint] run the linter\n</hook>"] * SENT_ON
    assert any("sent the agent on" in event.text for event in desk.of(Noticed))


def test_a_prompt_or_a_session_can_be_refused(scene: Scene) -> None:
    desk, ending = scene.turn([], hook("prompt", says(decision="deny", reason="a key is in it")))
    assert isinstance(ending, Stuck)
    assert "a key is in it" in ending.why
    assert desk.model.requests == []
    _, ending = scene.turn([], hook("session_start", "exit 1", required=True))
    assert isinstance(ending, Stuck)


def test_a_remark_passes_the_same_hooks_as_a_prompt(scene: Scene) -> None:
    answers = [Reply(text="First."), Reply(text="Second.")]
    guard = hook("prompt", "if grep -q hunter; then echo 'a key is in it' >&2; exit 2; fi")
    desk = Desk(scene.folder / "remark", answers, hooks=Hooks([guard], scene.folder, "start"))
    scene.desks.append(desk)
    for number, text in enumerate(("hunter's key", "go on")):
        desk.inbox.put(Steer(id=f"inp_{number}", text=text))
    asyncio.run(desk.turn(prompt()))
    said = [item.view.text for item in desk.state.items if isinstance(item.view, Message) and item.view.role == "user"]
    assert said == ["do it", "go on"]
    assert any("a key is in it" in event.text for event in desk.of(Noticed))


def test_reading_calls_stay_side_by_side_and_one_refused_among_them_stops_no_other(scene: Scene) -> None:
    calls = (Use("peek", {"path": "a.py"}), Use("peek", {"path": "secret.py"}))
    guard = hook("before_tool", says(decision="deny", reason="secret"), matcher="peek(secret*)")
    desk, _ = scene.turn([Reply(calls=calls), Reply(text="Done.")], guard, files={"a.py": "fine", "secret.py": "hidden"})
    assert outputs(desk)[0] == "fine"
    assert "secret" in outputs(desk)[1]
    assert len(desk.of(HookRan)) == 1, "the matcher chose"


def test_no_secret_goes_to_the_log_through_a_hook(scene: Scene) -> None:
    scene.turn(RUN, hook("after_tool", says(tell="hunter2-planted-secret", systemMessage="hunter2-planted-secret")))


def test_a_hook_says_what_must_stay_when_the_conversation_is_shortened(scene: Scene) -> None:
    rounds = iter(range(40))

    def reply(request: ModelRequest) -> Reply:
        if b"<handover-request>" in request.items[-1].raw:
            return Reply(text='{"goal": "x"}')
        number = next(rounds, None)
        call = Use("sh", {"command": f"make {number}", "show": "long"})
        return Reply(text="Done.") if number is None else Reply(calls=(call, Use("put", {"path": f"{number}.py", "text": "x"})))

    focus = hook("before_compaction", f'cat > {scene.folder}/told; echo \'{{"tell": "the release date"}}\'')
    desk, ending = scene.turn(reply, focus, window=9_000)
    assert isinstance(ending, Done)
    asked = [request for request in desk.model.requests if b"<handover-request>" in request.items[-1].raw]
    assert asked
    assert all(b"the release date" in request.items[-1].raw for request in asked)
    assert json.loads((scene.folder / "told").read_text())["trigger"] == "auto"
    assert told(desk) == []


@pytest.mark.parametrize(
    ("command", "inside"),
    [
        ("notify-send done", False),
        ("jq -r .tool_input", False),
        ("curl -d a/b https://example.org/x", False),
        ("python3 /opt/guard.py", False),
        ("date >> scripts/guard.py", False),
        ("python3 own.py", False),
        ("./both.py", False),
        ("python3 scripts/guard.py --strict", True),
        ('"$CLAUDE_PROJECT_DIR"/scripts/guard.py', True),
        ("bash ${PULLWRIGHT_PROJECT}/scripts/guard.py; true", True),
        (("python3", "scripts/guard.py"), True),
        ("cat <scripts/guard.py", True),
        ("true;scripts/guard.py", True),
    ],
)
def test_a_hook_that_names_a_file_of_the_project_runs_inside(tmp_path: Path, command: Any, inside: bool) -> None:
    project, folder = tmp_path / "project", tmp_path / "own"
    for path in (project / "scripts/guard.py", project / "both.py", folder / "both.py", folder / "own.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert runs_inside(Hook(event="stop", command=command, folder=str(folder)), project) is inside
    assert runs_inside(Hook(event="stop", command="own.py", folder=str(folder)), tmp_path), "all of it lies in the project"


# --- parts ---------------------------------------------------------------------------------------

TOOLS = ("exec", "process", "edit", "write", "read", "search", "mcp__git__push")


def call(name: str, **arguments: Any) -> FunctionCall:
    return FunctionCall(call_id="c", name=name, arguments=json.dumps(arguments))


@pytest.mark.parametrize(
    ("matcher", "meant", "not_meant"),
    [
        ("", call("read"), None),
        ("exec", call("exec", command="ls"), call("read")),
        ("Bash", call("exec", command="ls"), call("read")),
        ("Edit|Write", call("edit", path="a"), call("exec")),
        ("mcp__*", call("mcp__git__push"), call("exec")),
        ("git/*", call("mcp__git__push"), call("exec")),
        ("mcp__git__push", call("mcp_call", tool="mcp__git__push", arguments={}), call("mcp_call", tool="mcp__git__pull")),
        ("exec(git push)", call("exec", command="cd x && FORCE=1 git push --force"), call("exec", command="git pushy")),
        ("Bash(git push:*)", call("exec", command=["ls", "git push origin"]), call("exec", command="git pull")),
        ("edit(src/*.py)", call("edit", edits=[{"path": "./src/a.py"}]), call("edit", edits=[{"path": "docs/a.py"}])),
        ("read(.env)", call("read", paths=[".env:1-20"]), call("read", paths=["env"])),
        ("exec(a|b)|read", call("read"), call("exec", command="a")),
    ],
)
def test_a_matcher_means_these_calls(matcher: str, meant: FunctionCall, not_meant: FunctionCall | None) -> None:
    check(matcher)
    assert matches(matcher, meant, TOOLS)
    assert not_meant is None or not matches(matcher, not_meant, TOOLS)


def test_a_patch_is_matched_by_its_paths() -> None:
    patch = CustomCall(call_id="c", name="apply_patch", input="*** Begin Patch\n*** Update File: src/a.py\n*** End Patch")
    assert matches("Edit(src/*)", patch, ("apply_patch",))
    assert not matches("Edit(docs/*)", patch, ("apply_patch",))


@pytest.mark.parametrize("matcher", ["exec(", "a b", "exec|"])
def test_a_matcher_that_means_nothing_is_told(matcher: str) -> None:
    with pytest.raises(ValueError, match="no matcher"):
        check(matcher)


def test_answers_of_programs_written_for_others_are_read() -> None:
    inner = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "why"}
    assert decide(0, json.dumps({"hookSpecificOutput": inner}), "", plain_tells=False) == Decision(word="deny", reason="why")
    assert decide(0, '{"permissionDecision": "ask"}', "", plain_tells=False).word == "ask"
    changed = decide(
        0, '{"hookSpecificOutput": {"permissionDecision": "allow", "updatedInput": {"a": 1}}}', "", plain_tells=False
    )
    assert (changed.word, changed.arguments) == ("allow", {"a": 1})
    assert decide(0, '{"continue": false, "stopReason": "enough"}', "", plain_tells=False).reason == "enough"
    context = decide(0, '{"hookSpecificOutput": {"additionalContext": "text"}}', "", plain_tells=False)
    assert (context.word, context.tell) == ("tell", "text")
    assert decide(0, "plain words", "", plain_tells=False) == Decision()
    assert decide(0, "plain words", "", plain_tells=True).tell == "plain words"
