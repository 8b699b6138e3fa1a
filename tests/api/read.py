"""A request of any wire, read as what its last words ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

HOW = re.compile(r"\[([a-z]+)(?: (\w+))?\]")


class Offered(msgspec.Struct, frozen=True):
    """A tool: with a schema of its arguments, or taking free text."""

    name: str
    schema: dict[str, Any] = {}
    custom: bool = False


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `said` is the last message of a person, `people` how many there were, `how` its words in brackets,
    `results` what tools said since the model's last word, `images` media type and base64 of those of the last message."""

    fields: Mapping[str, Any]
    said: str
    people: int
    results: tuple[str, ...]
    images: tuple[tuple[str, str], ...]
    tools: tuple[Offered, ...]
    forced: str
    schema: dict[str, Any]
    reasons: bool

    @property
    def how(self) -> dict[str, str]:
        """The words in brackets."""
        return dict(HOW.findall(self.said))


def read(request: Mapping[str, Any]) -> Read:
    """Read a request of the Responses, Chat or Anthropic wire."""
    said: list[Any] = []
    results: list[str] = []
    for kind, content in _entries(request):
        if kind == "person":
            said.append(content)
            results.clear()
        elif kind == "result":
            results.append(_words(content))
        else:
            results.clear()
    last: Any = said[-1] if said else ""
    return Read(
        fields=request,
        said=_words(last),
        people=len(said),
        results=tuple(results),
        images=tuple(_images(last)),
        tools=tuple(offered for tool in request.get("tools") or () if (offered := _offered(tool))),
        forced=_forced(request.get("tool_choice")),
        schema=_schema(request),
        reasons=_reasons(request),
    )


def _entries(request: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Who said what, oldest first: `person`, `model`, `result`."""
    found: list[tuple[str, Any]] = []
    given = request.get("input", request.get("messages", ()))
    for entry in [{"role": "user", "content": given}] if isinstance(given, str) else given:
        content = entry.get("content")
        role, kind = entry.get("role"), entry.get("type", "")
        if kind.endswith("_call_output"):
            found.append(("result", entry.get("output")))
        elif role == "tool":
            found.append(("result", content))
        elif role == "assistant" or kind.endswith("_call"):
            found.append(("model", content))
        elif role == "user":
            told = [part for part in content if part.get("type") == "tool_result"] if isinstance(content, list) else []
            found += [("result", part.get("content")) for part in told]
            rest = [part for part in content if part not in told] if isinstance(content, list) else content
            if rest:
                found.append(("person", rest))
    return found


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content or () if "text" in part)


def _images(content: Any) -> list[tuple[str, str]]:
    """Media type and base64 of every image that came with its bytes."""
    found: list[tuple[str, str]] = []
    for part in content if isinstance(content, list) else ():
        url = part.get("image_url")
        url = url.get("url") if isinstance(url, dict) else url
        if isinstance(url, str) and url.startswith("data:"):
            kind, _, data = url.removeprefix("data:").partition(";base64,")
            found.append((kind, data))
        elif part.get("type") == "image" and part["source"]["type"] == "base64":
            found.append((part["source"]["media_type"], part["source"]["data"]))
    return found


def _offered(tool: dict[str, Any]) -> Offered | None:
    kind = tool.get("type", "function" if "input_schema" in tool else "")
    inner = tool.get(kind) if isinstance(tool.get(kind), dict) else tool
    name = inner.get("name", "")
    if kind == "custom" and "input_schema" not in tool:
        return Offered(name, custom=True)
    schema = inner.get("parameters") or inner.get("input_schema") or {}
    return Offered(name, schema) if name else None


def _forced(choice: Any) -> str:
    """The name of the tool that must be called."""
    if not isinstance(choice, dict):
        return ""
    inner = choice.get(choice.get("type", ""))
    return (inner if isinstance(inner, dict) else choice).get("name", "")


def _schema(request: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer must follow."""
    for path in (
        ("text", "format", "schema"),
        ("response_format", "json_schema", "schema"),
        ("output_config", "format", "schema"),
        ("output_format", "schema"),
    ):
        found: Any = request
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if found:
            return found
    return {}


def _reasons(request: Mapping[str, Any]) -> bool:
    asked = request.get("reasoning") or {}
    effort = asked.get("effort") or request.get("reasoning_effort") or (request.get("output_config") or {}).get("effort")
    thinking = (request.get("thinking") or {}).get("type") == "enabled"
    return bool(asked.get("summary") or (effort and effort != "none") or thinking)
