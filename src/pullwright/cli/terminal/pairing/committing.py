"""What the agent did and the person accepted, as a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pullwright.cli.terminal.pairing.asked import asked_since_commit
from pullwright.cli.terminal.pairing.rewinding import files_of
from pullwright.protocol.events import ChangeMade
from pullwright.protocol.outcomes import ChangeSummary

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What to commit: `paths` on `branch` (empty: the one that is checked out)."""

    message: str
    branch: str = ""
    paths: tuple[str, ...] = ()


async def committable(pairing: Pairing) -> list[str]:
    """The paths that the agent changed and that are not committed yet."""
    files = await files_of(pairing)
    return list(await files.uncommitted())


def proposal(pairing: Pairing) -> Commit:
    """A branch and a message, by what was asked and what the agent said it did."""
    from pullwright.attempts.change import CO_AUTHOR, branch_name, commit_message, subject

    asked, said = asked_since_commit(pairing.log.read())
    settings = pairing.rules.settings
    session = pairing.state.session
    return Commit(
        branch=branch_name(subject(asked, said), session, settings.branch_prefix),
        message=commit_message(asked, said, session, co_author=settings.signature.co_author or CO_AUTHOR),
    )


async def commit(pairing: Pairing, wanted: Commit) -> ChangeSummary:
    """Commit, and log it. Signed where the settings say so. Raises `FixRepository`, `FixSettings` when it cannot be signed."""
    async with pairing.held("a commit"):
        files = await files_of(pairing)
        signature = pairing.rules.settings.signature
        done = await files.commit(
            branch=wanted.branch,
            message=wanted.message,
            paths=wanted.paths,
            name=signature.name,
            email=signature.email,
            sign=signature.sign,
        )
        async with pairing.standing.between(pairing.seen) as recorder:
            await recorder.record(ChangeMade(change=done))
        return done
