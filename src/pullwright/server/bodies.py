"""What is sent and answered, as msgspec records: read strictly, so that a misspelt field is an error and not a wish unheard."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect
from starlette.requests import Request
from starlette.responses import Response

from pullwright.server.problems import Field, Refusal

T = TypeVar("T")

WIDEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly."""


async def read_body(request: Request, kind: type[T]) -> T:
    """The body as a `kind`. Raises `Refusal`: 415 for what is not JSON, 400 for broken JSON, 422 for a wrong or unknown field."""
    raw = await request.body()
    if not raw and can_be_left_out(kind):
        return decoded(b"{}", kind)
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said != "application/json":
        raise Refusal(415, f"the body is {said or 'of no kind'}", fix="Send JSON, with Content-Type: application/json.")
    return decoded(raw, kind)


def can_be_left_out(kind: object) -> bool:
    """Whether a body says nothing by itself: every field of its record has a default."""
    info = _info(kind)
    return isinstance(info, inspect.StructType) and not any(field.required for field in info.fields)


def decoded(raw: bytes, kind: type[T]) -> T:
    """`raw` as a `kind`, strictly. Raises as `read_body` does."""
    try:
        value: object = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, f"the body is not JSON: {error}", fix="Send one JSON value in UTF-8.") from error
    _writable(value, "$")
    _known(value, _info(kind), "$")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, at = str(error).partition(" - at `")
        field = Field(at.rstrip("`") or "$", message)
        raise Refusal(422, f"{field.at}: {message}", fix="Correct the field and send it again.", fields=(field,)) from error


def answer(value: object, status: int = 200) -> Response:
    """A record, or a list of them, as JSON. Answers hold what one person may see: nothing between keeps them."""
    return Response(msgspec.json.encode(value), status, {"Cache-Control": "no-store"}, "application/json")


def _writable(value: object, at: str) -> None:
    """Refuse what no database can keep as it is: a NUL in a text, a number beyond what JSON readers share."""
    if isinstance(value, str):
        check_text(value, at)
    elif isinstance(value, int):
        if not -WIDEST <= value <= WIDEST:
            raise _wrong(at, "the number is too large")
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            check_text(name, at)
            _writable(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            _writable(inner, f"{at}[{index}]")


def check_text(text: str, at: str) -> None:
    """Raise `Refusal` for a text with a NUL in it."""
    if "\0" in text:
        raise _wrong(at, "a text cannot hold a NUL character")


def _wrong(at: str, message: str) -> Refusal:
    return Refusal(422, f"{at}: {message}", fix="Correct the field and send it again.", fields=(Field(at, message),))


@cache
def _info(kind: object) -> inspect.Type:
    return inspect.type_info(kind)


def _known(value: object, kind: inspect.Type, at: str) -> None:
    """Raise `Refusal` for a field of `value` that its record does not have."""
    if isinstance(kind, inspect.Metadata):
        _known(value, kind.type, at)
    elif isinstance(kind, inspect.UnionType):
        if (chosen := _chosen(value, kind)) is not None:
            _known(value, chosen, at)
    elif isinstance(kind, inspect.StructType) and isinstance(value, dict):
        _fields(cast("dict[str, object]", value), kind, at)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            _known(inner, kind.item_type, f"{at}[{index}]")
    elif isinstance(kind, inspect.DictType) and isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            _known(inner, kind.value_type, f"{at}.{name}")


def _fields(value: dict[str, object], kind: inspect.StructType, at: str) -> None:
    known = {field.encode_name: field.type for field in kind.fields}
    unknown = sorted(set(value) - set(known) - {kind.tag_field or ""})
    if unknown:
        fields = tuple(Field(f"{at}.{name}", "there is no such field") for name in unknown)
        fix = f"Known here: {', '.join(sorted(known))}."
        raise Refusal(422, f"{at} has no field {', '.join(unknown)}", fix=fix, fields=fields)
    for name, inner in value.items():
        if name in known:
            _known(inner, known[name], f"{at}.{name}")


def _chosen(value: object, kind: inspect.UnionType) -> inspect.Type | None:
    """Of a union the one member that `value` can be: by its tag where there are several records."""
    if not isinstance(value, dict):
        return next((one for one in kind.types if isinstance(one, inspect.ListType | inspect.VarTupleType)), None)
    structs = [one for one in kind.types if isinstance(one, inspect.StructType)]
    if len(structs) > 1:
        tags = cast("dict[str, Any]", value)
        return next((one for one in structs if one.tag_field and tags.get(one.tag_field) == one.tag), None)
    return structs[0] if structs else next((one for one in kind.types if isinstance(one, inspect.DictType)), None)
