"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def directory(function: F) -> F:
    """`-C DIR`: work there in place of here."""
    return click.option(
        "-C", "directory", type=click.Path(path_type=Path), default=Path(), show_default=False, metavar="DIR", help="Work in DIR."
    )(function)


def as_json(function: F) -> F:
    """`--json`: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def session_argument(function: F) -> F:
    """`[SESSION]`: an id or its beginning; the newest of this project when left out."""
    return click.argument("session", required=False, default="", metavar="[SESSION]")(function)
