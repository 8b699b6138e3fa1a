"""What happens, as labelled lines: `Command: pytest -q`, `Edit: a.py, 3 lines added, 1 removed.`

    Teller(artifacts).feed(event or frame) -> lines

A fold like the transcript's, with the same care for hostile text. Lines are not wrapped: the terminal or the reader does that.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.terminal.palettes import PLAIN_MARKS
from pullwright.cli.terminal.plain.speaking import Speaker
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.answer import RESENT, STOPPED, Answers
from pullwright.cli.terminal.transcript.block import Piece
from pullwright.cli.terminal.transcript.diff import edited_by
from pullwright.cli.terminal.transcript.kept import Kept
from pullwright.cli.terminal.transcript.patch import parse
from pullwright.cli.terminal.transcript.result import WORDS, spend_parts
from pullwright.cli.terminal.transcript.safe import output, safe
from pullwright.cli.terminal.transcript.said import Said
from pullwright.cli.terminal.transcript.sizes import counted
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.log.log import Artifacts
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    ModelRetried,
    PersonEdited,
    PlanUpdated,
    ToolStarted,
    TurnFinished,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Message
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta, TextDelta

SHOWN = 12
"""Lines of an output, and changed lines of an edit, that are told."""

LABELS = {
    "reasoning": "Thinking",
    "tool": "Tool",
    "policy": "Policy",
    "result": "Result",
    "note": "Note",
    "turn": "Turn",
    "plan": "Plan",
}
WIDEST = 100_000
_TOLD = ("prompt", "answer", "command", "edit", "plan", "turn")
"""Kinds of blocks that are told here in other words."""


class Teller:
    """Tells a session. `echoed` is true where the terminal itself shows what the person types."""

    def __init__(self, artifacts: Artifacts | None = None, *, echoed: bool = False) -> None:
        theme = Theme("none", "none", unicode=False, bare=True)
        self._kept = Kept(artifacts)
        self._answers = Answers(theme)
        self._speaker = Speaker()
        self._rest = Transcript(theme, artifacts=artifacts)
        self._echoed = echoed

    def feed(self, seen: Event | Live) -> list[str]:
        """The lines that tell of it; empty where nobody needs to know."""
        match seen:
            case TextDelta():
                return self._said(self._answers.delta(seen))
            case ReasoningDelta() | CallDelta() | OutputDelta() | Progress():
                return []
            case ItemAdded():
                return self._item(seen)
            case ModelRetried():
                return [*self._said(self._answers.cut(RESENT)), *self._other(seen)]
            case TurnFinished():
                return [*self._said(self._answers.cut(STOPPED)), *self._speaker.end(), *self._event(seen), *self._ended(seen)]
            case _:
                lines = self._event(seen)
                return [*self._speaker.end(), *lines] if lines else []

    def _event(self, event: Event) -> list[str]:
        """What waited in the transcript for company, what it says of the event, and what is said here in its place."""
        return [*self._other(event), *self._flush(), *self._own(event)]

    def _own(self, event: Event) -> list[str]:
        match event:
            case InputReceived(input=Prompt() | Steer(ran="") as given):
                text = safe(self._kept.words(given.text)).strip().replace("\n", "\n  ")
                return [] if self._echoed or not text else [f"You: {text}"]
            case ToolStarted(name="exec"):
                return [f"Command: {safe(event.title)}"]
            case CommandRan():
                return self._command(event)
            case FilesChanged():
                return self.edit(event.diff)
            case PersonEdited():
                return self.edit(event.diff, f"Y{edited_by(event)[1:]}")
            case PlanUpdated():
                return self._plan(event)
            case _:
                return []

    def _item(self, event: ItemAdded) -> list[str]:
        view = self._kept.item(event.item).view
        if event.source == "model" and isinstance(view, Message):
            if view.role == "assistant" and view.text.strip():
                return [*self._said(self._answers.complete(view.id or "", view.text, event.seq)), *self._speaker.end()]
            return []
        return self._other(event)

    def _said(self, blocks: Sequence[Piece]) -> list[str]:
        lines: list[str] = []
        for block in blocks:
            if isinstance(block, Said):
                words = self._speaker.lines(block.leaf)
                if block.first and words:
                    words[0] = f"Pullwright: {words[0]}"
                lines += words
            else:
                lines += self._labelled(block)
        return lines

    def _command(self, event: CommandRan) -> list[str]:
        by = {"": "Command", "person": "Your command"}.get(event.by, f"{event.by}'s command")
        took = f" after {event.seconds:.1f} seconds" if event.seconds else ""
        if event.background and event.exit_code is None:
            end = "goes on in the background"
        elif event.timed_out:
            end = f"ran out of time{took}"
        elif event.exit_code is None:
            end = f"was ended by {safe(event.signal) or 'force'}{took}"
        else:
            end = f"ended with exit code {event.exit_code}{took}"
        text, _ = self._kept.end(event.artifact, 64 << 10) if event.artifact else ("", 0)
        lines = [line for line in output(text).split("\n") if line.strip()]
        count = self._kept.data(event.artifact).count(b"\n") if event.artifact else 0
        more = f"Output, the last {SHOWN} of {count:,} lines:" if len(lines) > SHOWN else "Output:" if lines else "No output."
        return [f"{by} {end}: {safe(event.command)}", more, *(f"  {line}" for line in lines[-SHOWN:])]

    def edit(self, diff: str, label: str = "Edit", most: int = SHOWN) -> list[str]:
        """An edit in words: each file with its counts, then its changed lines."""
        lines: list[str] = []
        for file in parse(diff):
            kind = {"new": " (new file)", "deleted": " (deleted)", "renamed": f" (was {safe(file.was)})", "changed": ""}[
                file.kind
            ]
            counts = f"{counted(file.added, 'line')} added, {file.removed:,} removed"
            lines.append(f"{label}: {safe(file.path)}{kind}, {counts}.")
            changed = [row for row in file.rows if row.sign in ("+", "-")]
            for row in changed[:most]:
                word, number = ("Added", row.new) if row.sign == "+" else ("Removed", row.old)
                lines.append(f"  {word} line {number}: {safe(row.text)}")
            if len(changed) > most:
                lines.append(f"  And {len(changed) - most:,} more changed lines.")
        return lines

    def _plan(self, event: PlanUpdated) -> list[str]:
        done = sum(step.status == "done" for step in event.plan)
        now = next((safe(step.text) for step in event.plan if step.status == "in_progress"), "")
        return [f"Plan: {done} of {len(event.plan)} steps done.{f' Now: {now}.' if now else ''}"]

    def _ended(self, event: TurnFinished) -> list[str]:
        outcome = event.outcome
        word = WORDS[type(outcome).__name__][1].capitalize()
        why = "" if word == "Done" else f" {safe(outcome.why)}."
        fix = f" To fix it: {safe(outcome.fix)}." if hasattr(outcome, "fix") and outcome.fix else ""  # pyright: ignore
        change = outcome.change
        files = (
            f" {counted(len(change.files), 'file')} changed, {counted(change.added, 'line')} added, {change.removed:,} removed."
            if change
            else ""
        )
        scripted = " The model was scripted." if outcome.scripted else ""
        return [f"{word}.{why}{fix} Cost and time: {', '.join(spend_parts(outcome.spend))}.{files}{scripted}"]

    def _other(self, event: Event) -> list[str]:
        """Whatever the transcript says of it, labelled."""
        return [line for block in self._rest.feed(event) if block.kind not in _TOLD for line in self._labelled(block)]

    def _flush(self) -> list[str]:
        return [line for block in self._rest.settle() for line in self._labelled(block)]

    def _labelled(self, block: object) -> list[str]:
        assert isinstance(block, Piece)
        label = LABELS.get(block.kind, "Note")
        lines = [_unmarked(line.strip()) for line in block.full(WIDEST) if line.strip()]
        return [f"{label}: {lines[0]}", *(f"  {line}" for line in lines[1:])] if lines else []


def _unmarked(line: str) -> str:
    """The line without the sign before it; a failure's says something and stays, as a word."""
    first, _, rest = line.partition(" ")
    if first == PLAIN_MARKS["error"]:
        return f"failed: {rest}"
    return _unmarked(rest) if first in PLAIN_MARKS.values() else line
