"""The response object before anything was said: every field that one must have, as OpenAI and Open Responses name them."""

from __future__ import annotations

from typing import Any, cast

from pullwright.tasks.responses.asked import Asked

_DEFAULTS: dict[str, Any] = {
    "instructions": None,
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "truncation": "disabled",
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "top_logprobs": 0,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "service_tier": "default",
    "safety_identifier": None,
    "prompt_cache_key": None,
    "prompt": None,
    "user": None,
}
_TOOL: dict[str, dict[str, Any]] = {
    "function": {"description": None, "parameters": None, "strict": True},
    "custom": {"description": None, "format": {"type": "text"}},
}


def shell_of(asked: Asked, response_id: str, created: float, status: str = "in_progress") -> dict[str, Any]:
    """A response to `asked` of which nothing is known yet."""
    given = {name: value for name, value in asked.fields.items() if value is not None}
    tools: list[dict[str, Any]] = given.get("tools") or []
    return {
        "id": response_id,
        "object": "response",
        "created_at": int(created),
        "completed_at": None,
        "status": status,
        "background": asked.background,
        "error": None,
        "incomplete_details": None,
        "model": asked.model,
        "output": [],
        "usage": None,
        "previous_response_id": asked.previous_id or None,
        "conversation": {"id": asked.conversation} if asked.conversation else None,
        "store": asked.store,
        "metadata": asked.metadata,
        "reasoning": {"effort": None, "summary": None, **_record(given.get("reasoning"))},
        "text": {"format": {"type": "text"}, **_record(given.get("text"))},
        "tools": [_tool(tool) for tool in tools],
        **{name: given.get(name, default) for name, default in _DEFAULTS.items()},
    }


def _record(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    return {**_TOOL.get(str(tool.get("type")), {}), **tool}
