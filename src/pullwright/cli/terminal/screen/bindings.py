"""The keys of `keys.py`, each bound to what it does. What is not here is the line editor's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from prompt_toolkit.application.current import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys

from pullwright.cli.terminal.screen import looking, outside
from pullwright.cli.terminal.screen.flow import run_slash
from pullwright.cli.terminal.screen.keyboard import BLUR, FOCUS

if TYPE_CHECKING:
    from pullwright.cli.terminal.screen.app import ScreenFace

_NAMES = {"c-m": "enter", "c-i": "tab", "c-h": "backspace"}


def bindings(face: ScreenFace) -> KeyBindings:
    """All bindings for one face."""
    found = KeyBindings()
    _focus(found, face)
    _dialogs(found, face)
    _menu(found, face)
    _editor(found, face)
    return found


def _focus(found: KeyBindings, face: ScreenFace) -> None:
    """The terminal got the focus, or lost it."""

    @found.add(FOCUS, eager=True)
    def _(event: KeyPressEvent) -> None:
        face.focus = True

    @found.add(BLUR, eager=True)
    def _(event: KeyPressEvent) -> None:
        face.focus = False


def _dialogs(found: KeyBindings, face: ScreenFace) -> None:
    choosing = Condition(lambda: face.desk.choice is not None and face.desk.armed and not face.desk.between)
    writing = Condition(lambda: face.desk.entry is not None and not face.desk.between)

    # What may be wanted before one answers: a look at what was, or at something else.
    beside = {
        "c-t": lambda: face.spawn(looking.transcript(face)),
        "c-l": face.redraw,
        "c-z": lambda: face.spawn(outside.suspend(face)),
    }

    @found.add(Keys.Any, filter=Condition(lambda: face.desk.between or face.work.opening), eager=True)
    def _(event: KeyPressEvent) -> None:
        face.work.hold(event.key_sequence)

    @found.add(Keys.Any, filter=choosing, eager=True)
    def _(event: KeyPressEvent) -> None:
        key = event.key_sequence[-1].key
        name = key.value if isinstance(key, Keys) else key
        if name in beside:
            beside[name]()
            return
        if name == "s-tab" and face.desk.uncalled:
            face.flow.next_mode()
            return
        before = face.desk.press(_NAMES.get(name, name))
        if before is not None:
            face.work.hold([*(KeyPress(letter) for letter in before), *event.key_sequence])

    @found.add(Keys.BracketedPaste, filter=choosing, eager=True)
    def _(event: KeyPressEvent) -> None:
        face.desk.paste(lambda: face.editor.paste(event.data))

    for key in ("pageup", "pagedown"):
        found.add(key, filter=Condition(lambda: face.desk.waits))(_handler(partial(face.desk.leaf, key)))
    found.add("enter", filter=writing, eager=True)(_handler(lambda: face.desk.close(text=True)))
    found.add("escape", filter=writing)(_handler(lambda: face.desk.close(text=False)))
    found.add("c-c", filter=writing, eager=True)(_handler(lambda: face.desk.close(text=False)))


def _menu(found: KeyBindings, face: ScreenFace) -> None:
    shown = Condition(lambda: face.completer.menu.open and not face.desk.armed)
    for name, action in (
        ("complete", face.completer.take),
        ("take", lambda: _take(face)),
        ("menu-up", lambda: face.completer.menu.move(-1)),
        ("menu-down", lambda: face.completer.menu.move(1)),
        ("menu-close", face.completer.dismiss),
    ):
        _bind(found, face, name, action, shown)


def _take(face: ScreenFace) -> None:
    """Enter in the menu: a command that needs nothing more is run."""
    offer = face.completer.take()
    if offer is not None and offer.final:
        face.flow.send()


def _bind(found: KeyBindings, face: ScreenFace, name: str, action: Callable[[], object], when: Condition) -> None:
    for keys in face.keys[name].keys:
        found.add(*keys.split(), filter=when)(_handler(action))


def _handler(action: Callable[[], object]) -> Callable[[KeyPressEvent], None]:
    def handle(_: KeyPressEvent) -> None:
        action()

    return handle


def _editor(found: KeyBindings, face: ScreenFace) -> None:
    here = Condition(lambda: not face.desk.armed and not face.completer.menu.open)
    typing = Condition(lambda: not face.desk.armed)
    empty = Condition(lambda: face.editor.empty)
    busy = Condition(lambda: face.pairing.state.busy)
    vim = Condition(lambda: get_app().editing_mode == EditingMode.VI and not face.editor.empty and not _leaving(face))
    flow, editor = face.flow, face.editor
    _bind(found, face, "send", flow.send, here)
    _bind(found, face, "queue", flow.queue, Condition(lambda: here() and busy()))
    _bind(found, face, "newline", lambda: editor.buffer.insert_text("\n"), typing)
    _bind(found, face, "stop", flow.escape, Condition(lambda: here() and not vim()))
    _bind(found, face, "cancel", flow.cancel, typing)
    _bind(found, face, "quit", flow.leave, Condition(lambda: typing() and empty()))
    _bind(found, face, "redraw", face.redraw, typing)
    _bind(found, face, "transcript", lambda: face.open(looking.transcript(face)), typing)
    _bind(found, face, "unfold", lambda: face.open(looking.unfold(face)), typing)
    _bind(found, face, "mode", flow.next_mode, typing)
    _bind(found, face, "help", lambda: face.open(run_slash(face, "/keys")), Condition(lambda: here() and empty()))
    _bind(found, face, "history", lambda: face.open(looking.search_history(face)), typing)
    _bind(found, face, "external", lambda: face.open(outside.write_outside(face)), typing)
    _bind(found, face, "image", lambda: face.spawn(outside.paste_clipboard(face)), typing)
    _bind(found, face, "undo", editor.buffer.undo, typing)
    _bind(found, face, "suspend", lambda: face.spawn(outside.suspend(face)), Condition(lambda: True))
    _arrows(found, face, here)

    @found.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        editor.paste(event.data)

    delete = get_by_name("backward-delete-char")

    @found.add(
        "backspace",
        filter=Condition(lambda: typing() and bool(editor.folds.mark_before(editor.buffer.document.text_before_cursor))),
    )
    def _(event: KeyPressEvent) -> None:
        if not editor.backspace():
            delete.handler(event)


def _leaving(face: ScreenFace) -> bool:
    """In vim's keys the first Esc leaves insertion; the next one leaves what is written, for the question that waits."""
    return face.desk.waits and get_app().vi_state.input_mode == InputMode.NAVIGATION


def _arrows(found: KeyBindings, face: ScreenFace, here: Condition) -> None:
    vim_moves = Condition(
        lambda: get_app().editing_mode == EditingMode.EMACS or get_app().vi_state.input_mode.value != "vi-navigation"
    )

    @found.add("up", filter=here & vim_moves)
    def _(event: KeyPressEvent) -> None:
        if not (face.editor.empty and face.flow.take_back()) and not face.editor.earlier():
            event.current_buffer.cursor_up(count=event.arg)

    @found.add("down", filter=here & vim_moves)
    def _(event: KeyPressEvent) -> None:
        if not face.editor.later():
            event.current_buffer.cursor_down(count=event.arg)
