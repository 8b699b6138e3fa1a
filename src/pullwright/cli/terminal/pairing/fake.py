"""A pairing without model, sandbox or log, for faces under test and benches: it answers by script, with real events.

What is submitted decides what happens:

    stream N RATE      an answer of N lines comes, RATE lines a second
    run COMMAND        a command is asked for, then "runs"
    edit               an edit of two hunks is asked for
    ask                a question of the agent's
    slow SECONDS       it works that long and says nothing
    soon …             any of these, half a second later
    anything else      is echoed
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, Literal

import msgspec

from pullwright.cli.extending.extensions import Extensions
from pullwright.cli.folders import folders
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.tree import Settings
from pullwright.cli.terminal.pairing.state import Point, Queued, Rewind, State
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    ModelCalled,
    PermissionAnswered,
    PermissionAsked,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    raw_item,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Item
from pullwright.protocol.live import Live, OutputDelta, TextDelta
from pullwright.protocol.outcomes import Cancelled, Outcome, Succeeded
from pullwright.protocol.policy import ApprovalMode
from pullwright.protocol.previews import FilePreview, Preview
from pullwright.protocol.usage import Spend, Usage
from pullwright.tools.diff import unified

Seen = Event | Live | State
BEFORE = "".join(f"line {number}\n" for number in range(1, 31))
AFTER = BEFORE.replace("line 4\n", "line four\n").replace("line 25\n", "line twenty-five\nand one more\n")


class FakeRules:
    """What can be switched."""

    def __init__(self) -> None:
        self.plan = False
        self.approval: ApprovalMode = "suggest"
        self.found = Extensions()
        self.loaded = Loaded(settings=Settings(), origins={}, notices=(), trusted=True, folders=folders())

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    def set(self, dotted: str, value: ApprovalMode) -> None:
        """The approval mode."""
        assert dotted == "terminal.approval"
        self.approval = value


class FakeLog:
    """What happened so far."""

    session = "fake"
    artifacts = None

    def __init__(self, past: list[Event]) -> None:
        self._past = past

    def read(self) -> list[Event]:
        """All of it."""
        return list(self._past)


class FakePairing:
    """Its `answers` and `calls` are what a test looks at."""

    def __init__(self, project: Path, *, state: State | None = None) -> None:
        self.state = state or State(
            project=project,
            session="fake",
            model="fake-model",
            provider="fake",
            branch="main",
            sandbox="open",
            context_limit=100_000,
        )
        self.rules = FakeRules()
        self.answers: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.past: list[Event] = []
        self.log = FakeLog(self.past)
        self._watchers: list[Callable[[Seen], None]] = []
        self._turn: asyncio.Task[None] | None = None
        self._answered: asyncio.Future[str] | None = None
        self._preview: Preview | None = None
        self._texts: list[str] = []

    # --- what happens ---------------------------------------------------------------------------

    def watch(self, callback: Callable[[Seen], None]) -> Callable[[], None]:
        """Call `callback` with everything that is seen from now on."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def tell(self, event: Event | Live) -> None:
        """Show an event or frame to the watchers."""
        if not isinstance(event, Live):
            event = msgspec.structs.replace(event, seq=len(self.past) + 1, time=time.time(), turn="t1")
            self.past.append(event)
        for watcher in list(self._watchers):
            watcher(event)

    def change(self, **fields: Any) -> None:
        """Another state."""
        self.state = msgspec.structs.replace(self.state, **fields)
        for watcher in list(self._watchers):
            watcher(self.state)

    async def submit(self, text: str, images: tuple[str, ...] = ()) -> None:
        """A turn, or a remark into the one that runs."""
        self.calls.append(f"submit {len(text)} {len(images)}")
        self._texts.append(text)
        if self.state.busy:
            self.change(steers=(*self.state.steers, text))
            return
        self.change(busy=True, since=time.time(), step=1, turn_spend=Spend())
        self.tell(InputReceived(input=Prompt(id="p", text=text)))
        text = f"with {len(images)} image: {text}" if images else text
        self._turn = asyncio.create_task(self._run(text))

    async def _run(self, text: str) -> None:
        outcome: Outcome = Succeeded(why="done")
        try:
            await self._act(text)
        except asyncio.CancelledError:
            outcome = Cancelled(why="stopped")
        self._hear()
        self.tell(TurnFinished(outcome=outcome))
        queue = self.state.queue
        self.change(busy=False, since=0.0, step=0, asking=None, queue=queue[1:])
        if queue:
            await self.submit(queue[0].text, queue[0].images)

    def _hear(self) -> None:
        steers = self.state.steers
        if steers:
            self.change(steers=())
        for steer in steers:
            self.tell(InputReceived(input=Steer(id="s", text=steer)))

    async def _act(self, text: str) -> None:
        words = text.split()
        acts: dict[str, Callable[[list[str]], Awaitable[None]]] = {
            "stream": self._stream,
            "run": self._command,
            "edit": self._edit,
            "ask": self._question,
            "slow": self._slow,
            "soon": self._soon,
        }
        act = acts.get(words[0]) if words else None
        if act:
            await act(words[1:])
        else:
            await self._say(f"you said: {text}" if len(text) < 400 else f"{len(text)} characters came")
        self.tell(ModelCalled(model="fake-model", provider="fake", usage=Usage(input=1200, output=80), cost_usd=0.0012))

    async def _slow(self, words: list[str]) -> None:
        for _ in range(int(float(words[0]) * 10)):
            await asyncio.sleep(0.1)
            if self.state.steers:
                self._hear()

    async def _soon(self, words: list[str]) -> None:
        await asyncio.sleep(0.5)
        await self._act(" ".join(words))

    async def _stream(self, words: list[str]) -> None:
        count, rate = int(words[0]), float(words[1]) if len(words) > 1 else 1000.0
        text, began, sent = "", time.monotonic(), 0
        while sent < count:
            await asyncio.sleep(0.005)
            due = min(count, int((time.monotonic() - began) * rate))
            for number in range(sent, due):
                line = f"{number:06d} the quick brown fox jumps over the lazy dog, **again** and `again`\n\n"
                self.tell(TextDelta(item="m", offset=len(text), text=line))
                text += line
            sent = due
        await self._say(text, whole=True)

    async def _say(self, text: str, *, whole: bool = False) -> None:
        if not whole:
            for at in range(0, len(text), 40):
                self.tell(TextDelta(item="m", offset=at, text=text[at : at + 40]))
                await asyncio.sleep(0.001)
        item = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
        self.tell(ItemAdded(source="model", item=raw_item(Item(msgspec.json.encode(item)))))

    async def _asked(self, asked: PermissionAsked) -> str:
        self._answered = asyncio.get_running_loop().create_future()
        self.tell(asked)
        self.change(asking=asked)
        try:
            verdict = await self._answered
        finally:
            self.change(asking=None)
        text = self.answers[-1]["text"] if self.answers else ""
        given = PermissionAnswered(id=asked.id, call_id=asked.call_id, verdict=verdict, by="person", text=text)  # pyright: ignore[reportArgumentType]
        self.tell(given)
        return verdict

    async def _command(self, words: list[str]) -> None:
        command = " ".join(words) or "pytest -q"
        asked = PermissionAsked(
            id="q1",
            call_id="c1",
            tool="exec",
            effect="execute",
            title=command,
            detail=command,
            scope=f"commands that begin with {command.split()[0]}",
        )
        verdict = await self._asked(asked) if self.state.approval != "full-auto" else "once"
        if verdict == "no":
            await self._say(f"they say: {self.answers[-1]['text']}")
            return
        command = self.answers[-1]["command"] or command if self.answers else command
        self.tell(ToolStarted(call_id="c1", name="exec", effect="execute", title=command))
        for number in range(20):
            self.tell(OutputDelta(call_id="c1", text=f"output {number}\n"))
            await asyncio.sleep(0.01)
        self.tell(CommandRan(call_id="c1", command=command, cwd=".", exit_code=0, seconds=0.2, output_bytes=200))
        self.tell(ToolFinished(call_id="c1", name="exec", ok=True))

    async def _edit(self, words: list[str]) -> None:
        diff, added, removed = unified("notes.txt", BEFORE, AFTER)
        self._preview = Preview(files=(FilePreview("notes.txt", BEFORE, AFTER),))
        asked = PermissionAsked(
            id="q2",
            call_id="c2",
            tool="apply_patch",
            effect="edit",
            title="edit notes.txt",
            detail=diff,
            preview="p",
            scope="edits in this project",
        )
        if await self._asked(asked) == "no":
            return
        files = self.answers[-1]["files"]
        if files:
            lines = files["notes.txt"].split("\n")
            await self._say(f"written: {lines[3]}, {lines[24]}")
        self.tell(FilesChanged(call_id="c2", paths=("notes.txt",), diff=diff, added=added, removed=removed))

    async def _question(self, words: list[str]) -> None:
        asked = PermissionAsked(id="q3", call_id="c3", tool="ask_user", effect="ask", title="Which one?\n1. left\n2. right")
        await self._asked(asked)
        await self._say(f"so it is {self.answers[-1]['text']}")

    # --- what a face asks -----------------------------------------------------------------------

    def answer(
        self,
        asked: PermissionAsked,
        verdict: Literal["once", "session", "always", "no"] | None,
        *,
        text: str = "",
        command: str = "",
        files: dict[str, str | None] | None = None,
    ) -> None:
        """The person's answer."""
        self.answers.append({"id": asked.id, "verdict": verdict, "text": text, "command": command, "files": files})
        if self._answered and not self._answered.done():
            self._answered.set_result(verdict or "once")

    def preview(self, asked: PermissionAsked) -> Preview | None:
        """What the edit would do."""
        return self._preview if asked.effect == "edit" else None

    def enqueue(self, text: str, images: tuple[str, ...] = ()) -> None:
        """For after this turn."""
        self.change(queue=(*self.state.queue, Queued(text, images)))

    def unqueue(self, index: int = -1) -> Queued | None:
        """Take one back."""
        queue = list(self.state.queue)
        taken = queue.pop(index) if queue else None
        self.change(queue=tuple(queue))
        return taken

    def interrupt(self, reason: str = "") -> bool:
        """Stop the turn; False when none runs."""
        self.calls.append(f"interrupt {reason}")
        return self.state.busy and self._turn is not None and self._turn.cancel()

    def points(self) -> list[Point]:
        """One point a prompt."""
        prompts = [(event, event.input) for event in self.past if isinstance(event, InputReceived)]
        return [
            Point(seq=event.seq, turn=event.turn, text=said.text, time=event.time, files=("notes.txt",), added=3, removed=2)
            for event, said in prompts
            if isinstance(said, Prompt)
        ]

    def unsure(self, point: Point) -> list[str]:
        """Nothing changed while a command ran."""
        return []

    async def rewind(self, point: Point, *, files: bool = True, conversation: bool = True, leave: Collection[str] = ()) -> Rewind:
        """Say that it went back."""
        self.calls.append(f"rewind {point.seq} files={files} conversation={conversation}")
        return Rewind(restored=("notes.txt",) if files else (), kept=("mine.txt",), prompt=point.text if conversation else "")

    async def fork(self, point: Point | None = None) -> str:
        """Say that it forked."""
        self.calls.append("fork")
        return "fake-2"

    async def run_command(self, line: str) -> None:
        """The person's own command."""
        self.calls.append(f"command {line}")
        self.tell(CommandRan(call_id="p1", command=line, cwd=".", exit_code=0, seconds=0.1, by="person"))

    def refresh(self) -> None:
        """Bring the rules into `state`."""
        self.change(plan=self.rules.plan, approval=self.rules.approval)

    async def close(self) -> None:
        """Stop what runs."""
        if self._turn:
            self._turn.cancel()
            await asyncio.gather(self._turn, return_exceptions=True)
