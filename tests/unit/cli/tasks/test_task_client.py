"""The command line's side of the service: requests and problems, streams that break, words that mean tasks, orders from files."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pullwright.cli.run.screen import Screen
from pullwright.cli.tasks import calls
from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.applying import apply
from pullwright.cli.tasks.exits import code_of
from pullwright.cli.tasks.finding import at_work, attempt_of, find_task
from pullwright.cli.tasks.here import free_name, normal
from pullwright.cli.tasks.local import running
from pullwright.cli.tasks.orders import from_file
from pullwright.cli.tasks.questions import open_question
from pullwright.cli.tasks.records import Attempt, Project, Task, TaskLine
from pullwright.cli.tasks.server import Server, checked, chosen, remote
from pullwright.cli.tasks.shown import details, tasks_table
from pullwright.cli.tasks.socket import answers, socket_of
from pullwright.cli.tasks.watching import Watch
from pullwright.protocol.errors import (
    AskAdministrator,
    Conflict,
    FixMachine,
    FixRepository,
    FixSettings,
    MissingCredential,
    NotFound,
    PullwrightError,
    TryAgainLater,
)
from pullwright.protocol.events import Noticed, PermissionAsked, TurnFinished, encode
from pullwright.protocol.outcomes import Failed, NeedsInput, Succeeded
from pullwright.tasks.store.records import TaskOrder

Answer = tuple[int, str, bytes]
JSON = "application/json"


class Double:
    """A server at a unix socket that answers by a function, and remembers what was asked of it."""

    def __init__(self, folder: Path, answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> None:
        self.path = folder / "s.sock"
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        double = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                double.asked.append((self.command, self.path, headers, body))
                status, kind, data = answer(self.command, self.path, headers, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if kind != "text/event-stream":
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = kind == "text/event-stream"

            do_GET = do_POST = do_PUT = do_PATCH = _do  # noqa: N815

            def address_string(self) -> str:
                return "unix"

            def log_message(self, *_: object) -> None:
                pass

        class Threaded(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self._server = Threaded(str(self.path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def server(self) -> Server:
        return Server(url="http://localhost", socket=self.path, log=self.path.with_suffix(".log"))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Double]]:
    made: list[Double] = []

    def make(answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> Double:
        made.append(Double(tmp_path_factory.mktemp("d"), answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def task(state: str = "running", **more: Any) -> Task:
    approval = more.pop("approval", "full-auto")
    attempts = more.pop("attempts", None) or (Attempt(id="att_1", number=1, session="ses_1", state=state, **more),)
    known: dict[str, Any] = {"title": "Fix", "created": 0, "changed": 0, "approval": approval}
    return Task(id="task_0123456789abcdef", project="shop", state=state, attempts=attempts, **known)


def ok(value: object) -> Answer:
    return 200, JSON, msgspec.json.encode(value)


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, MissingCredential),
        (403, AskAdministrator),
        (404, NotFound),
        (409, Conflict),
        (422, FixSettings),
        (500, TryAgainLater),
    ],
)
def test_a_problem_is_an_error_with_its_fix(double: Callable[..., Double], status: int, kind: type[PullwrightError]) -> None:
    problem = {"type": "x", "title": "No", "status": status, "detail": "it is so", "fix": "do that"}
    with Api(double(lambda *_: (status, "application/problem+json", msgspec.json.encode(problem))).server) as api:
        with pytest.raises(kind, match="it is so") as caught:
            calls.get_task(api, "task_1")
        assert "login" in caught.value.fix if status == 401 else caught.value.fix == "do that"


def test_what_carries_a_key_is_sent_again_with_the_same_one_and_nothing_else_is(double: Callable[..., Double]) -> None:
    busy = iter([503, 503, 200])
    one = double(lambda *_: ok(task()) if (status := next(busy)) == 200 else (status, JSON, b"{}"))
    with Api(one.server) as api:
        calls.dispatch(api, TaskOrder(project="shop", prompt="Fix", dedup="key_1"))
        assert [headers["idempotency-key"] for _, _, headers, _ in one.asked] == ["key_1"] * 3
    two = double(lambda *_: (503, JSON, b"{}"))
    with Api(two.server) as api, pytest.raises(TryAgainLater):
        calls.act(api, "task_1", "retry")
    assert len(two.asked) == 1


def test_a_server_that_is_gone_is_said_with_its_log(tmp_path: Path) -> None:
    server = Server(url="http://localhost", socket=tmp_path / "none.sock", log=tmp_path / "server.log")
    with Api(server) as api, pytest.raises(TryAgainLater) as caught:
        calls.act(api, "task_1", "cancel")
    assert "server.log" in caught.value.fix


def test_an_input_carries_its_id_as_the_key_and_not_who_it_is_by(double: Callable[..., Double]) -> None:
    from pullwright.protocol.inputs import Steer

    one = double(lambda *_: (202, JSON, b'{"id": "i", "state": "put"}'))
    with Api(one.server) as api:
        calls.give(api, "att_1", Steer(id="inp_7", by="me", text="go"))
    ((_, path, headers, body),) = one.asked
    assert path == "/api/v1/attempts/att_1/inputs"
    assert headers["idempotency-key"] == "inp_7"
    assert msgspec.json.decode(body) == {"type": "steer", "text": "go"}


# --- watching -------------------------------------------------------------------------------------


def test_a_stream_that_breaks_is_gone_on_with_from_the_last_event(double: Callable[..., Double]) -> None:
    done = TurnFinished(seq=3, outcome=Succeeded(why="done", message="Fixed."))
    events = [Noticed(seq=1, level="info", text="one"), Noticed(seq=2, level="info", text="two"), done]

    def answer(_: str, path: str, headers: dict[str, str], __: bytes) -> Answer:
        if "/events" not in path:
            return ok(task("review" if len(streams) > 1 else "running", head="c" * 40))
        if "event-stream" not in headers.get("accept", ""):
            rest = [msgspec.Raw(encode(event)) for event in events[2:]] if "after=2" in path else []
            return ok({"events": rest, "last": 3})
        after = int(headers.get("last-event-id", 0))
        streams.append(after)
        some = events[after : after + 2]
        frames = b"".join(b"id: %d\ndata: %s\n\n" % (event.seq, encode(event)) for event in some)
        return 200, "text/event-stream", b": still here\n\n" + frames + b"id: 9\ndata: {cut"

    streams: list[int] = []
    with Api(double(answer).server) as api:
        watch = Watch(api, "task_0123456789abcdef", Screen(quiet=True))
        found = watch.run()
    assert streams == [0, 2]
    assert watch.seen == 3
    assert watch.outcome == done
    assert code_of(found) == 0
    assert watch.again == "pullwright task watch task_0123456789abcdef --after 3"


def test_the_open_question_is_the_newest_that_nobody_answered(double: Callable[..., Double]) -> None:
    what: dict[str, Any] = {
        "tool": "exec",
        "effect": "execute",
        "title": "rm",
        "detail": "rm a\nrm b",
        "scope": "the command `rm a`",
    }
    asked = [PermissionAsked(seq=n, id=f"q{n}", call_id="c", cwd="tmp", **what) for n in (1, 2)]
    page = {"events": [msgspec.to_builtins(event) for event in asked], "last": 2}
    answered = [page, {"events": [], "last": 2}]
    one = double(lambda *_: ok(answered[len(one.asked) % 2 == 0]))
    with Api(one.server) as api:
        question = open_question(api, Attempt(id="a", number=1, session="s", state="running"))
        assert question
        assert (question.id, question.permission) == ("q2", True)
        waits = NeedsInput(why="asks", question="q9", asks="Which?")
        words = open_question(api, Attempt(id="a", number=1, session="s", state="needs_input", outcome=waits))
        assert words
        assert (words.id, words.permission) == ("q9", False)
        shown = details(task("running", approval="suggest", asks="rm"), asked={"att_1": question})
        for text in (
            "code, suggest",
            "may it?   rm (in tmp)",
            "      rm b",
            "the command `rm a`, for this session",
            "task answer",
        ):
            assert text in shown


# --- words ----------------------------------------------------------------------------------------


def test_a_task_is_meant_by_id_by_a_part_of_it_or_by_being_the_newest(double: Callable[..., Double]) -> None:
    names = ["task_0123456789abcdef", "task_99999999aaaa7777"]
    listed = {"tasks": [TaskLine(id=name, title="Fix", state="running", created=0) for name in names], "next": ""}

    def answer(_: str, path: str, *__: object) -> Answer:
        name = path.partition("?")[0].rpartition("/")[2]
        return ok(listed) if name == "tasks" else ok(msgspec.structs.replace(task(), id=name))

    with Api(double(answer).server) as api:
        assert [find_task(api, text).id for text in ("", names[1], "7777", "task_01")] == [names[0], names[1], names[1], names[0]]
        for wrong in ("xyzw", "task"):
            with pytest.raises(FixSettings):
                find_task(api, wrong)


def test_of_several_attempts_the_chosen_one_counts() -> None:
    three = tuple(Attempt(id=f"a{n}", number=n, session=f"s{n}", state="review", head="c" if n == 2 else "") for n in (1, 2, 3))
    many = task(attempts=three)
    assert attempt_of(many).number == 2
    assert attempt_of(msgspec.structs.replace(many, chosen="a3")).number == 3
    assert attempt_of(many, 1).number == 1
    with pytest.raises(FixSettings):
        attempt_of(many, 4)


@pytest.mark.parametrize(
    ("state", "verdict", "code"),
    [("review", "verified", 0), ("review", "contradicted", 5), ("failed", "not-run", 1), ("needs_input", "not-run", 3),
     ("over_budget", "not-run", 4), ("cancelled", "not-run", 130), ("answered", "not-run", 0), ("merged", "verified", 0)],
)  # fmt: skip
def test_exit_codes_are_those_of_exec(state: str, verdict: Any, code: int) -> None:
    assert code_of(task(state, verdict=verdict, head="c" * 40)) == code


@pytest.mark.parametrize(
    "url", ["git@git.example:team/shop.git", "https://pat:x@git.example/team/shop", "ssh://git@git.example:2222/team/shop.git"]
)
def test_one_repository_by_many_urls(url: str) -> None:
    assert normal(url) == "git.example/team/shop"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name(Path("/x/my shop"), [Project(id="p", name="my-shop")]) == "my-shop-2"


# --- orders ---------------------------------------------------------------------------------------


def test_a_file_of_tasks(tmp_path: Path) -> None:
    path = tmp_path / "todo.txt"
    path.write_text('# first\nfix a\n\n{"prompt": "fix b", "attempts": 3, "approval": "suggest"}\n')
    orders = from_file(path, TaskOrder(project="shop", prompt="", model="fast"), "k")
    assert [(one.prompt, one.attempts, one.model, one.approval, one.dedup) for one in orders] == [
        ("fix a", 1, "fast", "full-auto", "k:2"),
        ("fix b", 3, "fast", "suggest", "k:4"),
    ]


@pytest.mark.parametrize(
    "line", ['{"prompt": ', '{"promt": "x"}', '{"prompt": "x", "attempts": "many"}', '{"prompt": " "}', "# nothing"]
)
def test_a_line_that_is_no_task_is_named_and_nothing_is_dispatched(tmp_path: Path, line: str) -> None:
    path = tmp_path / "todo.txt"
    path.write_text(f"{line}\n")
    with pytest.raises(FixSettings):
        from_file(path, TaskOrder(project="shop", prompt=""), "k")


# --- servers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["ftp://x", "http://far.example", "https://a:b@x", "shop", "https://x/?a=1"])
def test_an_address_that_would_leak_the_key_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(FixSettings):
        checked(url)


def test_a_server_without_a_key_says_how_to_get_one(own_home: Path) -> None:
    with pytest.raises(MissingCredential) as caught:
        remote("https://far.example/", {})
    assert "pullwright login --server https://far.example" in caught.value.fix
    assert remote("https://far.example", {"PULLWRIGHT_SERVER_KEY": "pw_x"}).key == "pw_x"


def test_a_deep_folder_has_its_socket_elsewhere_and_another_users_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "run"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    path = socket_of(deep)
    assert path.is_relative_to(runtime)
    assert not answers(path)
    path.parent.chmod(0o777)
    with pytest.raises(FixMachine):
        socket_of(deep)


def test_a_local_service_that_does_not_start_is_said_with_its_log(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.cli.tasks.local.command", lambda *_: ["/bin/sh", "-c", "echo 'error: no room'; exit 1"])
    with pytest.raises(FixMachine, match="no room") as caught:
        running()
    assert "server.log" in caught.value.fix


# --- shown and applied ----------------------------------------------------------------------------


def test_what_is_shown_says_what_to_do_next() -> None:
    waits = NeedsInput(why="it asks", question="q", asks="Plus or minus?")
    text = details(task("needs_input", outcome=waits))
    assert "Plus or minus?" in text
    assert "pullwright task answer task_0123456789abcdef yes" in text
    assert "pullwright task approve" in details(task("review", head="c" * 40))
    line = TaskLine(id="task_1", title="Fix", state="needs_input", created=100.0, project="shop", attempts=2, files=1, added=3)
    shown = tasks_table([line], now=3700.0).splitlines()[1].split()
    assert shown == ["task_1", "needs", "input", "1h", "2", "$0.00", "+3", "-0", "not-run", "shop", "Fix"]
    asking = TaskLine(id="task_1", title="Fix", state="running", created=100.0, asks="rm a")
    assert "running, asks" in tasks_table([asking])


def test_a_change_is_applied_whole_or_not_at_all(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for name in ("a.txt", "b.txt"):
        (root / name).write_text("one\ntwo\n")
    patch = b"".join(
        f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n-one\n+1\n two\n".encode()
        for name in ("a.txt", "b.txt")
    )
    (root / "b.txt").write_text("mine\n")
    with pytest.raises(FixRepository, match=r"b\.txt"):
        apply(patch, root)
    assert (root / "a.txt").read_text() == "one\ntwo\n"
    (root / "b.txt").write_text("one\ntwo\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    apply(patch, root)
    assert (root / "b.txt").read_text() == "1\ntwo\n"


# --- several attempts -----------------------------------------------------------------------------


def test_the_attempt_at_work_is_watched_and_only_changes_are_to_choose_from() -> None:
    def attempt(number: int, state: str, head: str = "") -> Attempt:
        return Attempt(id=f"att_{number}", number=number, session=f"ses_{number}", state=state, head=head)

    again = task(attempts=(attempt(1, "cancelled"), attempt(2, "running")))
    assert at_work(again).number == 2
    assert at_work(again, 1).number == 1
    one = task("review", attempts=(attempt(1, "answered"), attempt(2, "review", "c0ffee")))
    assert "task choose" not in details(one)
    two = task("review", attempts=(attempt(1, "failed"), attempt(2, "review", "c0ffee"), attempt(3, "review", "c0de")))
    assert "task choose task_0123456789abcdef 2" in details(two)


def test_why_an_attempt_failed_is_said_whole() -> None:
    why = "the setup script failed at line 2 (" + "x" * 80 + "): exit code 1"
    shown = details(task("failed", outcome=Failed(why=why, fix="Correct it. It said:\n  ERROR: no such thing")))
    assert f"why       {why}" in shown
    assert "\n                ERROR: no such thing" in shown


def test_a_service_of_this_machine_is_named_by_its_socket(double: Callable[..., Double], tmp_path: Path) -> None:
    one = double(lambda *_: ok({}))
    found = chosen(f"unix:{one.path}")
    assert (found.socket, found.key) == (one.path, "")
    with pytest.raises(FixSettings, match="no service answers"):
        chosen(f"unix:{tmp_path}/none.sock")
