"""The status line: what must be known at a glance, and less of it where there is less room.

    status(state, …) -> fragments of one line, at most `width` columns
    working(state, …) -> the line above the editor while a turn runs

Parts have a rank; the highest number goes first when the line is too narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from pullwright.cli.render.clean import clean, columns, fit
from pullwright.cli.render.progress import seconds
from pullwright.protocol.usage import Spend

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from pullwright.cli.terminal.pairing.state import State

SEPARATOR = " · "
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_SPINNER = "|/-\\"
_LOOKS: dict[str, str] = {"plain": "class:status", "key": "class:status.key", "warning": "class:status.warning"}


class Part(msgspec.Struct, frozen=True):
    """One part: its text, how soon it goes when there is little room (0: last), how it looks, and a shorter text."""

    text: str
    rank: int
    look: Literal["plain", "key", "warning"] = "plain"
    short: str = ""


def parts(state: State) -> list[Part]:
    """All that there is to say, from left to right."""
    effort = f" {state.effort}" if state.effort else ""
    found: list[Part] = [Part(clean(state.model) + effort, 1, "key", clean(state.model.rpartition("/")[2]))]
    if state.scripted:
        found.append(Part("SCRIPTED", 0, "warning"))
    if state.agent:
        found.append(Part(f"as {clean(state.agent)}", 2, "key"))
    found.append(Part("PLAN", 0, "warning") if state.plan else Part(state.approval, 2, "key"))
    found += [*_context(state), *_cost(state)]
    if state.branch:
        found.append(Part(clean(state.branch), 6, short=fit(clean(state.branch), 12)))
    found += _place(state)
    if state.processes:
        found.append(Part(f"{state.processes} running", 5, "key"))
    return found


def _context(state: State) -> list[Part]:
    if not state.context_limit:
        return []
    left = max(0, 100 - round(100 * state.context_tokens / state.context_limit))
    return [Part(f"{left}% context", 3, "warning" if left < 20 else "plain", f"{left}%")]


def _cost(state: State) -> list[Part]:
    spend, ceiling = state.spend, state.budget.usd
    if not spend.calls:
        return []
    text = money_short(spend)
    if ceiling is None:
        return [Part(text, 4)]
    near = spend.cost_usd >= state.budget.soft * ceiling
    return [Part(f"{text} of ${ceiling:g}", 4, "warning" if near else "plain", text)]


def money_short(spend: Spend) -> str:
    """`$0.12`, `$0.004`, `? cost` where no price is known."""
    if spend.unpriced and not spend.cost_usd:
        return "cost unknown"
    return (f"${spend.cost_usd:.2f}" if spend.cost_usd >= 0.1 else f"${spend.cost_usd:.3f}") + ("+" if spend.unpriced else "")


def _place(state: State) -> list[Part]:
    found: list[Part] = []
    if state.sandbox == "failed":
        found.append(Part("sandbox failed", 1, "warning"))
    elif state.access == "full-access":
        found.append(Part("FULL ACCESS", 1, "warning"))
    elif state.sandbox == "opening":
        found.append(Part("sandbox opening", 7))
    else:
        found.append(Part("sandbox" if state.access == "workspace-write" else f"sandbox {state.access}", 8))
    network = state.network or "off"
    found.append(Part(f"network {network}", 7 if network == "off" else 4, short="" if network == "off" else "network"))
    return found


def status(state: State, width: int, note: str = "") -> StyleAndTextTuples:
    """The line for `width` columns; `note` (what a key did, what to press next) takes its place for a while."""
    if note:
        return [("class:status.busy", fit(f"  {note}", width))]
    shown: list[Part] = parts(state)
    for rank in range(8, 0, -1):
        if _width(shown) <= width - 2:
            break
        shown = [_shorter(part) if part.rank == rank and part.short else part for part in shown]
        if _width(shown) > width - 2:
            shown = [part for part in shown if part.rank != rank or rank == 1]
    return _line(shown, width)


def _shorter(part: Part) -> Part:
    return Part(part.short, part.rank, part.look) if part.short else part


def _width(shown: list[Part]) -> int:
    return sum(columns(part.text) for part in shown) + len(SEPARATOR) * max(0, len(shown) - 1)


def _line(shown: list[Part], width: int) -> StyleAndTextTuples:
    found: StyleAndTextTuples = [("class:status", "  ")]
    room = width - 2
    for number, part in enumerate(shown):
        separator = SEPARATOR if number else ""
        text = fit(part.text, max(0, room - len(separator)))
        if not text:
            break
        found += [("class:status", separator), (_LOOKS[part.look], text)]
        room -= len(separator) + columns(text)
    return found


def working(state: State, width: int, now: float, *, unicode: bool = True, stopping: bool = False) -> StyleAndTextTuples:
    """`⠹ working 12 s · step 3 · 14,200 tokens · Esc stops`, or nothing between turns."""
    if not state.busy:
        return []
    signs = SPINNER if unicode else PLAIN_SPINNER
    sign = "?" if state.asking else signs[int(now * 10) % len(signs)]
    word = "stopping" if stopping else "working"
    words = ["waiting for you" if state.asking else f"{word} {seconds(max(0.0, now - state.since))}"]
    if state.step:
        words.append(f"step {state.step}")
    spend = state.turn_spend
    if spend.calls:
        words.append(f"{spend.usage.total:,} tokens")
        words += [spend.cost] if spend.cost_usd or not spend.unpriced else []
    if not stopping:
        words.insert(1, "Esc stops")
    text, rest = words[0], ""
    for word in words[1:]:
        if columns(text + rest) + len(word) + 6 > width:
            break
        rest += SEPARATOR + word
    return [("class:status.busy", f"{sign} {text}"), ("class:dim", rest)]
