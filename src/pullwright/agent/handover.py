"""What a summary must keep of a conversation that is about to be dropped, as data.

Goal, decisions, findings and what comes next are the model's own words; plan, files and commands come from the
log's record (`Ledger`), which a forgetful summary cannot lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pullwright.agent.ledger import Ledger
from pullwright.protocol.events import PlanStep

REQUEST = """\
<handover-request>
The conversation has grown too long and will be replaced by what you write now; the person's messages, the plan and
the last steps are kept beside it. Do not call tools. Answer with one JSON object and nothing else:
{"goal": "what the person wants, with every requirement and constraint that still holds",
 "decisions": ["each decision taken, and why"],
 "findings": ["what was found out: causes, places as path:line, interfaces, commands that work, errors word for word"],
 "done": ["what is finished, and how it was checked"],
 "next": ["what is left to do, in order, concretely"],
 "open": ["what is unclear, failed, or must not be tried again"]}
Write for somebody who continues the work and has seen nothing else. Invent nothing.
</handover-request>"""


FILES_TOLD = 100
"""How many changed files are named: what comes last is cut when the whole grows too long, and so must not be a long list."""


class Handover(msgspec.Struct, frozen=True):
    """The model's part. `notes` is its text as it came, when it was not the JSON that was asked for."""

    goal: str = ""
    decisions: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    notes: str = ""


def read(text: str) -> Handover:
    """The handover in a model's answer; JSON in a code block or between other words is found."""
    start, end = text.find("{"), text.rfind("}")
    try:
        given: dict[str, Any] = msgspec.json.decode(text[start : end + 1], type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Handover(notes=text.strip())
    fields: dict[str, Any] = {"goal": _line(given.get("goal", ""))}
    for name in ("decisions", "findings", "done", "next", "open"):
        value: Any = given.get(name) or []
        fields[name] = tuple(_line(one) for one in value) if isinstance(value, list) else (_line(value),)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return Handover(**fields)


def written(handover: Handover, ledger: Ledger, read_files: Iterable[str]) -> str:
    """The handover as the model gets it, what must not be lost first."""
    changed = [*ledger.changed][-FILES_TOLD:]
    if len(ledger.changed) > FILES_TOLD:
        changed.insert(0, f"({len(ledger.changed) - FILES_TOLD} more, changed earlier)")
    only_read = [path for path in read_files if path not in ledger.changed]
    commands = [f"`{line}`: {how}" for line, how in ledger.commands.items()]
    parts = [
        "Earlier parts of this conversation were summarised to save room. Files are as you left them; read again what you need.",
        f"Goal: {handover.goal}" if handover.goal else "",
        _listed("Plan", _plan(ledger.plan)),
        _listed("Next", handover.next),
        _listed("Open", handover.open),
        _listed("Decisions", handover.decisions),
        _listed("Findings", handover.findings),
        _listed("Done", handover.done),
        _listed("Files changed (from the log)", changed),
        _listed("Files read (from the log)", only_read[-40:]),
        _listed("Commands run last (from the log)", commands),
        f"Notes: {handover.notes}" if handover.notes else "",
    ]
    return "\n".join(part for part in parts if part)


def _plan(plan: Sequence[PlanStep]) -> list[str]:
    return [f"[{step.status}] {step.text}" for step in plan]


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{title}:", *(f"- {line}" for line in lines)]) if lines else ""


def _line(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
