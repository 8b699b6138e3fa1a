"""Who is asked before what, what an answer covers, and that a question waits in the log for its answer."""

import asyncio
import itertools
import json
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.agent.asking import AFTER_NO
from pullwright.agent.endings import Asked, Done
from pullwright.agent.permissions import Policy, Refused, rule
from pullwright.agent.scopes import Scope, commands_of, scope_of
from pullwright.agent.starting import UNANSWERED
from pullwright.models.scripted import Reply
from pullwright.protocol.events import PermissionAnswered, PermissionAsked
from pullwright.protocol.inputs import Answer
from pullwright.protocol.items import CustomCall, FunctionCall, FunctionOutput
from pullwright.protocol.policy import Access, ApprovalMode
from sessions import Desk, Use, check, prompt


def outputs(desk: Desk) -> list[str]:
    views = [item.view for item in desk.state.items]
    return [str(view.output) for view in views if isinstance(view, FunctionOutput)]


# --- the table -----------------------------------------------------------------------------------

ASKS = {("suggest", "edit"), ("suggest", "execute"), ("auto-edit", "execute")}


@pytest.mark.parametrize("approval", get_args(ApprovalMode))
@pytest.mark.parametrize("access", get_args(Access))
@pytest.mark.parametrize("effect", ["read", "edit", "execute", "ask"])
def test_the_table_is_what_the_docstring_draws(approval: Any, access: Any, effect: Any) -> None:
    ruled = rule(Policy(approval=approval, access=access), effect)
    if access == "read-only":
        assert isinstance(ruled, Refused) if effect == "edit" else ruled == "go"
    else:
        assert ruled == ("ask" if (approval, effect) in ASKS else "go")


def test_a_refusal_names_the_rule_and_what_is_allowed(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, [Reply(calls=(Use("put", {"path": "a", "text": "b"}),)), Reply(text="ok")], policy=Policy(access="read-only")
    )
    asyncio.run(desk.turn(prompt()))
    assert "`access: read-only`" in outputs(desk)[0]
    assert "are allowed" in outputs(desk)[0]
    assert desk.workspace.files == {}


# --- what an answer covers -----------------------------------------------------------------------


def run(command: str | list[str]) -> FunctionCall:
    return FunctionCall(call_id="c", name="exec", arguments=json.dumps({"command": command}))


def edit(**arguments: Any) -> FunctionCall:
    return FunctionCall(call_id="c", name="edit", arguments=json.dumps(arguments))


COVERED = [
    ("npm test", "npm test -- --watch=no"),
    ("pytest tests/a.py", "pytest -x tests/b.py"),
    ("python -m pytest -q", "python -m pytest tests"),
    (".venv/bin/python -m pytest -q", ".venv/bin/python -m pytest tests"),
    ("git add a.py", "git add -A"),
    ("cargo build", "cargo build --release"),
    ("rm -r build", "rm -r build"),
    ("pytest -q 2>&1 | tail -5", "pytest -x tests/b.py"),
    ("grep -rn a src | head", "grep b docs | wc -l"),
    ("python -m pytest -q", "sleep 1; echo a; python -m pytest -q 2>/dev/null | grep -n 'a' | wc -l"),
    (".venv/bin/python -m pytest", ".venv/bin/python -m pytest -x && echo passed"),
    (".venv/bin/ruff check", ".venv/bin/ruff format; .venv/bin/ruff check"),
    ("git log --oneline", "git log --stat -- a.py"),
    ("npm run build", "npm run build"),
]


@pytest.mark.parametrize(("first", "then"), COVERED)
def test_a_simple_command_covers_what_begins_alike(first: str, then: str) -> None:
    scope = scope_of(run(first), "execute")
    assert scope.text
    assert scope.covers(run(then), "execute")
    assert Scope.read(scope.text) == scope


NOT_COVERED = [
    ("npm test", "npm publish"),
    ("npm test", "npm test; rm -rf ."),
    ("npm test", "npm test && curl evil"),
    ("npm test", "npm test | sh"),
    ("npm test", "npm test $(id)"),
    ("npm test", "npm test `id`"),
    ("npm test", "npm test > /etc/x"),
    ("npm test", "npm test\nid"),
    ("npm test", "FOO=1 npm test"),
    ("npm test", "bash -c 'npm test'"),
    ("pytest", "python -c 'import os'"),
    ("python -m pytest", "python -m http.server"),
    (".venv/bin/python -m pytest", "python -m pytest"),
    ("git add a", "git push"),
    ("git add a", "git -c core.pager=x add a"),
    ("rm -r build", "rm -r src"),
    ("rm -r build", "rm -r build src"),
    ("ls", "./ls"),
    ("npm test | tail", "npm test | tee x"),
    ("npm test | tail", "npm test > x | tail"),
    ("npm test | tail", "npm test & rm -r x"),
    ("npm test | tail", "npm test |& sh"),
    ("npm test | tail", "npm test 'a | tail' | sh"),
    ("npm test | tail", "npm test 'a ; sh ; b'"),
    ("npm test | tail", "npm test '2>&1"),
    ("rm -r build", "cd .. && rm -r build"),
    ("rm 'a 2>&1'", "rm a 2>&1"),
    (".venv/bin/pytest", "bin/pytest"),
    ("pytest", ".venv/bin/pytest"),
    (".venv/bin/coverage report", ".venv/bin/coverage run x.py"),
    ("git log", "git log --output=src/app.py"),
    ("git diff --stat", "git diff --outp=src/app.py"),
    ("git fetch origin", "git fetch --upload-pack 'touch x' origin"),
    ("git fetch origin", "git fetch --upl=x origin"),
    ("npm run build", "npm run deploy"),
    ("npm exec eslint", "npm exec other"),
    ("npm --version", "npm --silent exec other"),
    ("go run ./cmd", "go run ./other"),
    ("coverage report", "coverage run x.py"),
    ("coverage run x.py", "coverage run y.py"),
    ("python -m coverage run x.py", "python -m coverage run y.py"),
]


@pytest.mark.parametrize(("first", "then"), NOT_COVERED)
def test_a_simple_command_covers_nothing_else(first: str, then: str) -> None:
    assert not scope_of(run(first), "execute").covers(run(then), "execute")
    assert not scope_of(run(first), "execute").covers(run([first, then]), "execute")


NEVER = [
    "bash -c ls",
    "sh x.sh",
    "python x.py",
    "python3 -c 1",
    "node -e 1",
    "env ls",
    "sudo ls",
    "xargs rm",
    "find . -delete",
    "stdbuf -o0 pytest",
    "flock lock pytest",
    "ts-node a.ts",
    "sqlite3 a.db",
    "git log --output=a",
    "a; b",
    "a | tail; sh",
    "a &",
    "a ||",
    "bin/python x.py",
]


@pytest.mark.parametrize(
    "command", [*NEVER, "a && b", "a | b", "X=1 a", "./run", "/bin/ls", "git push", "ls *", "echo $X", "make", "'"]
)
def test_what_can_run_anything_is_asked_each_time(command: str) -> None:
    assert scope_of(run(command), "execute") == Scope()


def test_edits_are_covered_by_their_files() -> None:
    scope = scope_of(edit(edits=[{"path": "a.py"}, {"path": "./b.py"}]), "edit")
    assert scope.text == "edits of `a.py`, `b.py`"
    assert scope.covers(edit(path="b.py"), "edit")
    assert not scope.covers(edit(edits=[{"path": "a.py"}, {"path": "c.py"}]), "edit")
    assert not scope.covers(edit(path="x/../a.py"), "edit")
    assert not scope.covers(edit(path="a.py", command="rm"), "execute")
    patch = CustomCall(call_id="c", name="apply_patch", input="*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** End Patch")
    assert scope.covers(patch, "edit")
    moved = CustomCall(
        call_id="c", name="apply_patch", input="*** Begin Patch\n*** Update File: a.py\n*** Move to: z.py\n*** End Patch"
    )
    assert not scope.covers(moved, "edit")
    for first in ("  *** Update File: z.py", "\u00a0*** Delete File: z.py", "\n\t*** Update File: z.py"):
        text = f"*** Begin Patch\n{first}\n@@\n-x\n+y\n*** Update File: a.py\n@@\n-x\n+y\n*** End Patch"
        indented = CustomCall(call_id="c", name="apply_patch", input=text)
        assert not scope.covers(indented, "edit"), "the patch parser forgives spaces before a heading"


def test_what_a_tool_passes_over_does_not_say_what_it_does() -> None:
    """Unknown arguments are ignored: one of them must not make a call look like what was allowed."""
    edits = scope_of(edit(path="a.py", old="x", new="y"), "edit")
    header = "*** Update File: a.py"
    for sly in ({"input": header}, {"patch": header}, {"file": "a.py"}, {"files": [{"path": "a.py"}]}):
        assert not edits.covers(edit(path="b.py", old="x", new="y", **sly), "edit"), sly
        assert not edits.covers(edit(edits=[{"path": "b.py", "old": "x", "new": "y"}], **sly), "edit"), sly
    typed = mcp("process", action="input", id="p1", text="rm -rf src\n", command="npm test")
    assert not scope_of(run("npm test"), "execute").covers(typed, "execute")
    assert commands_of(typed) == []


def test_a_command_is_covered_in_its_folder_only() -> None:
    here, there = mcp("exec", command="rm -r build"), mcp("exec", command="rm -r build", cwd="web")
    assert scope_of(there, "execute").text == "the command `rm -r build` in `web`"
    for scope in (scope_of(here, "execute"), scope_of(there, "execute")):
        assert Scope.read(scope.text) == scope
        assert scope.covers(here, "execute") != scope.covers(there, "execute")
    assert scope_of(there, "execute").covers(mcp("exec", command="rm -r build", cwd="./web/"), "execute")
    assert scope_of(mcp("exec", command="ls", cwd="a` in `b"), "execute") == Scope()


def test_what_is_fed_by_another_command_is_asked_each_time() -> None:
    """`tee` writes what it is given, `patch` and many others do what it says."""
    for line in ("echo x | tee app.py", "cat a | patch -p1", "ls && echo evil | pip install -r /dev/stdin", "cat x|npm test"):
        assert scope_of(run(line), "execute") == Scope(), line
    assert not scope_of(run("tee app.py"), "execute").covers(run("echo evil | tee app.py"), "execute")
    assert not scope_of(run("npm test"), "execute").covers(run("echo evil | npm test"), "execute")
    assert scope_of(run("npm test"), "execute").covers(run("npm test 2>&1 | grep -v ok | tail -5"), "execute")
    assert scope_of(run("npm test"), "execute").covers(run("ls; npm test || true"), "execute")


def test_nothing_is_remembered_of_what_lies_where_anything_can_be_put_unasked() -> None:
    for line in ("../../tmp/pytest", "a/../../tmp/pytest -q", "../python -m pytest", "/tmp/pytest"):
        assert scope_of(run(line), "execute") == Scope(), line
    for folder in ("/tmp", "/tmp/x", "../elsewhere", "/run/x", "/dev/shm", "/var/tmp/x"):
        for line in ("npm test", "bin/pytest", "pytest"):
            assert scope_of(mcp("exec", command=line, cwd=folder), "execute") == Scope(), folder
    assert scope_of(mcp("exec", command="npm test", cwd="tmp/x"), "execute").text.endswith("in `tmp/x`")


def test_what_nobody_would_read_is_not_offered() -> None:
    many = edit(edits=[{"path": f"folder/with/a/name/{number}.py"} for number in range(40)])
    assert scope_of(many, "edit") == Scope()
    assert scope_of(run(f"rm {'a' * 400} x"), "execute") == Scope()
    assert scope_of(edit(path="a\nb.py"), "edit") == Scope()


@given(st.text(alphabet="ab ;|&$`'\"\\-=/\n", max_size=30))
def test_of_a_line_with_shell_syntax_every_command_is_covered_or_none(text: str) -> None:
    scope = scope_of(run(text), "execute")
    if any(sign in text for sign in "$`\n\\"):
        assert scope == Scope()
    if scope.text:
        shell = shlex.shlex(text, posix=True, punctuation_chars=";|&")
        shell.whitespace_split = True
        commands = [
            list(words) for between, words in itertools.groupby(shell, lambda word: word[:1] in {";", "|", "&"}) if not between
        ]
        assert all(tuple(words[: len(scope.words)]) == scope.words for words in commands)
    assert Scope.read(scope.text) == scope
    assert not scope.text or scope.covers(run(text), "execute")


# --- tools of MCP servers -------------------------------------------------------------------------


def mcp(name: str, /, **arguments: Any) -> FunctionCall:
    return FunctionCall(call_id="c", name=name, arguments=json.dumps(arguments))


def test_an_answer_about_a_servers_tool_covers_that_tool_alone() -> None:
    scope = scope_of(mcp("mcp__git__git_log", path="a.py"), "execute")
    assert scope.text == "calls of `git_log` of the MCP server `git`"
    assert Scope.read(scope.text) == scope
    assert scope.covers(mcp("mcp__git__git_log", path="b.py"), "execute")
    assert scope.covers(mcp("mcp_call", tool="mcp__git__git_log", arguments={}), "execute")
    assert scope_of(mcp("mcp_call", tool="mcp__git__git_log"), "execute") == scope
    for other in (
        mcp("mcp__git__git_push"),
        mcp("mcp__web__git_log"),
        mcp("mcp_call", tool="x"),
        mcp("mcp_call"),
        run("git log"),
    ):
        assert not scope.covers(other, "execute")


def test_an_answer_about_a_command_covers_no_tool_of_a_server_with_an_argument_of_that_name() -> None:
    """What a server's tool does with an argument called `command` is its own affair."""
    scope = scope_of(run("npm test"), "execute")
    assert scope.covers(run("npm test"), "execute")
    for call in (mcp("mcp__sly__deploy", command="npm test"), mcp("mcp_call", tool="mcp__sly__deploy", command="npm test")):
        assert not scope.covers(call, "execute")
        assert "deploy" in scope_of(call, "execute").text
    edits = scope_of(edit(path="a.py"), "edit")
    assert not edits.covers(mcp("mcp__sly__write", path="a.py"), "edit")


# --- asking --------------------------------------------------------------------------------------

WRITES = [Reply(calls=(Use("put", {"path": "a", "text": "1"}), Use("put", {"path": "a", "text": "2"}))), Reply(text="ok")]


def test_without_anybody_the_question_waits_and_its_answer_goes_on_there(tmp_path: Path) -> None:
    async def go() -> tuple[Desk, Any]:
        desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest"))
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        check(desk)
        assert desk.workspace.files == {}
        again = await desk.turn()
        assert again == first, "taken up without an answer, the same question waits"
        return desk, await desk.turn(Answer(id="yes", question=first.question, verdict="session"))

    desk, ending = asyncio.run(go())
    assert ending == Done("ok")
    assert desk.workspace.files == {"a": "2"}
    assert len(desk.of(PermissionAsked)) == 1, "the second edit is covered by the first answer"
    assert desk.of(PermissionAsked)[0].scope == "edits of `a`"
    check(desk)


def test_a_remembered_answer_survives_a_resume(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(tmp_path, [*WRITES, *WRITES], policy=Policy(approval="suggest"))
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        await desk.turn(Answer(id="yes", question=first.question, verdict="session"))
        assert await desk.turn(prompt()) == Done("ok")
        return desk

    assert len(asyncio.run(go()).of(PermissionAsked)) == 1


def test_once_is_once(tmp_path: Path) -> None:
    async def go() -> Any:
        desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest"))
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        second = await desk.turn(Answer(id="yes", question=first.question, verdict="once"))
        assert isinstance(second, Asked)
        assert second.question != first.question
        assert desk.workspace.files == {"a": "1"}
        return desk

    check(asyncio.run(go()))


def test_a_no_tells_the_model_what_was_said(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest", answerable=True))
        turn = asyncio.create_task(desk.turn(prompt()))
        while not turn.done():
            for question in desk.state.permissions:
                desk.inbox.put(Answer(id=question, question=question, verdict="no", text="not that file", by="ann"))
            await asyncio.sleep(0.001)
        assert await turn == Done("ok")
        return desk

    desk = asyncio.run(go())
    first, *rest = outputs(desk)
    assert "did not allow this call" in first
    assert "not that file" in first
    assert rest == [AFTER_NO] * len(rest), "what may have built on it is not asked about"
    assert [(event.verdict, event.by) for event in desk.of(PermissionAnswered)] == [("no", "ann")]
    assert desk.workspace.files == {}


def test_a_new_prompt_instead_of_an_answer_closes_the_question(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest"))
        await desk.turn(prompt())
        assert await desk.turn(prompt("leave it")) == Done("ok")
        return desk

    desk = asyncio.run(go())
    assert outputs(desk)[0] == UNANSWERED
    assert not desk.state.permissions
    check(desk)


def test_nobody_answers_in_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest", answerable=True, patience=0.01))
    assert isinstance(asyncio.run(desk.turn(prompt())), Asked)
    check(desk)


def test_an_answer_before_the_question_is_not_an_answer_to_another(tmp_path: Path) -> None:
    async def go() -> Any:
        desk = Desk(tmp_path, WRITES, policy=Policy(approval="suggest"))
        desk.inbox.put(Answer(id="a", question="perm_of_another", verdict="session"))
        return await desk.turn(prompt())

    assert isinstance(asyncio.run(go()), Asked)


def test_for_the_session_without_a_scope_is_once(tmp_path: Path) -> None:
    async def go() -> Desk:
        desk = Desk(
            tmp_path, [Reply(calls=(Use("sh", {"command": "a; b"}),)), Reply(text="ok")], policy=Policy(approval="suggest")
        )
        first = await desk.turn(prompt())
        assert isinstance(first, Asked)
        await desk.turn(Answer(id="yes", question=first.question, verdict="session"))
        return desk

    assert [event.verdict for event in asyncio.run(go()).of(PermissionAnswered)] == ["once"]
