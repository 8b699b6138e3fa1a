"""What the open items of a session say so far: a fold of its live frames, and what makes them anew."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pullwright.protocol.events import Event, ItemAdded, ModelCalled, ModelRetried, ToolFinished, TurnFinished
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta, TextDelta

LONGEST = 64 << 10
"""Characters of a command's output that are kept, the newest."""

Key = tuple[type[Live], str]
Growing = TextDelta | ReasoningDelta | CallDelta


class OpenTexts:
    """One frame for each open item, from its beginning."""

    def __init__(self) -> None:
        self._open: dict[Key, tuple[Live, list[str]]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open."""
        return not self._open

    def apply(self, frame: Live) -> None:
        """Take the next frame."""
        match frame:
            case Progress():
                self._open[Progress, frame.what] = (frame, [])
            case OutputDelta():
                _, pieces = self._open.setdefault((OutputDelta, frame.call_id), (frame, []))
                pieces.append(frame.text)
                if len(pieces) > 64 or len(frame.text) > LONGEST:
                    pieces[:] = ["".join(pieces)[-LONGEST:]]
            case _:
                self._grow(frame)

    def _grow(self, frame: Growing) -> None:
        key = (type(frame), frame.item)
        _, pieces = self._open.get(key, (frame, []))
        length = sum(map(len, pieces))
        if frame.offset < length:  # sent again, whole or from there
            pieces = ["".join(pieces)[: frame.offset]]
        pieces.append(frame.text)
        if len(pieces) > 64:
            pieces = ["".join(pieces)]
        self._open[key] = (frame, pieces)

    def settle(self, event: Event) -> bool:
        """End what an event supersedes; whether that was something."""
        before = len(self._open)
        match event:
            case ToolFinished():
                self._open.pop((OutputDelta, event.call_id), None)
            case ItemAdded(source="model"):
                identity = _identity(event)
                for kind in (TextDelta, ReasoningDelta, CallDelta):
                    self._open.pop((kind, identity), None)
            case ModelCalled() | ModelRetried():
                self._open = {key: one for key, one in self._open.items() if key[0] in (OutputDelta, Progress)}
            case TurnFinished():
                self._open = {}
            case _:
                pass
        return len(self._open) != before

    def frames(self) -> list[Live]:
        """One frame for each open item, with all that it says so far."""
        return [_whole(frame, pieces) for frame, pieces in self._open.values()]

    def since(self, before: OpenTexts) -> Iterator[Live]:
        """The frames that lead here from `before`; what has ended since is told by its event, not here."""
        for key, (frame, pieces) in self._open.items():
            now = "".join(pieces)
            last = before._open.get(key)
            was = "" if last is None else "".join(last[1])
            if isinstance(frame, Progress):
                if last is None or frame != last[0]:
                    yield frame
            elif isinstance(frame, OutputDelta):
                at = now.rfind(was[-200:]) if was else -1
                new = now[at + len(was[-200:]) :] if at >= 0 else now
                if new:
                    yield OutputDelta(frame.call_id, new)
            elif now.startswith(was):
                if len(now) > len(was):
                    yield msgspec.structs.replace(frame, offset=len(was), text=now[len(was) :])
            else:
                yield msgspec.structs.replace(frame, offset=0, text=now)


def _whole(frame: Live, pieces: list[str]) -> Live:
    match frame:
        case Progress():
            return frame
        case OutputDelta():
            return OutputDelta(frame.call_id, "".join(pieces)[-LONGEST:])
        case _:
            return msgspec.structs.replace(frame, offset=0, text="".join(pieces))


class _Identified(msgspec.Struct):
    id: str = ""


def _identity(event: ItemAdded) -> str:
    try:
        return msgspec.json.decode(event.item, type=_Identified).id
    except msgspec.DecodeError:
        return ""
