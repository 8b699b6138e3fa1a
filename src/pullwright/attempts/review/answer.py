"""What the model answers: claims, in a schema that every wire can enforce (all objects closed, all fields required)."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

import msgspec

Priority = Literal["P0", "P1", "P2", "P3"]
Category = Literal[
    "bug", "security", "data-loss", "concurrency", "performance", "compatibility", "error-handling", "tests", "docs", "style"
]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
CATEGORIES: tuple[Category, ...] = get_args(Category)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One problem as the model tells it. Nothing of it is checked yet."""

    title: str
    body: str
    priority: Priority
    confidence: float
    category: Category
    path: str
    side: Literal["new", "old"] = "new"
    start: int
    end: int
    suggestion: str = ""
    guideline: str = ""
    quote: str = ""
    evidence: tuple[str, ...] = ()


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """One pass's answer."""

    summary: str = ""
    findings: tuple[Claim, ...] = ()


_TEXT = {"type": "string"}
_CLAIM: dict[str, Any] = {
    "title": _TEXT,
    "body": _TEXT,
    "priority": {"type": "string", "enum": list(PRIORITIES)},
    "confidence": {"type": "number"},
    "category": {"type": "string", "enum": list(CATEGORIES)},
    "path": _TEXT,
    "side": {"type": "string", "enum": ["new", "old"]},
    "start": {"type": "integer"},
    "end": {"type": "integer"},
    "suggestion": _TEXT,
    "guideline": _TEXT,
    "quote": _TEXT,
    "evidence": {"type": "array", "items": _TEXT},
}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMA: dict[str, Any] = _closed({"summary": _TEXT, "findings": {"type": "array", "items": _closed(_CLAIM)}})


def read(message: str) -> Claims:
    """The claims in a last message that fits the schema. Raises `msgspec.ValidationError` for one that does not."""
    value = msgspec.json.decode(message)
    return msgspec.convert(value, Claims, strict=False)


def normal(text: str) -> str:
    """A text for comparing: no markup, no case, single spaces."""
    return " ".join(re.sub(r"[`*_>#\"“”]|^\s*[-+]\s", " ", text, flags=re.MULTILINE).lower().split())
