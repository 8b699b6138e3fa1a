"""An error as a person reads it: `error:` and `fix:` on stderr, and an exit code by kind.

click's usage errors                  2
FixSettings, FixRepository            2
other errors raised on purpose        1
a full, missing or read-only disk     1
Ctrl-C, SIGTERM                       130
a reader that went away (`| head`)    141
anything else, a bug of ours          1, with the traceback kept in a file
"""

from __future__ import annotations

import errno
import os
import sys
from typing import cast

import click

from pullwright.protocol.errors import PullwrightError

USAGE = 2
FAILED = 1
STOPPED = 130
PIPE = 141

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR)


def report(error: BaseException) -> int:
    """Say on stderr what went wrong and what to do about it; return the exit code."""
    try:
        return _report(error)
    except BrokenPipeError:
        return PIPE


def _report(error: BaseException) -> int:
    if isinstance(error, BrokenPipeError):
        return PIPE
    # By name: asyncio's own class, and most commands never load asyncio.
    if isinstance(error, (KeyboardInterrupt, click.Abort)) or type(error).__name__ == "CancelledError":
        _say("stopped.")
        return STOPPED
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, click.ClickException):
        return _usage(error)
    if one := _only(error):
        return _report(one)
    if os.environ.get("PULLWRIGHT_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, PullwrightError):
        _say(f"error: {error}", f"fix: {error.fix}" if error.fix else "")
        return code_of(error)
    if isinstance(error, OSError) and (told := _disk(error)):
        _say(*told)
        return FAILED
    return _crash(error)


def _disk(error: OSError) -> tuple[str, str] | None:
    """What to say where the disk is the matter, ours or the one that the output goes to; None for any other trouble."""
    from pullwright.cli.folders import folders

    where = folders()
    if error.errno in _FULL:
        return (
            f"error: the disk is full{f': {error.filename}' if error.filename else ''}",
            f"fix: free room where the output goes and at {where.state} and {where.cache}, or set PULLWRIGHT_HOME to a folder "
            "on another disk; what was logged so far is kept",
        )
    ours = (where.state, where.cache, where.config)
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if (
        error.errno in _CLOSED
        and path
        and any(path == str(at) or at.is_relative_to(path) or path.startswith(f"{at}/") for at in ours)
    ):
        return (
            f"error: {path} cannot be made or written: {error.strerror}",
            "fix: set HOME or PULLWRIGHT_HOME to a folder that you may write to",
        )
    return None


def code_of(error: PullwrightError) -> int:
    """The exit code that an error's kind stands for."""
    from pullwright.protocol.errors import FixRepository, FixSettings

    return USAGE if isinstance(error, FixSettings | FixRepository) else FAILED


def _usage(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return USAGE
    hint = f"see `{context.command_path} --help`" if context else ""
    if "unexpected extra argument" in error.format_message():
        hint = f"put words that belong together in quotes; {hint}"
    if isinstance(error, click.FileError):
        hint = ""
    _say(f"error: {error.format_message()}", f"fix: {hint}" if hint else "")
    return USAGE


def _only(error: BaseException) -> BaseException | None:
    """The one error inside a group of one (a task group wraps what its task raised); None for anything else."""
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        parts = cast("BaseExceptionGroup[BaseException]", inner).exceptions
        if len(parts) != 1:
            return None
        inner = parts[0]
    return None if inner is error else inner


def _crash(error: BaseException) -> int:
    """A bug of ours: a short message, the traceback in a file of the state folder."""
    kept = keep(error)
    where = f"The details are in {kept}" if kept else "Run again with PULLWRIGHT_DEBUG=1 to see the details"
    _say(
        f"error: something in Pullwright broke: {type(error).__name__}: {_first_line(error)}",
        f"fix: this is a bug, please report it. {where}.",
    )
    return FAILED


def keep(error: BaseException) -> str:
    """Write the traceback of a bug of ours into the state folder; where it lies, empty when it could not be written."""
    import time
    import traceback

    from pullwright import __version__
    from pullwright.cli.folders import folders

    text = f"pullwright {__version__}, python {sys.version}, {sys.platform}\n\n" + "".join(traceback.format_exception(error))
    try:
        folder = folders().state / "crashes"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        path.touch(mode=0o600)
        path.write_text(text)
    except Exception:  # the message matters more than the file
        return ""
    return str(path)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:300]


def _say(*lines: str) -> None:
    from pullwright.cli.render.clean import clean

    try:
        for line in filter(None, lines):
            click.echo(clean(line), err=True)
    except BrokenPipeError:
        raise
    except OSError:
        pass
