"""A layer from a TOML file. Errors name the file, the line and the key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from pullwright.cli.settings.keys import find_key
from pullwright.cli.settings.layer import Layer, Origin, Source, checked
from pullwright.protocol.errors import FixSettings


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
    for dotted, value in leaves(parse_toml(text, name)):
        where = f"{name}:{line}" if (line := line_of(text, dotted)) else name
        layer[dotted] = checked(dotted, value, Origin(source, where))
    return layer


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """`text` as a dict. Raises `FixSettings` with file and line."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
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
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            table = re.sub(r"[\s\"']", "", header[1])
            if table == dotted:
                return number
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'\s-]+?)\s*=", line):
            name = re.sub(r"[\s\"']", "", key[1])
            full = f"{table}.{name}" if table else name
            if full == dotted or dotted.startswith(f"{full}."):
                return number
    return 0
