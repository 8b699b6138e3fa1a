"""What a hook answers: one JSON object on stdout, or an exit code.

    {"decision": "allow" | "deny" | "ask" | "replace" | "tell",
     "reason": "why: for the model with a no, for the person with a question",
     "command": "another shell line",  "arguments": {…},      (replace: one of the two)
     "tell": "a text for the model"}                          (also beside another decision)

    exit 0    the answer counts; none: nothing is said against it
    exit 2    a no, and stderr says why
    else      the hook failed

Read as well, from programs that were written for others: `decision: approve | block`, `permissionDecision` with
`permissionDecisionReason`, `updatedInput` and `additionalContext` (also below `hookSpecificOutput`), `continue: false` with
`stopReason`, `systemMessage`.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

Word = Literal["", "allow", "deny", "ask", "replace", "tell"]

MOST_TEXT = 8_000
"""Characters of a reason or a told text that count."""

_WORDS: dict[str, Word] = {
    "allow": "allow",
    "approve": "allow",
    "deny": "deny",
    "block": "deny",
    "ask": "ask",
    "replace": "replace",
    "tell": "tell",
    "": "",
    "none": "",
}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A hook's answer. `failed` says what went wrong instead of one; `command` or `arguments` stand in place of the call's;
    `tell` is for the model, `notice` for the reader of the log."""

    word: Word = ""
    reason: str = ""
    command: str = ""
    arguments: dict[str, Any] | None = None
    tell: str = ""
    notice: str = ""
    failed: str = ""


def decide(exit_code: int | None, stdout: str, stderr: str, *, plain_tells: bool) -> Decision:
    """The answer of a hook that ended by itself. `plain_tells`: text that is no JSON is for the model."""
    if exit_code == 2:
        return Decision(word="deny", reason=_short(stderr.strip() or stdout.strip() or "no reason was given"))
    if exit_code != 0:
        said = stderr.strip() or stdout.strip()
        return Decision(failed=_short(f"it ended with exit code {exit_code}" + (f": {said}" if said else ""), 500))
    text = stdout.strip()
    if not text.startswith("{"):
        return Decision(word="tell" if text and plain_tells else "", tell=_short(text) if plain_tells else "")
    try:
        said = msgspec.json.decode(text.encode(errors="replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        return Decision(failed=f"its answer is no JSON: {error}")
    return _read(cast(dict[str, Any], said))


def _read(said: dict[str, Any]) -> Decision:
    inner: object = said.get("hookSpecificOutput")
    flat = {**said, **(cast(dict[str, Any], inner) if isinstance(inner, dict) else {})}
    texts = {name: value for name, value in flat.items() if isinstance(value, str)}
    told = (
        texts.get("tell") or texts.get("additionalContext") or (texts.get("text", "") if texts.get("decision") == "tell" else "")
    )
    notice = _short(texts.get("systemMessage", ""))
    word = texts.get("permissionDecision") or texts.get("decision") or ""
    reason = texts.get("permissionDecisionReason") or texts.get("reason") or ""
    if flat.get("continue") is False:
        word, reason = "deny", texts.get("stopReason") or reason
    if word not in _WORDS:
        return Decision(failed=f"it decided {_short(word, 40)!r}, which is none of allow, deny, ask, replace, tell")
    updated = flat.get("arguments", flat.get("updatedInput"))
    arguments = cast(dict[str, Any], updated) if isinstance(updated, dict) else None
    command = texts.get("command", "")
    if _WORDS[word] == "replace" and not command.strip() and arguments is None:
        return Decision(failed="it decided to replace, and said neither `command` nor `arguments`")
    return Decision(
        word=_WORDS[word] or ("replace" if arguments is not None else "tell" if told else ""),
        reason=_short(reason or ("no reason was given" if _WORDS[word] in {"deny", "ask"} else "")),
        command=command,
        arguments=arguments,
        tell=_short(told),
        notice=notice,
    )


def _short(text: str, most: int = MOST_TEXT) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"
