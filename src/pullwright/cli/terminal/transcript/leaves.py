"""The parts that a Markdown text falls into, in the order of the page.

    Leaf
    ├── Paragraph     running text; also what is no Markdown that we know
    ├── Heading
    ├── CodeLine      one line of a code block, in its colours
    ├── Table
    └── Rule

`prefix` is what stands before a leaf: the quotes and list items that it lies in, the outermost first.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.cli.terminal.transcript.spans import Line

Align = Literal["left", "center", "right"]


class Prefix(msgspec.Struct, frozen=True):
    """One quote (`marker` is empty), or one list item with its marker (`-`, `3.`). `first`: this leaf is the item's first."""

    marker: str = ""
    depth: int = 0
    first: bool = False


class _Leaf(msgspec.Struct, frozen=True, kw_only=True):
    prefix: tuple[Prefix, ...] = ()
    gap: bool = False


class Paragraph(_Leaf, frozen=True):
    """Running text with the line ends of its author."""

    text: str


class Heading(_Leaf, frozen=True):
    """A heading of level 1 to 6."""

    level: int
    text: str


class CodeLine(_Leaf, frozen=True):
    """A line of code. `label` names the block, before its first line, where its fence says more than a language."""

    line: Line
    label: str = ""


class Table(_Leaf, frozen=True):
    """A table: cells as Markdown."""

    header: tuple[str, ...]
    aligns: tuple[Align, ...]
    rows: tuple[tuple[str, ...], ...]


class Rule(_Leaf, frozen=True):
    """A line across."""


Leaf = Paragraph | Heading | CodeLine | Table | Rule
"""A part of a text."""
