"""What this session is, has used, and holds in mind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from pullwright.cli.render.progress import seconds
from pullwright.cli.terminal.transcript.sizes import counted, tokens_of
from pullwright.protocol.events import InputReceived, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.usage import Spend, money

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

BAR = 24
WORDS = 20
"""Characters of a prompt in a table."""


async def context(face: Face, arguments: str) -> None:
    """What fills the window, as a table with bars."""
    parts = sorted(face.pairing.context(), key=lambda part: -part[1])
    used = sum(size for _, size in parts)
    limit = face.pairing.state.context_limit
    if not parts:
        face.say("nothing was sent yet")
        return
    width = max(len(name) for name, _ in parts)
    most = max(size for _, size in parts) or 1
    lines = [f"  {name:<{width}}  {size:>9,}  {'#' * max(1, round(BAR * size / most))}" for name, size in parts if size]
    share = f" of {limit:,} ({used / limit:.0%}); then it is shortened" if limit else ""
    face.say(f"Context: some {used:,} tokens{share}", "heading")
    face.say("\n".join(lines), "code")


async def cost(face: Face, arguments: str) -> None:
    """Money, tokens and time, turn by turn."""
    rows: list[str] = []
    prompt = ""
    for event in face.pairing.log.read():
        if isinstance(event, TurnStarted):
            prompt = ""
        elif isinstance(event, InputReceived) and isinstance(event.input, Prompt):
            prompt = prompt or " ".join(event.input.text.split())[:WORDS]
        elif isinstance(event, TurnFinished):
            rows.append(f"  {prompt or '(went on)':<{WORDS}}  {_spent(event.outcome.spend)}")
    spend = face.pairing.past().spend
    face.say("Cost, turn by turn", "heading")
    face.say("\n".join([*rows, f"  {'all of this session':<{WORDS}}  {_spent(spend)}"]), "code")


def _spent(spend: Spend) -> str:
    usage = spend.usage
    cached = f"{usage.cached / usage.input:.0%}" if usage.input else "0%"
    price = money(spend.cost_usd, unpriced=spend.unpriced)
    read, wrote = tokens_of(usage.input), tokens_of(usage.output)
    return f"{price:>8}  {read:>5} in, {cached:>4} cached  {wrote:>5} out  {seconds(spend.seconds):>6}"


async def status(face: Face, arguments: str) -> None:
    """Everything about this session, a line each."""
    pairing, state = face.pairing, face.pairing.state
    place = pairing.standing.place
    rows = [
        ("session", state.session),
        ("project", _short(state.project) + (f" on {state.branch}" if state.branch else "")),
        ("model", f"{state.provider}/{state.model}" + (f", effort {state.effort}" if state.effort else "")),
        ("approvals", state.approval + (" · plan first" if state.plan else "")),
        *([("agent", pairing.rules.agent)] if pairing.rules.agent else []),
        ("access", state.access),
        ("network", state.network),
        ("sandbox", "failed" if place.failed else f"{pairing.rules.settings.sandbox or 'this platform’s own'}"),
        ("budget", pairing.rules.settings.budget),
        ("used", _used(state.spend)),
        ("background", counted(state.processes, "command")),
        ("kept in", _short(pairing.folder)),
        ("settings", _short(pairing.rules.loaded.folders.config_file)),
    ]
    if state.busy:
        rows.append(("working", f"for {time.time() - state.since:.0f} s, step {state.step}"))
    face.say("This session", "heading")
    face.say("\n".join(f"  {name:<10}  {text}" for name, text in rows), "code")


def _used(spend: Spend) -> str:
    return f"{spend.cost}, {spend.usage.total:,} tokens, {counted(spend.calls, 'call')}"


def _short(path: Path) -> str:
    """A path with the home folder as `~`."""
    home, text = str(Path.home()), str(path)
    return f"~{text.removeprefix(home)}" if text.startswith(f"{home}/") else text
