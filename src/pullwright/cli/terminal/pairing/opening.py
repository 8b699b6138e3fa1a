"""A pairing's session, opened: its log, its inbox, and the place where turns work."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pullwright.cli.settings.budget import parse_budget
from pullwright.cli.terminal.pairing.state import Opened
from pullwright.protocol.errors import FixRepository, PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.protocol.outcomes import NeedsInput

if TYPE_CHECKING:
    from pullwright.cli.folders import Folders
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.log.files import FileLog
    from pullwright.log.replay import SessionState
    from pullwright.protocol.events import Event


async def opened(pairing: Pairing, session: str) -> Opened:
    """Open `session` (a new one when empty) and begin to open its sandbox; what it holds already. Its log is read once.

    Raises `LogConflict` while somebody works on it.
    """
    from pullwright.attempts.standing import Standing
    from pullwright.cli.run.inbox import TerminalInbox
    from pullwright.cli.run.turn import hide
    from pullwright.log.replay import SessionState

    folders = pairing.rules.loaded.folders
    hide(folders.state, folders.cache)
    _check(pairing.rules.project, folders)
    session = await _here(pairing, session) if session else ""
    async with AsyncExitStack() as stack:
        log = pairing.sessions.open(session) if session else pairing.sessions.create(new_id("ses"))
        stack.callback(_let_go, pairing, log)
        log.claim()
        events = tuple(log.read())
        pairing.inbox = TerminalInbox(log.folder / "inbox")
        if session:
            pairing.rules.agent = _agent(pairing, events)
        spec = pairing.rules.place(log.session)
        pairing.standing = await stack.enter_async_context(Standing(spec, log))
        pairing.hold(log, stack.pop_all())
    past = SessionState.of(events, log.artifacts)
    pairing.update(**_standing(log.session, past))
    return Opened(session=log.session, events=events, cut_off=past.open)


def _check(project: Path, folders: Folders) -> None:
    """Refuse a folder that holds what the next session is told by: what the person configured is trusted as it stands there."""
    for path in (folders.config, Path.home() / ".agents"):
        if path.resolve().is_relative_to(project):
            raise FixRepository(
                f"{path} lies in {project}, where the agent would work: it could change your own settings, hooks and skills",
                fix="Use `pullwright exec`, which works on a snapshot, or set XDG_CONFIG_HOME to a folder outside of it.",
            )


async def _here(pairing: Pairing, session: str) -> str:
    """The session to go on with in the person's files: itself, or a fork of one that worked on a snapshot of them."""
    session = pairing.sessions.resolve(session)
    if not (pairing.sessions.path(session) / "workspace.json").exists():
        return session
    with await pairing.sessions.fork(session) as child:
        found = child.session
    pairing.notice(
        f"session {session} worked on a snapshot; {found} goes on from it in your own files. "
        f"What it changed is on its branch: pullwright apply {session} brings it in",
        "warning",
    )
    return found


def _agent(pairing: Pairing, events: Iterable[Event]) -> str:
    """The custom agent that the session's last turn worked as, if there is one of that name."""
    from pullwright.protocol.events import TurnStarted

    turns = [event for event in events if isinstance(event, TurnStarted)]
    name = turns[-1].agent.rpartition("@")[0] if turns else ""
    return name if any(persona.name == name for persona in pairing.rules.found.personas) else ""


def _let_go(pairing: Pairing, log: FileLog) -> None:
    """Close the log; a session in which nothing happened leaves nothing."""
    empty = log.last_seq == 0
    log.close()
    if empty:
        from pullwright.workspace.removal import remove_tree

        remove_tree(log.folder)


def _standing(session: str, past: SessionState) -> dict[str, Any]:
    """What the session's past says for the state."""
    from pullwright.cli.terminal.pairing.window import parts_of

    asking = None
    if past.open:  # a process that was killed, perhaps while it asked
        asking = next(iter(past.permissions.values()), None)
    elif isinstance(past.outcome, NeedsInput):
        asking = past.permissions.get(past.outcome.question)
    return {
        "session": session,
        "spend": past.spend,
        "turn_spend": past.turn_spend,
        "asking": asking,
        "busy": False,
        "queue": (),
        "steers": (),
        "context_tokens": sum(size for _, size in parts_of(past)) if past.items else 0,
        "sandbox": "opening",
        "processes": 0,
    }


def rules_in_words(pairing: Pairing) -> dict[str, Any]:
    """The rules as a status line has them. A model that cannot be had shows as what was asked for."""
    from pullwright.cli.terminal.pairing.branch import branch_of

    rules = pairing.rules
    settings = rules.settings
    words: dict[str, Any] = {
        "approval": rules.approval,
        "access": settings.access,
        "network": settings.network or "off",
        "plan": rules.plan,
        "agent": rules.agent,
        "budget": parse_budget(settings.budget),
        "branch": branch_of(rules.project),
    }
    try:
        choice = rules.model()
    except PullwrightError:
        return {**words, "model": settings.model, "provider": "", "effort": settings.effort}
    from pullwright.models.catalog import family

    window = choice.window or family(choice.model)[1].window
    limit = int((window - min(32_000, window // 4)) * 0.9)
    return {
        **words,
        "model": choice.model,
        "provider": choice.provider,
        "effort": choice.effort,
        "context_limit": limit,
    }
