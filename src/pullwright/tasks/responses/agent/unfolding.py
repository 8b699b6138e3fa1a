"""A whole item as the events that deliver it, in OpenAI's order: added, its pieces, done. Pure.

Each text comes as one delta: what the log has is complete, and one delta for each makes the numbers of events depend on nothing
else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullwright.tasks.responses.agent.items import Json


def unfold(item: Json, index: int) -> Iterator[Json]:
    """The events of `item` as number `index` of the output, without their sequence numbers."""
    at: Json = {"item_id": item["id"], "output_index": index}
    yield {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
    match item["type"]:
        case "message":
            yield from _message(item, at)
        case "reasoning":
            yield from _reasoning(item, at)
        case "function_call":
            yield from _written("response.function_call_arguments", "arguments", item, at, name=item["name"])
        case "custom_tool_call":
            yield from _written("response.custom_tool_call_input", "input", item, at)
        case "shell_call":
            yield from _commands(item, index)
        case "shell_call_output":
            yield from _outputs(item, at)
        case _:
            pass
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


_EMPTY: dict[str, Json] = {
    "message": {"content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "shell_call_output": {"output": []},
}


def _begun(item: Json) -> Json:
    """The item before its pieces came."""
    begun = {**item, **_EMPTY.get(item["type"], {})}
    if item["type"] == "shell_call":
        begun["action"] = {**item["action"], "commands": []}
    return {**begun, "status": "in_progress"} if item["type"] != "apply_patch_call_output" else begun


def _message(item: Json, at: Json) -> Iterator[Json]:
    (part,) = item["content"]
    place = {**at, "content_index": 0}
    kind = "refusal" if part["type"] == "refusal" else "text"
    event = f"response.{'refusal' if kind == 'refusal' else 'output_text'}"
    more: Json = {} if kind == "refusal" else {"logprobs": []}
    yield {"type": "response.content_part.added", **place, "part": {**part, kind: ""}}
    yield {"type": f"{event}.delta", **place, "delta": part[kind], **more}
    yield {"type": f"{event}.done", **place, kind: part[kind], **more}
    yield {"type": "response.content_part.done", **place, "part": part}


def _reasoning(item: Json, at: Json) -> Iterator[Json]:
    for number, part in enumerate(item["summary"]):
        place = {**at, "summary_index": number}
        yield {"type": "response.reasoning_summary_part.added", **place, "part": {**part, "text": ""}}
        yield {"type": "response.reasoning_summary_text.delta", **place, "delta": part["text"]}
        yield {"type": "response.reasoning_summary_text.done", **place, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **place, "part": part}


def _written(event: str, field: str, item: Json, at: Json, **more: Any) -> Iterator[Json]:
    yield {"type": f"{event}.delta", **at, "delta": item[field]}
    yield {"type": f"{event}.done", **at, field: item[field], **more}


def _commands(item: Json, index: int) -> Iterator[Json]:
    for number, command in enumerate(item["action"]["commands"]):
        place = {"output_index": index, "command_index": number, "command": command}
        yield {"type": "response.shell_call_command.added", **place}
        yield {"type": "response.shell_call_command.done", **place}


def _outputs(item: Json, at: Json) -> Iterator[Json]:
    for number, output in enumerate(item["output"]):
        place = {**at, "command_index": number}
        yield {"type": "response.shell_call_output_content.delta", **place, "delta": {"stdout": output["stdout"]}}
        yield {"type": "response.shell_call_output_content.done", **place, "output": [output]}
