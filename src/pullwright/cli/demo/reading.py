"""What a scripted model reads in a request on the Responses wire: what was said, what came of its calls, how to test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

FALLBACK = "python3 -m unittest discover -s tests -t ."
_COMMAND = re.compile(r"^Tests: `?([^`\n]+?)`?(?: \(|$)", re.MULTILINE)


def items(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation's items."""
    return [cast(dict[str, Any], item) for item in request.get("input", []) if isinstance(item, dict)]


def text_of(item: Mapping[str, Any]) -> str:
    """A message's text."""
    content: str | list[dict[str, Any]] = item.get("content") or ""
    return content if isinstance(content, str) else "\n".join(str(part.get("text", "")) for part in content)


def command_of(request: Mapping[str, Any]) -> str:
    """The test command that the environment names."""
    found = _COMMAND.search("\n".join(map(text_of, items(request))))
    return found[1] if found else FALLBACK


def last_said(request: Mapping[str, Any]) -> str:
    """The last thing that a person said."""
    said = [text_of(item) for item in items(request) if item.get("role") == "user"]
    return said[-1] if said else ""


def outputs_since_said(request: Mapping[str, Any]) -> list[str]:
    """The results of each step since then, joined."""
    every = items(request)
    begin = max((at for at, item in enumerate(every) if item.get("role") == "user"), default=0)
    return steps_of(every[begin:])


def steps_of(every: list[dict[str, Any]]) -> list[str]:
    """The results of each step: a step's calls stand together, before the next thing that the model said."""
    steps: list[list[str]] = []
    fresh = True
    for item in every:
        if item.get("type") == "function_call_output":
            if fresh:
                steps.append([])
            steps[-1].append(str(item.get("output", "")))
            fresh = False
        elif item.get("type") in ("function_call", "message") and item.get("role") != "developer":
            fresh = True
    return ["\n".join(outputs) for outputs in steps]
