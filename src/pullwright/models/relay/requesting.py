"""An order of the Responses API as the wires' request."""

from __future__ import annotations

import msgspec

from pullwright.models.model import AnswerForm, AskedEffort, Effort, ModelRequest
from pullwright.models.relay.checking import check_fields, check_format
from pullwright.models.relay.conversing import conversation
from pullwright.models.relay.fields import Fields, read_fields
from pullwright.models.relay.ordering import arranged, paired
from pullwright.models.relay.relay import Order
from pullwright.models.relay.tools import chosen, tools_of
from pullwright.models.relay.upstream import Upstream, wrong
from pullwright.models.wires.wire import fields_of


def model_request(order: Order, upstream: Upstream, effort: Effort = "") -> ModelRequest:
    """What is asked of the upstream; `effort` where the order asks for none.

    Raises `Unsupported` for what the upstream cannot do, `ChangeRequest` for what nobody could, naming the field as `param`.
    """
    asked = read_fields(order.fields)
    check_format(asked)
    check_fields(order.fields, asked, upstream)
    tools, choice = chosen(asked, tools_of(asked), upstream)
    instructions, items = arranged(paired(conversation(order.items, upstream)), asked.instructions or "", upstream)
    form = asked.text.format if asked.text else None
    named = form if form is not None and form.type == "json_schema" else None
    _check_depth("tools", tools)
    _check_depth("text.format.schema", named.schema if named else None)
    return ModelRequest(
        instructions=instructions,
        tools=tools,
        items=items,
        effort=_effort(asked, effort),
        schema=named.schema if named else None,
        form=AnswerForm(name=named.name or "", description=named.description or "", strict=named.strict) if named else None,
        json_object=form is not None and form.type == "json_object",
        max_output=asked.max_output_tokens,
        cache_key=asked.prompt_cache_key or "",
        tool_choice=choice,
        parallel_calls=asked.parallel_tool_calls is not False,
        temperature=_unless_default(asked.temperature, upstream),
        top_p=_unless_default(asked.top_p, upstream),
        presence_penalty=asked.presence_penalty or None,
        frequency_penalty=asked.frequency_penalty or None,
        verbosity=(asked.text.verbosity or "") if asked.text else "",
        service_tier=asked.service_tier or "",
        user=asked.user or "",
        safety_identifier=asked.safety_identifier or "",
    )


def _check_depth(param: str, value: object) -> None:
    """What could be read may nest a little too deep to be written within a body."""
    try:
        msgspec.json.encode([[[[[[[[value]]]]]]]])
    except RecursionError:
        raise wrong(param, "it nests too deep", "Send a schema that nests less.") from None


def _effort(asked: Fields, default: Effort) -> AskedEffort:
    wanted = asked.reasoning.effort if asked.reasoning else None
    return default if wanted is None else wanted


def _unless_default(value: float | None, upstream: Upstream) -> float | None:
    """A model of Anthropic's that reasons refuses even the default."""
    return None if upstream.wire == "anthropic" and value == 1 else value


def summaries(order: Order) -> bool:
    """Whether the client wants to read what the model thinks."""
    reasons = fields_of(order.fields.get("reasoning"))
    return bool(reasons.get("summary") or reasons.get("generate_summary"))
