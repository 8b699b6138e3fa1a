"""The upstream that a request is translated for, and what is said of it when it cannot do something."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.models.wires.wire import Quirks
from pullwright.protocol.errors import ChangeRequest, Unsupported

WIRES = {"chat": "Chat Completions", "anthropic": "Anthropic Messages"}
WRONG, TYPE, MISSING = "invalid_value", "invalid_type", "missing_required_parameter"


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A model at a provider, behind a wire that is not the Responses API."""

    provider: str
    model: str
    wire: Literal["chat", "anthropic"]
    quirks: Quirks

    def cannot(self, what: str, param: str, fix: str, *, code: str = "unsupported_parameter") -> Unsupported:
        """The error for `what`, which this upstream does not do."""
        who = f"{self.provider}/{self.model} ({WIRES[self.wire]})"
        return Unsupported(f"'{param}': {who} {what}", fix=fix, code=code, param=param)


def wrong(param: str, why: str, fix: str, code: str = WRONG) -> ChangeRequest:
    """The error for a field that no upstream could make sense of."""
    return ChangeRequest(f"'{param}': {why}", fix=fix, code=code, param=param)


def mistyped(error: msgspec.ValidationError, within: str = "") -> ChangeRequest:
    """The error for a value of the wrong type, with the path at which it is."""
    why, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").replace("[...]", "[]")
    param = f"{within}{path}".lstrip(".")
    return wrong(param, why[:1].lower() + why[1:], "Correct the field.", TYPE)
