"""The hooks of a turn, at each of their points.

    session_start   a session begins, or is gone on with          may add text for the model
    prompt          a prompt is about to join the conversation     may refuse it, may add text
    before_tool     a call is about to be looked at by the rules   may refuse it, have a person asked, put another in its place
    after_tool      a call has run                                 may add text
    before_compaction                                             may say what must stay
    stop            the agent has given its last message           may send it on, a few times
    session_end     the sandbox is about to close                  is told

A hook narrows, it never widens. The rules and the sandbox hold for what it puts in a call's place; `allow` saves a question, and
only a hook of the person's own can, run on the host. A project's hooks are asked first, so that the person's see the call as it
would run.

A hook that fails (no time left, a crash, no answer that can be read) is told to the reader and counts as one that said nothing;
where it is `required`, as one that said no.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pullwright.agent.context import fragment
from pullwright.agent.endings import Ending, Stuck, TurnEnded
from pullwright.agent.hooks.asking import asked, of_call, of_result
from pullwright.agent.hooks.decision import Decision, decide
from pullwright.agent.hooks.hook import OF_TOOLS, STOPPING, Hook, HookEvent
from pullwright.agent.hooks.matching import matches, meant
from pullwright.agent.hooks.placing import runs_inside
from pullwright.agent.hooks.running import Ran, run_inside, run_on_host
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import PullwrightError, SandboxLost
from pullwright.protocol.events import HookRan
from pullwright.protocol.items import Call, CustomCall
from pullwright.tools.tool import ToolResult

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

SENT_ON = 3
"""How often in a turn hooks may send the agent on after its last message."""
LAST = 10.0
"""Seconds that a hook has at most when the session ends."""
_LOGGED = 2_000


class Clearance(msgspec.Struct, frozen=True, kw_only=True):
    """What hooks say of a call. `call` is the one to run; `refused` why none is; `ask` why a person must be asked whatever the
    rules say; `allowed` that none needs to be; `note` what the model is told before the result."""

    call: Call
    refused: str = ""
    ask: str = ""
    allowed: bool = False
    note: str = ""


class Hooks:
    """The hooks of one turn. `source` says that the session begins with it (`start`) or is gone on with (`resume`).

    Those on the host run in `project`. What they say to the model waits until the conversation can take a message.
    """

    def __init__(self, hooks: Iterable[Hook], project: Path, source: Literal["", "start", "resume"] = "") -> None:
        self._hooks = tuple(sorted(hooks, key=lambda hook: hook.own))
        self._project = project
        self._source = source
        self._told: list[str] = []
        self._sent_on = 0

    def of_tools(self) -> Hooks | None:
        """Those of calls alone, for an agent below this one; None when there are none."""
        hooks = [hook for hook in self._hooks if hook.event in OF_TOOLS]
        return Hooks(hooks, self._project) if hooks else None

    @property
    def write(self) -> bool:
        """Whether a call may set one off that can change files of the workspace."""
        return any(hook.event in OF_TOOLS and runs_inside(hook, self._project) for hook in self._hooks)

    async def started(self, agent: Agent) -> None:
        """The session begins, or is gone on with. Raises `TurnEnded` when a hook says no."""
        if self._source:
            for hook in self._at("session_start"):
                decision = await self._run(agent, hook, source=self._source)
                if decision.word == "deny":
                    raise TurnEnded(Stuck(f"the hook `{hook.title}` keeps the session from starting: {decision.reason}"))
        await self.tell(agent)

    async def refusal(self, agent: Agent, text: str) -> str:
        """Why what the person wrote may not join the conversation; empty when it may."""
        for hook in self._at("prompt"):
            decision = await self._run(agent, hook, prompt=text)
            if decision.word == "deny":
                return f"the hook `{hook.title}` refused what you wrote: {decision.reason}"
        return ""

    async def before(self, agent: Agent, call: Call) -> Clearance | None:
        """What hooks say of a call that is about to be looked at; None when none has anything to say."""
        clearance = Clearance(call=call)
        for hook in self._at("before_tool"):
            if not matches(hook.matcher, clearance.call, agent.tools):
                continue
            decision = await self._run(agent, hook, call=call, **of_call(agent, clearance.call))
            clearance = _after(clearance, hook, decision, believed=hook.own and not runs_inside(hook, self._project))
            if clearance.refused:
                break
        return None if clearance == Clearance(call=call) else clearance

    async def after(self, agent: Agent, call: Call, result: ToolResult, seconds: float) -> None:
        """A call has run."""
        for hook in self._at("after_tool"):
            if matches(hook.matcher, call, agent.tools):
                decision = await self._run(agent, hook, call=call, **of_call(agent, call), **of_result(result, seconds))
                if decision.word == "deny":
                    self._tell(hook, decision.reason)

    async def focus(self, agent: Agent, trigger: Literal["auto", "manual"]) -> str:
        """What must stay when the conversation is shortened; empty when no hook says anything."""
        texts: list[str] = []
        for hook in self._at("before_compaction"):
            decision = await self._run(agent, hook, tell=False, trigger=trigger, tokens=agent.conversation.tokens)
            texts += [decision.tell] if decision.tell else []
        return "\n".join(texts)

    async def sends_on(self, agent: Agent, message: str) -> bool:
        """Whether a hook sends the agent on after its last message; then it has been told why."""
        reasons: list[str] = []
        for hook in self._at("stop"):
            sent_on = self._sent_on
            decision = await self._run(agent, hook, last_assistant_message=message, sent_on=sent_on, stop_hook_active=sent_on > 0)
            if decision.word == "deny":
                reasons.append(f"[{hook.title}] {decision.reason}")
        if reasons and self._sent_on >= SENT_ON:
            agent.notice("warning", f"hooks sent the agent on {SENT_ON} times already; its last message stands")
            reasons = []
        if reasons:
            self._sent_on += 1
            self._told += reasons
        await self.tell(agent)
        return bool(reasons)

    async def ended(self, agent: Agent, ending: Ending | None, recorder: Recorder | None = None) -> None:
        """The session's sandbox is about to close; `recorder` writes the log when the last turn's own does no more. Never raises
        `PullwrightError`."""
        agent.recorder = recorder or agent.recorder
        reason = "cancelled" if ending is None else type(ending).__name__.lower()
        for hook in self._at("session_end"):
            hook = msgspec.structs.replace(hook, timeout=min(hook.timeout, LAST))  # somebody waits for their prompt
            try:
                await self._run(agent, hook, tell=False, reason=reason)
            except PullwrightError as error:
                agent.notice("warning", f"the hook `{hook.title}` did not run: {error}")

    async def tell(self, agent: Agent) -> None:
        """Tell the model what hooks have said since the last time. Only where no call waits for its result."""
        texts, self._told = self._told, []
        for text in texts:
            await agent.say("pullwright", agent.cleaned(fragment("hook", text.replace("</hook>", "<\\/hook>"))))

    # --- one hook ---------------------------------------------------------------------------------

    def _at(self, event: HookEvent) -> Sequence[Hook]:
        return [hook for hook in self._hooks if hook.event == event]

    async def _run(self, agent: Agent, hook: Hook, *, call: Call | None = None, tell: bool = True, **about: Any) -> Decision:
        """Run one and log it; what it tells waits. A failure is told to the reader."""
        ran = await self._ran(agent, hook, about)
        decision = decide(ran.exit_code, ran.stdout, ran.stderr, plain_tells=hook.event in {"prompt", "session_start"})
        if failed := ran.failed or decision.failed:
            decision = Decision(failed=failed)
            agent.notice("warning", _clean(agent, f"the hook `{hook.title}` failed: {failed}"))
            if hook.required and hook.event in STOPPING:
                decision = Decision(word="deny", reason=f"it has to agree, and it failed: {failed}", failed=failed)
        elif decision.notice:
            agent.notice("info", _clean(agent, f"[{hook.title}] {decision.notice}"))
        if tell and decision.tell:
            self._tell(hook, decision.tell)
        said = decision.failed or decision.reason or decision.tell or decision.command or (ran.stdout or ran.stderr).strip()
        await agent.recorder.record(
            HookRan(
                event=hook.event,
                command=_clean(agent, hook.title),
                decision=decision.word,
                text=_clean(agent, said)[:_LOGGED],
                seconds=round(ran.seconds, 6),
                call_id=call.call_id if call else "",
                failed=bool(decision.failed),
            )
        )
        return decision

    async def _ran(self, agent: Agent, hook: Hook, about: dict[str, Any]) -> Ran:
        if not runs_inside(hook, self._project):
            return await run_on_host(hook, asked(agent, hook.event, str(self._project), **about), self._project)
        try:
            bench = await agent.bench()
        except SandboxLost:
            raise
        except PullwrightError as error:
            return Ran(failed=f"there is no sandbox to run it in: {error}")
        if agent.policy.access != "read-only":
            await agent.checkpoints.settled()  # it may write, as any command
            agent.checkpoints.ran()
            agent.checkpoints.dirty = True
        told = asked(agent, hook.event, bench.sandbox.at, **about)
        return await run_inside(hook, told, bench.sandbox, read_only=bench.holds_back)

    def _tell(self, hook: Hook, text: str) -> None:
        self._told.append(f"[{hook.title}] {text}")


def _after(clearance: Clearance, hook: Hook, decision: Decision, *, believed: bool) -> Clearance:
    """What is said of the call once one more hook has answered. Only what is `believed` can allow: the person's own program, run
    where nobody else could change it."""
    if decision.word == "deny":
        text = f"Refused by the hook `{hook.title}`: {decision.reason}"
        return msgspec.structs.replace(clearance, refused=f"{text}\nDo not try to get the same effect in another way.")
    if decision.command or decision.arguments is not None:
        other = _replaced(clearance.call, decision)
        if other is None:
            text = f"Refused by the hook `{hook.title}`: it gave another command for a call that runs none."
            return msgspec.structs.replace(clearance, refused=text)
        if other != clearance.call:
            what = decision.command or "other arguments"
            note = f"[the hook `{hook.title}` changed this call before it ran, to: {what}]\n"
            # What an earlier hook allowed was another call.
            clearance = msgspec.structs.replace(clearance, call=other, note=clearance.note + note, allowed=False)
    if decision.word == "ask":
        return msgspec.structs.replace(clearance, ask=f"{hook.title}: {decision.reason}", allowed=False)
    if decision.word == "allow" and believed and not clearance.ask:
        return msgspec.structs.replace(clearance, allowed=True)
    return clearance


def _replaced(call: Call, decision: Decision) -> Call | None:
    """The call with the hook's command or arguments; None when it has no place for a command."""
    if isinstance(call, CustomCall):
        given = (decision.arguments or {}).get("input")
        return msgspec.structs.replace(call, input=given) if isinstance(given, str) else None
    arguments = decision.arguments
    if arguments is None:
        try:
            arguments = msgspec.json.decode(call.arguments, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return None
        if "command" not in arguments:
            return None
        arguments = {**arguments, "command": decision.command}
    if (inner := meant(call)) is not call:  # the hook was asked about the call that is made through this one
        arguments = {"tool": inner.name, "arguments": arguments}
    return msgspec.structs.replace(call, arguments=msgspec.json.encode(arguments).decode())


def _clean(agent: Agent, text: str) -> str:
    return agent.redact(text.encode(errors="replace")).decode(errors="replace")
