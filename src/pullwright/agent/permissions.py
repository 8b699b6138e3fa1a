"""May this call go ahead?

                 read · read-only exec     edit            execute
    suggest      go                        ask             ask
    auto-edit    go                        go              ask
    full-auto    go                        go              go
    access read-only                       refused         go, with the workspace read-only

A rule that refuses says so and says what is allowed instead. "Ask" goes to a person, unless an earlier answer
of this session covers the call. Approval never widens what the sandbox may do: access and network are fixed
when it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from pullwright.agent.endings import Asked, TurnEnded
from pullwright.agent.hooks.hooks import Clearance
from pullwright.agent.inputs import Inputs
from pullwright.agent.scopes import Scope, commands_of, folder_of, scope_of
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import PermissionAnswered, PermissionAsked
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer
from pullwright.protocol.items import Call, CustomCall
from pullwright.protocol.policy import Access, ApprovalMode, Effect

ONLY_NO = "Do not try to get the same effect in another way."
DETAIL_LIMIT = 20_000
"""Characters of a call's arguments that a question shows."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the person set: whose consent is needed, what may be written, and whether anybody is there to ask.

    `patience` is how many seconds a question waits before the turn ends with it open; None: for ever. `asks` says of a call
    that it is asked about also where its effect would go.
    """

    approval: ApprovalMode = "full-auto"
    access: Access = "workspace-write"
    answerable: bool = False
    patience: float | None = 600.0
    asks: Callable[[Call], bool] = lambda call: False


class Refused(msgspec.Struct, frozen=True):
    """The call does not run; `text` tells the model why and what is allowed instead."""

    text: str


class Changed(msgspec.Struct, frozen=True):
    """The call may run as the person changed it: another shell line, or these texts in its files."""

    command: str = ""
    files: Mapping[str, str | None] | None = None


class Shown(msgspec.Struct, frozen=True):
    """What a question shows of a call beside its title: its detail, the artifact with an edit's files, a command's folder."""

    detail: str = ""
    preview: str = ""
    cwd: str = ""


def rule(policy: Policy, effect: Effect) -> Literal["go", "ask"] | Refused:
    """What the table above says of a call with this effect."""
    if effect == "edit" and policy.access == "read-only":
        return Refused(
            "Refused by the rule `access: read-only`: files of the workspace cannot be changed in this session. "
            "Reading, and commands with the workspace read-only, are allowed; say in your answer what you would change."
        )
    if effect in {"read", "ask"} or policy.approval == "full-auto" or policy.access == "read-only":
        return "go"
    return "go" if effect == "edit" and policy.approval == "auto-edit" else "ask"


class Permissions:
    """Decides on calls, asks, and remembers answers for the session.

    `pending` are questions of an earlier turn that no one has answered, by their call (`budget` the one without a
    call); `grants` what was allowed for the session, `always` the scopes that hold in every one. A question is asked once:
    taken up again it keeps its id. `refused`: they said no to a call of this step, which those behind it may have built on.
    """

    def __init__(
        self,
        policy: Policy,
        recorder: Recorder,
        inputs: Inputs,
        *,
        pending: Iterable[PermissionAsked] = (),
        grants: Iterable[PermissionAsked] = (),
        always: Iterable[str] = (),
    ) -> None:
        self.policy = policy
        self._recorder = recorder
        self._inputs = inputs
        pending = list(pending)
        self.pending = {asked.call_id: asked for asked in pending if asked.call_id}
        self.budget = next((asked for asked in pending if not asked.call_id), None)
        self.dropped: frozenset[str] = frozenset()
        self.refused = False
        self._grants = [Scope.read(text) for text in (*(asked.scope for asked in grants), *always) if text]

    def needs(self, call: Call, effect: Effect, cleared: Clearance | None = None) -> bool:
        """Whether a person has to be asked about this call: by the rules, by what its tool is, or because a hook wants it.

        A hook that allows (`cleared`) answers what the rules would ask, nothing else."""
        if cleared is not None and cleared.ask:
            return True
        ruled = rule(self.policy, effect) == "ask" and not (cleared is not None and cleared.allowed)
        return (ruled or self.policy.asks(call)) and not any(scope.covers(call, effect) for scope in self._grants)

    async def allow(
        self, call: Call, effect: Effect, title: str, shown: Shown | None = None, cleared: Clearance | None = None
    ) -> Refused | Changed | None:
        """None when the call may run as it is. Raises `TurnEnded(Asked)` when nobody answers.

        What a hook wants asked is asked each time: no earlier answer covers it, and the answer covers nothing else.
        """
        ruled = rule(self.policy, effect)
        if isinstance(ruled, Refused):
            return ruled
        if not self.needs(call, effect, cleared):
            return None
        wanted = cleared.ask if cleared is not None else ""
        scope = Scope() if wanted else scope_of(call, effect)
        title = f"{title} (the hook {wanted})" if wanted else title
        shown = shown or Shown(_detail(call), cwd=folder_of(call))
        answer = await self.ask(call, effect, title, shown=shown, scope=scope.text)
        if answer.verdict in {"session", "always"}:
            self._grants.append(scope)
        if answer.verdict in {"once", "session", "always"}:
            return _changed(answer)
        self.refused = True
        said = f"They say: {answer.text.rstrip('.')}. Go by that." if answer.text else ONLY_NO
        return Refused(f"The person did not allow this call, and it did not run. {said}")

    async def ask(self, call: Call, effect: Effect, title: str, *, shown: Shown | None = None, scope: str = "") -> Answer:
        """Put a question about `call` to a person. Raises `TurnEnded(Asked)`, leaving the question open, when nobody answers."""
        asked = self.pending.get(call.call_id)
        shown = shown or Shown()
        if asked is None:
            asked = PermissionAsked(
                id=new_id("perm"),
                call_id=call.call_id,
                tool=call.name,
                effect=effect,
                title=title,
                detail=shown.detail,
                scope=scope,
                preview=shown.preview,
                cwd=shown.cwd,
            )
            self.pending[call.call_id] = asked
            await self._recorder.record(asked)
        answer = await self._inputs.answer(asked.id, self.policy.patience if self.policy.answerable else 0)
        if answer is None:
            raise TurnEnded(Asked(asked.id, asked.title))
        verdict = answer.verdict or ("once" if effect == "ask" else "no")
        if verdict in {"session", "always"} and not scope:
            verdict = "once"
        changed = verdict != "no" and _changed(answer) is not None
        del self.pending[call.call_id]
        await self._recorder.record(
            PermissionAnswered(
                id=asked.id, call_id=call.call_id, verdict=verdict, by=answer.by or "person", text=answer.text, changed=changed
            )
        )
        return msgspec.structs.replace(answer, verdict=verdict)

    def drop(self, why: str) -> None:
        """The open questions have no meaning any more (a new prompt came instead of an answer). `dropped` are their calls."""
        for asked in (*self.pending.values(), *([self.budget] if self.budget else ())):
            self._recorder.post(PermissionAnswered(id=asked.id, call_id=asked.call_id, verdict="no", by="rule", text=why))
        self.dropped = frozenset(self.pending)
        self.pending.clear()
        self.budget = None


def _changed(answer: Answer) -> Changed | None:
    """What the person put in the call's place; None when they took it as it is."""
    return Changed(answer.command, answer.files) if answer.command.strip() or answer.files is not None else None


def _detail(call: Call) -> str:
    commands = commands_of(call)
    if commands:
        return "\n".join(commands)
    text = call.input if isinstance(call, CustomCall) else call.arguments
    return text if len(text) <= DETAIL_LIMIT else f"{text[:DETAIL_LIMIT]}… ({len(text) - DETAIL_LIMIT} more characters)"
