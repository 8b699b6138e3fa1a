"""Whole sessions without a network or a sandbox, for tests of the agent and of what stands on its log.

Desk        one session on a real log in a folder: `turn` runs the real loop with a scripted model and small real tools;
            each turn starts from the replayed log, so every second turn is a resume
scenarios   a hypothesis strategy: random replies, calls, failures, remarks, interrupts, questions, small windows
check       what must hold of every log, however the session went
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from hypothesis import strategies as st

from pullwright.agent.agent import Agent
from pullwright.agent.context import opening
from pullwright.agent.conversation import Conversation, specs_of
from pullwright.agent.endings import Asked, Ending
from pullwright.agent.ledger import Ledger
from pullwright.agent.loop import run
from pullwright.agent.permissions import Policy
from pullwright.log.files import FileLog
from pullwright.log.inbox import MemoryInbox
from pullwright.log.recorder import Recorder
from pullwright.log.replay import SessionState
from pullwright.models.model import ModelRequest
from pullwright.models.scripted import Answers, Reply, ScriptedModel
from pullwright.models.scripted import Call as Use
from pullwright.protocol.errors import ContextTooLong, ModelUnavailable, PullwrightError, SandboxLost
from pullwright.protocol.events import (
    CommandRan,
    Compacted,
    Event,
    FilesChanged,
    ItemAdded,
    ModelCalled,
    PermissionAnswered,
    PermissionAsked,
    PrefixSent,
    SessionStarted,
    TurnFinished,
    TurnStarted,
    encode,
)
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Input, Prompt
from pullwright.protocol.items import (
    Call,
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    ToolSpec,
)
from pullwright.protocol.outcomes import Cancelled, NeedsInput, Succeeded
from pullwright.protocol.policy import Budget, Effect
from pullwright.sandbox.sandbox import Sandbox
from pullwright.tools.tool import Bench, Tool, ToolResult

SECRET = "hunter2-planted-secret"
AT = "/workspace"


SHOWN = {"short": "done", "secret": f"KEY={SECRET}", "long": "a long line of output\n" * 300, "strange": "über 💥\n" * 20}
"""What `sh` can be told to print."""


class Files:
    """A workspace that is a dictionary; stands in for a sandbox where only files matter."""

    at = AT

    def __init__(self, files: dict[str, str] | None = None) -> None:
        self.files = dict(files or {})
        self.checkpoints: list[dict[str, str]] = []

    async def read(self, path: str, offset: int = 0, limit: int = 10 << 20) -> bytes:
        await asyncio.sleep(0)
        try:
            return self.files[path.removeprefix(f"{AT}/")].encode()[offset : offset + limit]
        except KeyError:
            raise FileNotFoundError(path) from None

    async def checkpoint(self, wrote: Collection[str] | None = None) -> Taken | None:
        await asyncio.sleep(0)
        if self.files == (self.checkpoints[-1] if self.checkpoints else {}):
            return None
        self.checkpoints.append(dict(self.files))
        return Taken(f"tree{len(self.checkpoints)}", tuple(self.files))


class Taken(msgspec.Struct, frozen=True):
    tree: str
    paths: tuple[str, ...]


class FakeTool:
    """A tool made of a function of its arguments and the bench."""

    def __init__(self, name: str, effect: Effect, does: Callable[[dict[str, Any], Bench, str], Awaitable[ToolResult]]) -> None:
        self.spec = ToolSpec(name=name, description=f"{name} something", parameters={"type": "object"})
        self._effect: Effect = effect
        self._does = does

    def effect(self, call: Call) -> Effect:
        return self._effect

    def title(self, call: Call) -> str:
        return call.arguments if isinstance(call, FunctionCall) else call.input

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        assert isinstance(call, FunctionCall)
        try:
            arguments = msgspec.json.decode(call.arguments, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return ToolResult(output=f"bad arguments: {error}", ok=False)
        return await self._does(arguments, bench, call.call_id)


async def _peek(arguments: dict[str, Any], bench: Bench, _: str) -> ToolResult:
    path = str(arguments.get("path"))
    try:
        text = (await bench.sandbox.read(path)).decode()
    except OSError:
        return ToolResult(output=f"{path}: no such file", ok=False)
    bench.files[path] = "read"
    return ToolResult(output=text)


async def _put(arguments: dict[str, Any], bench: Bench, call_id: str) -> ToolResult:
    path, text = str(arguments["path"]), str(arguments["text"])
    await asyncio.sleep(0)
    cast(Files, bench.sandbox).files[path] = text
    bench.files[path] = "written"
    await bench.record(FilesChanged(call_id=call_id, paths=(path,), diff=f"+{text}"[:2000], added=1))
    return ToolResult(output=f"wrote {path}")


async def _sh(arguments: dict[str, Any], bench: Bench, call_id: str) -> ToolResult:
    for _ in range(int(arguments.get("turns", 1))):
        await asyncio.sleep(0)
    code = int(arguments.get("exit", 0))
    await bench.record(CommandRan(call_id=call_id, command=str(arguments["command"]), cwd=AT, exit_code=code))
    return ToolResult(output=f"{SHOWN[arguments.get('show', 'short')]}\nexit code {code}")


async def _ask(arguments: dict[str, Any], bench: Bench, _: str) -> ToolResult:
    return ToolResult(output="", asks=str(arguments.get("question", "what?")))


async def _crash(arguments: dict[str, Any], bench: Bench, _: str) -> ToolResult:
    await asyncio.sleep(0)
    raise ZeroDivisionError("a bug of ours")


async def _lose(arguments: dict[str, Any], bench: Bench, _: str) -> ToolResult:
    raise SandboxLost("the sandbox died")


def fake_tools() -> list[Tool]:
    """peek (read), put (edit), sh (execute), ask (ask), crash (a bug in a tool)."""
    return [
        FakeTool("peek", "read", _peek),
        FakeTool("put", "edit", _put),
        FakeTool("sh", "execute", _sh),
        FakeTool("ask", "ask", _ask),
        FakeTool("crash", "read", _crash),
        FakeTool("lose", "execute", _lose),
    ]


def prompt(text: str = "do it") -> Prompt:
    return Prompt(id=new_id("inp"), text=text)


class Desk:
    """A session in `folder`. `answers` go to the scripted model, over all turns; `events` is the log so far."""

    def __init__(
        self, folder: Path, answers: Answers, *, files: dict[str, str] | None = None, window: int = 200_000, **agent: Any
    ) -> None:
        self.folder = folder
        self.model = ScriptedModel(answers, window=window)
        self.workspace = Files(files)
        self.inbox = MemoryInbox()
        self.log = FileLog.create(folder / "session", "ses_test")
        self.options = agent
        self.agent: Agent | None = None
        self.recorder: Recorder
        self.live: list[object] = []

    @property
    def events(self) -> list[Event]:
        return list(self.log.read())

    @property
    def state(self) -> SessionState:
        return SessionState.of(self.log.read(), self.log.artifacts)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def open_bench(self) -> Bench:
        await asyncio.sleep(0)
        return Bench(
            sandbox=cast(Sandbox, self.workspace),
            artifacts=self.log.artifacts,
            record=self.recorder.record,
            show=self.recorder.show,
            redact=redact,
            scratch=self.folder,
            outputs_at="/outputs",
        )

    def prepare(self, **changes: Any) -> Agent:
        """The next turn's agent, from the log as it stands."""
        state = self.state
        self.recorder = Recorder(self.log)
        self.recorder.turn = new_id("turn")
        self.recorder.watch(self._watch)
        ledger = Ledger()
        for event in self.events:
            ledger.see(event)
        self.recorder.watch(ledger.see)
        options: dict[str, Any] = {
            "model": self.model,
            "tools": fake_tools(),
            "recorder": self.recorder,
            "inbox": self.inbox,
            "system": "You are a test.",
            "opening": opening("facts"),
            "redact": redact,
            "checkpoint": self.workspace.checkpoint,
            "pending": state.permissions.values(),
            "grants": state.grants,
            "ledger": ledger,
            **self.options,
            **changes,
        }
        model = options["model"]

        def weigh(instructions: str, tools: tuple[ToolSpec, ...], items: Sequence[Item]) -> int:
            return model.count_tokens(ModelRequest(instructions=instructions, tools=tools, items=items))

        options["conversation"] = Conversation.replayed(weigh, state.items, state.prefix)
        self.opening = asyncio.ensure_future(self.open_bench())
        self.agent = Agent(bench=self.opening, **options)
        return self.agent

    async def turn(self, *given: Input, **changes: Any) -> Ending:
        """Run one turn, framed by the events that `attempts` writes."""
        agent = self.prepare(**changes)
        if not self.log.last_seq:
            await self.recorder.record(SessionStarted(session="ses_test", project="/p", pullwright="0"))
        await self.recorder.record(
            TurnStarted(
                mode="code", approval="full-auto", access="workspace-write", network="off", model="scripted", provider="scripted"
            )
        )
        ending: Ending | None = None
        try:
            ending = await run(agent, *given)
        finally:
            self.recorder.step = 0
            self.opening.cancel()
            await self.recorder.record(TurnFinished(outcome=_outcome(ending)))
        return ending

    def _watch(self, frame: object) -> None:
        self.live.append(frame)
        if isinstance(frame, PrefixSent):
            self.model.expect_new_prefix()

    def close(self) -> None:
        self.log.close()


def _outcome(ending: Ending | None) -> Any:
    if isinstance(ending, Asked):
        return NeedsInput(why="asked", question=ending.question, asks=ending.asks)
    return Cancelled(why="torn down") if ending is None else Succeeded(why=type(ending).__name__)


def redact(data: bytes) -> bytes:
    return data.replace(SECRET.encode(), b"[redacted]")


# --- what must hold of every log -----------------------------------------------------------------


def check(desk: Desk) -> None:
    """The invariants: replay equals the live state; calls pair; compaction shrinks; no secret in any event.

    That no request moves a sent prefix, and that each is sent with its calls paired, the scripted model checks itself.
    """
    state, agent = desk.state, desk.agent
    assert agent is not None
    assert state.items == agent.conversation.items
    assert state.prefix is not None
    assert state.prefix.instructions == agent.conversation.instructions
    assert specs_of(state.prefix.tools) == agent.conversation.tools
    waiting = _waiting(desk)
    assert not state.unanswered() or waiting & {call.call_id for call in state.unanswered()}
    assert [call.call_id for call in state.unanswered()] == [call.call_id for call in agent.conversation.open]
    for event in desk.events:
        assert SECRET.encode() not in encode(event)
        if isinstance(event, Compacted):
            assert event.tokens_after < event.tokens_before
            assert_paired([Item(bytes(raw)) for raw in event.items])
    assert_paired(state.items, open_at_end=bool(waiting))
    assert [event.seq for event in desk.events] == list(range(1, desk.log.last_seq + 1))
    assert sum(isinstance(event, ModelCalled) for event in desk.events) == state.spend.calls


def _waiting(desk: Desk) -> set[str]:
    """The calls whose question nobody answered: only these may stand open, with the calls after them."""
    answered = {event.id for event in desk.of(PermissionAnswered)}
    return {event.call_id for event in desk.of(PermissionAsked) if event.id not in answered}


def assert_paired(items: Sequence[Item], *, open_at_end: bool = False) -> None:
    """Every output follows its call, and between a call and its output nothing is said by others than the tools."""
    waiting: list[str] = []
    for item in items:
        view = item.view
        if isinstance(view, FunctionCall | CustomCall):
            waiting.append(view.call_id)
        elif isinstance(view, FunctionOutput | CustomOutput):
            assert view.call_id in waiting, "an output without its call"
            waiting.remove(view.call_id)
    assert open_at_end or not waiting, "a call without its output"


def added(events: Sequence[Event]) -> Iterator[Item]:
    """The items that were logged one by one."""
    return (Item(bytes(event.item)) for event in events if isinstance(event, ItemAdded))


# --- generated sessions --------------------------------------------------------------------------

_paths = st.sampled_from(["a.py", "b.py", "sub/c.py", "sub/deep/d.py"])


def uses() -> st.SearchStrategy[Use]:
    """One tool call: good ones, failing ones, unknown tools, broken arguments."""
    return st.one_of(
        st.builds(lambda path: Use("peek", {"path": path}), _paths),
        st.builds(lambda path, size: Use("put", {"path": path, "text": "x" * size}), _paths, st.sampled_from([1, 50, 4000])),
        st.builds(
            lambda turns, show, code: Use("sh", {"command": "make", "turns": turns, "show": show, "exit": code}),
            st.integers(0, 4),
            st.sampled_from(list(SHOWN)),
            st.sampled_from([0, 0, 1]),
        ),
        st.sampled_from(
            [Use("ask", {"question": "which?"}), Use("crash", {}), Use("nonsense", {"a": 1}), Use("sh", '{"command": ')]
        ),
    )


def replies() -> st.SearchStrategy[Reply | PullwrightError]:
    """One answer of the model: calls, text, reasoning, retries, faults."""
    return st.one_of(
        st.builds(
            lambda calls, text, reasoning, retries: Reply(calls=tuple(calls), text=text, reasoning=reasoning, retries=retries),
            st.lists(uses(), min_size=1, max_size=4),
            st.sampled_from(["", "looking"]),
            st.sampled_from(["", "thinking"]),
            st.sampled_from([0, 0, 0, 2]),
        ),
        st.just(Reply(reasoning="only thinking")),
        st.just(Reply(calls=(Use("peek", {"path": "a.py"}),), stop="max_output")),
        st.sampled_from([ContextTooLong("too long"), ModelUnavailable("gone")]),
    )


class Scenario(msgspec.Struct, frozen=True):
    """A generated session: replies of all turns, and what happens to each turn after how many turns of the event loop."""

    replies: tuple[Reply | PullwrightError, ...]
    happenings: tuple[tuple[str, int], ...]
    window: int
    approval: str
    answerable: bool

    def answer(self) -> Callable[[ModelRequest], Reply | PullwrightError]:
        """The scripted model's answers: these, then the end. A request for a handover gets one."""
        left = list(self.replies)

        def next_reply(request: ModelRequest) -> Reply | PullwrightError:
            if request.items and b"<handover-request>" in request.items[-1].raw:
                return Reply(text='{"goal": "go on", "next": ["finish"]}')
            return left.pop(0) if left else Reply(text="That is all.")

        return next_reply


def scenarios() -> st.SearchStrategy[Scenario]:
    """Sessions of some turns, each perhaps steered, interrupted, or torn down."""
    return st.builds(
        Scenario,
        st.lists(replies(), max_size=8).map(tuple),
        st.lists(
            st.tuples(st.sampled_from(["none", "steer", "interrupt", "cancel", "answer"]), st.integers(0, 80)),
            min_size=1,
            max_size=3,
        ).map(tuple),
        st.sampled_from([3_000, 12_000, 200_000]),
        st.sampled_from(["full-auto", "suggest", "auto-edit"]),
        st.booleans(),
    )


def budget(**ceilings: Any) -> Budget:
    return Budget(**{"steps": None, **ceilings})


__all__ = [
    "AT",
    "SECRET",
    "Desk",
    "Files",
    "Policy",
    "Scenario",
    "Use",
    "assert_paired",
    "budget",
    "check",
    "fake_tools",
    "prompt",
    "scenarios",
]
