"""A server's JSON Schema as it may go to a model: known keywords only, bounded in depth and size, its texts made harmless."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.tools.mcp.untrusted import is_plain, line

DEEPEST = 12
LARGEST = 8_000
"""Levels, and bytes of JSON, of a schema that is offered."""

_TEXTS = ("description", "title")
_VALUES = ("type", "enum", "const", "default", "format", "required", "$ref")
_BOUNDS = ("Length", "Items", "Properties")
_NUMBERS = frozenset(
    [
        *(f"{end}{what}" for end in ("min", "max") for what in _BOUNDS),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("uniqueItems", "additionalProperties", "nullable"),
    ]
)
_TABLES = ("properties", "$defs", "definitions", "patternProperties")
_ONE = ("items", "additionalProperties", "not")
_MANY = ("anyOf", "oneOf", "allOf", "prefixItems")


class Unusable(Exception):
    """A schema that cannot be offered; the text says why. Never leaves this room."""


def bounded_schema(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema as it is offered, an object's in any case, and whether something of it was left out for its size.

    Raises `Unusable` when names in it have characters that are not seen.
    """
    for texts in (200, 0):
        cleaned = _clean(schema, texts, 0)
        cleaned["type"] = "object"
        cleaned.setdefault("properties", {})
        if len(msgspec.json.encode(cleaned)) <= LARGEST:
            return cleaned, texts == 0
    return {"type": "object", "properties": {}}, True


def _clean(schema: dict[str, Any], texts: int, depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        return {}
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _TABLES and isinstance(value, dict):
            out[key] = _table(cast(dict[str, Any], value), texts, depth)
        elif key in _ONE and isinstance(value, dict):
            out[key] = _clean(cast(dict[str, Any], value), texts, depth + 1)
        elif key in _MANY and isinstance(value, list):
            parts = cast(list[Any], value)[:50]
            out[key] = [_clean(cast(dict[str, Any], part), texts, depth + 1) for part in parts if isinstance(part, dict)]
        elif key in _TEXTS and isinstance(value, str):
            if texts and key == "description" and (said := line(value, texts)):
                out[key] = said
        elif key in _NUMBERS and isinstance(value, bool | int | float):
            out[key] = value
        elif key in _VALUES:
            out |= _value(key, value)
    return out


def _table(table: dict[str, Any], texts: int, depth: int) -> dict[str, Any]:
    for name in table:
        if not is_plain(name, 200):
            raise Unusable(f"its schema has a name that cannot be shown: {name[:40]!r}")
    return {name: _clean(cast(dict[str, Any], part), texts, depth + 1) for name, part in table.items() if isinstance(part, dict)}


def _value(key: str, value: Any) -> dict[str, Any]:
    """A keyword with a plain value, if it is one that can be passed on."""
    if key == "$ref":
        return {key: value} if isinstance(value, str) and value.startswith("#") and is_plain(value, 200) else {}
    if key in ("enum", "required") and not isinstance(value, list):
        return {}
    plain = _plain(value)
    return {} if plain is None and value is not None else {key: plain}


def _plain(value: Any) -> Any:
    """A scalar, or a list of scalars, with its texts made harmless; None for anything else."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if is_plain(value, 200) else line(value, 200)
    if isinstance(value, list):
        return [_plain(one) for one in cast(list[Any], value)[:200] if isinstance(one, bool | int | float | str)]
    return None
