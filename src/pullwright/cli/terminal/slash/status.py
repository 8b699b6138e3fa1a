"""What this session is, has used, and holds in mind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pullwright.protocol.events import InputReceived, TurnFinished, TurnStarted
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.usage import Spend, money

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

BAR = 24


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
    face.say("\n".join([f"some {used:,} tokens{share}", *lines]), "code")


async def cost(face: Face, arguments: str) -> None:
    """Money, tokens and time, turn by turn."""
    rows: list[str] = []
    prompt = ""
    for event in face.pairing.log.read():
        if isinstance(event, TurnStarted):
            prompt = ""
        elif isinstance(event, InputReceived) and isinstance(event.input, Prompt):
            prompt = prompt or " ".join(event.input.text.split())[:40]
        elif isinstance(event, TurnFinished):
            rows.append(f"  {prompt or '(went on)':<40}  {_spent(event.outcome.spend)}")
    spend = face.pairing.past().spend
    face.say("\n".join([*rows, f"  {'all of this session':<40}  {_spent(spend)}"]), "code")


def _spent(spend: Spend) -> str:
    usage = spend.usage
    cached = f" ({usage.cached / usage.input:.0%} cached)" if usage.input and usage.cached else ""
    price = money(spend.cost_usd, unpriced=spend.unpriced)
    return f"{price:>9}  {usage.input:>9,} in{cached}  {usage.output:>7,} out  {spend.seconds:>5.0f} s"


async def status(face: Face, arguments: str) -> None:
    """Everything about this session, a line each."""
    pairing, state = face.pairing, face.pairing.state
    place = pairing.standing.place
    rows = [
        ("session", state.session),
        ("project", f"{state.project}" + (f" on {state.branch}" if state.branch else "")),
        ("model", f"{state.provider}/{state.model}" + (f", effort {state.effort}" if state.effort else "")),
        ("approvals", state.approval + (" · plan first" if state.plan else "")),
        *([("agent", pairing.rules.agent)] if pairing.rules.agent else []),
        ("access", state.access),
        ("network", state.network),
        ("sandbox", "failed" if place.failed else f"{pairing.rules.settings.sandbox or 'this platform’s own'}"),
        ("budget", pairing.rules.settings.budget),
        ("used", _used(state.spend)),
        ("background", f"{state.processes} commands"),
        ("kept in", str(pairing.folder)),
        ("settings", str(pairing.rules.loaded.folders.config_file)),
    ]
    if state.busy:
        rows.append(("working", f"for {time.time() - state.since:.0f} s, step {state.step}"))
    face.say("\n".join(f"  {name:<10}  {text}" for name, text in rows), "code")


def _used(spend: Spend) -> str:
    return f"{money(spend.cost_usd, unpriced=spend.unpriced)}, {spend.usage.total:,} tokens, {spend.calls} calls"
