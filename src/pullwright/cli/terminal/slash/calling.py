"""A line that begins with a slash: the command found, refused while it cannot be, run; what goes wrong is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pullwright.cli.terminal.slash.custom import slashes
from pullwright.cli.terminal.slash.registry import SLASHES, Slash
from pullwright.protocol.errors import PullwrightError

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

ALIASES = {
    "exit": "quit",
    "q": "quit",
    "approval": "approvals",
    "permission": "permissions",
    "checkpoint": "rewind",
    "clear-screen": "clear",
}
"""Other names that people know from other programs."""


def find(name: str, known: Mapping[str, Slash] = SLASHES) -> Slash | None:
    """The command of that name among those `known`; its beginning is enough where only one begins so."""
    name = ALIASES.get(name, name)
    if name in known:
        return known[name]
    beginning = [slash for other, slash in known.items() if name and other.startswith(name)]
    return beginning[0] if len(beginning) == 1 else None


def known(face: Face, line: str) -> Slash | None:
    """The command that a line such as `/model deep` names; None for none."""
    return find(line.removeprefix("/").partition(" ")[0], slashes(face))


async def call(face: Face, line: str) -> bool:
    """Run a line such as `/model deep`. False when it is no command and so may be meant for the model (a path, say)."""
    name, _, arguments = line.removeprefix("/").partition(" ")
    names = slashes(face)
    slash = find(name, names)
    if slash is None:
        if "/" in name or not name.replace("-", "").isalnum():
            return False
        from pullwright.cli.settings.nearest import did_you_mean

        face.say(f"there is no command /{name}.{did_you_mean(name, names)} /help lists them", "error")
        return True
    if face.pairing.state.busy and not slash.while_working:
        face.say(f"/{slash.name} has to wait until the turn has ended (Esc stops it)", "warning")
        return True
    try:
        await slash.run(face, arguments.strip())
    except (PullwrightError, ValueError) as error:
        fix = getattr(error, "fix", "")
        face.say(f"/{slash.name}: {error}" + (f"\nfix: {fix}" if fix else ""), "error")
    return True
