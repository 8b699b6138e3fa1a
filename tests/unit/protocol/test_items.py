"""Items keep their bytes; views are readings of them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    Reasoning,
    Unknown,
    assistant_message,
    developer_message,
    output_for,
    user_message,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text(), st.dictionaries(st.text(min_size=1).map(lambda key: "x_" + key), json_values))
def test_unknown_fields_survive_as_they_came(text: str, extra: dict[str, object]) -> None:
    raw = json.dumps(
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}], **extra}
    ).encode()
    item = Item(raw)
    assert isinstance(item.view, Message)
    assert item.view.text == text
    assert item.raw == raw


def test_views_by_type() -> None:
    call = Item(
        b'{"type":"function_call","call_id":"c1","name":"exec","arguments":"{bad json","id":"fc_1","status":"completed"}'
    ).view
    assert isinstance(call, FunctionCall)
    assert call.arguments == "{bad json"
    assert isinstance(Item(b'{"type":"reasoning","summary":[],"encrypted_content":"abc"}').view, Reasoning)
    assert Item(b'{"type":"web_search_call","id":"ws_1"}').view == Unknown(type="web_search_call")


def test_a_known_type_in_an_unknown_shape_is_carried_not_refused() -> None:
    item = Item(b'{"type":"function_call","call_id":7}')
    assert item.view == Unknown(type="function_call")


def test_a_message_as_a_plain_string_and_with_an_image() -> None:
    plain = Item(b'{"type":"message","role":"user","content":"hello"}').view
    assert isinstance(plain, Message)
    assert plain.text == "hello"
    shown = user_message("look", ("data:image/png;base64,AAAA",)).view
    assert isinstance(shown, Message)
    assert shown.text == "look"
    assert isinstance(shown.content[1], ImagePart)


def test_outputs_match_their_calls() -> None:
    assert output_for(FunctionCall(call_id="c", name="f", arguments="{}"), "ok").view == FunctionOutput(call_id="c", output="ok")
    assert output_for(CustomCall(call_id="d", name="p", input="x"), "ok").view == CustomOutput(call_id="d", output="ok")


def test_writing_and_reading_again_gives_the_same_view() -> None:
    for item in (user_message("a"), developer_message("b"), assistant_message("c")):
        again = Item(item.raw)
        assert again == item
        assert again.view == item.view
        assert hash(again) == hash(item)
