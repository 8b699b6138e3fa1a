"""How the members of a pipe ended: `pytest | tail` ends well although its tests failed.

bash reads the file that BASH_ENV names before it runs a line, and gets from it a trap that at the end writes PIPESTATUS to a
file of its own. So the line stays as it is, and with it its exit code, its output and the line numbers in its errors.
It is told beside the exit code, which alone is evidence.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullwright.sandbox.sandbox import Command, Finished
    from pullwright.tools.tool import Bench

_FILE = "PULLWRIGHT_PIPE"
_SCRIPT = """\
trap "{ builtin printf '%s ' \\"\\$?\\" \\"\\${PIPESTATUS[@]}\\" >|'$PULLWRIGHT_PIPE' || :; } 2>/dev/null" EXIT
unset BASH_ENV PULLWRIGHT_PIPE
"""
_OWN_ENDS = {"exit", "exec", "trap", "return"}
BROKEN_PIPE = 141
"""What a member is that wrote to one which had enough, such as `head`: no failure."""


def ends_in_pipe(line: str) -> bool:
    """True when a shell line's last command is a pipe, as far as its words tell; False where it ends itself in another way."""
    lexer = shlex.shlex(line.strip(" \t\r\n;"), posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.whitespace_split = " \t\r", True
    try:
        words = list(lexer)
    except ValueError:  # quotes that this does not understand, such as in a here-document
        return False
    found = False
    for word in words:
        mark = word.strip("\n")
        if mark in ("|", "|&"):
            found = True
        elif word and not word.strip("();|&\n"):
            found = False
    return found and not _OWN_ENDS & set(words)


def pipe_env(line: str, bench: Bench) -> dict[str, str]:
    """Variables by which bash tells how the pipe at the end of `line` ended; none for another line."""
    if "|" not in line or "BASH_ENV" in bench.sandbox.spec.env or not ends_in_pipe(line):
        return {}
    script = bench.scratch / ".pipe.sh"
    if not script.exists():
        script.write_text(_SCRIPT)
    # Where there is no such folder inside, nothing is written, and nothing told.
    return {"BASH_ENV": f"{bench.outputs_at}/{script.name}", _FILE: f"/tmp/.pipe-{os.urandom(6).hex()}"}  # noqa: S108 - private inside


async def pipe_end(bench: Bench, command: Command, finished: Finished) -> tuple[int, ...]:
    """The members' exit codes; none where they are not known, or belong to another end."""
    if (path := command.env.get(_FILE)) is None or finished.exit_code is None:
        return ()
    try:
        text = (await bench.sandbox.read(path, limit=200)).decode("ascii", "replace")
        await bench.sandbox.remove(path)
    except OSError:
        return ()
    return members(text, finished.exit_code)


def members(text: str, exit_code: int) -> tuple[int, ...]:
    """What the trap wrote (the exit code, then the members'), if it belongs to this end."""
    if not re.fullmatch(r"\d{1,3}( \d{1,3}){2,} ", text):
        return ()
    at_end, *codes = map(int, text.split())
    whole = {codes[-1], next((code for code in reversed(codes) if code), 0)}  # without and with `pipefail`
    return tuple(codes) if at_end == exit_code and exit_code in whole else ()


def hidden(codes: Sequence[int]) -> str:
    """The members' exit codes, as `1 0`, where one failed that is not the last; else empty."""
    return " ".join(map(str, codes)) if any(code not in (0, BROKEN_PIPE) for code in codes[:-1]) else ""
