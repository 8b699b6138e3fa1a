"""The published JSON Schema is what the code says."""

from __future__ import annotations

import json
from pathlib import Path

from pullwright.protocol.schema import schema

PUBLISHED = Path(__file__).parents[3] / "docs/protocol.schema.json"


def test_the_published_schema_has_not_drifted() -> None:
    assert PUBLISHED.read_text() == schema(), "run `make schema` and say in CHANGELOG.md what changed"


def test_every_event_says_its_type_and_position() -> None:
    definitions = json.loads(schema())["$defs"]
    kinds = [reference["$ref"].rsplit("/", 1)[1] for reference in definitions["Event"]["anyOf"]]
    assert len(kinds) == len(set(kinds)) >= 25
    for kind in kinds:
        properties = definitions[kind]["properties"]
        assert {"type", "seq", "time", "turn", "step"} <= set(properties), kind
