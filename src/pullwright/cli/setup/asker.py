"""What asks a person: `Asker`, and the two ways out of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pullwright.cli.render.style import Colour


class Skipped(Exception):
    """The question is left as it is: nothing is written for it."""


class Back(Exception):
    """The person wants the question before."""


class Option(msgspec.Struct, frozen=True):
    """One answer: its name, and a line that explains it."""

    label: str
    hint: str = ""


class Asker(Protocol):
    """Asks and tells. Every question may raise `Skipped`, `Back` (where `back` allows it) and `KeyboardInterrupt`.

    `asked` counts the questions that a person has answered or left.
    """

    back: bool
    asked: int

    def say(self, text: str = "", *colours: Colour) -> None:
        """Tell something: wrapped to the terminal, its line breaks and indents kept."""
        ...

    def choose(self, title: str, options: Sequence[Option], default: int = 0) -> int:
        """The number of the chosen option, from 0."""
        ...

    def text(self, title: str, default: str = "", *, optional: bool = False) -> str:
        """A line of text; nothing typed is `default`, and where there is none `Skipped`, or "" where it is `optional`."""
        ...

    def secret(self, title: str, *, optional: bool = False) -> str:
        """A line that is not shown while it is typed; nothing typed as in `text`."""
        ...
