"""The screen's life: from the first frame until the person quits; the terminal is as it was before, however that comes about.

run_screen(pairing, transcript, …) -> exit code
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pullwright.cli.terminal.screen import theming
from pullwright.cli.terminal.screen.app import ScreenFace
from pullwright.cli.terminal.screen.output import SANE
from pullwright.cli.terminal.screen.welcome import Welcome

if TYPE_CHECKING:
    from pullwright.cli.settings.tree import Terminal
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.theme import Theme
    from pullwright.cli.terminal.transcript.transcript import Transcript

FIRST_FRAME = 0.02
"""Seconds after which the screen stands, and what is slow to import may begin."""

SPIN = 0.1
HUNG_UP = 129
GARBAGE = 20_000
"""New objects between two looks for garbage."""

Work = Callable[[], Coroutine[Any, Any, None]]


async def run_screen(
    pairing: Pairing,
    transcript: Transcript,
    settings: Terminal,
    *,
    theme: Theme,
    state_folder: Path | None = None,
    first: str = "",
    begin: Work | None = None,
    early: int = 0,
) -> int:
    """Show `pairing` until the person quits; returns the exit code.

    `first` is sent as if it had been written; `begin` is what takes its time, and starts once the screen is there. `early` is
    what `typeahead.held` gave, inside of which this is to be called.
    """
    face = ScreenFace(pairing, transcript, settings, theme=theme, state_folder=state_folder, early=early)
    face.scrollback.add([Welcome(theme, pairing.state.project)])
    unwatch = pairing.watch(face.saw)
    try:
        async with asyncio.TaskGroup() as group:
            face.work.begin(group)
            if first:
                face.spawn(face.submit(first, []))
            if begin is not None:
                asyncio.get_running_loop().call_later(FIRST_FRAME, lambda: face.spawn(begin()))
            face.spawn(_spin(face))
            try:
                return await _shown(face)
            finally:
                face.work.stop()
    finally:
        unwatch()
        if face.work.gave_up:
            sys.stderr.write(f"error: too many faults of Pullwright's own; the last is in {face.work.kept}\n")


async def _shown(face: ScreenFace) -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, face.exit, 128 + number)
    loop.set_exception_handler(lambda _, context: face.work.fault(context.get("exception") or RuntimeError(context["message"])))
    # What was imported lives as long as we do: looking through it again and again would only hold keys up.
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 50)
    face.title.keep()
    face.title.show(face.pairing.state)
    face.foot.frames.modes(on=True)
    theming.ask_background(face)
    try:
        return await face.foot.run_async(pre_run=face.scrollback.touch, handle_sigint=False, set_exception_handler=False)
    except EOFError:
        return HUNG_UP
    finally:
        loop.set_exception_handler(None)
        face.foot.frames.write_raw(SANE + face.title.back + _farewell(face))
        face.foot.frames.flush()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _farewell(face: ScreenFace) -> str:
    """How to come back, where there is something to come back to."""
    state = face.pairing.state
    return face.theme.paint("dim", f"pullwright resume {state.session}") + "\r\n" if state.session and state.spend.calls else ""


async def _spin(face: ScreenFace) -> None:
    """The spinner turns while a turn runs; otherwise nothing wakes up."""
    while True:
        await face.working.wait()
        await asyncio.sleep(SPIN)
        face.scrollback.touch()
