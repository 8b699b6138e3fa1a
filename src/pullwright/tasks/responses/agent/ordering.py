"""A request for the `agent` model as the order of a task. Pure.

    instructions, then the texts of `input`     the prompt      metadata.project, ref, mode, approval, model…    where and how
    images of `input`                           its images      metadata.budget, budget_tokens…                  what it may use

Metadata with other names stays what it is. What a task cannot heed is refused by name, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast, get_args

import msgspec

from pullwright.protocol.errors import FixSettings, Unsupported
from pullwright.protocol.items import Item
from pullwright.protocol.policy import ApprovalMode, Budget
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.store.records import TaskOrder, TaskSource

N = TypeVar("N", int, float)

UNHEEDED = ("max_output_tokens", "max_tool_calls", "prompt", "temperature", "tools", "top_p")
"""Fields that would change what is answered, and that a task has no place for."""
INSTEAD = {
    "max_output_tokens": "Set `metadata.budget_tokens`.",
    "max_tool_calls": "Set `metadata.budget_steps`.",
    "tools": "Leave it out: the agent has its own tools, in its sandbox.",
}


class Words(msgspec.Struct, frozen=True):
    """What a request says: text, and images as data URLs or addresses."""

    text: str
    images: tuple[str, ...] = ()


def order_of(asked: Asked, project: str, dedup: str) -> TaskOrder:
    """The order. `project` is the key's, for a request that names none. Raises `FixSettings` and `Unsupported`."""
    refuse_unheeded(asked)
    told = asked.metadata
    words = words_of(asked)
    mode = told.get("mode", "code")
    if mode not in ("ask", "code"):
        raise FixSettings(f"the key metadata.mode is {mode!r}", fix="It is `code` or `ask`.")
    if not (named := told.get("project") or project):
        raise FixSettings(
            "the key metadata.project is missing", fix="Name the project that the task is for, or use a key of a project."
        )
    return TaskOrder(
        project=named,
        prompt=words.text,
        images=words.images,
        title=told.get("title", ""),
        mode=mode,
        approval=_approval(told),
        ref=told.get("ref", ""),
        environment=told.get("environment", ""),
        model=told.get("model", ""),
        template=told.get("template", ""),
        attempts=_number(told, "attempts", int) or 1,
        budget=budget_of(told) or Budget(),
        priority=_number(told, "priority", int, least=None) or 0,
        deadline=_number(told, "deadline", float),
        dedup=dedup,
        source=TaskSource(kind="api"),
    )


def _approval(told: dict[str, str]) -> ApprovalMode:
    asked = told.get("approval") or "full-auto"
    for mode in get_args(ApprovalMode):
        if mode == asked:
            return mode
    raise FixSettings(
        f"the key metadata.approval is {asked!r}", fix=f"It is one of {', '.join(f'`{one}`' for one in get_args(ApprovalMode))}."
    )


def refuse_unheeded(asked: Asked) -> None:
    """Raises `Unsupported` for what the request wants that a task cannot do."""
    wanted = [name for name in UNHEEDED if asked.fields.get(name)]
    wanted += ["text.format"] if _format(asked) != "text" else []
    wanted += ["reasoning.effort"] if _of(asked, "reasoning").get("effort") else []
    if wanted:
        name = wanted[0]
        fix = INSTEAD.get(name, "Leave it out." if name != "reasoning.effort" else "Set `metadata.model`.")
        raise Unsupported(f"the model agent does not heed {name}", fix=fix, param=name, code="unsupported_parameter")


def _format(asked: Asked) -> str:
    return cast("dict[str, Any]", _of(asked, "text").get("format") or {}).get("type", "text")


def _of(asked: Asked, field: str) -> dict[str, Any]:
    return cast("dict[str, Any]", asked.fields.get(field) or {})


def budget_of(told: dict[str, str]) -> Budget | None:
    """The ceilings that metadata sets; None where it sets none. Raises `FixSettings`."""
    given = {
        "usd": _number(told, "budget", float),
        "tokens": _number(told, "budget_tokens", int),
        "steps": _number(told, "budget_steps", int),
        "seconds": _number(told, "budget_seconds", float),
    }
    found = {name: value for name, value in given.items() if value is not None}
    return msgspec.convert(found, Budget) if found else None


def _number(told: dict[str, str], name: str, kind: Callable[[str], N], *, least: float | None = 0) -> N | None:
    value = told.get(name, "").strip()
    if not value:
        return None
    try:
        number = kind(value.removeprefix("$"))
    except ValueError:
        number = None
    if number is None or number != number or (least is not None and not least < number < float("inf")):
        what = "a whole number" if kind is int else "a number"
        raise FixSettings(f"the key metadata.{name} is {value!r}", fix=f"It is {what}{' above 0' if least is not None else ''}.")
    return number


# --- what it says ---------------------------------------------------------------------------------


def words_of(asked: Asked) -> Words:
    """Instructions and input as one text, with the images of the input. Raises `FixSettings` for items that say nothing to do."""
    texts = [asked.instructions] if asked.instructions.strip() else []
    images: list[str] = []
    for number, item in enumerate(asked.input):
        for part in _parts(item, f"input[{number}]"):
            if "image_url" in part:
                images.append(part["image_url"])
            else:
                texts.append(part["text"])
    text = "\n\n".join(text.strip() for text in texts if text.strip())
    if not text and not images:
        raise FixSettings("the request asks for nothing", fix="Say in `input` what is to be done.")
    return Words(text, tuple(images))


def _parts(item: Item, where: str) -> Iterable[dict[str, str]]:
    said: dict[str, Any] = msgspec.json.decode(item.raw)
    if said.get("type") != "message" or said.get("role") not in ("user", "developer", "system"):
        what = f"a message of the {said.get('role')}" if said.get("type") == "message" else f"a {said.get('type')}"
        raise FixSettings(
            f"the item {where} is {what}, which the model agent cannot take",
            fix="Say in user messages what is to be done; go on with an earlier response by `previous_response_id`.",
        )
    content = said.get("content")
    parts: list[Any] = [{"type": "input_text", "text": content}] if isinstance(content, str) else content or []
    return [_part(part, f"{where}.content[{number}]") for number, part in enumerate(parts)]


def _part(part: Any, where: str) -> dict[str, str]:
    given = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
    kind, text, url = given.get("type"), given.get("text"), given.get("image_url")
    if kind == "input_text" and isinstance(text, str):
        return {"text": text}
    if kind == "input_image" and isinstance(url, str) and url.startswith(("data:image/", "https://", "http://")):
        return {"image_url": url}
    raise FixSettings(
        f"the part {where} is neither text nor an image ({kind})",
        fix="Send `input_text`, or `input_image` with an `image_url`; put files into the project.",
    )
