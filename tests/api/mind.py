"""What the upstream says. It has no wits, but reads: the same request on any of the three wires gets the same answer.

    tools are there                    calls the one that must be, else the first ([all]: each), arguments from its schema
    a schema is asked for              JSON that follows it
    results of tools are last          "The tools said: …"
    reasoning is asked for             reasoning as well
    an image is there                  its kind and size
    otherwise                          "You said: …", the last words, and how many messages of people there were

Words in square brackets in the last message of a person say how:

    [none] no call   [all] each tool   [slow] a piece each 20 ms   [long N] N words   [full] cut at the output limit
    [filtered]   [unsaid] no usage   [cut] the connection is dropped in the middle   [echo] the request's own fields
    [refuse N] status N   [busy] 429 once, with retry-after-ms   [quiet] nothing at all for a second
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any

from api.read import Read, read
from pullwright.models.mock.script import Answer, Reply, SaidCall, SaidCustom, Trouble

SNIPPET = "print(42)"
"""What is said to a free-form tool."""


class Mind:
    """A script for a `MockServer`. Remembers only to whom it was busy once."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, request: Mapping[str, Any]) -> Reply:
        asked = read(request)
        trouble = self._trouble(asked)
        if isinstance(trouble, Trouble) and trouble.status is not None:
            return trouble
        reasoning = "Let me think about it." if asked.reasons else ""
        stop: Any = "max_output" if "full" in asked.how else "content_filter" if "filtered" in asked.how else "completed"
        more: dict[str, Any] = {"stop": stop, "trouble": trouble, "usage_sent": "unsaid" not in asked.how}
        if "slow" in asked.how or "cut" in asked.how or "long" in asked.how:
            more["piece"] = 8
        if asked.tools and not asked.results and "none" not in asked.how:
            return Answer(reasoning=reasoning, calls=_calls(asked), **more)
        return Answer(reasoning=reasoning, text=_text(asked), delay=1.0 if "quiet" in asked.how else 0.0, **more)

    def _trouble(self, asked: Read) -> Trouble | None:
        if "refuse" in asked.how:
            return Trouble(status=int(asked.how["refuse"]), body={"error": {"message": "so it was asked", "type": "asked"}})
        if "busy" in asked.how and self._first(asked.said):
            return Trouble(status=429, headers={"retry-after-ms": "30"}, body={"error": {"message": "busy", "type": "busy"}})
        if "cut" in asked.how:
            return Trouble(cut_after=1500)
        return Trouble(pause=0.02) if "slow" in asked.how else None

    def _first(self, said: str) -> bool:
        with self._lock:
            if said in self._refused:
                return False
            self._refused.add(said)
            return True


def _calls(asked: Read) -> tuple[SaidCall | SaidCustom, ...]:
    forced = [tool for tool in asked.tools if tool.name == asked.forced]
    wanted = forced or asked.tools[: None if "all" in asked.how else 1]
    return tuple(
        SaidCustom(tool.name, SNIPPET) if tool.custom else SaidCall(tool.name, sample(tool.schema, tool.schema))
        for tool in wanted
    )


def _text(asked: Read) -> str:
    if asked.schema:
        return json.dumps(sample(asked.schema, asked.schema))
    if asked.results:
        return "The tools said: " + " | ".join(asked.results)
    if "long" in asked.how or "slow" in asked.how or "cut" in asked.how:
        return " ".join(f"word{number}" for number in range(int(asked.how.get("long") or 200)))
    if "echo" in asked.how:
        return json.dumps({name: value for name, value in asked.fields.items() if name not in ("input", "messages")})
    if asked.images:
        kind, data = asked.images[0]
        return f"I see {kind} of {len(base64.b64decode(data))} bytes."
    return f"You said: {asked.said} ({asked.people})"


def sample(schema: Mapping[str, Any], root: Mapping[str, Any], name: str = "") -> Any:
    """A value that follows a JSON schema, as far as tests need it."""
    if "$ref" in schema:
        found: Any = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[step]
        return sample(found, root, name)
    for one in ("anyOf", "oneOf", "allOf"):
        if one in schema:
            return sample(schema[one][0], root, name)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {key: sample(value, root, key) for key, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items", {"type": "string"}), root, name)]
    plain = {"integer": 7, "number": 1.5, "boolean": True, "null": None}
    return plain.get(kind, SNIPPET if name == "input" else f"some {name or 'words'}")
