"""Commands that go on in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face
    from pullwright.cli.terminal.pairing.state import Running


async def ps(face: Face, arguments: str) -> None:
    """List them, and watch, kill, or open a port of one."""
    word, _, rest = arguments.partition(" ")
    if word == "kill":
        await _kill(face, rest.strip())
    elif word == "open":
        await _open(face, rest.strip())
    elif word:
        raise FixSettings(f"/ps does not know {word!r}", fix="/ps, /ps kill ID, /ps open PORT")
    else:
        await _list(face)


async def _list(face: Face) -> None:
    found = await face.pairing.background.processes()
    if not found:
        face.say("no command runs in the background")
        return
    ports = sorted({port for one in found for port in one.ports})
    options = [Option(f"{one.id}  {one.command[:60]}", _hint(one)) for one in found]
    options += [Option(f"open port {port}", "in your browser") for port in ports]
    chosen = await face.choose("In the background:", options)
    if chosen is None:
        return
    if chosen >= len(found):
        await _open(face, str(ports[chosen - len(found)]))
        return
    await _one(face, found[chosen])


def _hint(one: Running) -> str:
    return "ended" if one.ended else f"{one.seconds:.0f} s"


async def _one(face: Face, one: Running) -> None:
    what = await face.choose(f"{one.id}: {one.command[:80]}", [Option("watch its output", key="w"), Option("kill it", key="k")])
    if what == 0:
        await face.view(one.command, (await face.pairing.background.output(one.id)).splitlines() or ["(no output yet)"])
    elif what == 1:
        await _kill(face, one.id)


async def _kill(face: Face, name: str) -> None:
    await face.pairing.background.kill(name)
    face.say(f"{name} was killed, with all that it started")


async def _open(face: Face, text: str) -> None:
    if not text.isdecimal():
        raise FixSettings("which port?", fix="/ps open 8000")
    face.say(f"port {text} of the sandbox is at {await face.pairing.background.open_port(int(text))} until the session ends")
