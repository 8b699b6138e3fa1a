"""The screen: a face of the interactive terminal, drawn with prompt_toolkit below the terminal's own scrollback.

ScreenFace      what slash commands and the pairing may ask of it; `running.py` runs it
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.key_binding.vi_state import InputMode

from pullwright.cli.settings.tree import Terminal
from pullwright.cli.terminal.face import Option, Role
from pullwright.cli.terminal.pairing.state import Opened, State
from pullwright.cli.terminal.screen import looking, outside, theming
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
from pullwright.cli.terminal.screen.keys import bound, spelled
from pullwright.cli.terminal.screen.layout import Parts
from pullwright.cli.terminal.screen.notify import notify
from pullwright.cli.terminal.screen.output import open_output
from pullwright.cli.terminal.screen.scrollback import Scrollback
from pullwright.cli.terminal.screen.title import Title
from pullwright.cli.terminal.screen.waiting import waiting
from pullwright.cli.terminal.screen.work import Work
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Event, PermissionAsked, Rewound, TurnFinished
from pullwright.protocol.live import Live

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.transcript.transcript import Transcript

NOTE = 4.0
"""Seconds that a note stays in the status line."""

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
        self.desk = Desk(self.answer, self._reopened, write=self._remark, written=lambda: not self.editor.empty)
        self.flow = Flow(self)
        self._note, self._note_until = "", 0.0
        self.work = Work(lambda text: self.say(text, "error"), lambda: self.exit(1), self._press)
        self.spawn, self.open = self.work.spawn, self.work.open
        self.focus: bool | None = None
        self.pressed = 0.0
        self.working = asyncio.Event()
        self._since = 0.0
        self._asking: tuple[str, asyncio.Task[None]] | None = None
        self.completer = Completer(self)
        self.keys = bound(settings.bindings)
        self._build(theme, early)

    def _build(self, theme: Theme, early: int) -> None:
        import sys

        output = open_output()
        size = output.get_size
        self.parts = Parts(
            live=lambda: self.scrollback.live,
            waiting=lambda: waiting(self, size().columns),
            dialog=lambda: self.desk.drawn(size().columns, self._room(size().rows)),
            menu=lambda: self._menu(size().columns),
            status=lambda: status_line.status(self.pairing.state, size().columns, self._noted()),
            mark=self._mark,
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
            input=Keyboard(sys.stdin, early, partial(theming.answered, self)),
            layout=layout,
            style=theme.toolkit_style(),
            key_bindings=bindings(self),
            erase_when_done=True,
            include_default_pygments_style=False,
            editing_mode=EditingMode.VI if self.settings.keys == "vim" else EditingMode.EMACS,
        )
        self.foot.key_processor.before_key_press += self._key_pressed
        self.title = Title(output)
        self.scrollback.attach(self.foot)

    # --- what is drawn --------------------------------------------------------------------------

    def _room(self, rows: int) -> int:
        """Rows for a question: all but the status line and what else must be seen."""
        return max(3, rows - (4 if rows > 16 else 1) - (not self.editor.empty or not self.desk.armed) - 2 * bool(self.desk.entry))

    def _live(self, width: int, rows: int) -> list[str]:
        return self.transcript.live(width, max(3, rows // 2))

    def _noted(self) -> str:
        return self._note if time.monotonic() < self._note_until else ""

    def _mark(self) -> str:
        if self.vim and self.foot.vi_state.input_mode == InputMode.NAVIGATION:
            return self.theme.mark("normal")
        return self.theme.mark("command" if self.editor.text.startswith("!") else "prompt")

    def _placeholder(self) -> str:
        if not self.editor.empty:
            return ""
        if self.pairing.state.busy:
            return f"Enter says it now, {spelled(self.keys['queue'].keys[0])} after this turn"
        if then := self.flow.next:
            return then
        if self.pairing.state.plan:
            return "what is to be planned?   Shift-Tab leaves plan mode"
        return "what is to be done?   / commands   @ files   ! shell   ? keys"

    def _menu(self, width: int) -> StyleAndTextTuples:
        return [] if self.desk.armed else self.completer.menu.drawn(width)

    def _edited(self) -> None:
        self.desk.typed()
        self.completer.edited()

    def _remark(self, text: str) -> None:
        """Somebody writes though a question is open."""
        self.foot.vi_state.input_mode = InputMode.INSERT
        self.editor.buffer.insert_text(text)

    def _reopened(self) -> None:
        """A question opened, closed or changed: the cursor goes to where keys go."""
        self._note = ""
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
        self.transcript = transcript_of(self.pairing, self.theme, self.settings.output_lines)
        blocks = [block for event in opened.events for block in self.transcript.feed(event)]
        if len(blocks) > REPLAYED:
            self.say(f"… {len(blocks) - REPLAYED:,} earlier blocks: Ctrl-T shows all", "note")
        self.scrollback.remember(blocks[:-REPLAYED])
        self.scrollback.add(blocks[-REPLAYED:])
        if opened.cut_off:
            self.scrollback.add(self.transcript.cut_off())
            self.say("The last turn was cut off. /continue goes on with it; or say what to do.", "warning")

    def saw(self, seen: Event | Live | State | Opened) -> None:
        """A fault in showing something must not reach the turn that tells of it."""
        try:
            self._show(seen)
        except Exception as error:
            self.work.fault(error)

    def _show(self, seen: Event | Live | State | Opened) -> None:
        if isinstance(seen, State):
            (self.working.set if seen.busy and not seen.asking else self.working.clear)()
            self._watch_question(seen.asking)
            if self.foot.drawable:
                self.title.show(seen)
            self.scrollback.touch()
            return
        if isinstance(seen, Opened | Rewound):
            self.flow.moved()
        if isinstance(seen, Opened):
            self._opened(seen)
            return
        if isinstance(seen, TurnFinished):
            self.flow.ended(seen.outcome)
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
        """Send what was written; what cannot be sent is on the line again."""
        try:
            await self.pairing.submit(text.strip(), self.read_images(images))
        except PullwrightError:
            if self.editor.empty:
                self.fill(text)
            raise

    async def enqueue(self, text: str, images: list[str]) -> None:
        """Send it after this turn."""
        try:
            self.pairing.enqueue(text.strip(), self.read_images(images))
        except PullwrightError:
            if self.editor.empty:
                self.fill(text)
            raise

    def read_images(self, paths: list[str]) -> tuple[str, ...]:
        """The image files as they are sent."""
        from pullwright.cli.run.prompt import data_url

        return tuple(data_url(Path(path)) for path in paths)

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

        await looking.view(self, page(self.theme, lines), title)

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
        self.exit(0)

    def exit(self, code: int) -> None:
        """End the screen with an exit code."""
        if self.foot.is_running and not self.foot.is_done:
            self.foot.exit(result=code)

    # --- what keys do that is more than a line ----------------------------------------------------

    def _press(self, keys: Sequence[KeyPress]) -> None:
        self.foot.key_processor.feed_multiple(list(keys))
        self.foot.key_processor.process_keys()

    def _key_pressed(self, _: object) -> None:
        self.pressed = time.monotonic()

    @property
    def vim(self) -> bool:
        """Whether the editor has vim's keys."""
        return self.foot.editing_mode == EditingMode.VI

    def navigate(self, on: bool) -> None:
        """Into vim's normal mode, or out of it; nothing with the usual keys."""
        if self.vim:
            self.foot.vi_state.input_mode = InputMode.NAVIGATION if on else InputMode.INSERT

    def use_vim(self, on: bool) -> None:
        """Vim's keys, or the usual ones."""
        self.foot.editing_mode = EditingMode.VI if on else EditingMode.EMACS

    def reload(self) -> None:
        """A setting of the terminal's was changed."""
        self.settings = self.pairing.rules.settings.terminal


def transcript_of(pairing: Pairing, theme: Theme, shown: int) -> Transcript:
    """An empty transcript for the session that `pairing` has open; `shown` lines of a command's output stay."""
    from pullwright.cli.terminal.transcript.transcript import Transcript

    return Transcript(theme, artifacts=pairing.log.artifacts, more="Ctrl-T shows", shown=shown)
