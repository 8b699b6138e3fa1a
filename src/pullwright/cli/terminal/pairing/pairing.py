"""The conversation behind a face: turns that run, what waits, who is asked, and under which rules.

    async with Pairing(rules, sessions) as pairing:
        await pairing.begin(session)          a new session, or one to go on with
        pairing.watch(face)                   events once logged, live frames, State whenever it changes, Opened
        await pairing.submit("…")             idle: a turn begins; working: a remark into it

One turn runs at a time, as the same `run_turn` as everywhere. All of it on one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from pullwright.cli.terminal.pairing.background import Background
from pullwright.cli.terminal.pairing.rules import Rules
from pullwright.cli.terminal.pairing.state import Opened, Point, Queued, Rewind, State
from pullwright.cli.terminal.pairing.telling import told_by
from pullwright.protocol.errors import FixSettings, PullwrightError
from pullwright.protocol.events import Event, Noticed, PermissionAsked
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer, Interrupt, Prompt, RaiseBudget, Steer
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Cancelled, Outcome
from pullwright.protocol.policy import Budget

if TYPE_CHECKING:
    from pullwright.attempts.standing import Standing
    from pullwright.cli.run.inbox import TerminalInbox
    from pullwright.log.files import FileLog
    from pullwright.log.replay import SessionState
    from pullwright.log.session import Sessions
    from pullwright.protocol.previews import Preview

Watcher = Callable[[Event | Live | State | Opened], None]
Verdict = Literal["once", "session", "always", "no"]
Result = TypeVar("Result")


SETTLED = 1.0
"""Seconds after which an approval mode that was switched to counts as the one that was meant."""


class Pairing:
    """One interactive session. `state` is what a face shows; the rest is what it may do."""

    def __init__(self, rules: Rules, sessions: Sessions) -> None:
        self.rules = rules
        self.sessions = sessions
        self.state = State(project=rules.project, session="", approval=rules.approval)
        self._log: FileLog | None = None
        self.inbox: TerminalInbox
        self.standing: Standing
        self.background = Background(self)
        self.outcome: Outcome | None = None
        self.rewound: Rewind | None = None
        self._watchers: list[Watcher] = []
        self._stack = AsyncExitStack()
        self._turn: asyncio.Task[Any] | None = None
        self._command: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._stopping = False
        self._ready = asyncio.Event()
        self._settling: asyncio.TimerHandle | None = None
        self._stop_aside: Callable[[], object] | None = None
        self._held = asyncio.Lock()

    async def __aenter__(self) -> Pairing:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    # --- the session -----------------------------------------------------------------------------

    async def begin(self, session: str = "") -> None:
        """Open the session's log, files and sandbox; a new one without `session`. Raises `LogConflict`, `FixSettings`."""
        from pullwright.cli.terminal.pairing.opening import opened

        await self.end()
        shown = await opened(self, session)
        self._ready.set()
        self.refresh()
        self._opening = asyncio.create_task(self._watch_sandbox())
        self._tell(shown)

    async def _watch_sandbox(self) -> None:
        """Say when the sandbox is open, or why it is not."""
        try:
            await asyncio.shield(self.standing.place.bench)
        except asyncio.CancelledError:
            if self.standing.place.bench.cancelled():
                self.update(sandbox="failed")
            else:
                raise
        except Exception as error:  # told here once; the first tool call raises it again
            self.update(sandbox="failed")
            fix = getattr(error, "fix", "")
            self.notice(f"the sandbox could not be opened: {error}" + (f"\nfix: {fix}" if fix else ""), "error")
        else:
            self.update(sandbox="open")

    async def end(self) -> None:
        """Stop what runs and let the session go; an empty one leaves nothing behind."""
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        for task in (self._turn, self._command, self._opening):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait((task,))
        self._ready.clear()
        await self.background.close()
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def close(self) -> None:
        """The pairing's end."""
        await self.end()

    def hold(self, log: FileLog, stack: AsyncExitStack) -> None:
        """The session's log, and what `end` lets go: log, sandbox and files."""
        self._log, self._stack = log, stack

    @property
    def log(self) -> FileLog:
        """The session's log. Raises `FixSettings` before the session is open."""
        if self._log is None or not self._ready.is_set():
            raise FixSettings("the session is still being opened", fix="try again in a moment")
        return self._log

    @property
    def folder(self) -> Path:
        """The session's folder."""
        return self.log.folder

    def past(self) -> SessionState:
        """What the log says, as a whole."""
        from pullwright.log.replay import SessionState

        return SessionState.of(self.log.read(), self.log.artifacts)

    @property
    def cut_off(self) -> bool:
        """Whether the last turn has no end: an empty prompt goes on with it."""
        return not self.state.busy and self.past().open

    # --- watching --------------------------------------------------------------------------------

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Call `callback` with everything that happens, until the returned function is called. What a session held when it was
        opened comes in one piece, as `Opened`."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def seen(self, what: Event | Live) -> None:
        """Something happened: `state` is brought up to date, then the watchers are told."""
        changes = told_by(what, self.state)
        self._tell(what)
        if isinstance(what, PermissionAsked) and self._settling is None and self.rules.covers(what):
            self.answer(what, "once")
        elif changes:
            self.update(**changes)

    def update(self, **changes: object) -> None:
        """Replace parts of `state` and tell the watchers."""
        self.state = msgspec.structs.replace(self.state, **changes)
        self._tell(self.state)

    def _tell(self, what: Event | Live | State | Opened) -> None:
        """A watcher's fault must not end the work that it watches, nor what the others see; it is kept beside the log."""
        for watcher in tuple(self._watchers):
            try:
                watcher(what)
            except Exception as error:
                self._keep_trace(error)

    def _keep_trace(self, error: Exception) -> None:
        if self._log is None:
            return
        import traceback

        text = "".join(traceback.format_exception(error))
        self._log.artifacts.put("crash-face.txt", text.encode("utf-8", "replace"))

    def refresh(self) -> None:
        """Bring the rules into `state`."""
        from pullwright.cli.terminal.pairing.opening import rules_in_words

        before = (self.state.approval, self.state.plan)
        self.update(**rules_in_words(self))
        if before != (self.state.approval, self.state.plan):
            self._settle()

    def _settle(self) -> None:
        """The approval mode was changed: it answers what is asked once it stays, for the way to a stricter one leads through the
        widest."""
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLED, self._mode_stays)

    def _mode_stays(self) -> None:
        self._settling = None
        asked = self.state.asking
        if asked is not None and asked.effect == "edit" and self.rules.covers(asked):
            self.answer(asked, "once")

    def notice(self, text: str, level: Literal["info", "warning", "error"] = "info") -> None:
        """A word to the person that is no event of the session."""
        self._tell(Noticed(level=level, text=text, time=time.time()))

    # --- talking ---------------------------------------------------------------------------------

    async def submit(self, text: str, images: tuple[str, ...] = ()) -> None:
        """Idle: a turn begins with this prompt. Working: the turn gets it as a remark, with its next step.

        An empty text goes on with a turn that was cut off. A session that is still being opened is waited for. Raises
        `FixSettings`, `MissingCredential`.
        """
        await self._ready.wait()
        if not self.state.busy:
            async with self._held:  # what is put back or committed just now comes first
                pass
        if self.state.busy and not images:
            self.inbox.put(Steer(id=new_id("inp"), by="person", text=text))
            self.update(steers=(*self.state.steers, text))
        elif self.state.busy:
            self.enqueue(text, images)
        else:
            goes_on = not text and not images  # at the question that is open, if there is one
            prompt = Prompt(id=new_id("inp"), by="person", text=text, images=images)
            self._start(prompt, asking=self.state.asking if goes_on else None)

    def enqueue(self, text: str, images: tuple[str, ...] = ()) -> None:
        """Send this when the turn that runs has ended."""
        self.update(queue=(*self.state.queue, Queued(text, images)))

    def unqueue(self, index: int = -1) -> Queued | None:
        """Take one back out of the queue; None when it is empty."""
        queue = list(self.state.queue)
        if not queue:
            return None
        taken = queue.pop(index)
        self.update(queue=tuple(queue))
        return taken

    def interrupt(self, reason: str = "") -> bool:
        """Stop what runs: the person's own command, else the turn; the work is kept. False when nothing runs."""
        if self._command is not None and not self._command.done():
            return self._command.cancel()
        if not self.state.busy:
            return False
        if self._stopping and self._turn is not None:
            return self._turn.cancel()
        self._stopping = True
        if self._stop_aside is not None:
            self._stop_aside()
            return True
        self.inbox.interrupt(Interrupt(id=new_id("inp"), by="person", reason=reason))
        return True

    def answer(
        self,
        asked: PermissionAsked,
        verdict: Verdict | None = None,
        *,
        text: str = "",
        command: str = "",
        files: Mapping[str, str | None] | None = None,
    ) -> None:
        """Answer a permission or a question; the first answer counts. `always` is kept for later sessions, too."""
        given = Answer(
            id=new_id("inp"),
            by="person",
            question=asked.id,
            verdict=verdict,
            text=text,
            command=command,
            files=dict(files) if files is not None else None,
        )
        if verdict == "always" and asked.scope:
            self.rules.grants.add(asked.scope)
        self.inbox.put(given)
        if not self.state.busy:  # asked by a turn that has ended waiting
            self._start(Prompt(id=new_id("inp"), text=""))

    def preview(self, asked: PermissionAsked) -> Preview | None:
        """The files of the edit that is asked about; None where there are none to show."""
        from pullwright.protocol.previews import decode

        if not asked.preview:
            return None
        try:
            return decode(self.log.artifacts.get(asked.preview))
        except (KeyError, msgspec.DecodeError):
            return None

    def raise_budget(self, budget: Budget) -> None:
        """New ceilings, for the turn that runs as well."""
        if self.state.busy:
            self.inbox.put(RaiseBudget(id=new_id("inp"), by="person", budget=budget))
        self.update(budget=budget)

    async def compact(self, focus: str = "") -> None:
        """Shorten the conversation now."""
        from pullwright.protocol.inputs import Compact

        if self.state.busy:
            self.inbox.put(Compact(id=new_id("inp"), by="person", focus=focus))
        else:
            self._start(Prompt(id=new_id("inp"), by="person", text=""), compact=focus)

    def _start(self, prompt: Prompt, compact: str | None = None, *, asking: PermissionAsked | None = None) -> None:
        from pullwright.cli.run.saved import save

        spec = self.rules.spec(self.state.session, prompt, compact=compact)
        save(spec)
        self._stopping, self.rewound = False, None
        self.update(busy=True, since=time.time(), step=0, asking=asking)
        from pullwright.cli.terminal.pairing.turns import turn

        self._turn = asyncio.create_task(turn(self, spec))

    def ended(self, outcome: Outcome | None) -> None:
        """The turn is over: remarks that came too late, then what waits in the queue, are next, unless it was stopped."""
        self.outcome = outcome
        remarks = [given for given in self.inbox.take() if isinstance(given, Steer)]
        for remark in remarks:
            self.inbox.drop(remark)
        late = [remark.text for remark in remarks if not remark.ran]
        queue = (*((Queued("\n\n".join(late)),) if late else ()), *self.state.queue)
        stopped = outcome is None or isinstance(outcome, Cancelled)
        asking = self.state.asking if outcome is not None and type(outcome).__name__ == "NeedsInput" else None
        self.update(busy=False, since=0.0, asking=asking, steers=(), queue=queue)
        if queue and not stopped and asking is None:
            first = self.unqueue(0)
            assert first is not None
            self._start_or_say(first)

    def _start_or_say(self, queued: Queued) -> None:
        try:
            self._start(Prompt(id=new_id("inp"), by="person", text=queued.text, images=queued.images))
        except PullwrightError as error:
            from pullwright.cli.terminal.pairing.turns import in_words

            self.notice(in_words(error), "error")

    async def idle(self) -> None:
        """Wait until no turn and no command of the person's runs."""
        while (
            tasks := [task for task in (self._turn, self._command) if task is not None and not task.done()]
        ) or self.state.busy:
            await asyncio.wait(tasks) if tasks else await asyncio.sleep(0)

    def only_idle(self, what: str) -> None:
        """Raises `FixSettings` while a turn runs."""
        if self.state.busy:
            raise FixSettings(f"{what} has to wait until the turn has ended", fix="Esc stops it")

    @asynccontextmanager
    async def held(self, what: str) -> AsyncGenerator[None]:
        """Between turns, and one at a time: a prompt that is sent meanwhile begins its turn after it. Raises `FixSettings` while
        a turn runs."""
        self.only_idle(what)
        async with self._held:
            self.only_idle(what)
            yield

    async def aside(self, work: Coroutine[Any, Any, Result], stop: Callable[[], object] | None = None) -> Result | None:
        """Work of the person's that is no turn of this session, such as a review; None when it was stopped at once.

        Busy until it ends: Esc calls `stop`, and once more, or where there is none, cancels it. What is said meanwhile waits in
        the queue.
        """
        self.only_idle("this")
        outcome = self.outcome
        self.update(busy=True, since=time.time(), step=0)
        task = asyncio.create_task(work)
        self._stopping, self._stop_aside = False, stop or task.cancel
        self._turn = task
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait((task,))
            raise
        finally:
            self._stop_aside = None
            self.ended(None)
            self.outcome = outcome
        return None if task.cancelled() else task.result()

    # --- going back ------------------------------------------------------------------------------

    def points(self) -> list[Point]:
        """The moments to go back to, oldest first."""
        from pullwright.cli.terminal.pairing.points import points_of

        return points_of(self.log.read())

    def unsure(self, point: Point) -> list[str]:
        """Paths that changed since `point` while commands ran: the agent's doing, or the person's."""
        from pullwright.cli.terminal.pairing.unsure import unsure_since

        return unsure_since(self.log.read(), point.seq)

    async def rewind(self, point: Point, *, files: bool = True, conversation: bool = True, leave: Collection[str] = ()) -> Rewind:
        """Go back to before the prompt of `point`; files in `leave` stay as they are, and edits of the person's do. Raises
        `FixSettings` while working."""
        from pullwright.cli.terminal.pairing.rewinding import rewind

        async with self.held("going back"):
            self.rewound = await rewind(self, point, files=files, conversation=conversation, leave=leave)
            return self.rewound

    async def take_back(self) -> tuple[str, ...]:
        """Undo the last going back, conversation and files; the paths. Raises `FixSettings` where nothing was gone back to."""
        from pullwright.cli.terminal.pairing.rewinding import take_back

        async with self.held("taking it back"):
            if self.rewound is None:
                raise FixSettings("nothing was gone back to since the last turn")
            done, self.rewound = self.rewound, None
            return await take_back(self, done)

    async def fork(self, point: Point | None = None) -> str:
        """A new session that continues from here, or from before `point`; this pairing goes on with it. Its id."""
        from pullwright.cli.terminal.pairing.rewinding import fork

        async with self.held("a fork"):
            return await fork(self, point)

    # --- the person's own command, and a look inside -----------------------------------------------

    async def run_command(self, line: str) -> None:
        """Run a shell line in the sandbox. While a turn runs the model is told of it at once, else with the next prompt."""
        from pullwright.cli.terminal.pairing.turns import command

        await self._ready.wait()
        if self._command is not None and not self._command.done():
            raise FixSettings("your last command still runs", fix="Esc stops it; end a line with & to leave it running")
        self._command = asyncio.create_task(command(self, line))
        await asyncio.wait((self._command,))

    def context(self, counted: int | None = None) -> list[tuple[str, int]]:
        """What fills the window, part by part, in tokens; `counted` is what the provider counted last (0: not known)."""
        from pullwright.cli.terminal.pairing.window import parts_of

        return parts_of(self.past(), self.state.context_tokens if counted is None else counted)
