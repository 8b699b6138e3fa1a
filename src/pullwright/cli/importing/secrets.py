"""Which values are secrets, and the references `${NAME}` that take their place.

A value is a secret by its name (…TOKEN, …KEY), by its looks (the well-known kinds of keys), or by where it stands (a password in
an address, what follows `--api-key`). Better one too many: a reference can always be filled.
"""

from __future__ import annotations

import re

from pullwright.cli.settings.references import names_in
from pullwright.tools.redaction import Redactor

_NAMED = re.compile(
    r"key|token|secret|passw|passphrase|pwd|auth|credential|cookie|bearer|private|signature|dsn|session|jwt|pat$", re.IGNORECASE
)
_NOT = re.compile(r"(path|file|dir|url|uri|host|port|name|user|mode|type|method|timeout|limit|max_tokens|ttl)$", re.IGNORECASE)
_FLAG = re.compile(
    r"--?[A-Za-z0-9-]{0,60}(key|token|secret|password|passwd|credential|bearer|auth)[A-Za-z0-9-]{0,60}", re.IGNORECASE
)
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@:]+:([^/\s@]+)(?=@)")
_QUERY = re.compile(r"[?&][^=&\s]{0,60}(?:key|token|secret|password|auth)[^=&\s]{0,60}=([^&#\s]+)", re.IGNORECASE)
_ASSIGNED = re.compile(r"[A-Za-z_]\w*")
_ENV_FLAG = re.compile(r"-e|--env")
_HEADER_FLAG = re.compile(r"-H|--headers?")
_HOOK = re.compile(r"hook", re.IGNORECASE)
_SCHEME = re.compile(r"(Bearer|Basic|Token)\s+(?=\S)", re.IGNORECASE)
_WORDS = ("", "true", "false", "0", "1", "yes", "no", "none", "null")
_looks = Redactor()


DIGITS = 6
"""From so many digits on a number may be a password; below, it is a count or a size."""


class Secrets:
    """Collects what is taken out of one server's configuration: `found` is reference name -> secret."""

    def __init__(self, server: str) -> None:
        self.found: dict[str, str] = {}
        self._prefix = re.sub(r"[^A-Za-z0-9]+", "_", server).strip("_").upper() or "SERVER"

    def variable(self, name: str, value: str) -> str:
        """The value of an environment variable, or the reference to it."""
        if not is_secret(name, value):
            return self.inside(value, name)
        return self._take(re.sub(r"[^A-Za-z0-9_]", "_", name), value)

    def header(self, name: str, value: str) -> str:
        """The value of a header; of `Bearer XYZ` the scheme stays."""
        scheme = match[0] if (match := _SCHEME.match(value)) else ""
        rest = value[len(scheme) :]
        if not rest or names_in(value) or not (scheme or is_secret(name, rest)):
            return value
        return scheme + self._take(self._named(name), rest)

    def arguments(self, values: list[str]) -> list[str]:
        """A command's arguments; among them `-e NAME=value` and `--header "Name: value"`, as wrappers of servers take them."""
        told: list[str] = []
        for value in values:
            flag, equals, rest = value.partition("=")
            if equals and _FLAG.fullmatch(flag) and is_secret("key", rest):
                told.append(f"{flag}={self._take(self._named(flag), rest)}")
            elif equals and _ASSIGNED.fullmatch(flag):
                told.append(f"{flag}={self.variable(flag, rest)}")
            elif equals and (_ENV_FLAG.fullmatch(flag) or _HEADER_FLAG.fullmatch(flag)):
                told.append(f"{flag}={self.arguments([flag, rest])[1]}")
            elif told and _HEADER_FLAG.fullmatch(told[-1]):
                told.append(self._header_line(value))
            elif told and _FLAG.fullmatch(told[-1]) and not value.startswith("-") and is_secret("key", value):
                told.append(self._take(self._named(told[-1]), value))
            else:
                told.append(self.inside(value, "ARGUMENT"))
        return told

    def _header_line(self, line: str) -> str:
        """`Name: value`."""
        name, colon, value = line.partition(":")
        bare = value.lstrip()
        return f"{name}{colon}{value[: len(value) - len(bare)]}{self.header(name.strip(), bare)}" if colon else line

    def inside(self, text: str, name: str) -> str:
        """A text with the secrets inside it taken out: passwords in addresses, keys in queries, well-known kinds."""
        for pattern in (_IN_ADDRESS, _QUERY):
            text = pattern.sub(lambda match: self._part(match, name), text)
        return self._take(self._named(name), text) if _looks.redact(text.encode()) != text.encode() else text

    def _part(self, match: re.Match[str], name: str) -> str:
        value = match[1]
        if names_in(value):
            return match[0]
        start, end = match.span(1)
        at = match.start(0)
        return match[0][: start - at] + self._take(self._named(name), value) + match[0][end - at :]

    def _named(self, name: str) -> str:
        return f"{self._prefix}_{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_').upper()}"

    def _take(self, name: str, value: str) -> str:
        name = name if not name[:1].isdigit() else f"_{name}"
        number = 1
        while self.found.get(full := name if number == 1 else f"{name}_{number}", value) != value:
            number += 1
        self.found[full] = value
        return f"${{{full}}}"


def has_secret(address: str) -> bool:
    """Whether an address has a password or key in it."""
    secrets = Secrets("")
    secrets.inside(address, "URL")
    return bool(secrets.found)


def is_secret(name: str, value: str) -> bool:
    """Whether the value of something called `name` is a secret; a reference is none."""
    if value.lower() in _WORDS or names_in(value):
        return False
    if _looks.redact(value.encode()) != value.encode():
        return True
    if "://" in value and _HOOK.search(name):  # whoever knows such an address may use it
        return True
    return bool(_NAMED.search(name)) and not _NOT.search(name) and not (value.isdecimal() and len(value) < DIGITS)
