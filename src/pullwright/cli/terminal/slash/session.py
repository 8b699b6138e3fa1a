"""The session: going back, shortening, another one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face
    from pullwright.cli.terminal.pairing.state import Point, Rewind


async def undo(face: Face, arguments: str) -> None:
    """Take the last turn back, files and conversation."""
    points = face.pairing.points()
    if not points:
        raise FixSettings("there is nothing to take back")
    leave = await _leave(face, points[-1])
    if leave is not None:
        tell(face, await face.pairing.rewind(points[-1], leave=leave))


async def rewind(face: Face, arguments: str) -> None:
    """Choose a point, and what goes back to it; with `back` the last going back is undone."""
    if arguments.strip() == "back":
        paths = await face.pairing.take_back()
        face.say("as it was before you went back" + (f": {', '.join(paths)}" if paths else ""))
        return
    points = face.pairing.points()
    if not points:
        raise FixSettings("there is nothing to go back to yet")
    newest = points[::-1]
    chosen = await face.choose("Go back to before:", [Option(one_line(point), hint(point)) for point in newest])
    if chosen is None:
        return
    ways = [
        Option("files and conversation", "your edits stay, but for those made while a command ran", "b"),
        Option("conversation only", "files stay as they are", "c"),
        Option("files only", "the conversation stays", "f"),
        Option("fork from there", "a new session; this one stays as it is", "k"),
    ]
    way = await face.choose("What goes back?", ways)
    if way is None:
        return
    if way == 3:
        await _fork(face, newest[chosen])
    else:
        leave = await _leave(face, newest[chosen]) if way != 1 else []
        if leave is not None:
            tell(face, await face.pairing.rewind(newest[chosen], files=way != 1, conversation=way != 2, leave=leave))


async def _leave(face: Face, point: Point) -> list[str] | None:
    """The files to leave alone of those that changed while commands ran; None when the person thinks better of it."""
    unsure = face.pairing.unsure(point)
    if not unsure:
        return []
    named = ", ".join(unsure[:6]) + (f" and {len(unsure) - 6} more" if len(unsure) > 6 else "")
    options = [
        Option("the agent's: take them back, too", "/rewind back would bring them again", "t"),
        Option("mine: leave them as they are", "", "l"),
    ]
    chosen = await face.choose(f"These changed while commands ran: {named}. Whose are they?", options)
    return None if chosen is None else unsure if chosen == 1 else []


def rewind_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """What may follow."""
    return [("back", "undo the last going back")]


def one_line(point: Point) -> str:
    """The prompt's beginning."""
    text = " ".join(point.text.split())
    return text if len(text) <= 70 else f"{text[:69]}…"


def hint(point: Point) -> str:
    """When it was, and what the turn did to files."""
    count = len(point.files)
    lines = f" +{point.added} -{point.removed}" if point.added or point.removed else ""
    changed = f", {count} file{'s' * (count != 1)}{lines}" if count else ""
    return f"{time.strftime('%H:%M', time.localtime(point.time))}{changed}"


def tell(face: Face, done: Rewind) -> None:
    """What a rewind did; the prompt goes back into the editor."""
    lines = [f"put back: {', '.join(done.restored)}"] if done.restored else []
    if done.merged:
        lines.append(f"put back, your edits kept in them: {', '.join(done.merged)}")
    if lines:
        face.say("\n".join([*lines, "/rewind back brings it again"]))
    if done.kept:
        face.say(f"left as they are, because you edited them since: {', '.join(done.kept)}", "warning")
    if done.prompt:
        face.fill(done.prompt)


async def compact(face: Face, arguments: str) -> None:
    """Shorten the conversation now."""
    await face.pairing.compact(arguments)


async def resume(face: Face, arguments: str) -> None:
    """Go on with another session of this project."""
    pairing = face.pairing
    found = [
        one for one in pairing.sessions.list(limit=20, project=str(pairing.state.project)) if one.id != pairing.state.session
    ]
    if arguments:
        await pairing.begin(pairing.sessions.resolve(arguments))
        return
    if not found:
        raise FixSettings("this project has no other session")
    options = [
        Option(one.title or one.id, f"{time.strftime('%d %b %H:%M', time.localtime(one.updated))} {one.outcome}") for one in found
    ]
    chosen = await face.choose("Go on with:", options)
    if chosen is not None:
        await pairing.begin(found[chosen].id)


def resume_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The sessions of this project."""
    found = face.pairing.sessions.list(limit=20, project=str(face.pairing.state.project))
    return [(one.id, one.title) for one in found]


async def continue_(face: Face, arguments: str) -> None:
    """Go on with a turn that was cut off."""
    if not face.pairing.cut_off:
        raise FixSettings("no turn was cut off", fix="say what to do next")
    await face.pairing.submit("")


async def fork(face: Face, arguments: str) -> None:
    """A new session that continues from here."""
    await _fork(face, None)


async def _fork(face: Face, point: Point | None) -> None:
    before = face.pairing.state.session
    session = await face.pairing.fork(point)
    face.say(f"session {session} goes on from {before}, which stays as it is (/resume {before})")
    if point is not None:
        face.fill(point.text)


async def new(face: Face, arguments: str) -> None:
    """A new session with an empty conversation; files stay as they are."""
    await face.pairing.begin()
    face.say(f"a new session: {face.pairing.state.session}")
