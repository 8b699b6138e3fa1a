"""What a model's server has beside the answers: its models, tokens counted, a conversation compacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pullwright.models.wires.wire import fields_of, list_of

_CREATED = 1_700_000_000


def models(names: Sequence[str]) -> dict[str, Any]:
    """The list of models, as any of the three wires reads it."""
    rows = [{"id": name, "object": "model", "type": "model", "created": 0, "owned_by": "mock"} for name in names]
    return {"object": "list", "data": rows, "has_more": False}


def counted(size: int) -> dict[str, Any]:
    """A request of `size` bytes, at four bytes a token."""
    return {"object": "response.input_tokens", "input_tokens": size // 4}


def compacted(number: int, request: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The last user's message as it was, and all that went before sealed in one item."""
    items = list_of(request.get("input"))
    asked = [item for item in items if fields_of(item).get("role") == "user"][-1:]
    sealed = {"type": "compaction", "id": f"cmp_{number:06d}", "encrypted_content": f"sealed-{len(items)}"}
    usage = {"input_tokens": size // 4, "output_tokens": 20, "total_tokens": size // 4 + 20}
    return {
        "id": f"resp_{number:06d}",
        "object": "response.compaction",
        "created_at": _CREATED,
        "output": [*asked, sealed],
        "usage": usage,
    }
