"""What a call says, read into a typed record; what cannot be read becomes a message that says the right form."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from pullwright.protocol.items import Call, FunctionCall, ToolSpec
from pullwright.tools.tool import ToolResult

T = TypeVar("T", bound=msgspec.Struct)


class WrongCall(Exception):
    """The model got a call wrong; the text says how to get it right. Never leaves this room."""

    @property
    def result(self) -> ToolResult:
        """What goes back to the model."""
        return ToolResult(output=str(self), ok=False)


def read_arguments(call: Call, kind: type[T], spec: ToolSpec) -> tuple[T, str]:
    """The call's arguments as `kind`, and a note on fields that nobody knows (empty: none). Raises `WrongCall`.

    Numbers and booleans in quotes are taken as what they say.
    """
    given = _object(call, spec)
    known = set(kind.__struct_encode_fields__)
    unknown = sorted(set(given) - known)
    try:
        arguments = msgspec.convert({name: given[name] for name in given if name in known}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise WrongCall(f"{spec.name}: {str(error).replace('`$.', '`').replace(' - at ', ', at ')}. {form(spec)}") from None
    note = f"[ignored unknown argument{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}]\n" if unknown else ""
    return arguments, note


def _object(call: Call, spec: ToolSpec) -> dict[str, Any]:
    text = call.arguments if isinstance(call, FunctionCall) else call.input
    if not text.strip():
        return {}
    try:
        given: Any = msgspec.json.decode(text)
    except (ValueError, UnicodeError):
        given = _forgiving(text, spec)
    if not isinstance(given, dict):
        raise WrongCall(f"{spec.name}: the arguments must be a JSON object. {form(spec)}")
    return cast(dict[str, Any], given)


def _forgiving(text: str, spec: ToolSpec) -> object:
    """JSON as models write it at times: with bare line ends in strings."""
    import json

    try:
        return json.loads(text, strict=False)
    except ValueError as error:
        raise WrongCall(f"{spec.name}: the arguments are not valid JSON ({error}). {form(spec)}") from None


def form(spec: ToolSpec) -> str:
    """The right form of a call, in one line."""
    parameters = spec.parameters or {}
    required: list[str] = parameters.get("required", [])
    fields = [
        f"{name}{'' if name in required else '?'}: {_type(value)}" for name, value in parameters.get("properties", {}).items()
    ]
    return f"The right form: {{{', '.join(fields)}}}"


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "|".join(f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}, …]"
    if schema.get("type") == "object":
        return "{" + ", ".join(f"{name}: {_type(value)}" for name, value in schema.get("properties", {}).items()) + "}"
    kinds: str | list[str] = schema.get("type", "any")
    return kinds if isinstance(kinds, str) else "|".join(kinds)
