"""Reading a git config file as data: no includes followed, nothing run, no process started.

The format is the one of `git-config(1)`, section "Syntax".
"""

from __future__ import annotations

import re
from pathlib import Path

_SECTION = re.compile(r'^\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]')
_KEY = re.compile(r"^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$", re.DOTALL)
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^"#;\\]|\\.)+', re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}
LIMIT = 1 << 20


def read_config(path: Path) -> dict[str, str]:
    """The file's values, the last of each key, as `section.Subsection.key`; empty when there is no such file.

    Section and key are in lower case, a subsection as it stands. A key without a value is `true`. Lines that are
    not understood are passed over.
    """
    try:
        with path.open("rb") as file:
            return parse_config(file.read(LIMIT).decode("utf-8", "surrogateescape"))
    except OSError:
        return {}


def parse_config(text: str) -> dict[str, str]:
    """The values of a config file's text; see `read_config`."""
    return dict(parse_pairs(text))


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """All keys and values of a config file's text, in their order; see `read_config`."""
    values: list[tuple[str, str]] = []
    prefix = ""
    for line in _lines(text.removeprefix("\ufeff")):
        rest = line.strip()
        section = _SECTION.match(rest)
        if section is not None:
            name = section[1].lower()
            prefix = name + "." + (_unescape(section[2]) + "." if section[2] is not None else "")
            rest = rest[section.end() :].strip()
        if not rest or rest[0] in "#;":
            continue
        key = _KEY.match(rest)
        if key is not None and prefix:
            values.append((prefix + key[1].lower(), "true" if key[2] is None else _value(key[2])))
    return values


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    held = ""
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        slashes = len(line) - len(line.rstrip("\\"))
        if slashes % 2:
            held += line[:-1]
            continue
        lines.append(held + line)
        held = ""
    return [*lines, held]


def _value(text: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            break
        parts.append(_unescape(piece[1] if piece[1] is not None else piece[0]))
        at = piece.end()
    found = "".join(parts)
    return found if text.rstrip().endswith('"') else found.rstrip()


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
