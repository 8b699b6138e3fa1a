"""What went wrong with a server, in words for model and person.

Broken            it cannot be used just now, or a call came to nothing
└── Forgotten     it does not know the session that we speak in, so that it did nothing
"""

from __future__ import annotations

import asyncio

from pullwright.protocol.errors import PullwrightError
from pullwright.tools.mcp.untrusted import line

SILENT = "no answer"
CLOSED = "it was closed"


class Broken(Exception):
    """The server cannot be used just now, or this call came to nothing; the text says why. Never leaves this room but for the
    commands that look at one server."""


class Forgotten(Broken):
    """The server does not know the session that we speak in."""


def reason(error: BaseException) -> str:
    """What went wrong, in one line: the first cause of a group that says something."""
    if isinstance(error, BaseExceptionGroup):
        inner = [one for one in error.exceptions if not isinstance(one, asyncio.CancelledError)]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return reason(inner[0]) if inner else CLOSED  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(error, TimeoutError):
        return SILENT
    if isinstance(error, PullwrightError):
        return line(f"{error}: {error.fix}" if error.fix else str(error), 400)
    return line(str(error) or type(error).__name__, 400)
