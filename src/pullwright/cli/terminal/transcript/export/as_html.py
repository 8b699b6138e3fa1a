"""A session as one HTML page: the blocks as the terminal shows them, long ones to be opened; dark or light as the reader is.

The page has no script and loads nothing; text of others stands in it as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from pullwright.cli.terminal.palettes import DARK, LIGHT
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block, Piece
from pullwright.cli.terminal.transcript.spans import Line, Span
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.log.log import Artifacts
from pullwright.protocol.events import Event

WIDTH = 110
"""Columns of the page."""

MOST_LINES = 5_000
"""Lines of one block that can be opened."""

_FLAGS = {
    "bold": "font-weight:600",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
    "strike": "text-decoration:line-through",
    "dim": "opacity:.7",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>
body{{margin:2rem auto;max-width:{width}ch;padding:0 1rem;font:14px/1.45 ui-monospace,Menlo,Consolas,monospace;
background:#f8f9fb;color:#1f2430}}
pre{{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}}
.gap{{margin-top:1.2em}} summary{{list-style:none;cursor:pointer}} summary::-webkit-details-marker{{display:none}}
details[open]>summary{{display:none}}
{light}
@media (prefers-color-scheme:dark){{body{{background:#15181e;color:#d7dbe3}}
{dark}
}}
</style></head><body><main>
{body}
</main></body></html>
"""


def as_html(events: Iterable[Event], artifacts: Artifacts | None = None, *, title: str = "Pullwright session") -> str:
    """The page."""
    transcript = Transcript(Theme("dark"), artifacts=artifacts, more="click to open")
    blocks = [block for event in events for block in transcript.feed(event)] + transcript.settle()
    body = "\n".join(_block(block) for block in blocks)
    return _PAGE.format(title=escape(title), width=WIDTH + 4, light=_rules(LIGHT), dark=_rules(DARK), body=body)


def _block(block: Block) -> str:
    assert isinstance(block, Piece)
    folded = block.layout(WIDTH, False)
    gap = ' class="gap"' if block.gap else ""
    if not block.unfolds:
        return f"<pre{gap}>{_lines(folded)}</pre>"
    full = block.layout(WIDTH, True)
    if len(full) <= len(folded):
        return f"<pre{gap}>{_lines(folded)}</pre>"
    more = f"\n… {len(full) - MOST_LINES:,} more lines are not on this page" if len(full) > MOST_LINES else ""
    return f"<details{gap}><summary><pre>{_lines(folded)}</pre></summary><pre>{_lines(full[:MOST_LINES])}{more}</pre></details>"


def _lines(lines: Iterable[Line]) -> str:
    return "\n".join("".join(map(_span, line)) for line in lines)


def _span(span: Span) -> str:
    text = escape(span.text)
    names = " ".join(f"r-{role.replace('.', '-')}" for role in span.role.split())
    return f'<span class="{names}">{text}</span>' if names and text.strip() else text


def _rules(palette: Mapping[str, str]) -> str:
    """The palette as style rules."""
    rules: list[str] = []
    for role, look in palette.items():
        parts: list[str] = []
        for word in look.split():
            if word in _FLAGS:
                parts.append(_FLAGS[word])
            elif word.startswith("bg:"):
                parts.append(f"background:{word[3:]}")
            else:
                parts.append(f"color:{word}")
        if parts:
            rules.append(f".r-{role.replace('.', '-')}{{{';'.join(parts)}}}")
    return "\n".join(rules)
