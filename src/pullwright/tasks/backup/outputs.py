"""What tools printed, taken out of a session's log; everything else of each event stays as it was written."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, select, update

from pullwright.log.detached import REFERENCE
from pullwright.log.sql.tables import events

GONE = "[this output is no longer kept]"
SHORT = 200
"""Outputs of so many characters stay: they are what reports quote."""
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
_NAMED = {"reported": ("markdown", "json"), "change_made": ("diff_artifact",)}
"""Artifacts that are not output but what came of it, by the events that name them."""
_REFERRED = re.compile(re.escape(REFERENCE) + rb'([^"\\]+)"')


def strip_outputs(connection: Connection, session: str) -> set[str]:
    """The artifacts that are still needed, by name: to read what stays of the log, and for its report and diff."""
    needed: set[str] = set()
    for seq, data in connection.execute(select(events.c.seq, events.c.data).where(events.c.session == session)).all():
        if (shorter := without_outputs(data)) != data:
            connection.execute(update(events).where(events.c.session == session, events.c.seq == seq).values(data=shorter))
        needed |= needed_by(shorter)
    return needed


def without_outputs(line: bytes) -> bytes:
    """An encoded event without long outputs; the same bytes when it has none."""
    if b"call_output" not in line:
        return line
    event = cast(dict[str, Any], msgspec.json.decode(line))
    items = [event.get("item"), *cast(list[Any], event.get("items") or [])]
    changed = [_shorten(cast(dict[str, Any], item)) for item in items if isinstance(item, dict)]
    return msgspec.json.encode(event) if any(changed) else line


def needed_by(line: bytes) -> set[str]:
    """The artifacts without which an encoded event cannot be read, or that are the result that it tells of."""
    found = {name.decode() for name in _REFERRED.findall(line)}
    for kind, fields in _NAMED.items():
        if b'"%s"' % kind.encode() in line:
            event = cast(dict[str, Any], msgspec.json.decode(line))
            if event.get("type") == kind:
                found |= {name for field in fields if (name := event.get(field))}
    return found


def _shorten(item: dict[str, Any]) -> bool:
    output = msgspec.json.encode(item.get("output"))
    if item.get("type") not in _OUTPUTS or (len(output) <= SHORT and REFERENCE not in output):
        return False
    item["output"] = GONE
    return True
