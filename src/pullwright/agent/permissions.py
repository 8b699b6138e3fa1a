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

from collections.abc import Iterable
from typing import Literal

import msgspec

from pullwright.agent.endings import Asked, TurnEnded
from pullwright.agent.inputs import Inputs
from pullwright.agent.scopes import Scope, scope_of
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import PermissionAnswered, PermissionAsked
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer
from pullwright.protocol.items import Call, CustomCall
from pullwright.protocol.policy import Access, ApprovalMode, Effect

DETAIL_LIMIT = 4000
"""Characters of a call's arguments that a question shows."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the person set: whose consent is needed, what may be written, and whether anybody is there to ask.

    `patience` is how many seconds a question waits before the turn ends with it open.
    """

    approval: ApprovalMode = "full-auto"
    access: Access = "workspace-write"
    answerable: bool = False
    patience: float = 600.0


class Refused(msgspec.Struct, frozen=True):
    """The call does not run; `text` tells the model why and what is allowed instead."""

    text: str


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
    call); `grants` what was allowed for the session. A question is asked once: taken up again it keeps its id.
    """

    def __init__(
        self,
        policy: Policy,
        recorder: Recorder,
        inputs: Inputs,
        *,
        pending: Iterable[PermissionAsked] = (),
        grants: Iterable[PermissionAsked] = (),
    ) -> None:
        self.policy = policy
        self._recorder = recorder
        self._inputs = inputs
        pending = list(pending)
        self.pending = {asked.call_id: asked for asked in pending if asked.call_id}
        self.budget = next((asked for asked in pending if not asked.call_id), None)
        self.dropped: frozenset[str] = frozenset()
        self._grants = [Scope.read(asked.scope) for asked in grants if asked.scope]

    async def allow(self, call: Call, effect: Effect, title: str) -> Refused | None:
        """None when the call may run. Raises `TurnEnded(Asked)` when nobody answers."""
        ruled = rule(self.policy, effect)
        if isinstance(ruled, Refused):
            return ruled
        if ruled == "go" or any(scope.covers(call, effect) for scope in self._grants):
            return None
        scope = scope_of(call, effect)
        answer = await self.ask(call, effect, title, detail=_detail(call), scope=scope.text)
        if answer.verdict == "session" and scope.text:
            self._grants.append(scope)
        if answer.verdict in {"once", "session"}:
            return None
        said = f" They say: {answer.text.rstrip('.')}." if answer.text else ""
        return Refused(
            f"The person did not allow this call, and it did not run.{said} Do not try to get the same effect in another way."
        )

    async def ask(self, call: Call, effect: Effect, title: str, *, detail: str = "", scope: str = "") -> Answer:
        """Put a question about `call` to a person. Raises `TurnEnded(Asked)`, leaving the question open, when nobody answers."""
        asked = self.pending.get(call.call_id)
        if asked is None:
            asked = PermissionAsked(
                id=new_id("perm"), call_id=call.call_id, tool=call.name, effect=effect, title=title, detail=detail, scope=scope
            )
            self.pending[call.call_id] = asked
            await self._recorder.record(asked)
        answer = await self._inputs.answer(asked.id, self.policy.patience if self.policy.answerable else 0)
        if answer is None:
            raise TurnEnded(Asked(asked.id, asked.title))
        verdict = answer.verdict or ("once" if effect == "ask" else "no")
        if verdict == "session" and not scope:
            verdict = "once"
        del self.pending[call.call_id]
        await self._recorder.record(
            PermissionAnswered(id=asked.id, call_id=call.call_id, verdict=verdict, by=answer.by or "person", text=answer.text)
        )
        return msgspec.structs.replace(answer, verdict=verdict)

    def drop(self, why: str) -> None:
        """The open questions have no meaning any more (a new prompt came instead of an answer). `dropped` are their calls."""
        for asked in (*self.pending.values(), *([self.budget] if self.budget else ())):
            self._recorder.post(PermissionAnswered(id=asked.id, call_id=asked.call_id, verdict="no", by="rule", text=why))
        self.dropped = frozenset(self.pending)
        self.pending.clear()
        self.budget = None


def _detail(call: Call) -> str:
    text = call.input if isinstance(call, CustomCall) else call.arguments
    return text if len(text) <= DETAIL_LIMIT else f"{text[:DETAIL_LIMIT]}… ({len(text) - DETAIL_LIMIT} more characters)"
