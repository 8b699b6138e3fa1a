"""Is a text JSON in the schema that was asked for? Said in words that the model can act on."""

from __future__ import annotations

import re
from typing import Any

import msgspec


def mismatch(text: str, schema: dict[str, Any]) -> str:
    """What keeps `text` from being JSON in `schema`; empty when nothing does.

    Checks what structured output uses: type, properties, required, additionalProperties, items, enum, const, anyOf,
    oneOf, allOf, pattern and `$ref` within the schema. Other keywords are not looked at.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"it is not JSON ({error})"
    return _wrong(value, schema, schema, "$", 0)


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def _wrong(value: Any, schema: Any, root: dict[str, Any], at: str, depth: int) -> str:
    if not isinstance(schema, dict) or depth > 60:
        return f"{at} is not allowed" if schema is False else ""
    rules: dict[str, Any] = schema  # pyright: ignore[reportUnknownVariableType]
    if isinstance(ref := rules.get("$ref"), str):
        return _wrong(value, _resolve(ref, root), root, at, depth + 1)
    kinds: Any = rules.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{at} is not of type {' or '.join(kinds)}"
    if "enum" in rules and value not in rules["enum"]:
        return f"{at} is not one of {rules['enum']}"
    if "const" in rules and value != rules["const"]:
        return f"{at} is not {rules['const']!r}"
    if isinstance(value, str) and "pattern" in rules and not re.search(rules["pattern"], value):
        return f"{at} does not match {rules['pattern']}"
    found = _wrong_parts(value, rules, root, at, depth)
    return found or _wrong_choice(value, rules, root, at, depth)


def _wrong_parts(value: Any, rules: dict[str, Any], root: dict[str, Any], at: str, depth: int) -> str:
    if isinstance(value, list):
        elements: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        wrongs = (_wrong(element, rules.get("items", True), root, f"{at}[{n}]", depth + 1) for n, element in enumerate(elements))
        return next((wrong for wrong in wrongs if wrong), "")
    if not isinstance(value, dict):
        return ""
    fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    missing = [name for name in rules.get("required", []) if name not in fields]
    if missing:
        return f"{at} lacks {', '.join(missing)}"
    properties: dict[str, Any] = rules.get("properties", {})
    others = rules.get("additionalProperties", True)
    wrongs = (_wrong(field, properties.get(name, others), root, f"{at}.{name}", depth + 1) for name, field in fields.items())
    return next((wrong for wrong in wrongs if wrong), "")


def _wrong_choice(value: Any, rules: dict[str, Any], root: dict[str, Any], at: str, depth: int) -> str:
    for option in rules.get("allOf", []):
        if wrong := _wrong(value, option, root, at, depth + 1):
            return wrong
    for keyword in ("anyOf", "oneOf"):
        options = rules.get(keyword, [])
        wrongs = [_wrong(value, option, root, at, depth + 1) for option in options]
        if wrongs and all(wrongs):
            return wrongs[0]
    return ""


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))


def _resolve(ref: str, root: dict[str, Any]) -> Any:
    found: Any = root
    for part in ref.removeprefix("#").strip("/").split("/"):
        if part:
            found = found.get(part.replace("~1", "/").replace("~0", "~"), True) if isinstance(found, dict) else True  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found  # pyright: ignore[reportUnknownVariableType]
