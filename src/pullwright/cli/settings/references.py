"""`${NAME}` in a setting: a secret that is named there and lies elsewhere.

What stands for it is the variable NAME of the environment, else the secret that was kept under that name
(`pullwright login secret:NAME`, or `pullwright import`). `${NAME:-text}` has a text for where there is neither. `$${` is a
plain `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pullwright.cli.credentials import Credentials
from pullwright.protocol.errors import FixSettings

KEPT = "secret:"
"""What the names of kept secrets begin with, where keys of providers have the provider's name."""

_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}")


def filled(text: str, where: str, env: Mapping[str, str], credentials: Credentials) -> str:
    """`text` with what its references stand for. Raises `FixSettings` naming `where` and the name that stands for nothing."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "${"
        name, fallback = match[2], match[3]
        found = env.get(name) or (credentials.get(KEPT + name) if KEPT + name in credentials.places() else "")
        if found or fallback is not None:
            return found or fallback
        raise FixSettings(
            f"{where} needs ${{{name}}}, and nothing is known of it",
            fix=f"export {name}=…, or keep it: pullwright login {KEPT}{name}",
        )

    return _REFERENCE.sub(value, text) if "${" in text else text


def is_secret(name: str) -> bool:
    """True for `secret:NAME`, where NAME can stand in a reference."""
    return name.startswith(KEPT) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name.removeprefix(KEPT)) is not None


def names_in(text: str) -> list[str]:
    """The names that `text` refers to."""
    return [match[2] for match in _REFERENCE.finditer(text) if match[2]]
