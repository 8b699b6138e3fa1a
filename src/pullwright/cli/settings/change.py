"""Keys changed in the person's file; comments and order are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pullwright.cli.settings.keys import find_key
from pullwright.cli.settings.layer import Origin, checked
from pullwright.cli.settings.toml_file import line_of, parse_layer
from pullwright.protocol.errors import FixSettings


def set_key(path: Path, dotted: str, text: str) -> Any:
    """Write `dotted = text` into the file at `path` (made when missing) and return the value. Raises `FixSettings`."""
    if (key := find_key(dotted)) and key.apart:
        raise FixSettings(
            f"{dotted} is a list of tables, which is written by hand", fix=f"add [[{dotted}]] and command = … to {path}"
        )
    return set_keys(path, {dotted: _read_value(text)})[dotted]


def set_keys(path: Path, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write `changes`, key by key or none of them, into the file at `path` (made when missing); returns the values as written.

    The file is replaced at once and only when the result reads back as meant. Raises `FixSettings`.
    """
    path = path.resolve()  # a link, such as to a repository of settings, stays one
    values = {dotted: checked(dotted, value, Origin("user file", str(path)), lax=True).value for dotted, value in changes.items()}
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    parse_layer(before, str(path), "user file")
    after = before
    for dotted, value in values.items():
        after = with_key(after, dotted, value)
    parse_layer(after, str(path), "user file")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(after, encoding="utf-8")
    fresh.replace(path)
    return values


def remove_table(path: Path, dotted: str) -> bool:
    """Take the table `dotted`, with what lies below it, out of the file at `path`; False when it is not there.

    Raises `FixSettings` when it is written in a form that only a person can take apart.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if not any(key.startswith(f"{dotted}.") for key in parse_layer(before, str(path), "user file")):
        return False
    after = without_table(before, dotted)
    if any(key.startswith(f"{dotted}.") for key in parse_layer(after, str(path), "user file")):
        raise FixSettings(f"{dotted} is not a table of its own in {path}", fix=f"take it out by hand: {path}")
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(after, encoding="utf-8")
    fresh.replace(path)
    return True


def without_table(text: str, dotted: str) -> str:
    """TOML `text` without the table `dotted` and its subtables: from their headers to the next one."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            name = re.sub(r"[\s\[\]\"']", "", line.split("#")[0])
            inside = name == dotted or name.startswith(f"{dotted}.")
        if not inside:
            kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n" if kept else ""


def with_key(text: str, dotted: str, value: Any) -> str:
    """TOML `text` with `dotted` set to `value`: its line replaced, or a line added to its table."""
    lines = text.splitlines()
    number = line_of(text, dotted)
    if number and (match := re.match(r"(\s*[^=]+?\s*=\s*)", lines[number - 1])):
        comment = re.search(r"\s+#[^\"']*$", lines[number - 1])
        lines[number - 1] = match[1] + _literal(value) + (comment[0] if comment else "")
        return "\n".join(lines) + "\n"
    table, _, name = dotted.rpartition(".")
    line = f"{name} = {_literal(value)}"
    lines.insert(_place(lines, table), line)
    return "\n".join(lines) + "\n"


def _place(lines: list[str], table: str) -> int:
    """Where a new line of `table` goes; adds the table's header when it is missing."""
    headers = [index for index, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not table:
        return headers[0] if headers else len(lines)
    for index in headers:
        if re.sub(r"[\s\[\]\"']", "", lines[index].split("#")[0]) == table:
            return index + 1
    lines += ["", f"[{table}]"] if lines else [f"[{table}]"]
    return len(lines)


def _read_value(text: str) -> Any:
    """A table given as TOML (`{ a = "b" }`), else the text as it stands."""
    if text.lstrip().startswith("{"):
        from pullwright.cli.settings.toml_file import parse_toml

        return parse_toml(f"value = {text}", "the value")["value"]
    return text


def _literal(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_text(str(name))} = {_literal(part)}" for name, part in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return f"{{ {pairs} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_literal(part) for part in value)}]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value) if isinstance(value, (int, float)) else _text(str(value))


def _text(value: str) -> str:
    import json

    # A JSON string is a TOML basic string, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
