"""What tools printed, taken out of a session's log; everything else of each event stays as it was written."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from sqlalchemy import Connection, select, update

from pullwright.log.sql.tables import events

GONE = "[this output is no longer kept]"
SHORT = 200
"""Outputs of so many characters stay: they are what reports quote."""
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
_MAY_HOLD = b"call_output"


def strip_outputs(connection: Connection, session: str) -> int:
    """How many events were made shorter. The log reads and replays as before, but for what was printed."""
    found = connection.execute(select(events.c.seq, events.c.data).where(events.c.session == session)).all()
    changed = 0
    for seq, data in found:
        if _MAY_HOLD in data and (shorter := without_outputs(data)) != data:
            connection.execute(update(events).where(events.c.session == session, events.c.seq == seq).values(data=shorter))
            changed += 1
    return changed


def without_outputs(line: bytes) -> bytes:
    """An encoded event without long outputs; the same bytes when it has none."""
    event = cast(dict[str, Any], msgspec.json.decode(line))
    items = [event.get("item"), *cast(list[Any], event.get("items") or [])]
    changed = [_shorten(cast(dict[str, Any], item)) for item in items if isinstance(item, dict)]
    return msgspec.json.encode(event) if any(changed) else line


def _shorten(item: dict[str, Any]) -> bool:
    if item.get("type") not in _OUTPUTS or len(msgspec.json.encode(item.get("output"))) <= SHORT:
        return False
    item["output"] = GONE
    return True
