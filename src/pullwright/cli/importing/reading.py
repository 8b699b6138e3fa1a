"""A file that somebody else wrote, read without surprises: regular, bounded, UTF-8, and of a project never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from pullwright.cli.importing.haul import Haul, Place

SETTINGS_LIMIT = 32 << 20
"""Bytes of a person's settings file: Claude Code keeps its history in one."""
PROJECT_LIMIT = 1 << 20
"""Bytes of a project's."""
TEXT_LIMIT = 256 << 10
"""Bytes of a text for the model."""

T = TypeVar("T")


class Unreadable(Exception):
    """Why a file is left out."""


def read(path: Path, place: Place, limit: int = TEXT_LIMIT) -> bytes | None:
    """The content of `path`; None when there is nothing. Raises `Unreadable`.

    In the person's home a link is followed: many keep such files elsewhere. In a project it is not: whoever wrote the
    repository would choose what is read.
    """
    if place.project and any(part.is_symlink() for part in _below(path, place.root)):
        raise Unreadable("it is a link")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("it is not a plain file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Unreadable(f"it is larger than {limit >> 10} KiB")
    return content


def _below(path: Path, root: Path) -> list[Path]:
    """`path` and the folders between it and `root`."""
    return [path, *(parent for parent in path.parents if parent != root and parent.is_relative_to(root))]


def text_of(path: Path, place: Place, haul: Haul) -> str:
    """The text at `path`; empty when there is none, or when it is noted as left out."""
    try:
        content = read(path, place)
        return "" if content is None else content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        haul.leave(place.shown(path), "text", "it is not UTF-8")
    except Unreadable as why:
        haul.leave(place.shown(path), "text", str(why))
    return ""


def table_of(path: Path, place: Place, haul: Haul, parse: Callable[[str], Any]) -> dict[str, Any]:
    """The settings at `path` as a table; empty when there is none, or when it is noted as left out."""
    try:
        content = read(path, place, PROJECT_LIMIT if place.project else SETTINGS_LIMIT)
        value: object = parse(content.decode("utf-8")) if content is not None else {}
    except Unreadable as why:
        haul.leave(place.shown(path), "settings", str(why))
    except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is one, too
        haul.leave(place.shown(path), "settings", f"it cannot be read: {str(error).splitlines()[0][:200]}")
    else:
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        haul.leave(place.shown(path), "settings", "it is not a table")
    return {}


def toml(text: str) -> Any:
    """A value from TOML. Raises `ValueError`."""
    import tomllib

    from pullwright.cli.settings.toml_file import DOTS

    if any(line.count(".") > DOTS for line in text.splitlines()):  # reading a key takes the square of its parts
        raise ValueError("it is nested too deeply")
    return tomllib.loads(text)


def yaml(text: str) -> Any:
    """A value from YAML, with neither objects nor unbounded aliases. Raises `ValueError`."""
    import yaml as module

    library: Any = module  # its functions have no types
    if len(text) > TEXT_LIMIT or text.count("*") > 10_000:
        raise ValueError("it is too large")
    try:
        if any(isinstance(event, library.AliasEvent) for event in library.parse(text, library.SafeLoader)):
            raise ValueError("it has aliases")
        return cast(object, library.safe_load(text))
    except library.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def table(value: Any) -> dict[str, Any]:
    """`value` as a table with text keys; empty when it is none."""
    if not isinstance(value, dict):
        return {}
    return {key: part for key, part in cast("dict[Any, Any]", value).items() if isinstance(key, str)}


def texts(value: Any) -> list[str]:
    """`value` as a list of texts; empty when it is none, without what is no text."""
    return [part for part in cast("list[Any]", value) if isinstance(part, str)] if isinstance(value, list) else []
