"""What a person sees of a pairing, and is asked through: `screen` on a capable terminal, `plain` on any other.

    Face
    ├── ScreenFace      screen/: inline, redrawn below a native scrollback
    └── PlainFace       plain/: line by line, for dumb terminals and screen readers

Slash commands speak to a face only through this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.theme import Theme
    from pullwright.cli.terminal.transcript.block import Block

Role = Literal["note", "warning", "error", "heading", "code"]


class Option(msgspec.Struct, frozen=True):
    """One thing to choose: its label, a hint beside it, and the key that takes it at once (empty: its number)."""

    label: str
    hint: str = ""
    key: str = ""


class Face(Protocol):
    """What commands may ask of a face. All of it on the event loop; questions wait for the person, Esc answers None."""

    pairing: Pairing
    theme: Theme

    def say(self, text: str, role: Role = "note") -> None:
        """One block of text into the transcript."""
        ...

    def show(self, *blocks: Block) -> None:
        """Blocks into the transcript."""
        ...

    async def choose(self, title: str, options: Sequence[Option], *, default: int = 0) -> int | None:
        """The index of what the person chose."""
        ...

    async def ask(self, title: str, *, default: str = "", secret: bool = False) -> str | None:
        """A line of the person's."""
        ...

    async def edit(self, text: str, *, suffix: str = ".txt") -> str | None:
        """The text as the person's own editor leaves it; None when it was left unchanged, or the editor failed."""
        ...

    async def view(self, title: str, lines: Sequence[str]) -> None:
        """Long text to look through."""
        ...

    def fill(self, text: str) -> None:
        """Put a text into the editor, for the person to send."""
        ...

    def clear(self) -> None:
        """An empty screen; the session stays."""
        ...

    def quit(self) -> None:
        """End the program once what runs has stopped."""
        ...
