"""The change: seen, committed, proved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

SHOWN = 400
"""Lines of a diff that are shown."""

HELP = """\
# Lines that begin with # are left out. An empty message commits nothing.
# It is committed{where}:
{paths}
"""


async def diff(face: Face, arguments: str) -> None:
    """The diff, as a block."""
    from pullwright.cli.terminal.pairing.proving import diff as changed

    patch = await changed(face.pairing, turn=arguments.strip() == "turn")
    if not patch:
        face.say("nothing changed since the last turn began" if arguments else "nothing changed since the session began")
        return
    from pullwright.cli.terminal.transcript.diff import Diff

    face.show(Diff(face.theme, patch, folded=SHOWN, more="git diff shows all"))


def diff_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """Which diff."""
    return [("turn", "of the last turn alone")]


async def commit(face: Face, arguments: str) -> None:
    """Commit what the agent did and the person accepted: on the branch that is checked out, or on one of its own."""
    from pullwright.cli.terminal.pairing.committing import Commit, commit, committable, proposal

    paths = await committable(face.pairing)
    if not paths:
        raise FixSettings("the agent changed nothing that is not committed")
    proposed = proposal(face.pairing)
    here = face.pairing.state.branch
    options = [
        Option(f"on {here or 'the commit that is checked out'}", f"{len(paths)} files", "c"),
        Option("on a new branch", f"{proposed.branch}; what is checked out stays", "b"),
        Option("only some of the files", ", ".join(paths)[:60], "p"),
    ]
    chosen = await face.choose("Commit what the agent changed:", options)
    if chosen is None:
        return
    if chosen == 2:
        paths = await _some(face, paths)
        if not paths:
            return
        again = await face.choose("Where?", options[:2])
        if again is None:
            return
        chosen = again
    branch = ""
    if chosen == 1:
        named = await face.ask("The branch's name", default=proposed.branch)
        if named is None:
            return
        branch = named.strip() or proposed.branch
    message = arguments or await _message(face, proposed.message, branch, paths)
    if not message:
        face.say("nothing was committed", "warning")
        return
    done = await commit(face.pairing, Commit(branch=branch, message=message, paths=tuple(paths)))
    face.pairing.refresh()
    there = f"; git switch {done.branch} goes there" if branch else ""
    face.say(f"committed as {done.head[:10]} on {done.branch}{there}")


async def _some(face: Face, paths: Sequence[str]) -> list[str]:
    """Choose files one by one, until done."""
    kept = list(paths)
    while True:
        options = [Option("done: commit these", f"{len(kept)} of {len(paths)}")]
        options += [Option(f"[{'x' if path in kept else ' '}] {path}") for path in paths]
        chosen = await face.choose("Which files?", options)
        if chosen is None:
            return []
        if chosen == 0:
            return kept
        path = paths[chosen - 1]
        kept = [one for one in paths if (one in kept) != (one == path)]


async def _message(face: Face, proposed: str, branch: str, paths: Sequence[str]) -> str:
    """The message as the person leaves it in their editor; the proposed one where they have none."""
    face.say(proposed.rstrip(), "code")
    options = [Option("yes", "", "y"), Option("edit the message", "", "e")]
    chosen = await face.choose("Commit with this message?", options)
    if chosen is None:
        return ""
    if chosen == 0:
        return proposed
    help_ = HELP.format(where=f" on {branch}" if branch else "", paths="\n".join(f"#   {path}" for path in paths))
    text = await face.edit(f"{proposed.rstrip()}\n\n{help_}", suffix=".gitcommit")
    if text is None:
        return proposed
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()


async def verify(face: Face, arguments: str) -> None:
    """The clean runs: each is shown as it ends, and the verdict at last."""
    from pullwright.cli.terminal.pairing.proving import verify as prove

    face.say("running the tests in fresh sandboxes: the files as the session found them, and as they are")
    if await face.pairing.aside(prove(face.pairing)) is None:
        face.say("stopped: nothing was verified", "warning")
