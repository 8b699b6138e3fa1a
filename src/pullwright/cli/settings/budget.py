"""`2usd,100ktokens,50steps,10m` as a `Budget`."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from pullwright.protocol.policy import Budget

_PART = re.compile(r"(\$?)\s*(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_MONEY = ("usd", "$", "dollar", "dollars")
_SECONDS = {"s": 1, "sec": 1, "seconds": 1, "m": 60, "min": 60, "minutes": 60, "h": 3600, "hours": 3600}
_TOKENS = {"tokens": 1, "token": 1, "ktokens": 1000, "mtokens": 1_000_000}
_FORMS = "write 2usd, 100ktokens, 50steps, 10m, or several with commas between"


def parse_budget(text: str) -> Budget:
    """The ceilings that `text` names, over the defaults of `Budget`. Raises `ValueError` with what is allowed."""
    ceilings: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, value = _ceiling(part)
        if name in ceilings:
            raise ValueError(f"{text!r} sets the ceiling on {name} twice")
        ceilings[name] = value
    return Budget(**ceilings)


def _ceiling(part: str) -> tuple[str, float | int]:
    match = _PART.fullmatch(part)
    if not match:
        raise ValueError(f"{part!r} is not a budget; {_FORMS}")
    unit = "usd" if match[1] else match[3].lower()
    value = float(match[2])
    if value <= 0:
        raise ValueError(f"{part!r} leaves nothing to work with; {_FORMS}")
    if unit in _MONEY:
        return "usd", value
    if unit in _TOKENS:
        return "tokens", int(value * _TOKENS[unit])
    if unit in ("step", "steps"):
        return "steps", int(value)
    if unit in _SECONDS:
        return "seconds", value * _SECONDS[unit]
    raise ValueError(f"{part!r} has no unit that is known; {_FORMS}")


def raised(budget: Budget, factor: float) -> Budget:
    """The same ceilings, each `factor` times as high."""
    changes = {
        name: type(value)(value * factor)
        for name in ("usd", "tokens", "steps", "seconds")
        if (value := getattr(budget, name)) is not None
    }
    return msgspec.structs.replace(budget, **changes)
