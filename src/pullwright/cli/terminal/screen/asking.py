"""What the agent asks of the person: may this command run, may these files change, a question, more budget.

ask(face, asked)     the whole exchange; the pairing gets the answer

command     y once · s this session · a always · e edit it first · n no, with what to do instead · Esc no, and stop
edit        the same, and h: hunk by hunk
question    its options, or words of one's own
budget      y go on · n stop here
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import clean
from pullwright.cli.terminal.face import Option
from pullwright.cli.terminal.screen.reviewing import edit_outside, review
from pullwright.tools.mcp.names import of_a_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pullwright.cli.terminal.pairing.pairing import Verdict
    from pullwright.cli.terminal.screen.app import ScreenFace
    from pullwright.protocol.events import PermissionAsked

_NUMBERED = re.compile(r"\n(\d+)\. ([^\n]*)")
Files = dict[str, str | None]


async def ask(face: ScreenFace, asked: PermissionAsked) -> None:
    """Put the question, and give its answer to the pairing. Cancelled when somebody else answered."""
    async with face.desk.turn():
        if asked.tool == "budget":
            await _budget(face, asked)
        elif asked.effect == "ask":
            await _question(face, asked)
        else:
            await _permission(face, asked)


async def _permission(face: ScreenFace, asked: PermissionAsked) -> None:
    edit = asked.effect == "edit"
    server = of_a_server(asked.tool)
    title = "May these files change?" if edit else "May this tool be called?" if server else "May this command run?"
    options = _options(asked, edit, hunks=edit and face.pairing.preview(asked) is not None)
    guard = True
    while True:
        note = f"s, a: {clean(asked.scope)}" if asked.scope else ""
        picked = await face.desk.choose(title, options, body=_body(face, asked, edit), guard=guard, called=False, note=note)
        guard = False
        key = options[picked].key if picked is not None else "Esc"
        if await _answered(face, asked, key):
            return


def _options(asked: PermissionAsked, edit: bool, *, hunks: bool) -> list[Option]:
    found = [Option("yes, once", key="y")]
    if asked.scope:
        found += [Option("yes, for this session", clean(asked.scope), "s"), Option("yes, always", clean(asked.scope), "a")]
    if hunks:
        found.append(Option("hunk by hunk", "take some of it", "h"))
    how = "in your editor" if edit else "its arguments, as JSON" if asked.tool != "exec" else "then it runs as you wrote it"
    found.append(Option("edit it first", how, "e"))
    found.append(Option("no", "and tell it what to do instead", "n"))
    return found


async def _answered(face: ScreenFace, asked: PermissionAsked, key: str) -> bool:
    """True once the answer is given; False when the person went back to the question."""
    verdicts: dict[str, Verdict] = {"y": "once", "s": "session", "a": "always"}
    if key in verdicts:
        face.pairing.answer(asked, verdicts[key])
    elif key == "Esc":
        face.pairing.answer(asked, "no")
        face.pairing.interrupt()
    elif key == "n":
        text = await face.desk.ask("No. What should it do instead? (Enter alone: just no)")
        if text is None:
            return False
        face.pairing.answer(asked, "no", text=text.strip())
    elif key == "h":
        files = await review(face, asked)
        return files is not None and await _take(face, asked, files)
    elif asked.effect == "edit":
        files = await edit_outside(face, asked)
        return files is not None and await _take(face, asked, files)
    else:
        words = "Call it with these arguments" if asked.tool != "exec" else "Run this instead"
        command = await face.desk.ask(words, default=asked.detail or asked.title)
        if not command or not command.strip():
            return False
        face.pairing.answer(asked, "once", command="" if command == asked.detail else command)
    return True


async def _take(face: ScreenFace, asked: PermissionAsked, files: Files) -> bool:
    """The files as the person left them. All that is proposed is a plain yes, nothing of it is a no, with what to do instead."""
    preview = face.pairing.preview(asked)
    texts = [file for file in preview.files if not file.binary] if preview else []
    if files == {file.path: file.after for file in texts}:
        face.pairing.answer(asked, "once")
    elif all(file.path not in files or files[file.path] == file.before for file in texts):
        return await _answered(face, asked, "n")
    else:
        face.pairing.answer(asked, "once", files=files)
    return True


def _body(face: ScreenFace, asked: PermissionAsked, edit: bool) -> Callable[[int], Sequence[str]]:
    """What is asked about, in full: the command and its folder, or the coloured diff."""
    from pullwright.cli.terminal.transcript.block import Text
    from pullwright.cli.terminal.transcript.diff import Diff

    if edit and asked.detail:
        block = Diff(face.theme, asked.detail, title="edit")
    elif of_a_server(asked.tool):
        block = Text(face.theme, f"{asked.title.partition(' {')[0]}\n{asked.detail}", "tool", "tool")
    else:
        folder = f"cd {shlex.quote(asked.cwd)}\n" if asked.cwd else ""
        block = Text(face.theme, f"{folder}{asked.detail or asked.title}", "command", "command")
    kept: dict[int, list[str]] = {}

    def lines(width: int) -> Sequence[str]:
        if width not in kept:
            kept[width] = block.full(width)
        return kept[width]

    return lines


async def _question(face: ScreenFace, asked: PermissionAsked) -> None:
    """The agent's own question."""
    question, options = _parted(asked.title)
    title = "It asks you"
    body = _words(face, question)
    if options:
        choices = [*(Option(option) for option in options), Option("something else", "write it")]
        picked = await face.desk.choose(title, choices, body=body, guard=True, called=False, words=len(options))
        if picked is not None and picked < len(options):
            face.pairing.answer(asked, "once", text=options[picked])
            return
        if picked is None:
            face.pairing.interrupt()
            return
    else:
        await face.desk.settled()
    text = await face.desk.ask(title, body=body)
    if text is None or not text.strip():
        face.pairing.interrupt()
    else:
        face.pairing.answer(asked, "once", text=text.strip())


def _parted(title: str) -> tuple[str, list[str]]:
    """The question, and its options: the numbered lines at its end."""
    found = list(_NUMBERED.finditer(title))
    if not found or [int(one[1]) for one in found] != list(range(1, len(found) + 1)):
        return title, []
    return title[: found[0].start()], [one[2] for one in found]


def _words(face: ScreenFace, text: str) -> Callable[[int], Sequence[str]]:
    from pullwright.cli.terminal.transcript.block import Text

    return Text(face.theme, text, "", "ask").full


async def _budget(face: ScreenFace, asked: PermissionAsked) -> None:
    options = [Option("yes, go on", "up to the limit", "y"), Option("no, stop here", "the work is kept", "n")]
    picked = await face.desk.choose(asked.title, options, guard=True, called=False)
    face.pairing.answer(asked, "once" if picked == 0 else "no")
