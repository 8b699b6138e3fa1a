"""A request is read strictly where it must be known, and carried as it came where it need not."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.protocol.errors import ChangeRequest
from pullwright.tasks.responses.asked import Asked, read_asked


def asked(**fields: Any) -> Asked:
    return read_asked(json.dumps({"model": "fast", "input": "Hi", **fields}).encode())


def test_a_text_becomes_a_user_message() -> None:
    (item,) = asked().input
    assert json.loads(item.raw) == {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}


def test_items_and_unknown_fields_are_carried_byte_for_byte() -> None:
    item = b'{ "type":"message",  "role":"user","content":"x", "later": [1.50, {"b":2,"a":1}] }'
    read = read_asked(b'{"model":"fast","input":[' + item + b'],"new_field":{"z":1}}')
    assert read.input[0].raw == item
    assert read.fields["new_field"] == {"z": 1}


@pytest.mark.parametrize("item", [{"role": "user", "content": "x"}, {"type": None, "role": "user", "content": "x"}])
def test_a_message_may_leave_its_type_out(item: dict[str, Any]) -> None:
    read = asked(input=[item]).input[0]
    assert json.loads(read.raw) == {"type": "message", "role": "user", "content": "x"}


def test_an_item_with_an_id_alone_is_a_reference() -> None:
    assert json.loads(asked(input=[{"id": "msg_1"}]).input[0].raw) == {"type": "item_reference", "id": "msg_1"}


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": 5}, "model", "invalid_type"),
        ({"input": None}, "input", "missing_required_parameter"),
        ({"input": ""}, "input", "missing_required_parameter"),
        ({"input": {"a": 1}}, "input", "invalid_type"),
        ({"input": [{"content": "x"}]}, "input[0].type", "missing_required_parameter"),
        ({"input": [5]}, "input[0]", "invalid_type"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"top_p": -0.1}, "top_p", "invalid_value"),
        ({"max_output_tokens": 0}, "max_output_tokens", "invalid_value"),
        ({"tools": [1]}, "tools[0]", "invalid_type"),
        ({"metadata": {"a": 1}}, "metadata[...]", "invalid_type"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "invalid_value"),
        ({"metadata": {"a": "x" * 513}}, "metadata", "invalid_value"),
        ({"previous_response_id": "resp_1", "conversation": "conv_1"}, "conversation", "invalid_value"),
        ({"background": True, "store": False}, "background", "invalid_value"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(ChangeRequest) as caught:
        asked(**fields)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.fix
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", b'{"model":"' + b"\xed\xa0\x80" + b'"}', b"[" * 5000]
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(ChangeRequest):
        read_asked(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*Asked.__struct_fields__, "input", "temperature", "tools", "previous_response_id", "conversation", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=6))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_a_request_or_refused(fields: dict[str, Any]) -> None:
    with contextlib.suppress(ChangeRequest):
        assert read_asked(msgspec.json.encode(fields)).model == fields["model"]
