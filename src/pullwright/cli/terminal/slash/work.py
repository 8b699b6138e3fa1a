"""Work that has a prompt of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

INIT = """\
Write an AGENTS.md for this project: what a coding agent that has never seen it must know, and would get wrong without.

Look first: the build and test configuration, CI, README and contributing notes, the layout, a few central files and tests. Run
the test command, a single test, and the linters, so that each command you write down is one that you saw work here.

Then write AGENTS.md in the root (improve the one that is there; keep what is true in it), at most 80 lines:
- what the project is, in two sentences, and where things are, by folder
- the commands: set up, test all, test one, lint, type-check, build; each exactly as it works here
- conventions that the code follows and that a reader would not guess: naming, errors, tests, imports, style
- traps: what looks right and is wrong here, generated files, what must not be edited
- a section "Review guidelines" with what this project's reviewers insist on, if the sources show any

No advice that holds for every project, no history, nothing that you did not verify. Say at the end what you could not verify.
"""

_WRAPPED = re.compile(r"(?<=[^\n])\n(?=[^\n-])")
"""Ends of lines that are there for the reader of this file alone."""


async def init(face: Face, arguments: str) -> None:
    """Have a useful AGENTS.md written."""
    await face.pairing.submit(f"{_WRAPPED.sub(' ', INIT)}\n{arguments}".strip())
