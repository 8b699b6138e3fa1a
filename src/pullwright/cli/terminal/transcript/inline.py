"""Markdown within a paragraph: emphasis, code, links, as spans. By markdown-it, imported with the first text that needs it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pullwright.cli.terminal.transcript.spans import Line, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 20_000
"""Characters of a longer paragraph are shown as they are."""

_SPECIAL = re.compile(r"[*_`\[\]<>&\\~!\n]|https?:")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}]")
_LONG_LINE = 56
"""A line that ends nearer to the margin was broken by a person or a line on purpose; a longer one goes on with the next."""

Lines = list[Line]


def spans(text: str, *, ticks: bool = False) -> Lines:
    """The paragraph's lines: broken where its author broke them, not yet to any width. `ticks`: code keeps its back-ticks."""
    if not _SPECIAL.search(text) or len(text) > LONGEST:
        return [[Span(row)] if row else [] for row in _joined(text)]
    reader = _Reader(ticks)
    for token in _parser().parseInline(_glued(text))[0].children or []:
        reader.take(token)
    return reader.lines


@lru_cache(1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(["html_inline"])


def _joined(text: str) -> list[str]:
    return _glued(text).split("\n")


def _glued(text: str) -> str:
    """The text with those line ends as spaces that only wrapped a paragraph."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    parts: list[str] = []
    for number, line in enumerate(lines[:-1]):
        hard = line.endswith(("  ", "\\"))
        wraps = len(line) >= _LONG_LINE and not hard and lines[number + 1].strip()
        parts += [line.rstrip(), " "] if wraps else [line, "\n"]
    return "".join((*parts, lines[-1]))


class _Reader:
    """Tokens of markdown-it to lines."""

    def __init__(self, ticks: bool) -> None:
        self.lines: Lines = [[]]
        self._ticks = ticks
        self._roles: list[str] = []
        self._links: list[tuple[str, int, int]] = []

    def take(self, token: Any) -> None:
        match token.type:
            case "text" | "text_special" | "entity":
                self._text(token.content)
            case "code_inline":
                self._add(f"`{token.content}`" if self._ticks else token.content, "code")
            case "softbreak" | "hardbreak":
                self.lines.append([])
            case "strong_open" | "em_open" | "s_open":
                self._roles.append({"strong_open": "strong", "em_open": "emphasis", "s_open": "strike"}[token.type])
            case "strong_close" | "em_close" | "s_close":
                self._roles.pop()
            case "link_open":
                self._links.append((str(token.attrGet("href") or ""), len(self.lines), len(self.lines[-1])))
                self._roles.append("link")
            case "link_close":
                self._close_link()
            case "image":
                address = str(token.attrGet("src") or "")
                self._add(f"[image: {token.content or 'without words'}]", "emphasis")
                self._add(f" ({_readable(address)})", "url")
            case _:
                self._add(token.content, "")

    def _text(self, text: str) -> None:
        if "://" not in text or self._links:
            self._add(text, "")
            return
        at = 0
        for found in _ADDRESS.finditer(text):
            self._add(text[at : found.start()], "")
            self._add(found[0], "link")
            at = found.end()
        self._add(text[at:], "")

    def _add(self, text: str, role: str) -> None:
        if text:
            self.lines[-1].append(Span(text, " ".join(filter(None, (*self._roles, role)))))

    def _close_link(self) -> None:
        address, rows, at = self._links.pop()
        self._roles.pop()
        said = "".join(span.text for span in (self.lines[-1][at:] if rows == len(self.lines) else self.lines[-1]))
        if address and _readable(address) not in (said, f"mailto:{said}") and address != said:
            self._add(f" ({_readable(address)})", "url")


def _readable(address: str) -> str:
    """The address as its author wrote it: markdown-it escapes what is not ASCII."""
    from urllib.parse import unquote

    from pullwright.cli.terminal.transcript.safe import safe

    return safe(unquote(address)).replace("\n", " ")
