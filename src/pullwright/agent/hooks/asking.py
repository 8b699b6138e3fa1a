"""What a hook is told, as one JSON object on stdin.

    every event          version, event, hook_event_name (what others call the event), session_id, turn_id, cwd, model,
                         approval, access
    before_tool          tool_name, tool_input (the call's arguments), tool_use_id, effect, commands, paths
    after_tool           … and tool_output (text, cut), ok, seconds
    prompt               prompt
    session_start        source: start | resume
    session_end          reason: how the last turn ended
    stop                 last_assistant_message, sent_on (how often a hook has sent the agent on in this turn), stop_hook_active
    before_compaction    trigger: auto | manual, tokens

`version` is raised when a field changes its meaning; new fields may be added without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pullwright.agent.hooks.hook import HookEvent
from pullwright.agent.hooks.matching import meant, touched
from pullwright.agent.scopes import commands_of
from pullwright.protocol.items import Call, CustomCall, TextPart
from pullwright.tools.tool import ToolResult

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

VERSION = 1
MOST_OUTPUT = 32_000
"""Characters of a tool's output that a hook is told."""

_NAMES: dict[HookEvent, str] = {
    "before_tool": "PreToolUse",
    "after_tool": "PostToolUse",
    "session_start": "SessionStart",
    "session_end": "SessionEnd",
    "stop": "Stop",
    "before_compaction": "PreCompact",
    "prompt": "UserPromptSubmit",
}


def asked(agent: Agent, event: HookEvent, cwd: str, **more: Any) -> bytes:
    """The object, as JSON."""
    told = {
        "version": VERSION,
        "event": event,
        "hook_event_name": _NAMES[event],
        "session_id": agent.recorder.log.session,
        "turn_id": agent.recorder.turn,
        "cwd": cwd,
        "model": agent.model.name,
        "approval": agent.policy.approval,
        "access": agent.policy.access,
        **more,
    }
    return msgspec.json.encode(told) + b"\n"


def of_call(agent: Agent, call: Call) -> dict[str, Any]:
    """What is told of a call."""
    tool = agent.tools.get(call.name)
    effect, call = tool.effect(call) if tool else "", meant(call)
    return {
        "tool_name": call.name,
        "tool_input": arguments(call),
        "tool_use_id": call.call_id,
        "effect": effect,
        "commands": commands_of(call),
        "paths": touched(call),
    }


def of_result(result: ToolResult, seconds: float) -> dict[str, Any]:
    """What is told of a result; images are left out."""
    if isinstance(result.output, str):
        text = result.output
    else:
        text = "\n".join(part.text for part in result.output if isinstance(part, TextPart))
    return {"tool_output": text[:MOST_OUTPUT], "ok": result.ok, "seconds": round(seconds, 6)}


def arguments(call: Call) -> dict[str, Any]:
    """A call's arguments as an object; those that cannot be read as what the model wrote."""
    if isinstance(call, CustomCall):
        return {"input": call.input}
    try:
        return msgspec.json.decode(call.arguments, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {"raw": call.arguments}
