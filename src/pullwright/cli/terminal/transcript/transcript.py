"""The fold from events and live frames to blocks.

    transcript = Transcript(theme, artifacts=log.artifacts)
    transcript.feed(event or frame) -> blocks that are complete: print them, in order
    transcript.live(width, height)  -> lines on what goes on just now: redraw them

The same events give the same blocks, live or from a log of last week; frames only decide what is shown sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pullwright.cli.render.banner import TEXT
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.agents import Agents
from pullwright.cli.terminal.transcript.answer import RESENT, STOPPED, Answers
from pullwright.cli.terminal.transcript.block import Block, Piece, Text
from pullwright.cli.terminal.transcript.calls import Call, Called, Looked, Stopped, looks
from pullwright.cli.terminal.transcript.command import SHOWN, Command
from pullwright.cli.terminal.transcript.diff import Diff, edited_by
from pullwright.cli.terminal.transcript.kept import Kept
from pullwright.cli.terminal.transcript.notes import note_of
from pullwright.cli.terminal.transcript.now import COMMANDS, Now
from pullwright.cli.terminal.transcript.plan import Plan
from pullwright.cli.terminal.transcript.policy import VERDICTS, Network, Permission
from pullwright.cli.terminal.transcript.prompt import Asked
from pullwright.cli.terminal.transcript.reasoning import Reasoning, thinking
from pullwright.cli.terminal.transcript.result import Changed, Checked, Ended, Evidence
from pullwright.cli.terminal.transcript.sizes import counted
from pullwright.cli.terminal.transcript.spans import Line, finished
from pullwright.log.log import Artifacts
from pullwright.protocol.events import (
    ChangeMade,
    Checkpointed,
    CommandRan,
    Compacted,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    ModelCalled,
    ModelRetried,
    NetworkDecided,
    PermissionAnswered,
    PermissionAsked,
    PersonEdited,
    PlanUpdated,
    Reported,
    Rewound,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    VerificationRan,
    Verified,
)
from pullwright.protocol.inputs import Prompt, RaiseBudget, Steer
from pullwright.protocol.items import Message
from pullwright.protocol.items import Reasoning as ReasoningItem
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta, TextDelta
from pullwright.protocol.usage import Spend

_CLOSE = ("tool", "policy", "note", "reasoning")
"""Kinds that stand below one another without a blank line."""

_DOING = ("command", "edit")
"""Kinds that stand right below the permission for them."""

_SILENT = ("plan", "ask_user")
"""Tools that other events tell of."""

MOST_LOOKED = 50
"""Calls that are told of in one line at most."""

PERSON_FOLDED = 16


class Transcript:
    """A session as it is read. `more` is the hint beside what is folded (`Ctrl-T shows`), `shown` how many lines of a
    command's output stay shown."""

    def __init__(
        self,
        theme: Theme,
        *,
        artifacts: Artifacts | None = None,
        more: str = "",
        shown: int = SHOWN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.theme = theme
        self._kept = Kept(artifacts)
        self._more = more
        self._output_lines = shown
        self._now = Now(theme, clock)
        self._answers = Answers(theme)
        self._reasoning = ""
        self._reasoned: set[str] = set()
        self._reasoning_item = ""
        self._looked: list[Call] = []
        self._network: list[NetworkDecided] = []
        self._shown: set[str] = set()
        self._asked: dict[str, PermissionAsked] = {}
        self._allowed: set[str] = set()
        self._late: list[Event] = []
        self._agents = Agents()
        self._header = ""
        self._said = False
        self._last: str = ""

    def settle(self) -> list[Block]:
        """The blocks that wait for company, without waiting any longer."""
        return self._out(self._flush())

    # --- in ------------------------------------------------------------------------------------

    def feed(self, seen: Event | Live) -> list[Block]:
        """Take the next event or frame; the blocks that are complete now, in order."""
        match seen:
            case TextDelta():
                self._now.answered()
                return self._out([*self._reason(), *self._answers.delta(seen)])
            case ReasoningDelta():
                return self._out(self._think(seen))
            case CallDelta():
                self._now.take(seen)
                return self._out(self._reason())
            case OutputDelta() | Progress():
                self._now.take(seen)
                return []
            case ToolFinished() if looks(seen.name):
                before = self._out(self._flush()) if self._network or len(self._looked) >= MOST_LOOKED else []
                self._look(seen)
                return before
            case NetworkDecided():
                before = self._out(self._flush()) if self._looked else []
                self._network.append(seen)
                return before
            case _:
                return self._out(self._event(seen))

    def _out(self, blocks: Sequence[Piece]) -> list[Block]:
        """The blocks, after those that waited for company, with blank lines where they help the eye."""
        if not blocks:
            return []
        out: list[Block] = []
        for block in [*self._flush(), *blocks]:
            if block.kind != "answer":
                block.gap = bool(self._last) and not self._joins(self._last, block.kind)
            elif self._last != "answer":
                block.gap = bool(self._last)
            self._last = block.kind
            out.append(block)
        return out

    def _joins(self, last: str, kind: str) -> bool:
        """Whether something of a kind stands right below what came last, without a blank line."""
        close = kind in _CLOSE and last in _CLOSE
        return close or (last == "policy" and kind in _DOING) or (last == kind and kind in ("answer", "check"))

    def _flush(self) -> list[Piece]:
        """What waited for company."""
        blocks: list[Piece] = []
        if self._network:
            network, self._network = self._network, []
            blocks.append(Network(self.theme, network))
        if self._looked:
            looked, self._looked = self._looked, []
            blocks.append(Looked(self.theme, looked))
        return blocks

    def _event(self, event: Event) -> list[Piece]:
        match event:
            case InputReceived():
                return self._input(event)
            case ItemAdded(source="model"):
                return self._item(event)
            case ToolStarted() | ToolFinished() | CommandRan() | FilesChanged() | PersonEdited() | PlanUpdated():
                return self._work(event)
            case TurnStarted() | TurnFinished() | ChangeMade() | VerificationRan() | Verified() | Reported():
                return self._turn(event)
            case PermissionAsked():
                self._asked[event.id] = event
                self._now.answered()
                return []
            case PermissionAnswered():
                return self._answered(event)
            case ModelCalled():
                if event.agent:
                    self._agents.called(event)
                return []
            case Compacted():
                self._now.answered()
                return note_of(event, self.theme)
            case ModelRetried():
                self._now.retried(event)
                self._reasoning = ""
                return [*self._answers.cut(RESENT), *note_of(event, self.theme)]
            case Rewound():
                self._now.plan = ()
                return note_of(event, self.theme)
            case Checkpointed() if self._now.running:
                self._late.append(event)
                return []
            case _:
                return note_of(event, self.theme)

    def _answered(self, event: PermissionAnswered) -> list[Piece]:
        """An answer has a line of its own; a plain yes to what follows at once is said there."""
        asked = self._asked.pop(event.id, None)
        plain = event.verdict == "once" and event.by == "person" and not event.changed and not event.text.strip()
        if plain and asked and asked.effect in ("edit", "execute") and asked.tool != "budget":
            self._allowed.add(event.call_id)
            return []
        return [Permission(self.theme, asked, event)]

    def _input(self, event: InputReceived) -> list[Piece]:
        given = event.input
        if isinstance(given, Steer) and given.ran:
            return []
        if isinstance(given, Prompt | Steer):
            images = len(given.images) if isinstance(given, Prompt) else 0
            return [Asked(self.theme, self._kept.words(given.text), images=images, steer=isinstance(given, Steer), seq=event.seq)]
        if isinstance(given, RaiseBudget):
            return [self._text("the budget was raised", seq=event.seq)]
        return []

    def _item(self, event: ItemAdded) -> list[Piece]:
        view = self._kept.item(event.item).view
        if isinstance(view, ReasoningItem):
            if not view.text.strip() or (view.id or "") in self._reasoned or self._reasoning == view.text:
                return self._reason()
            self._reasoning = ""
            return [Reasoning(self.theme, view.text, seq=event.seq)]
        if isinstance(view, Message) and view.role == "assistant" and view.text.strip():
            self._said = True
            return [*self._reason(), *self._answers.complete(view.id or "", view.text, event.seq)]
        return []

    def _think(self, frame: ReasoningDelta) -> list[Piece]:
        blocks = self._reason() if self._reasoning_item not in ("", frame.item) and self._reasoning else []
        self._reasoning = frame.text if frame.offset == 0 else self._reasoning + frame.text
        self._reasoning_item = frame.item
        return blocks

    def _reason(self) -> list[Piece]:
        """The reasoning that streamed is over."""
        text, self._reasoning = self._reasoning, ""
        if not text.strip():
            return []
        self._reasoned.add(self._reasoning_item)
        return [Reasoning(self.theme, text)]

    # --- work ----------------------------------------------------------------------------------

    def _work(self, event: ToolStarted | ToolFinished | CommandRan | FilesChanged | PersonEdited | PlanUpdated) -> list[Piece]:
        match event:
            case ToolStarted():
                self._now.started(event)
                self._agents.started(event.call_id)
                return []
            case ToolFinished():
                return self._finished(event)
            case CommandRan():
                self._shown.add(event.call_id)
                self._now.command_ended(event.call_id, event.command)
                note = VERDICTS["once"] if event.call_id in self._allowed else ""
                return [Command(self.theme, event, self._kept, more=self._more, shown=self._output_lines, note=note)]
            case FilesChanged():
                self._shown.add(event.call_id)
                return [self._diff(event)]
            case PersonEdited():
                return [self._diff(event, title=edited_by(event), folded=PERSON_FOLDED)]
            case PlanUpdated():
                before, self._now.plan = self._now.plan, event.plan
                return [Plan(self.theme, event.plan, before, seq=event.seq)] if event.plan != before else []

    def _diff(self, event: FilesChanged | PersonEdited, *, title: str = "", folded: int = 40) -> Piece:
        whole = (lambda: self._kept.text(event.artifact)) if event.artifact else None
        note = VERDICTS["once"] if isinstance(event, FilesChanged) and event.call_id in self._allowed else ""
        return Diff(self.theme, event.diff, whole=whole, title=title, more=self._more, seq=event.seq, folded=folded, note=note)

    def _finished(self, event: ToolFinished) -> list[Piece]:
        started = self._now.finished(event.call_id)
        spend = self._agents.finished(event.call_id) if event.name == "explore" else Spend()
        if event.ok and (event.call_id in self._shown or event.name in _SILENT):
            return []
        title = started.title if started else ""
        call = Call(
            name=event.name, title=title, ok=event.ok, error=event.error, seconds=event.seconds, seq=event.seq, spend=spend
        )
        return [Called(self.theme, call)]

    def _look(self, event: ToolFinished) -> None:
        started = self._now.finished(event.call_id)
        title = started.title if started else ""
        self._looked.append(Call(name=event.name, title=title, ok=event.ok, error=event.error, seq=event.seq))

    # --- turns and results ---------------------------------------------------------------------

    def _turn(self, event: TurnStarted | TurnFinished | ChangeMade | VerificationRan | Verified | Reported) -> list[Piece]:
        match event:
            case TurnStarted():
                return self._started(event)
            case ChangeMade():
                return [Changed(self.theme, event)] if event.change.branch else []
            case VerificationRan() | Verified():
                return [Checked(self.theme, event)]
            case Reported():
                evidence = Evidence(self.theme, self._kept.data(event.json), seq=event.seq)
                return [] if evidence.empty else [evidence]
            case TurnFinished():
                return self._ended(event)

    def _started(self, event: TurnStarted) -> list[Piece]:
        self._said = False
        cut_off = self._stopped()
        self._now.turn = True
        effort = f" ({event.effort})" if event.effort else ""
        mode = "plan" if event.plan else event.approval
        header = f"{event.provider}/{event.model}{effort} · {mode} · {event.access} · network {event.network or 'off'}"
        blocks = cut_off
        if event.scripted and not self._header:
            blocks.append(self._text(TEXT, "scripted", "warning", seq=event.seq))
        if header != self._header or event.resumed:
            blocks.append(self._text(f"{'taken up again · ' if event.resumed else ''}{header}", seq=event.seq))
        self._header = header
        return blocks

    def _ended(self, event: TurnFinished) -> list[Piece]:
        blocks = [*self._reason(), *self._answers.cut(STOPPED), *self._stopped()]
        outcome = event.outcome
        if outcome.message.strip() and not self._said:
            blocks += self._answers.complete("", outcome.message, event.seq)
        self._now.over()
        self._shown.clear()
        self._allowed.clear()
        self._reasoned.clear()
        return [*blocks, Ended(self.theme, outcome, seq=event.seq)]

    def _stopped(self) -> list[Piece]:
        """The calls that the end of the turn has cut off, or the end of the process before it."""
        late, self._late = self._late, []
        stopped = [Stopped(self.theme, event, tail, command=event.name in COMMANDS) for event, tail in self._now.stopped()]
        return [*stopped, *(note for event in late for note in note_of(event, self.theme))]

    def _text(self, text: str, role: str = "dim", mark: str = "note", *, seq: int = 0) -> Piece:
        return Text(self.theme, text, role, mark, seq=seq)

    def cut_off(self) -> list[Block]:
        """What the log broke off in, when the process that wrote it was killed: to be shown once all of the log was fed."""
        return self._out([*self._reason(), *self._stopped()])

    # --- out -----------------------------------------------------------------------------------

    def live(self, width: int, height: int) -> list[str]:
        """What goes on just now, at most `height` lines: calls, the unfinished answer, waits, the plan.

        With the blank lines that will stand there when it is finished, so that nothing jumps.
        """
        looked = self._waiting(width)
        running = self._paint(self._now.calls(width), width)
        answer = self._answers.live(width)
        if self._reasoning:
            answer = self._paint([thinking(self.theme, self._reasoning, width)], width) + answer
        waits = self._paint(self._now.waits(width), width)
        beside = self._now.turn and self._last != "plan"  # else it stands right above
        plan = self._paint(self._now.checklist(width, max(3, height // 3)), width) if beside else []
        lines: list[str] = []
        for part in (part for part in (looked, running, answer, waits, plan) if part):
            last = "tool" if lines and part is running else "" if lines else self._last
            kind = "tool" if part is looked else self._now.kind if part is running else "answer" if part is answer else "wait"
            above = bool(lines or last) and not self._joins(last, kind)
            lines += [*([""] if above and part[0] else []), *part]
        return lines[-height:] if height > 0 else []

    def _waiting(self, width: int) -> list[str]:
        """The lines of what is finished and waits for company."""
        return Looked(self.theme, self._looked).lines(width) if self._looked else []

    def _paint(self, lines: Sequence[Line], width: int) -> list[str]:
        return [finished(line, width, self.theme) for line in lines]

    @property
    def waiting_on(self) -> str:
        """What is going on in two or three words, for a status line; empty when nothing is."""
        if self._now.running:
            return f"running {counted(len(self._now.running), 'call')}"
        if self._answers.writing:
            return "writing"
        return "thinking" if self._reasoning else ""
