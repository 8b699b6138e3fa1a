"""The screen: a face of the interactive terminal, drawn with prompt_toolkit below the terminal's own scrollback.

run_screen(pairing, transcript, …) -> int     until the person quits; the exit code
ScreenFace                                    what slash commands and the pairing may ask of it
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding import KeyPress

from pullwright.cli.settings.tree import Terminal
from pullwright.cli.terminal.face import Option, Role
from pullwright.cli.terminal.pairing.state import Opened, State
from pullwright.cli.terminal.screen import outside
from pullwright.cli.terminal.screen import status as status_line
from pullwright.cli.terminal.screen.asking import ask
from pullwright.cli.terminal.screen.bindings import bindings
from pullwright.cli.terminal.screen.completer import Completer
from pullwright.cli.terminal.screen.desk import Desk
from pullwright.cli.terminal.screen.editor import Editor
from pullwright.cli.terminal.screen.flow import Flow
from pullwright.cli.terminal.screen.history import History, history_file
from pullwright.cli.terminal.screen.inline import Foot
from pullwright.cli.terminal.screen.keyboard import Keyboard
from pullwright.cli.terminal.screen.layout import Parts
from pullwright.cli.terminal.screen.notify import notify
from pullwright.cli.terminal.screen.output import ASK_BACKGROUND, SANE, open_output
from pullwright.cli.terminal.screen.scrollback import Scrollback, Unfolded
from pullwright.cli.terminal.screen.waiting import waiting
from pullwright.cli.terminal.screen.welcome import Welcome
from pullwright.cli.terminal.theme import Theme, detect
from pullwright.cli.terminal.transcript.block import Block
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Event, PermissionAsked, TurnFinished
from pullwright.protocol.live import Live

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.transcript.transcript import Transcript

NOTE = 4.0
"""Seconds that a note stays in the status line."""

SPIN = 0.1
FAULTS = 20
FIRST_FRAME = 0.02
"""Seconds after which the screen stands, and what is slow to import may begin."""

REPLAYED = 200
"""Blocks of an earlier session that are printed when it is taken up; the viewer has all."""
_ROLES: dict[Role, tuple[str, str]] = {
    "note": ("dim", "note"),
    "warning": ("warning", "warning"),
    "error": ("error", "error"),
    "heading": ("heading", ""),
    "code": ("output", ""),
}


class ScreenFace:
    """One terminal, one conversation."""

    def __init__(
        self,
        pairing: Pairing,
        transcript: Transcript,
        settings: Terminal,
        *,
        theme: Theme,
        state_folder: Path | None = None,
        early: int = 0,
    ) -> None:
        self.pairing, self.transcript, self.settings, self.theme = pairing, transcript, settings, theme
        project = pairing.state.project
        history = History(history_file(state_folder, project) if state_folder else None, settings.history)
        self.editor = Editor(history, project, self._edited)
        self.answer = Buffer(multiline=True)
        self.scrollback = Scrollback(self._live)
        self.desk = Desk(self.answer, self._reopened)
        self.flow = Flow(self)
        self._note, self._note_until = "", 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._group: asyncio.TaskGroup | None = None
        self.looking = self.opening = False
        self._held: list[KeyPress] = []
        self._since = 0.0
        self._faults = 0
        self._asking: tuple[str, asyncio.Task[None]] | None = None
        self.completer = Completer(self)
        self._build(theme, early)

    def _build(self, theme: Theme, early: int) -> None:
        import sys

        output = open_output()
        size = output.get_size
        self.parts = Parts(
            live=lambda: self.scrollback.live,
            waiting=lambda: waiting(self, size().columns),
            dialog=lambda: self.desk.drawn(size().columns, max(8, size().rows - 4)),
            menu=lambda: self._menu(size().columns),
            status=lambda: status_line.status(self.pairing.state, size().columns, self._noted()),
            mark=lambda: theme.mark("prompt"),
        )
        layout = self.parts.layout(
            self.editor.buffer,
            self.answer,
            asking=lambda: self.desk.open,
            writing=lambda: self.desk.entry is not None,
            editing=lambda: not self.desk.armed or not self.editor.empty,
            rows=lambda: size().rows,
            secret=lambda: bool(self.desk.entry and self.desk.entry.secret),
            placeholder=self._placeholder,
        )
        self.foot = Foot(
            output=output,
            printed=self.scrollback,
            input=Keyboard(sys.stdin, early, self._background),
            layout=layout,
            style=theme.toolkit_style(),
            key_bindings=bindings(self),
            erase_when_done=True,
            include_default_pygments_style=False,
            editing_mode=EditingMode.VI if self.settings.keys == "vim" else EditingMode.EMACS,
        )
        self.scrollback.attach(self.foot)

    # --- what is drawn --------------------------------------------------------------------------

    def _live(self, width: int, rows: int) -> list[str]:
        return self.transcript.live(width, max(3, rows // 2))

    def _noted(self) -> str:
        return self._note if time.monotonic() < self._note_until else ""

    def _placeholder(self) -> str:
        if not self.editor.empty:
            return ""
        if self.pairing.state.busy:
            return "Enter says it now, Tab after this turn"
        return "what is to be done?   / commands   @ files   ! shell   ? keys"

    def _menu(self, width: int) -> StyleAndTextTuples:
        return [] if self.desk.armed else self.completer.menu.drawn(width)

    def _edited(self) -> None:
        self.desk.typed()
        self.completer.edited()

    def _reopened(self) -> None:
        """A question opened, closed or changed: the cursor goes to where keys go."""
        layout = self.foot.layout
        layout.focus(self.parts.answer if self.desk.entry else self.parts.dialog_window if self.desk.armed else self.parts.editor)
        self.foot.invalidate()

    def note(self, text: str, duration: float = NOTE) -> None:
        """Say something in the status line, for a moment."""
        self._note, self._note_until = text, time.monotonic() + duration
        if self.foot.loop is not None:
            self.foot.loop.call_later(duration, self.foot.invalidate)
        self.foot.invalidate()

    # --- the conversation -----------------------------------------------------------------------

    def _opened(self, opened: Opened) -> None:
        """Another session: what it holds already is shown."""
        self.transcript = transcript_of(self.pairing, self.theme)
        blocks = [block for event in opened.events for block in self.transcript.feed(event)]
        if len(blocks) > REPLAYED:
            self.say(f"… {len(blocks) - REPLAYED:,} earlier blocks: Ctrl-T shows all", "note")
        self.scrollback.remember(blocks[:-REPLAYED])
        self.scrollback.add(blocks[-REPLAYED:])
        if opened.cut_off:
            self.say("The last turn was cut off. /continue goes on with it; or say what to do.", "warning")

    def _saw(self, seen: Event | Live | State | Opened) -> None:
        """A fault in showing something must not reach the turn that tells of it."""
        try:
            self._show(seen)
        except Exception as error:
            self._fault(error)

    def _show(self, seen: Event | Live | State | Opened) -> None:
        if isinstance(seen, State):
            self._watch_question(seen.asking)
            self.scrollback.touch()
            return
        if isinstance(seen, Opened):
            self._opened(seen)
            return
        if isinstance(seen, TurnFinished):
            self.flow.ended()
            if time.time() - self._since >= self.settings.notify_after:
                notify(self, f"{type(seen.outcome).__name__.lower()}: {seen.outcome.why}")
        self.scrollback.add(self.transcript.feed(seen))

    def _watch_question(self, asked: PermissionAsked | None) -> None:
        """Open the dialog of a question that is new; close the one that somebody else answered."""
        self._since = self.pairing.state.since or self._since
        known = self._asking[0] if self._asking else ""
        if (asked.id if asked else "") == known:
            return
        if self._asking:
            self._asking[1].cancel()
            self._asking = None
        if asked and (task := self.spawn(ask(self, asked))):
            self._asking = (asked.id, task)
            notify(self, asked.title)

    async def submit(self, text: str, images: list[str]) -> None:
        """Send what was written."""
        await self.pairing.submit(text.strip(), self.read_images(images))

    def read_images(self, paths: list[str]) -> tuple[str, ...]:
        """The image files as they are sent."""
        from pullwright.cli.run.prompt import data_url

        return tuple(data_url(Path(path)) for path in paths)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Do something beside the keys. What goes wrong is said; it never ends the screen."""
        if self._group is None:
            work.close()
            return None
        task = self._group.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PullwrightError as error:
            self.say(f"{error}\n{error.fix}" if error.fix else str(error), "error")
        except Exception as error:
            self._fault(error)

    def _fault(self, error: BaseException) -> None:
        """A bug of ours: it is said and kept, and the session goes on; too many of them end it."""
        from pullwright.cli.failures import keep

        self._faults += 1
        if self._faults > FAULTS:
            self._exit(1)
            return
        kept = keep(error)
        self.say(f"a bug of Pullwright's: {error}\n{f'the details are in {kept}; ' if kept else ''}the session goes on", "error")

    # --- what others ask of the face ------------------------------------------------------------

    def say(self, text: str, role: Role = "note") -> None:
        """One block into the transcript."""
        from pullwright.cli.terminal.transcript.block import Text

        look, mark = _ROLES[role]
        block = Text(self.theme, text, look, mark, most=1 << 30)
        block.gap = role != "code"
        self.scrollback.add([cast("Block", block)])

    def show(self, *blocks: Block) -> None:
        """Blocks into the transcript."""
        self.scrollback.add(blocks)

    async def choose(self, title: str, options: Sequence[Option], *, default: int = 0) -> int | None:
        """The number of the option that the person takes; None for Esc."""
        async with self.desk.turn():
            return await self.desk.choose(title, options, default=default, filtered=len(options) > 9)

    async def ask(self, title: str, *, default: str = "", secret: bool = False) -> str | None:
        """What the person writes; None for Esc."""
        async with self.desk.turn():
            return await self.desk.ask(title, default=default, secret=secret)

    async def edit(self, text: str, *, suffix: str = ".txt") -> str | None:
        """The text as the person's own editor leaves it; None when it was left unchanged."""
        return await outside.edited(self, text, suffix)

    async def view(self, title: str, lines: Sequence[str]) -> None:
        """Long text to look through."""
        from pullwright.cli.terminal.viewer import page

        await self._viewed(page(self.theme, lines), title)

    def fill(self, text: str) -> None:
        """Put text into the editor."""
        self.editor.fill(text)

    def clear(self) -> None:
        """An empty screen; the conversation stays as it is."""
        self.scrollback.forget()
        self.redraw()

    def redraw(self) -> None:
        """Draw everything again."""
        self.foot.clear()

    def quit(self) -> None:
        """End the screen."""
        self._exit(0)

    def _exit(self, code: int) -> None:
        if self.foot.is_running and not self.foot.is_done:
            self.foot.exit(result=code)

    # --- what keys do that is more than a line ----------------------------------------------------

    def open(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what may open a question: keys that follow in the same moment are meant for that."""
        if self.spawn(work):
            self.opening = True
            asyncio.get_running_loop().call_soon(self._begun)

    def _begun(self) -> None:
        self.opening = False

    def hold(self, keys: Sequence[KeyPress]) -> None:
        """Keys that came in the moment between an answer and what follows from it: they count once that has begun."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._release)
        self._held += keys

    def _release(self) -> None:
        keys, self._held = self._held, []
        self.foot.key_processor.feed_multiple(keys)
        self.foot.key_processor.process_keys()

    def focused(self, looking: bool) -> None:
        """The terminal got the focus, or lost it."""
        self.looking = looking

    def _ask_background(self) -> None:
        """Dark or light, where nothing has told so far and the terminal may know."""
        term = self.foot.frames.term or ""
        if self.settings.theme == "auto" and self.theme.name == "terminal" and term not in ("linux", "vt100"):
            self.foot.frames.write_raw(ASK_BACKGROUND)
            self.foot.frames.flush()

    def _background(self, colour: str) -> None:
        """The terminal's answer."""
        found = detect(background=colour)
        self.theme.change(found.name, found.depth)
        self.foot.style = self.theme.toolkit_style()
        self.foot.invalidate()

    def look(self, name: str) -> None:
        """Another theme, for what is on the screen as well."""
        found = detect(wish=name)
        self.theme.change(found.name, found.depth)
        self.foot.style = self.theme.toolkit_style()
        self.foot.clear()

    @property
    def vim(self) -> bool:
        """Whether the editor has vim's keys."""
        return self.foot.editing_mode == EditingMode.VI

    def use_vim(self, on: bool) -> None:
        """Vim's keys, or the usual ones."""
        self.foot.editing_mode = EditingMode.VI if on else EditingMode.EMACS

    def reload(self) -> None:
        """A setting of the terminal's was changed."""
        self.settings = self.pairing.rules.settings.terminal

    async def search_history(self) -> None:
        """Ctrl-R."""
        entries = self.editor.history.search("")
        if not entries:
            self.note("nothing was sent here before")
            return
        async with self.desk.turn():
            options = [Option(" ".join(text.split())[:400]) for text in entries[:2_000]]
            picked = await self.desk.choose("What you sent before", options, filtered=True)
        if picked is not None:
            self.fill(entries[picked])

    async def show_transcript(self) -> None:
        """Ctrl-T."""
        await self._viewed(self.scrollback.blocks, "transcript")

    async def _viewed(self, blocks: Sequence[Block], title: str) -> None:
        """The full-screen viewer, until it is closed."""
        import sys

        from pullwright.cli.terminal.viewer import Viewer

        async with self.foot.away():
            await Viewer(self.theme, blocks, title).run(input=Keyboard(sys.stdin), output=open_output())
        self.scrollback.touch()

    def unfold(self) -> None:
        """Ctrl-O: the last block that was folded, in full."""
        for block in reversed(self.scrollback.blocks):
            if getattr(block, "unfolds", False):
                self.scrollback.add([Unfolded(block)])
                return
        self.note("nothing was folded yet")

    # --- the run --------------------------------------------------------------------------------

    async def run(self, first: str = "", begin: Callable[[], Coroutine[Any, Any, None]] | None = None) -> int:
        """Until the person quits. `begin` is what takes its time, and starts once the screen is there. The terminal is as it
        was before, however this ends."""
        unwatch = self.pairing.watch(self._saw)
        self.scrollback.add([Welcome(self.theme, self.pairing.state.project)])
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                if first:
                    self.spawn(self.submit(first, []))
                if begin is not None:
                    asyncio.get_running_loop().call_later(FIRST_FRAME, lambda: self.spawn(begin()))
                self.spawn(self._spin())
                try:
                    return await self._shown()
                finally:
                    self._group = None
                    for task in self._tasks:
                        task.cancel()
        finally:
            unwatch()

    async def _shown(self) -> int:
        import signal

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._exit, 128 + number)
        loop.set_exception_handler(lambda _, context: self._fault(context.get("exception") or RuntimeError(context["message"])))
        self.foot.frames.modes(on=True)
        self._ask_background()
        try:
            return await self.foot.run_async(pre_run=self.scrollback.touch, handle_sigint=False, set_exception_handler=False)
        except EOFError:
            return 129
        finally:
            loop.set_exception_handler(None)
            self.foot.frames.write_raw(SANE)
            self.foot.frames.flush()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    async def _spin(self) -> None:
        """The spinner turns while a turn runs."""
        while True:
            await asyncio.sleep(SPIN)
            if self.pairing.state.busy and not self.pairing.state.asking:
                self.scrollback.touch()


def transcript_of(pairing: Pairing, theme: Theme) -> Transcript:
    """An empty transcript for the session that `pairing` has open."""
    from pullwright.cli.terminal.transcript.transcript import Transcript

    return Transcript(theme, artifacts=pairing.log.artifacts, more="Ctrl-T shows")


async def run_screen(
    pairing: Pairing,
    transcript: Transcript,
    settings: Terminal,
    *,
    theme: Theme,
    state_folder: Path | None = None,
    first: str = "",
    begin: Callable[[], Coroutine[Any, Any, None]] | None = None,
    early: int = 0,
) -> int:
    """Show `pairing` until the person quits; `first` is sent as if it had been written, `begin` starts once the screen is there.
    Returns the exit code.

    `early` is what `typeahead.held` gave, inside of which this is to be called.
    """
    face = ScreenFace(pairing, transcript, settings, theme=theme, state_folder=state_folder, early=early)
    return await face.run(first, begin)
