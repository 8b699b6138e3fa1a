"""What an upstream cannot do is refused before anything is sent, and by its name: never left out in silence.

Let through without a word is only what changes no answer: hints for caches and tiers that every upstream may ignore.
"""

from __future__ import annotations

from typing import Any

from pullwright.models.relay.fields import Fields, NamespaceTool, Tool, read_tool
from pullwright.models.relay.relay import OURS
from pullwright.models.relay.upstream import Upstream, wrong

_HINTS = frozenset({"prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "client_metadata", "stream_options"})
_KNOWN = frozenset(Fields.__struct_fields__) | _HINTS | OURS
_NEVER = {
    "prompt": ("has no stored prompts", "Send the prompt's text as `instructions` and `input`."),
    "context_management": ("does not compact by itself", "Call /v1/responses/compact when the conversation has grown long."),
    "max_tool_calls": ("calls no tools of its own", "Count the calls in your own loop."),
    "moderation": ("does not moderate", "Leave it out, and moderate in a call of its own."),
    "image": ("has no options for images", "Leave it out."),
    "access_programs": ("knows no access programs", "Leave it out."),
}
_OWN_KINDS = ("function", "custom")
_HAD = frozenset({"reasoning.encrypted_content", "message.input_image.image_url"})
_TIERS = ("auto", "default")


def check_fields(raw: dict[str, Any], asked: Fields, upstream: Upstream) -> None:
    """Raises `Unsupported`, naming the field, for what `upstream` cannot do of a request."""
    for name, value in raw.items():
        if value in (None, [], {}) or name in _KNOWN:
            continue
        what, fix = _NEVER.get(name, ("knows no such field", "Leave it out."))
        raise upstream.cannot(what, name, fix)
    for index, tool in enumerate(asked.tools or []):
        _check_tool(tool, f"tools[{index}]", upstream)
    _check_answer(asked, upstream)
    _check_reasoning(asked, upstream)
    if upstream.wire == "anthropic":
        _check_anthropic(asked, upstream)
    elif asked.service_tier not in (None, *_TIERS) and not upstream.quirks.extras:
        raise upstream.cannot("has no service tiers", "service_tier", "Leave it out, or say `auto`.")


def _check_tool(tool: Tool, at: str, upstream: Upstream, *, inside: bool = False) -> None:
    if tool.type == "namespace" and not inside:
        for index, inner in enumerate(read_tool(tool, NamespaceTool, at).tools):
            _check_tool(inner, f"{at}.tools[{index}]", upstream, inside=True)
        return
    if tool.type not in _OWN_KINDS:
        fix = "Offer a tool of type `function` and run it yourself, or choose a model whose provider runs such tools."
        raise upstream.cannot(f"runs no tools of type {tool.type!r}", at, fix, code="unsupported_tool")
    if tool.defer_loading:
        raise upstream.cannot("cannot load tools later", f"{at}.defer_loading", "Offer the tool at once.")
    if tool.asynchronous:
        raise upstream.cannot("takes results only when all have come", f"{at}.async", "Leave it out.")


def _check_answer(asked: Fields, upstream: Upstream) -> None:
    if asked.top_logprobs:
        raise upstream.cannot("gives no log probabilities here", "top_logprobs", "Leave it out.")
    for index, value in enumerate(asked.include or []):
        if value not in _HAD:
            raise upstream.cannot(f"has no {value!r} to include", f"include[{index}]", "Leave it out.")
    if asked.truncation == "auto":
        fix = "Say `disabled`, and shorten the conversation by /v1/responses/compact."
        raise upstream.cannot("does not truncate a conversation", "truncation", fix)
    verbosity = asked.text.verbosity if asked.text else None
    if verbosity in ("low", "high") and not upstream.quirks.extras:
        raise upstream.cannot("has no verbosity", "text.verbosity", "Say in `instructions` how long answers should be.")


def _check_reasoning(asked: Fields, upstream: Upstream) -> None:
    reasons = asked.reasoning
    if reasons is None:
        return
    if reasons.context not in (None, "auto"):
        raise upstream.cannot("chooses by itself which reasoning it sees again", "reasoning.context", "Leave it out.")
    if reasons.mode not in (None, "standard"):
        raise upstream.cannot(f"has no mode {reasons.mode!r}", "reasoning.mode", "Leave it out.")
    if upstream.wire == "anthropic" and not upstream.quirks.thinking and reasons.effort not in (None, "none"):
        raise upstream.cannot("does not reason", "reasoning.effort", "Leave it out, or choose a model that reasons.")


def _check_anthropic(asked: Fields, upstream: Upstream) -> None:
    for name in ("presence_penalty", "frequency_penalty"):
        if getattr(asked, name):
            raise upstream.cannot("has no such penalty", name, "Leave it out.")
    thinks = upstream.quirks.thinking == "adaptive" or (
        upstream.quirks.thinking == "budget" and asked.reasoning is not None and asked.reasoning.effort not in (None, "none")
    )
    for name in ("temperature", "top_p"):
        if thinks and getattr(asked, name) not in (None, 1):
            raise upstream.cannot("samples by itself while it reasons", name, "Leave it out.")
    if asked.temperature is not None and asked.temperature > 1:
        raise upstream.cannot("takes at most 1", "temperature", "Choose a value from 0 to 1.", code="unsupported_value")
    if asked.text and asked.text.format and asked.text.format.type == "json_object":
        fix = "Give a schema: `text.format` of type `json_schema`."
        raise upstream.cannot("answers in JSON only by a schema", "text.format.type", fix, code="unsupported_value")
    if asked.service_tier not in (None, *_TIERS):
        raise upstream.cannot("has no such service tier", "service_tier", "Leave it out, or say `auto`.")


def check_format(asked: Fields) -> None:
    """Raises `ChangeRequest` for a `text.format` that is none."""
    form = asked.text.format if asked.text else None
    if form is None or form.type in ("text", "json_object"):
        return
    if form.type != "json_schema":
        raise wrong("text.format.type", f"{form.type!r} is not one of text, json_object, json_schema", "Choose one of these.")
    for name in ("name", "schema"):
        if getattr(form, name) is None:
            raise wrong(f"text.format.{name}", "a JSON schema needs it", "Set it.", "missing_required_parameter")
