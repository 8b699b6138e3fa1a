"""The change of a pairing: as a diff, and proved by the clean runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pullwright.cli.terminal.pairing.rewinding import files_of
from pullwright.protocol.errors import FixRepository
from pullwright.protocol.events import Verified

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing


async def diff(pairing: Pairing, *, turn: bool) -> str:
    """What changed since the session began, or since the last turn did: by the agent and by the person, as a unified diff."""
    files = await files_of(pairing)
    await files.looked()
    points = pairing.points()
    before = (points[-1].tree if turn and points else "") or files.start_tree
    return (await files.diff(before, files.tree)).decode("utf-8", "replace")


async def verify(pairing: Pairing) -> Verified:
    """Run the tests in fresh sandboxes: as the files were when the session began, and as they are. Raises `FixRepository`
    where nothing changed."""
    from pullwright.attempts.clean_run import Work
    from pullwright.attempts.testing import named
    from pullwright.attempts.verification import verify
    from pullwright.sandbox.backends import backend
    from pullwright.sandbox.toolchains import toolchains
    from pullwright.tools.redaction import Redactor

    files = await files_of(pairing)
    await files.looked()
    if files.tree == files.start_tree:
        raise FixRepository("nothing changed since the session began: there is nothing to verify")
    spec = pairing.rules.place(pairing.state.session)
    message = pairing.outcome.message if pairing.outcome is not None else ""
    work = Work(
        spec=spec,
        workspace=files,
        tree=files.tree,
        message=message,
        backend=backend(spec.backend),
        tools=toolchains(spec.project, os.environ),
        redact=Redactor(spec.secrets).redact,
        command=named(spec.test_command) if spec.test_command else None,
    )
    async with pairing.standing.between(pairing.seen) as recorder:
        return await verify(work, recorder)
