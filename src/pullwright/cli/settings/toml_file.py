"""A layer from a TOML file. Errors name the file, the line and the key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from pullwright.cli.settings.keys import find_key
from pullwright.cli.settings.layer import Layer, Origin, Source, checked
from pullwright.protocol.errors import FixSettings

MOST = 128 << 10
DOTS = 200
"""Characters of a settings file, and dots in a line of it: reading a key takes the square of them."""
DEEPEST = 16

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_BLANK = re.compile(r"[\s\"']")


def read_layer(path: Path, source: Source) -> Layer:
    """The values of `path`; none when there is no such file. Raises `FixSettings`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise FixSettings(f"{path} cannot be read: {error}", fix="make it a readable UTF-8 text file") from None
    return parse_layer(text, str(path), source)


def parse_layer(text: str, name: str, source: Source) -> Layer:
    """The values of TOML `text`, called `name` in origins and errors. Raises `FixSettings`."""
    layer: Layer = {}
    lines = _lines(text)
    try:
        found = leaves(parse_toml(text, name))
    except RecursionError:
        raise FixSettings(f"{name} is nested too deeply", fix="no setting lies deeper than four tables") from None
    for dotted, value in found:
        where = f"{name}:{line}" if (line := _line(lines, dotted)) else name
        layer[dotted] = checked(dotted, value, Origin(source, where))
    return layer


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """`text` as a dict. Raises `FixSettings` with file and line."""
    import tomllib

    if len(text) > MOST:
        raise FixSettings(f"{name} is longer than {MOST >> 10} KiB", fix="leave only settings in it")
    if any(line.count(".") > DOTS for line in text.splitlines()):
        raise FixSettings(f"{name} is nested too deeply", fix="no setting lies deeper than four tables")
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also a number of thousands of digits
        raise FixSettings(f"{name}: {error}", fix='correct the TOML; texts stand in quotes: model = "fast"') from None


def leaves(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """(dotted key, value) of a nested table; a table that is itself a value (`providers.*.headers`) stays whole."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        dotted = f"{prefix}{name}"
        if find_key(dotted) is None and isinstance(value, dict) and value:
            found += leaves(cast(dict[str, Any], value), f"{dotted}.")
        else:
            found.append((dotted, cast(object, value)))
    return found


def line_of(text: str, dotted: str) -> int:
    """The line that sets `dotted` (or names the table that does), counted from 1; 0 when it cannot be told."""
    return _line(_lines(text), dotted)


def _line(lines: tuple[dict[str, int], dict[str, int]], dotted: str) -> int:
    tables, keys = lines
    parts = dotted.split(".")[:DEEPEST]
    above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    found = [tables.get(dotted, 0), *(keys.get(name, 0) for name in above)]
    return min(filter(None, found), default=0)


def _lines(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Where each table and each key is named first. Read once: a hostile file may hold thousands of both."""
    tables: dict[str, int] = {}
    keys: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            table = _BLANK.sub("", bare.strip("[").partition("]")[0])
            tables.setdefault(table, number)
        elif "=" in bare and _NAME.fullmatch(name := _BLANK.sub("", bare.partition("=")[0])):
            keys.setdefault(f"{table}.{name}" if table else name, number)
    return tables, keys
