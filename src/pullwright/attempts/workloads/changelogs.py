"""Whether a changelog was read, by the events: a tool call that succeeded and named one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pullwright.protocol.events import CommandRan, Event, ToolFinished, ToolStarted, WorkloadCheck

_LOG = re.compile(
    r"(?i)\b(change[-_ ]?s?log|changes|history|news|releases?([-_ ]?notes)?|whats?[-_ ]?new|migrat\w*|upgrad\w*)"
    r"([-_.\w]*\.(md|rst|txt|html?|adoc))?\b"
)
_LOOKS = re.compile(r"(^|[|;&(]\s*)(cat|less|head|tail|sed|grep|rg|awk|nl|curl|wget|zcat|python3?|pip|npm|git)\b")


def read(events: Sequence[Event]) -> WorkloadCheck:
    """The newest calls that read a changelog, or that none did."""
    ended = {event.call_id: event.ok for event in events if isinstance(event, ToolFinished)}
    found: dict[int, str] = {}
    for event in events:
        if isinstance(event, ToolStarted) and event.name in ("read", "fetch", "search") and ended.get(event.call_id):
            if _LOG.search(event.title):
                found[event.seq] = event.title
        elif isinstance(event, CommandRan) and event.exit_code == 0 and event.output_bytes and _LOOKS.search(event.command):
            found[event.seq] = _names(event.command)
    found = {seq: names for seq, names in found.items() if names}
    if not found:
        text = "no call read a changelog, release notes or a migration guide"
        return WorkloadCheck(name="changelog", state="noted", text=text)
    last = dict(list(found.items())[-10:])
    return WorkloadCheck(
        name="changelog", state="passed", text="a changelog was read", found=tuple(last.values()), events=tuple(last)
    )


def _names(command: str) -> str:
    """The words of a command that look like a changelog's path or address."""
    words = [word.strip("'\"") for word in command.split()]
    named = [word for word in words if _LOG.search(word) and ("." in word or "/" in word)]
    return " ".join(named)[:200]
