"""What the agent asks of the person, in lines: a permission, a question of its own, more budget.

The answer is one line: a letter, or words. An empty line is no answer, and the question is put again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pullwright.cli.terminal.transcript.safe import safe
from pullwright.tools.mcp.names import of_a_server

if TYPE_CHECKING:
    from pullwright.cli.terminal.plain.face import PlainFace
    from pullwright.protocol.events import PermissionAsked

NOBODY = "nobody is there to answer"
SHOWN = 30
"""Changed lines of an edit that are read out before its question."""

_YES = ("y", "yes", "once", "ok")
_NO = ("n", "no")
_NUMBERED = re.compile(r"^(\d+)\. (.*)$", re.MULTILINE)


async def ask(face: PlainFace, asked: PermissionAsked) -> None:
    """Put the question until it is answered, and give the answer to the pairing. Cancelled when somebody else answered."""
    if asked.effect == "ask" and asked.tool != "budget":
        await _question(face, asked)
        return
    _describe(face, asked)
    while True:
        line = await face.answer(_choices(asked), called=False)
        if line is None:
            face.pairing.answer(asked, "no", text=NOBODY)
            return
        if await _answered(face, asked, line.strip()):
            return


def _describe(face: PlainFace, asked: PermissionAsked) -> None:
    title = safe(asked.title).replace("\n", " ")
    if asked.tool == "budget":
        face.write(f"Budget: {title}")
    elif asked.effect == "edit":
        face.write(f"Permission needed: edit {title}")
        face.write(*face.teller.edit(asked.detail, "Proposed edit", SHOWN))
    else:
        detail = safe(asked.detail or asked.title).strip().replace("\n", "\n  ")
        if of_a_server(asked.tool):
            detail = f"call {title.partition(' {')[0]} with {detail}"
        elif asked.tool != "exec":
            detail = f"{asked.tool}: {detail}"
        else:
            folder = safe(asked.cwd).replace("\n", " ")
            detail = f"run in {folder}: {detail}" if folder else f"run {detail}"
        face.write(f"Permission needed: {detail}")


def _choices(asked: PermissionAsked) -> str:
    if asked.tool == "budget":
        return "Answer y to go on, or n to stop here."
    scope = safe(asked.scope).replace("\n", " ")
    wider = f" s for yes in this session, a for always ({scope})," if scope else ""
    look = " d to hear all of it," if asked.effect == "edit" else ""
    return f"Answer y for yes once,{wider} n for no, e to change it first,{look} or write what to do instead."


async def _answered(face: PlainFace, asked: PermissionAsked, line: str) -> bool:
    """Whether the line was an answer."""
    word = line.lower()
    if word in _YES:
        face.pairing.answer(asked, "once")
    elif word in _NO:
        face.pairing.answer(asked, "no")
    elif word in ("s", "session") and asked.scope:
        face.pairing.answer(asked, "session")
    elif word in ("a", "always") and asked.scope:
        face.pairing.answer(asked, "always")
    elif word in ("e", "edit") and asked.tool != "budget":
        return await _changed(face, asked)
    elif word == "d":
        face.write(*face.teller.edit(asked.detail, "Proposed edit", 1 << 30)) if asked.effect == "edit" else _describe(
            face, asked
        )
        return False
    elif len(line) < 3:
        return False
    else:
        face.pairing.answer(asked, "no", text=line)
    return True


async def _changed(face: PlainFace, asked: PermissionAsked) -> bool:
    """The command or the files as the person wants them instead."""
    if asked.effect != "edit":
        words = "Write the arguments to call it with, as JSON" if asked.tool != "exec" else "Write the command to run instead"
        command = await face.ask(words, default=asked.detail)
        if command is None:
            return False
        face.pairing.answer(asked, "once", command=command if command != asked.detail else "")
        return True
    preview = face.pairing.preview(asked)
    files: dict[str, str | None] = {}
    for file in preview.files if preview else ():
        if (
            file.after is not None
            and (text := await face.edit(file.after, suffix=f"-{file.path.rpartition('/')[2]}")) is not None
        ):
            files[file.path] = text
    if not files:
        face.write("Nothing was changed.")
        return False
    face.pairing.answer(asked, "once", files=files)
    return True


async def _question(face: PlainFace, asked: PermissionAsked) -> None:
    """A question of the agent's: words, or the number of one of its options."""
    options: dict[str, str] = dict(_NUMBERED.findall(asked.title))
    face.write(f"Pullwright asks: {safe(asked.title)}")
    while True:
        line = await face.answer("Answer with a number or in words." if options else "Answer in words.", called=False)
        if line is None:
            face.pairing.answer(asked, "no", text=NOBODY)
            return
        if line.strip():
            face.pairing.answer(asked, "once", text=options.get(line.strip(), line.strip()))
            return
