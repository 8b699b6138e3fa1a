"""What a turn says and does, as output items of the Responses API. Pure; shapes are those of OpenAI's `ResponseOutputItem`.

    message · reasoning                 what the model said
    shell_call · shell_output           a command, and its output as the log has it: beginning and end
    function_call · custom_call · tool_output       any other call of a tool, and its result

Nothing is unbounded: text is as the model saw it, images and what was moved out of the log are named, not shown.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import Any

from pullwright.agent.scopes import commands_of
from pullwright.protocol.events import CommandRan
from pullwright.protocol.items import Call, FunctionCall, Given, ImagePart, Output, TextPart

Json = dict[str, Any]

UNKNOWN_EXIT = -1
"""The exit code of a command that never ran, goes on, or whose end nobody saw; its item is `incomplete`."""
_REFERENCE = "pullwright-artifact:"
_ENDS = re.compile(r"^\[(?:\d+ )?exit -?\d+(?:[,;] [^\n]*)?\]\n?\Z", re.MULTILINE)


def message(name: str, text: str, refusal: str = "") -> Json:
    """What the agent said."""
    said: Json = {"type": "output_text", "text": shown(text), "annotations": [], "logprobs": []}
    content = [{"type": "refusal", "refusal": refusal}] if refusal else [said]
    return {"type": "message", "id": name, "status": "completed", "role": "assistant", "content": content}


def reasoning(name: str, texts: Sequence[str]) -> Json:
    """The readable summary of the model's reasoning; what belongs to its provider stays here."""
    summary = [{"type": "summary_text", "text": shown(text)} for text in texts]
    return {"type": "reasoning", "id": name, "status": "completed", "summary": summary}


def call_item(name: str, call: Call, status: str = "completed") -> Json:
    """A call of a tool: a command where it is one that can be read."""
    if commands := commands_of(call):
        action = {"commands": [shown(line) for line in commands], "timeout_ms": None, "max_output_length": None}
        return {
            "type": "shell_call", "id": name, "call_id": call.call_id, "status": status, "environment": None, "action": action,
        }  # fmt: skip
    head = {"id": name, "call_id": call.call_id, "name": call.name, "status": status}
    if isinstance(call, FunctionCall):
        return {"type": "function_call", **head, "arguments": shown(call.arguments)}
    return {"type": "custom_tool_call", **head, "input": shown(call.input)}


def result_item(name: str, call: Call, output: Output, runs: Sequence[CommandRan]) -> Json:
    """What came of it. `runs` are the commands that the log saw end (or go on) for it."""
    text = text_of(output)
    if commands_of(call):
        return _shell_output(name, call.call_id, text, runs)
    kind = "function_call_output" if isinstance(call, FunctionCall) else "custom_tool_call_output"
    return {"type": kind, "id": name, "call_id": call.call_id, "status": "completed", "output": text}


def text_of(output: Output) -> str:
    """A result as text; images are named."""
    if isinstance(output.output, str):
        return shown(output.output)
    return "\n".join(_part(part) for part in output.output)


def _part(part: Given) -> str:
    if isinstance(part, TextPart):
        return shown(part.text)
    if not isinstance(part, ImagePart):
        return "[a file]"
    name = part.image_url.removeprefix(_REFERENCE) if part.image_url.startswith(_REFERENCE) else ""
    return f"[an image{f', kept as the artifact {name}' if name else ''}]"


def shown(text: str) -> str:
    """A text of the log; of what was too large for it, the name of the artifact that has it."""
    return f"[kept as the artifact {text.removeprefix(_REFERENCE)}]" if text.startswith(_REFERENCE) else text


def _shell_output(name: str, call_id: str, text: str, runs: Sequence[CommandRan]) -> Json:
    """As many outputs as commands, whatever the text: it may be let go of later, and no number may change by that."""
    output: list[Json] = []
    for part, run in zip(_split(text, len(runs)), runs or [None], strict=True):
        output.append({"stdout": part if run is None else _ENDS.sub("", part), "stderr": "", "outcome": _outcome(run)})
    whole = bool(runs) and all(run.exit_code is not None or run.signal or run.timed_out for run in runs)
    return {
        "type": "shell_call_output",
        "id": name,
        "call_id": call_id,
        "status": "completed" if whole else "incomplete",
        "max_output_length": None,
        "output": output,
    }


def _split(text: str, count: int) -> list[str]:
    """The text of each of `count` commands, by the line that ends it (`[2 exit 0]`); all of it the first one's where they cannot
    be told apart."""
    together = [text, *[""] * (count - 1)]
    parts: list[str] = []
    at = 0
    for number in range(1, count + 1 if count > 1 else 1):
        found = re.compile(rf"^\[{number} [^\n]*\](?:\n|\Z)", re.MULTILINE).search(text, at)
        if found is None:
            return together
        parts.append(text[at : found.end()])
        at = found.end()
    return parts if parts and not text[at:].strip() else together


def _outcome(run: CommandRan | None) -> Json:
    if run is not None and run.timed_out:
        return {"type": "timeout"}
    if run is None or (run.exit_code is None and not run.signal):
        return {"type": "exit", "exit_code": UNKNOWN_EXIT}
    return {"type": "exit", "exit_code": _killed(run.signal) if run.exit_code is None else run.exit_code}


def _killed(name: str) -> int:
    """As a shell tells it: 128 and the signal's number."""
    try:
        return 128 + signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        return UNKNOWN_EXIT
