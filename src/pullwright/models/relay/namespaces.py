"""Tools in a namespace, for wires that have none: each has a longer name there, and its own again in what the client is told.

{"type": "namespace", "name": "agents", "tools": [{"type": "function", "name": "spawn", …}]}   ⇄   a function `agents__spawn`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pullwright.models.wires.wire import fields_of, list_of

Namespaces = Mapping[str, tuple[str, str]]
"""The name on the wire -> the namespace and the name in it."""


def name_within(namespace: str, name: str) -> str:
    """The name on a wire without namespaces."""
    return f"{namespace}__{name}" if namespace else name


def namespaces_of(fields: Mapping[str, Any]) -> Namespaces:
    """The tools in namespaces of a request, which has been checked."""
    found: dict[str, tuple[str, str]] = {}
    for tool in map(fields_of, list_of(fields.get("tools"))):
        if tool.get("type") == "namespace":
            for inner in map(fields_of, list_of(tool.get("tools"))):
                namespace, name = str(tool.get("name")), str(inner.get("name"))
                found[name_within(namespace, name)] = (namespace, name)
    return found
