"""HTML as a tree of calls. A plain text is escaped wherever it stands; only what these functions made is HTML already.

element("p", "1 < 2", class_="note")    <p class="note">1 &lt; 2</p>
"""

from __future__ import annotations

from html import escape
from typing import Final

from markdown_it import MarkdownIt

VOID: Final = frozenset({"input", "br", "meta", "hr"})


class Markup(str):
    """A text that is HTML. Only this module makes one from anything that came from outside."""

    __slots__ = ()


Child = str | Markup | None


def element(name: str, /, *children: Child, **attributes: str | bool | int) -> Markup:
    """One element. `class_` is `class`, `for_` is `for`; True is an attribute without a value, False leaves it out."""
    said = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Children beside each other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None))


def _attribute(name: str, value: str | bool | int) -> str:
    if value is True:
        return f" {name}"
    return "" if value is False else f' {name}="{escape(str(value))}"'


def markdown(text: str) -> Markup:
    """Markdown as HTML: what is HTML in it is shown and not meant, pictures are left as their words, addresses are checked."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    return Markup(parser.render(text))
