"""The protocol as JSON Schema (draft 2020-12), for readers in other languages.

`docs/protocol.schema.json` is this module's output; `tests/unit/protocol/test_schema.py` fails when they drift.
"""

from __future__ import annotations

import json

import msgspec

from pullwright.protocol.events import VERSION, Event
from pullwright.protocol.inputs import Input
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Outcome


def schema() -> str:
    """All events, inputs, live frames and outcomes as one JSON Schema document, keys sorted."""
    (event, live, given, outcome), components = msgspec.json.schema_components(
        [Event, Live, Input, Outcome], ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pullwright protocol",
        "version": VERSION,
        "$defs": {**components, "Event": event, "Live": live, "Input": given, "Outcome": outcome},
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
