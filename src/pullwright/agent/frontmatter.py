"""A Markdown file with YAML between two lines of `---` at its top, as skills, commands and custom agents are written."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

MOST = 256 << 10
"""Bytes of one such file."""
_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_SIMPLE = re.compile(r"^[A-Za-z][\w-]*[ \t]*:[ \t]+(?![\[{>|&*!'\"#%@`?-])(?:(?!: | #).)+(?<!:)$")
_PLAIN = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*)$")


class Fronted(msgspec.Struct, frozen=True):
    """What stands between the fences, and the text after them."""

    fields: dict[str, Any]
    body: str

    def text(self, *names: str) -> str:
        """The first of these fields that is there, as one text; empty when none is."""
        value: object = next((self.fields[name] for name in names if name in self.fields), "")
        return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""

    def words(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or one text with commas between; None when the field is not there."""
        value: object = self.fields.get(name)
        if value is None:
            return None
        parts: list[object] = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType, reportAssignmentType]
        return tuple(text for part in parts if (text := str(part).strip()))


def read(data: bytes) -> Fronted:
    """A file's front matter and body. Raises `ValueError`, in words, for what cannot be read.

    Files found in the wild have colons in their descriptions that are no YAML (`description: Use when: …`); where the YAML is
    broken, lines `name: text` are read as they look.
    """
    if len(data) > MOST:
        raise ValueError(f"it is larger than {MOST >> 10} KiB")
    text = data.decode(errors="replace")
    found = _FENCED.match(text)
    if found is None:
        return Fronted({}, text.strip())
    return Fronted(_fields(found[1]), text[found.end() :].strip())


def _fields(text: str) -> dict[str, Any]:
    if all(_SIMPLE.match(line) for line in text.splitlines() if line.strip()):
        return _plain(text)
    import yaml  # 20 ms, and most files do without

    if re.search(r"(?:^|[\s:\[{,-])[&*]\w", text):  # anchors: a few of them make gigabytes
        return _plain(text)
    try:
        loaded: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _plain(text)
    return {str(name): value for name, value in cast(dict[object, Any], loaded).items()} if isinstance(loaded, dict) else {}


def _plain(text: str) -> dict[str, Any]:
    lines = (_PLAIN.match(line) for line in text.splitlines())
    fields = {found[1]: found[2].strip().strip("'\"") for found in lines if found}
    if not fields:
        raise ValueError("what stands between its lines of --- is no YAML")
    return fields
