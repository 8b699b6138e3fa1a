"""Going back, and forking: conversation and files together, or either alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pullwright.cli.terminal.pairing.state import Point, Rewind
from pullwright.protocol.errors import FixRepository
from pullwright.protocol.events import Rewound

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing


async def rewind(pairing: Pairing, point: Point, *, files: bool, conversation: bool) -> Rewind:
    """Go back to before `point`. The log says so; files go back first, so that a failure leaves the conversation as it is."""
    done: Any = await _restore(pairing, point) if files else None
    if conversation:
        tree = _files(pairing).tree
        async with pairing.standing.between(pairing.seen) as recorder:
            await recorder.record(Rewound(to=point.seq, checkpoint=tree))
        pairing.update(context_tokens=0, asking=None)
    return Rewind(
        restored=done.restored if done else (),
        merged=done.merged if done else (),
        kept=done.kept if done else (),
        prompt=point.text if conversation else "",
    )


def _files(pairing: Pairing) -> Any:
    files = pairing.standing.place.workspace
    if files is None:
        raise FixRepository("the project's files are not open", fix="wait a moment, or see what /status says of the sandbox")
    return files


async def _restore(pairing: Pairing, point: Point) -> Any:
    files = _files(pairing)
    return await files.restore(point.tree or files.start_tree)


async def fork(pairing: Pairing, point: Point | None) -> str:
    """A new session from here, or from before `point` (its files as they were then, edits of the person's kept)."""
    if point is not None:
        await _restore(pairing, point)
    with await pairing.sessions.fork(pairing.state.session, point.seq if point is not None and point.seq else None) as child:
        session = child.session
    await pairing.begin(session)
    return session
