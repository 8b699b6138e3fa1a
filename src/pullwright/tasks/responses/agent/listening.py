"""A turn's log as output items, and what of it the last message tells. Pure: the same events give the same items and ids.

    message, reasoning      when the model has said them
    a command, a call       when it begins, its output when it has ended
    an edit                 when it is done: before, nobody knows which files it changes

Each message but the last ends with an empty line, since clients join the texts of all messages with nothing in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pullwright.protocol.events import (
    AnswerChecked,
    CommandRan,
    Event,
    FilesChanged,
    ItemAdded,
    ModelCalled,
    Noticed,
    ToolFinished,
    ToolStarted,
    Verified,
    item_of,
)
from pullwright.protocol.items import (
    Call,
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    Output,
    Reasoning,
    Refusal,
)
from pullwright.protocol.usage import Spend
from pullwright.tasks.responses.agent.items import Json, call_item, message, reasoning, result_item, text_of
from pullwright.tasks.responses.agent.patches import operations, patch_items


class _Open(msgspec.Struct):
    """A call whose result has not come. `told`: its item is out."""

    call: Call
    seq: int
    told: bool = False
    runs: list[CommandRan] = []
    changes: list[FilesChanged] = []
    ok: bool = True


class Listening:
    """What was heard of one turn: `spend` is what its model calls used, `verified` why the clean runs came to their verdict,
    `cited` how an answer's citations hold, `notices` are its warnings."""

    def __init__(self, turn: str) -> None:
        self._tail = turn.partition("_")[2]
        self._open: dict[str, _Open] = {}
        self.notices: list[str] = []
        self.verified = ""
        self.cited = ""
        self.spend = Spend()

    def hear(self, event: Event) -> Iterator[Json]:
        """The items that an event of the turn adds."""
        match event:
            case ItemAdded(source="model"):
                yield from self._said(item_of(event.item), event.seq)
            case ItemAdded(source="tool"):
                yield from self._done(item_of(event.item), event.seq)
            case ToolStarted() if event.effect != "edit":
                yield from self._started(event.call_id)
            case ModelCalled():
                self.spend = self.spend.plus_call(event.usage, event.cost_usd)
            case Verified():
                self.verified = event.why
            case AnswerChecked():
                self.cited = _cited(event)
            case Noticed() if event.level != "info":
                self.notices.append(event.text)
            case CommandRan() | FilesChanged() | ToolFinished():
                self._noted(event)
            case _:
                pass

    def left(self) -> Iterator[Json]:
        """Calls that never began, and never will."""
        for one in self._open.values():
            if not one.told:
                yield call_item(self.name("call", one.seq), one.call, "incomplete")
        self._open.clear()

    def name(self, kind: str, seq: int | str) -> str:
        """An item's id. It is made from the turn and the event: what a model calls its items need not be unique."""
        return f"{kind}_{self._tail}_{seq}"

    def _noted(self, event: CommandRan | FilesChanged | ToolFinished) -> None:
        """Keep what a call's result will be told with."""
        one = self._open.get(event.call_id)
        if one is None:
            return
        if isinstance(event, CommandRan):
            one.runs = [*one.runs, event]
        elif isinstance(event, FilesChanged):
            one.changes = [*one.changes, event]
        else:
            one.ok = event.ok

    def _said(self, item: Item, seq: int) -> Iterator[Json]:
        match item.view:
            case Message(role="assistant") as said:
                if declined := _declined(said):
                    yield message(self.name("msg", seq), "", declined)
                elif said.text.strip():
                    yield message(self.name("msg", seq), f"{said.text.rstrip()}\n\n")
            case Reasoning() as thought:
                if texts := [part.text for part in thought.summary if part.text.strip()]:
                    yield reasoning(self.name("rs", seq), texts)
            case FunctionCall() | CustomCall() as call:
                self._open[call.call_id] = _Open(call, seq)
            case _:
                pass

    def _started(self, call_id: str) -> Iterator[Json]:
        one = self._open.get(call_id)
        if one is not None and not one.told:
            one.told = True
            yield call_item(self.name("call", one.seq), one.call)

    def _done(self, item: Item, seq: int) -> Iterator[Json]:
        output = item.view
        if not isinstance(output, FunctionOutput | CustomOutput) or (one := self._open.pop(output.call_id, None)) is None:
            return
        if one.changes and not one.told:
            yield from self._edited(one, output, seq)
            return
        if not one.told:
            yield call_item(self.name("call", one.seq), one.call)
        yield result_item(self.name("out", seq), one.call, output, one.runs)

    def _edited(self, one: _Open, output: Output, seq: int) -> Iterator[Json]:
        made = [operation for change in one.changes for operation in operations(change)]
        for number, operation in enumerate(made, 1):
            mark = f"_{number}" if len(made) > 1 else ""
            names = self.name("call", one.seq) + mark, self.name("out", seq) + mark
            yield from patch_items(names, one.call.call_id + mark, operation, text_of(output) if number == 1 else "", ok=one.ok)


def _declined(said: Message) -> str:
    parts: Sequence[object] = () if isinstance(said.content, str) else said.content
    return " ".join(part.refusal for part in parts if isinstance(part, Refusal))


def _cited(answer: AnswerChecked) -> str:
    there = sum(one.standing == "there" for one in answer.citations)
    if not answer.citations:
        return "nothing, so nothing of it can be looked up"
    return f"{there} of {len(answer.citations)} places can be looked up"
