"""Values with their origins, as one source gives them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pullwright.cli.settings.keys import KEYS, Key, allowed, choices, find_key
from pullwright.cli.settings.nearest import did_you_mean
from pullwright.protocol.errors import FixSettings

Source = Literal["default", "user file", "project file", "environment", "flag"]


class Origin(msgspec.Struct, frozen=True):
    """Where a value came from: the kind of source, and the place (`…/config.toml:3`, `PULLWRIGHT_MODEL`, `--model`)."""

    source: Source
    where: str = ""

    def __str__(self) -> str:
        """For a reader."""
        return f"{self.source} {self.where}" if self.where else self.source


class Value(msgspec.Struct, frozen=True):
    """One value and its origin."""

    value: Any
    origin: Origin


Layer = dict[str, Value]
"""Dotted key -> value, each checked against its `Key`."""


def checked(dotted: str, value: Any, origin: Origin, *, lax: bool = False) -> Value:
    """`value` as its key's type. Raises `FixSettings` naming the origin, the key, what is allowed and the nearest match.

    `lax` also reads numbers and truth values out of text, as the environment has them.
    """
    key = find_key(dotted)
    if key is None:
        raise FixSettings(
            f"{origin.where}: there is no setting {dotted!r}.{did_you_mean(dotted, KEYS)}",
            fix="`pullwright config` shows every setting",
        )
    try:
        typed = msgspec.convert(value, key.type, strict=not lax)
    except msgspec.ValidationError as error:
        wrong = f": {error}" if key.apart else f" cannot be {value!r}.{_near(key, value)}"
        raise FixSettings(f"{origin.where}: {dotted}{wrong}", fix=_fix(key)) from None
    if key.check is not None:
        try:
            key.check(typed)
        except ValueError as error:
            raise FixSettings(f"{origin.where}: {dotted}: {error}", fix=_fix(key)) from None
    return Value(typed, origin)


def _near(key: Key, value: Any) -> str:
    return did_you_mean(str(value), choices(key))


def _fix(key: Key) -> str:
    kinds = allowed(key)
    return f"{key.name} is {key.help}" + (f"; allowed: {kinds}" if kinds != "text" else "")
