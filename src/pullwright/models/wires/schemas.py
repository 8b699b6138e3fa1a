"""JSON Schemas as the wires want them: tools, and the shape of an answer."""

from __future__ import annotations

from typing import Any, cast

from pullwright.models.model import AnswerForm
from pullwright.protocol.items import ToolSpec

INPUT = "input"


def parameters(tool: ToolSpec) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments; a free-form tool becomes a function with one string, `input`."""
    if tool.grammar is None:
        return tool.parameters or {"type": "object", "properties": {}}
    return {
        "type": "object",
        "properties": {INPUT: {"type": "string", "description": "The whole text of the call."}},
        "required": [INPUT],
        "additionalProperties": False,
    }


def description(tool: ToolSpec) -> str:
    """A tool's description; where the wire cannot enforce a grammar, the grammar is told."""
    if not tool.grammar:
        return tool.description
    language = "grammar (Lark)" if tool.syntax == "lark" else "regular expression"
    return f"{tool.description}\n`{INPUT}` follows this {language}:\n{tool.grammar}"


def answer_form(schema: dict[str, Any], form: AnswerForm | None) -> dict[str, Any]:
    """OpenAI's `json_schema`: named and enforced as another program asked, else as the schema allows."""
    if form is None:
        return {"name": "answer", "schema": schema, "strict": strict(schema)}
    told = {"description": form.description} if form.description else {}
    return {"name": form.name, **told, "schema": schema, **({} if form.strict is None else {"strict": form.strict})}


def strict(schema: object) -> bool:
    """Whether a schema is within what OpenAI enforces: every object closed, every property required."""
    if isinstance(schema, list):
        return all(strict(part) for part in cast("list[object]", schema))
    if not isinstance(schema, dict):
        return True
    node = cast("dict[str, object]", schema)
    properties = node.get("properties")
    if node.get("type") == "object" or properties is not None:
        names = set(cast("dict[str, object]", properties or {}))
        if node.get("additionalProperties") is not False or names != set(cast("list[str]", node.get("required", []))):
            return False
    return all(strict(part) for part in node.values())


def free_text(arguments: str) -> str:
    """The text of a free-form call that came as a function call.

    Models forget the wrapping now and then; then the arguments themselves are the text.
    """
    import msgspec

    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return arguments
    if isinstance(value, dict):
        text = cast("dict[str, object]", value).get(INPUT)
        return text if isinstance(text, str) else arguments
    return value if isinstance(value, str) else arguments
