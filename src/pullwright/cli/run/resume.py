"""Going on with a session: how its last turn stands, and what the next one is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pullwright.attempts.spec import TurnSpec
from pullwright.cli.commands.exec import flags_of
from pullwright.cli.credentials import Credentials
from pullwright.cli.extending.extensions import extensions
from pullwright.cli.run.inbox import TerminalInbox
from pullwright.cli.run.request import extended, limits
from pullwright.cli.run.saved import saved
from pullwright.cli.settings.budget import parse_budget
from pullwright.cli.settings.load import Loaded, load
from pullwright.cli.settings.model import choice_for, choose_model, secrets_of
from pullwright.cli.settings.network import parse_network
from pullwright.cli.settings.servers import secrets_of as mcp_secrets
from pullwright.cli.settings.servers import servers as mcp_servers
from pullwright.log.files import FileLog
from pullwright.log.replay import SessionState
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer, Prompt
from pullwright.protocol.outcomes import NeedsInput, Succeeded
from pullwright.workspace.shipping import has_landed

GO_ON = "Go on where you stopped."


def resumed(
    log: FileLog, folder: Path, options: Mapping[str, Any], *, prompt: str = "", answer: str | None = None
) -> tuple[TurnSpec, tuple[str, ...]]:
    """The record of the session's next turn, and notices. An answer is put into the session's inbox.

    Raises `FixSettings` when there is nothing to go on with, `LogConflict` while somebody works on the session.
    """
    log.claim()
    before = saved(folder)
    loaded = load(before.project, flags_of(dict(options)))
    state = SessionState.of(log.read(), log.artifacts)
    if answer is not None:
        _put_answer(folder, state, answer)
    text = prompt or _text(state, answered=answer is not None)
    given = {key for key, origin in loaded.origins.items() if origin.source == "flag"}
    model = _model(before.model, loaded, given)
    found = extensions(loaded)
    servers = mcp_servers(loaded, os.environ, Credentials(loaded.folders))
    spec = msgspec.structs.replace(
        before,
        turn=new_id("turn"),
        prompt=Prompt(id=new_id("inp"), by=os.environ.get("USER", ""), text=text),
        folder=folder,
        session=log.session,
        cache=loaded.folders.cache,
        model=model,
        trusted=loaded.trusted,
        answerable=False,  # a pairing's: nobody is there now
        compact=None,
        moved=has_landed(folder),
        secrets=(*secrets_of(model, os.environ), *mcp_secrets(servers)),
        mcp=servers,
        mcp_folder=loaded.folders.state / "mcp",
        **extended(loaded, found, model),
        **_changed(loaded, given),
    )
    return spec, (*loaded.notices, *found.notices)


def _text(state: SessionState, *, answered: bool) -> str:
    """What the next turn is told when the person says nothing: nothing after a crash or an answer."""
    if state.open or answered:
        return ""
    if isinstance(state.outcome, NeedsInput):
        raise FixSettings(
            f"the session waits for an answer: {state.outcome.asks}", fix="--answer yes, always, no, or what to do instead"
        )
    if isinstance(state.outcome, Succeeded):
        raise FixSettings("the session's last turn is done", fix='say what to do next: pullwright sessions resume ID "…"')
    return GO_ON


def _put_answer(folder: Path, state: SessionState, answer: str) -> None:
    if not isinstance(state.outcome, NeedsInput):
        raise FixSettings("the session has asked nothing", fix="leave --answer out")
    question = state.outcome.question
    verdicts = {"yes": "once", "always": "session", "no": "no"}
    if question in state.permissions:
        verdict = verdicts.get(answer.strip().lower(), "no")
        text = "" if answer.strip().lower() in verdicts else answer
        given = Answer(id=new_id("inp"), question=question, verdict=verdict, text=text)  # pyright: ignore[reportArgumentType]
    else:
        given = Answer(id=new_id("inp"), question=question, text=answer)
    if not TerminalInbox(folder / "inbox").put(given):
        raise FixSettings("that question is answered already", fix="leave --answer out to go on with the first answer")


def _model(before: ModelChoice, loaded: Loaded, given: set[str]) -> ModelChoice:
    """The model as before, with its key found anew; another one where a flag says so."""
    credentials = Credentials(loaded.folders)
    if given & {"model", "effort"}:
        return choose_model(loaded.settings, os.environ, credentials)
    fresh = choice_for(before.provider, before.model, before.effort, loaded.settings, os.environ, credentials)
    return msgspec.structs.replace(fresh, base_url=fresh.base_url or before.base_url, wire=fresh.wire or before.wire)


def _changed(loaded: Loaded, given: set[str]) -> dict[str, Any]:
    """What flags change of the record; everything else stays as the session began."""
    settings = loaded.settings
    values: dict[str, tuple[str, Any]] = {
        "approval": ("approval", settings.approval),
        "access": ("access", settings.access),
        "network": ("network", parse_network(settings.network)),
        "budget": ("budget", parse_budget(settings.budget)),
        "sandbox": ("backend", settings.sandbox),
        "test_command": ("test_command", settings.test_command),
        "verify": ("verify", settings.verify),
        "limits": ("limits", limits(settings.limits)),
    }
    return {field: value for key, (field, value) in values.items() if key in given}
