"""The conversation line by line: what is typed goes in, what happens is told, in the order in which it happens.

    await run_plain(pairing, begin) -> exit code

A line is a message; while the agent works, a remark to it. A line that ends with a backslash goes on with the next. `/help`
lists the commands, `!command` runs one in the sandbox. Ctrl-C stops the agent; twice, while nothing runs, it ends the
program. From a pipe or a file, each line waits until what the one before it began has ended; the exit code is the last
turn's, as `pullwright exec` gives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import IO, TYPE_CHECKING, Any, cast

from pullwright.cli.run.exits import exit_code
from pullwright.cli.terminal.face import Option, Role
from pullwright.cli.terminal.pairing.state import Opened, State
from pullwright.cli.terminal.plain.asking import ask
from pullwright.cli.terminal.plain.editor import edited
from pullwright.cli.terminal.plain.telling import WIDEST, Teller
from pullwright.cli.terminal.plain.typed import Typed
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Event, InputReceived, PermissionAsked, TurnFinished
from pullwright.protocol.live import Live

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.transcript.block import Block

GUARD = 0.3
"""Seconds in which nobody can have heard a question and answered it."""

_LABELS: dict[Role, str] = {"note": "", "warning": "Warning: ", "error": "Error: ", "heading": "", "code": "  "}


class PlainFace:
    """A `Face` of lines. `out` gets them; `typed` gives the person's."""

    def __init__(self, pairing: Pairing, typed: Typed, out: IO[str]) -> None:
        self.pairing = pairing
        self.theme = Theme("none", "none", unicode=False, bare=True)
        self._typed = typed
        self._out = out
        self.teller = Teller(echoed=typed.terminal)
        self._questions: list[asyncio.Future[str | None]] = []
        self._asking: tuple[str, asyncio.Task[None]] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._filled = ""
        self._put = 0.0
        self._warned = self._worked = False
        self._quits = asyncio.Event()
        self._code = 0

    # --- out -----------------------------------------------------------------------------------

    def write(self, *lines: str) -> None:
        """Lines for the person, at once."""
        with contextlib.suppress(OSError):
            for line in lines:
                self._out.write(f"{line}\n")
            self._out.flush()

    def say(self, text: str, role: Role = "note") -> None:
        """Words, labelled where they warn."""
        label = _LABELS[role]
        self.write(label + safe(text).replace("\n", f"\n{label if role == 'code' else '  '}"))

    def show(self, *blocks: Block) -> None:
        """Blocks, without their looks."""
        from pullwright.cli.terminal.transcript.spans import unpainted

        for block in blocks:
            self.write(*(unpainted(line).rstrip() for line in block.full(min(WIDEST, 400)) if line.strip()))

    async def view(self, title: str, lines: Sequence[str]) -> None:
        """All of it, at once: there is no page to leaf through."""
        self.write(f"{safe(title)}:", *map(safe, lines), "End.")

    def fill(self, text: str) -> None:
        """A message that an empty line sends."""
        self._filled = text
        self.write(f"Suggested message: {safe(text)}", "Press Enter on an empty line to send it.")

    def clear(self) -> None:
        """Nothing: what was said stays said."""

    # --- questions ------------------------------------------------------------------------------

    async def answer(self, question: str, *, called: bool = True) -> str | None:
        """The next line that is typed; None when there will be none. Where the person did not call for the question, a line that
        ends as it appears was meant for something else: it is said again, and answers nothing."""
        line = await self._next_line(question)
        while not called and line and self._typed.terminal and time.monotonic() - self._put < GUARD:
            self.write(f"You typed this before you could hear the question, so it was not taken for an answer: {safe(line)}")
            line = await self._next_line(question)
        return line

    async def _next_line(self, question: str) -> str | None:
        self.write(question)
        self._put = time.monotonic()
        waits: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._questions.append(waits)
        self._changed.set()
        try:
            return await waits
        finally:
            self._questions.remove(waits)

    async def choose(self, title: str, options: Sequence[Option], *, default: int = 0) -> int | None:
        """One of several, by number, key or name; an empty line is none."""
        self.write(safe(title))
        for number, option in enumerate(options, 1):
            hint = f": {safe(option.hint)}" if option.hint else ""
            key = f" (or {option.key})" if option.key else ""
            self.write(f"  {number}{key}. {safe(option.label)}{hint}")
        while True:
            line = await self.answer("Answer with a number, or an empty line for none.")
            word = (line or "").strip().lower()
            if not word:
                return None
            for number, option in enumerate(options):
                if word in (str(number + 1), option.key.lower() or None, option.label.lower()):
                    return number

    async def ask(self, title: str, *, default: str = "", secret: bool = False) -> str | None:
        """A line of text. An empty one takes the default; without one it is no answer."""
        hint = f" (an empty line keeps: {safe(default)})" if default and not secret else " (an empty line: nothing)"
        with self._typed.unseen() if secret else contextlib.nullcontext():
            line = await self.answer(f"{safe(title)}{hint}")
        return None if line is None else line or default or None

    async def edit(self, text: str, *, suffix: str = ".txt") -> str | None:
        """The text as the person's own editor leaves it."""
        if not self._typed.terminal:
            self.say("there is no terminal for an editor", "warning")
            return None
        try:
            async with self._typed.away():
                return await edited(text, suffix, self.pairing.rules.settings.terminal.editor)
        except OSError as error:
            self.say(f"the editor does not start: {error.strerror}; set $EDITOR, or `terminal.editor`", "error")
            return None

    def quit(self) -> None:
        """End when what runs has been told."""
        self._quits.set()
        self._changed.set()

    # --- what happens ---------------------------------------------------------------------------

    def saw(self, seen: Event | Live | State | Opened) -> None:
        """Everything that the pairing tells."""
        if isinstance(seen, State):
            self._watch_question(seen.asking)
            if self._worked and not seen.busy:
                self._heard()
            self._worked = seen.busy
            self._changed.set()
        elif isinstance(seen, Opened):
            self._opened(seen)
        else:
            if isinstance(seen, TurnFinished) and not self._typed.terminal:
                self._code = exit_code(seen.outcome)
            self.write(*self.teller.feed(seen))

    def _heard(self) -> None:
        """Say to who types that it is their turn."""
        if self._typed.terminal:
            self.write("Ready.")

    def _opened(self, opened: Opened) -> None:
        """Another session: what it holds is told from its last prompt on."""
        past = Teller(self.pairing.log.artifacts)
        starts = [at for at, event in enumerate(opened.events) if isinstance(event, InputReceived)]
        lines = [past.feed(event) for event in opened.events]
        if starts:
            self.write(f"Session {opened.session} goes on. Its last turn:")
            self.write(*(line for told in lines[starts[-1] :] for line in told))
        if opened.cut_off:
            self.write("The last turn was cut off. /continue goes on with it; or say what to do.")
        self.teller = Teller(self.pairing.log.artifacts, echoed=self._typed.terminal)

    def _watch_question(self, asked: PermissionAsked | None) -> None:
        """Put a question that is new; forget one that somebody else answered."""
        if (asked.id if asked else "") == (self._asking[0] if self._asking else ""):
            return
        if self._asking:
            self._asking[1].cancel()
            self._asking = None
        if asked and (task := self._spawn(ask(self, asked))):
            self._asking = (asked.id, task)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        if self._group is None:
            work.close()
            return None
        task = self._group.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except PullwrightError as error:
            self.say(f"{error}\nTo fix it: {error.fix}" if error.fix else str(error), "error")
            self._code = 1

    # --- the conversation -----------------------------------------------------------------------

    async def run(self, begin: Callable[[], Awaitable[None]]) -> int:
        """Until the person ends it, or nothing more can be typed and all is done. The exit code."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        unwatch = self.pairing.watch(self.saw)
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                begun = self._spawn(self._begin(begin))
                talk = group.create_task(self._talk(begun))
                await asyncio.wait((talk, quits := group.create_task(self._wait_quit())), return_when=asyncio.FIRST_COMPLETED)
                self._group = None
                for task in (*self._tasks, talk, quits):
                    task.cancel()
        finally:
            unwatch()
            loop.remove_signal_handler(signal.SIGINT)
        return self._code

    async def _wait_quit(self) -> None:
        await self._quits.wait()

    async def _begin(self, begin: Callable[[], Awaitable[None]]) -> None:
        state = self.pairing.state
        self.write(f"Pullwright in {state.project}. Type a message; /help lists commands, /quit ends.")
        await begin()
        if not self.pairing.state.busy:
            self._heard()

    async def _talk(self, begun: asyncio.Task[None] | None) -> None:
        """One line after the other."""
        if begun is not None and not self._typed.terminal:
            await asyncio.wait((begun,))
        text = ""
        while True:
            await self._ready()
            line = await self._typed.line()
            if line is None:
                break
            if line.endswith("\\") and not self._questions:
                text += f"{line[:-1]}\n"
                continue
            self._take(text + line)
            text = ""
            await asyncio.sleep(0)
        if text:
            self._take(text)
        await self._drained()

    async def _ready(self) -> None:
        """Whoever types is heard at once; lines of a pipe wait until there is use for them."""
        while not self._typed.terminal and not self._questions and (self.pairing.state.busy or self._tasks):
            self._changed.clear()
            await self._changed.wait()

    async def _drained(self) -> None:
        """Nothing more will be typed: questions get no answer, and what runs is waited for."""
        while self._tasks or self.pairing.state.busy or self._questions:
            for waits in self._questions:
                if not waits.done():
                    waits.set_result(None)
            self._changed.clear()
            await self._changed.wait()

    def _take(self, line: str) -> None:
        """A line: the answer to what was asked, a command, or a message."""
        self._warned = False
        if waits := next((one for one in self._questions if not one.done()), None):
            waits.set_result(line)
            return
        line = line or self._filled
        self._filled = ""
        if line.strip():
            self._spawn(self._do(line))

    async def _do(self, line: str) -> None:
        from pullwright.cli.terminal.slash.calling import call

        if line.startswith("!") and line[1:].strip():
            await self.pairing.run_command(line[1:].strip())
        elif not (line.startswith("/") and await call(self, line)):
            await self.pairing.submit(line.strip())

    def interrupt(self) -> None:
        """Ctrl-C."""
        if self.pairing.interrupt():
            self.write("Stopping. The work so far is kept.")
        elif self._warned:
            self.quit()
        else:
            self._warned = True
            self.write("Press Ctrl-C again to quit.")


async def run_plain(pairing: Pairing, begin: Callable[[], Awaitable[None]]) -> int:
    """Talk with `pairing` over standard input and output until the person ends it; `begin` opens its session."""
    out = cast("io.TextIOWrapper[Any]", sys.stdout)
    out.reconfigure(errors="replace")
    async with pairing, Typed(0) as typed:
        return await PlainFace(pairing, typed, out).run(begin)
