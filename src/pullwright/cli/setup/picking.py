"""One name of many: a short list is numbered, a long one narrowed by typing."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.setup.asker import Asker, Option

SHORT = 12


def pick(asker: Asker, title: str, names: Sequence[str], default: str = "") -> str:
    """One of `names`, or any name where there are none. Raises `Skipped`, `Back`."""
    if not names:
        return asker.text(title, default)
    shown: Sequence[str] = names
    while len(shown) > SHORT:
        asker.say(f"{title}: {len(shown)} to choose from, such as {', '.join(shown[:4])}.")
        typed = asker.text("Type a part of its name", default)
        if typed in names:
            return typed
        shown = [name for name in names if typed.lower() in name.lower()]
        if not shown:
            asker.say(f"None has {typed!r} in its name.", "yellow")
            shown = names
        elif len(shown) == 1:
            return shown[0]
    at = shown.index(default) if default in shown else 0
    return shown[asker.choose(title, [Option(name) for name in shown], at)]
