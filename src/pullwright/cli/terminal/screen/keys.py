"""Every key of the screen: what it is called, what it does, where it counts. `?` and `/keys` print this table.

Bindings are made from here (`bindings.py`); the setting `terminal.bindings` gives actions other keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

Where = Literal["editor", "working", "menu", "dialog"]


class Key(msgspec.Struct, frozen=True):
    """One action. `keys` are prompt_toolkit's names; a key with a space in it is two keys one after the other."""

    name: str
    keys: tuple[str, ...]
    help: str
    where: Where = "editor"


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key("send", ("enter",), "send; while it works: say it now, heard before its next step"),
        Key("queue", ("tab",), "while it works: send after this turn", "working"),
        Key("newline", ("escape enter", "c-j"), "new line (also Shift-Enter where the terminal offers it, and \\ then Enter)"),
        Key("stop", ("escape",), "stop the step, keep the work", "working"),
        Key("rewind", ("escape escape",), "on an empty line: go back to an earlier point, conversation and files"),
        Key("cancel", ("c-c",), "clear the line; on an empty one: stop, and pressed twice: quit"),
        Key("quit", ("c-d",), "on an empty line: quit; pressed twice while it works"),
        Key("redraw", ("c-l",), "draw the screen again"),
        Key("transcript", ("c-t",), "the whole transcript, with search"),
        Key("unfold", ("c-o",), "the last output in full"),
        Key("mode", ("s-tab",), "the next approval mode: suggest, auto-edit, full-auto, plan"),
        Key("help", ("?",), "on an empty line: show the keys"),
        Key("history", ("c-r",), "search what you have sent before"),
        Key("earlier", ("up",), "on the first line: what you sent before; on an empty one: take the last queued back"),
        Key("later", ("down",), "on the last line: what you sent after that"),
        Key("external", ("c-x c-e", "c-g"), "write in your own editor"),
        Key("image", ("c-v",), "put in the image, or the text, of the clipboard"),
        Key("undo", ("c-_", "c-x c-u"), "undo"),
        Key("suspend", ("c-z",), "to the shell; fg comes back"),
        Key("complete", ("tab",), "take the chosen completion", "menu"),
        Key("take", ("enter",), "take it; a command without arguments is run", "menu"),
        Key("menu-up", ("up", "c-p"), "the one above", "menu"),
        Key("menu-down", ("down", "c-n"), "the one below", "menu"),
        Key("menu-close", ("escape",), "close the menu", "menu"),
    )
}

EDITING: tuple[tuple[str, str], ...] = (
    ("Ctrl-A  Ctrl-E", "beginning, end of the line"),
    ("Alt-B  Alt-F", "a word back, forward (also Ctrl-Left, Ctrl-Right)"),
    ("Ctrl-W  Alt-Backspace", "delete the word before the cursor"),
    ("Ctrl-U  Ctrl-K", "delete to the beginning, to the end of the line"),
    ("Ctrl-Y  Alt-Y", "put back what was deleted, and what was before that"),
)
"""What comes with the line editor."""

FIXED = ("send", "stop", "rewind", "cancel", "earlier", "later")
"""Actions whose keys mean what they mean everywhere."""

_KEY = re.compile(
    r"c-[a-z@_\\\]]|s-(tab|up|down|left|right)|f([1-9]|1\d|2[0-2])|enter|escape|tab|up|down|insert|pageup|pagedown|[!-~]"
)
_WORDS = {"enter": "Enter", "escape": "Esc", "tab": "Tab", "s-tab": "Shift-Tab", "up": "Up", "down": "Down", "c-_": "Ctrl-_"}


def spelled(key: str) -> str:
    """A key as people write it: `c-x c-e` is `Ctrl-X Ctrl-E`, `escape enter` is `Alt-Enter`."""
    if key == "escape enter":
        return "Alt-Enter"
    if key.startswith("escape ") and key != "escape escape":
        return f"Alt-{spelled(key[7:]).upper()}"
    return " ".join(_WORDS.get(part, f"Ctrl-{part[2:].upper()}" if part.startswith("c-") else part) for part in key.split())


def table(keys: Mapping[str, Key] = KEYS) -> list[tuple[str, str]]:
    """The keys and what they do, as they are shown."""
    return [("  ".join(spelled(key) for key in entry.keys), entry.help) for entry in keys.values()] + list(EDITING)


def bound(changes: Mapping[str, str]) -> dict[str, Key]:
    """All keys, with others for the actions in `changes` (`{"queue": "ctrl-q, f2"}`). Raises `ValueError`."""
    found = dict(KEYS)
    for name, text in changes.items():
        if name not in KEYS or name in FIXED:
            raise ValueError(f"{name} is no action whose key can be changed; docs/terminal.md names them")
        keys = tuple(parsed(word) for word in text.split(",") if word.strip())
        found[name] = msgspec.structs.replace(KEYS[name], keys=keys)
    for name in changes:
        for other, entry in found.items():
            shared = set(entry.keys) & set(found[name].keys)
            if other != name and entry.where == found[name].where and shared:
                raise ValueError(f"{spelled(shared.pop())} would be {name} and {other}")
    return found


def parsed(text: str) -> str:
    """A key as prompt_toolkit names it: from `ctrl-q`, `alt-p`, `f2`, or several one after the other. Raises `ValueError`."""
    parts: list[str] = []
    for word in text.lower().split():
        word = word.replace("ctrl-", "c-").replace("shift-", "s-")
        parts += ["escape", word.removeprefix("alt-")] if word.startswith("alt-") else [word]
    for part in parts:
        if not _KEY.fullmatch(part):
            raise ValueError(f"{text.strip()!r} is no key; write ctrl-q, alt-p, shift-tab, f2, or two with a space between")
    return " ".join(parts)
