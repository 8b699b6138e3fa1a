"""What Enter, Tab, Esc and Ctrl-C mean, between turns and while one runs.

              nothing runs                         a turn runs
Enter         prompt · /command · !command         steers: heard before the next step
Enter, empty  the queue goes on · go ahead with the plan
Tab           (completion)                         queued: sent after this turn
Esc           twice, on an empty line: rewind      stops the step
Ctrl-C        clears the line; on an empty one: asks to press it again, and quits
Up, empty     history                              takes the last queued prompt back
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pullwright.cli.terminal.slash.calling import call, known
from pullwright.protocol.outcomes import Outcome, Succeeded

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace

TWICE = 1.5
"""Seconds in which a second Ctrl-C or Esc counts as the second."""

GO_AHEAD = "Go ahead with this plan."

_MEANINGS = {
    "suggest": "edits and commands that can change something ask first",
    "auto-edit": "edits are made at once, commands ask first",
    "full-auto": "edits and commands go ahead, inside the sandbox",
    "plan": "it looks and plans, and changes nothing",
}
MODES = tuple(_MEANINGS)


class Flow:
    """The keys' meaning for one face."""

    def __init__(self, face: ScreenFace) -> None:
        self._face = face
        self._cancelled = self._escaped = 0.0
        self.stopping = False
        self._planned = False

    def send(self) -> None:
        """Enter."""
        face = self._face
        if face.editor.continued():
            return
        if not face.editor.text.strip():
            self._go_on()
            return
        if face.desk.waits and face.desk.said(face.editor.text):
            face.editor.clear()
            return
        text, images = face.editor.take()
        face.navigate(False)
        if text.startswith("/") and not images:
            face.open(run_slash(face, text.strip(), written=True))
            return
        if text.startswith("!") and text[1:].strip():
            face.spawn(face.pairing.run_command(text[1:].strip()))
            return
        face.spawn(face.submit(text, images))

    @property
    def next(self) -> str:
        """What Enter on an empty line does between turns, in words; empty when nothing."""
        if self._face.pairing.state.queue:
            return "Enter sends what is next"
        return "Enter: go ahead with this plan   or say what to change" if self._planned and self._face.pairing.state.plan else ""

    def _go_on(self) -> None:
        """Enter on an empty line: after a turn that was stopped what waits in the queue, after a plan its execution."""
        face = self._face
        if face.pairing.state.busy or not self.next:
            return
        if first := face.pairing.unqueue(0) if face.pairing.state.queue else None:
            face.spawn(face.pairing.submit(first.text, first.images))
            return
        self._planned = face.pairing.rules.plan = False
        face.pairing.refresh()
        face.spawn(face.submit(GO_AHEAD, []))

    def queue(self) -> None:
        """Tab while a turn runs."""
        face = self._face
        if not face.editor.text.strip():
            return
        text, images = face.editor.take()
        face.spawn(face.enqueue(text, images))

    def take_back(self) -> bool:
        """Up on an empty line: the last queued prompt goes back into the editor. False when none is queued."""
        queued = self._face.pairing.unqueue() if self._face.pairing.state.queue else None
        if queued is None:
            return False
        self._face.editor.fill(queued.text)
        return True

    def escape(self) -> None:
        """Esc, where nothing else is open."""
        face, now = self._face, time.monotonic()
        if face.desk.waits:
            face.desk.back()
            return
        if self._stopped():
            return
        if now - self._escaped < TWICE and face.editor.empty:
            self._escaped = 0.0
            face.open(run_slash(face, "/rewind"))
        elif face.editor.empty:
            face.navigate(True)
            self._escaped = now
            face.note("Esc again: go back to an earlier point", TWICE)

    def _stopped(self) -> bool:
        """Stop what runs; False when nothing does."""
        face = self._face
        if not face.pairing.interrupt():
            return False
        face.note("stopping at once" if self.stopping else "stopping: the work so far is kept")
        self.stopping = face.pairing.state.busy
        return True

    def cancel(self) -> None:
        """Ctrl-C."""
        face = self._face
        if face.editor.empty:
            if not self._twice():
                self._stopped()
                face.note("Ctrl-C again: quit", TWICE)
        else:
            face.editor.clear()
            face.note("cleared; Up brings it back, Ctrl-C quits", TWICE)

    def leave(self) -> None:
        """Ctrl-D on an empty line: at once between turns, pressed twice while one runs."""
        if not self._face.pairing.state.busy:
            self._face.quit()
        elif not self._twice():
            self._face.note("a turn runs; Ctrl-D again: stop it and quit", TWICE)

    def _twice(self) -> bool:
        """Quit when this is the second time; False when it is the first."""
        now = time.monotonic()
        last, self._cancelled = self._cancelled, now
        if now - last < TWICE:
            self._face.quit()
            return True
        return False

    def next_mode(self) -> None:
        """Shift-Tab: the next approval mode."""
        face, state = self._face, self._face.pairing.state
        now = "plan" if state.plan else state.approval
        mode = MODES[(MODES.index(now) + 1) % len(MODES)]
        face.pairing.rules.plan = mode == "plan"
        if mode != "plan":
            face.pairing.rules.set("terminal.approval", mode)
        face.pairing.refresh()
        later = ", from the next turn on" if state.busy and mode in ("plan", "suggest") else ""
        face.note(f"{mode}{later}: {_MEANINGS[mode]}")

    def ended(self, outcome: Outcome) -> None:
        """The turn is over; of one that only planned, what came of it waits for a yes."""
        if self.stopping:
            self._face.note("", 0)
        self.stopping = False
        self._planned = self._face.pairing.rules.plan and isinstance(outcome, Succeeded)

    def moved(self) -> None:
        """The conversation is another one than before."""
        self._planned = False


async def run_slash(face: ScreenFace, line: str, *, written: bool = False) -> None:
    """A line that begins with a slash; what is no command is meant for the agent. One that the person has `written` stays in
    the transcript, above what comes of it."""
    if written and (slash := known(face, line)) and slash.name not in ("clear", "quit"):
        from pullwright.cli.terminal.transcript.block import Text

        echo = Text(face.theme, line, "dim", "prompt")
        echo.gap = True
        face.show(echo)
    if not await call(face, line):
        await face.submit(line, [])
