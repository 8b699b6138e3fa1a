"""`input`, item by item: what is read, put in order, sealed and unsealed; and what is wrong with it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.models.relay import sealing
from pullwright.models.relay.conversing import conversation
from pullwright.models.relay.ordering import arranged, paired
from pullwright.models.relay.upstream import Upstream
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.errors import ChangeRequest, Unsupported
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    Reasoning,
    assistant_message,
    user_message,
)

CHAT = Upstream(provider="custom", model="m", wire="chat", quirks=Quirks())
ANTHROPIC = Upstream(provider="anthropic", model="m", wire="anthropic", quirks=Quirks(thinking="adaptive"))


def items(*fields: Any) -> list[Item]:
    return [Item(msgspec.json.encode(one)) for one in fields]


def call(name: str) -> Item:
    return Item.of(FunctionCall(call_id=name, name="exec", arguments="{}"))


def result(name: str) -> Item:
    return Item.of(FunctionOutput(call_id=name, output=name))


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("input[1].type", {"content": "x"}),
    ("input[1].role", {"role": "critic", "content": "x"}),
    ("input[1]", {"role": "user"}),
    ("input[1].content", {"role": "user", "content": 3}),
    ("input[1].content[0].text", {"role": "user", "content": [{"type": "input_text"}]}),
    ("input[1].content[0].type", {"role": "assistant", "content": [{"type": "input_image", "image_url": "x"}]}),
    ("input[1].content[0].type", {"role": "user", "content": [{"type": "input_audio"}]}),
    ("input[1].content[0].image_url", {"role": "user", "content": [{"type": "input_image"}]}),
    ("input[1].content[0].file_id", {"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}),
    ("input[1].content[0]", {"role": "user", "content": [{"type": "input_file", "file_data": "x"}]}),
    ("input[1].output", {"type": "function_call_output", "call_id": "c", "output": {}}),
    ("input[1].output[0].text", {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text"}]}),
    ("input[1]", {"type": "function_call", "call_id": "c", "arguments": "{}"}),
    ("input[1].arguments", {"type": "function_call", "call_id": "c", "name": "n", "arguments": {}}),
    ("input[1]", {"type": "item_reference", "id": "msg_1"}),
    ("input[1]", {"type": "web_search_call", "id": "ws_1"}),
    ("input[1]", {"type": "shell_call", "call_id": "c"}),
    ("input[1].encrypted_content", {"type": "compaction", "encrypted_content": "gAAAA"}),
]


@pytest.mark.parametrize(("param", "item"), WRONG)
def test_a_wrong_item_is_named(param: str, item: dict[str, Any]) -> None:
    with pytest.raises(ChangeRequest) as raised:
        conversation([user_message("hi"), *items(item)], CHAT)
    assert raised.value.param == param
    assert raised.value.fix


def test_what_is_no_pdf_is_refused_where_only_these_are_read() -> None:
    part = {"type": "input_file", "file_data": "data:text/csv;base64,YQ=="}
    with pytest.raises(Unsupported, match="PDF"):
        conversation(items({"role": "user", "content": [part]}), ANTHROPIC)


def test_what_clients_leave_out_or_send_as_null_is_no_matter() -> None:
    read = conversation(
        items(
            {"role": "user", "content": "hi"},
            {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}], "id": None, "phase": "x"},
            {"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}", "status": None, "namespace": None},
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [{"type": "output_text", "text": "t", "annotations": None}],
            },
            {"type": "reasoning", "summary": [], "encrypted_content": None},
        ),
        CHAT,
    )
    assert [type(item.view) for item in read] == [Message, Message, FunctionCall, FunctionOutput]


def test_results_move_up_to_their_calls() -> None:
    said = user_message("by the way")
    mixed = [
        user_message("go"),
        call("a"),
        call("b"),
        said,
        result("b"),
        assistant_message("hm"),
        call("c"),
        result("c"),
        result("a"),
    ]
    ordered = paired(mixed)
    assert ordered == [
        user_message("go"),
        call("a"),
        call("b"),
        result("b"),
        result("a"),
        said,
        mixed[5],
        call("c"),
        result("c"),
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["call", "result", "user", "assistant"]), st.integers(0, 3)), max_size=12))
def test_every_result_follows_its_call_with_nothing_of_others_between(plan: list[tuple[str, int]]) -> None:
    made = {
        "call": lambda number: call(f"c{number}"),
        "result": lambda number: result(f"c{number}"),
        "user": lambda number: user_message(str(number)),
        "assistant": lambda number: Item.of(Message(role="assistant", content=str(number))),
    }
    given_items = [made[kind](number) for kind, number in plan]
    try:
        ordered = paired(given_items)
    except ChangeRequest:
        return
    assert sorted(item.raw for item in ordered) == sorted(item.raw for item in given_items)
    waiting: set[str] = set()
    for item in ordered:
        view = item.view
        if isinstance(view, FunctionCall):
            waiting.add(view.call_id)
        elif isinstance(view, FunctionOutput):
            waiting.remove(view.call_id)
        else:
            assert not waiting or (isinstance(view, Message) and view.role == "assistant")


@pytest.mark.parametrize("broken", [[call("a")], [result("a")], [call("a"), user_message("x")], [result("a"), call("a")]])
def test_a_call_without_result_and_a_result_without_call_are_told(broken: list[Item]) -> None:
    with pytest.raises(ChangeRequest, match="'a'") as raised:
        paired(broken)
    assert raised.value.param == "input"


def test_a_conversation_that_cannot_be_gone_on_with() -> None:
    with pytest.raises(ChangeRequest, match="nothing to answer"):
        arranged([], "Be brief.", ANTHROPIC)
    with pytest.raises(ChangeRequest, match="nothing to answer"):
        arranged([user_message(" ")], "", ANTHROPIC)
    with pytest.raises(ChangeRequest, match="nothing to answer"):
        arranged([], "", CHAT)
    with pytest.raises(Unsupported, match="assistant's message"):
        arranged([user_message("hi"), assistant_message("The answer is")], "", ANTHROPIC)
    assert arranged([], "Be brief.", CHAT) == ("Be brief.", [])
    prefill = [user_message("hi"), assistant_message("The answer is")]
    assert arranged(prefill, "", CHAT)[1] == prefill


def thought(**fields: Any) -> Item:
    return Item(msgspec.json.encode({"type": "reasoning", "id": "rs_1", "summary": [], **fields}))


BLOCK = {"type": "thinking", "thinking": "so", "signature": "s", "unheard_of": 1}


def test_a_seal_opens_for_who_made_it_alone() -> None:
    sealed = sealing.seal_reasoning("anthropic", "anthropic", "so", thought(origin="anthropic", block=BLOCK))
    assert sealed is not None
    item = sealing.opened_reasoning(sealed, "anthropic", "anthropic")
    assert item is not None
    assert msgspec.json.decode(item.raw)["block"] == BLOCK
    assert sealing.opened_reasoning(sealed, "anthropic", "bedrock") is None
    assert sealing.opened_reasoning(sealed, "chat", "anthropic") is None
    assert sealing.opened(sealed, "compaction") is None
    chat = sealing.seal_reasoning("chat", "custom", "so", None)
    assert chat is not None
    opened = sealing.opened_reasoning(chat, "chat", "custom")
    assert opened is not None
    assert isinstance(opened.view, Reasoning)
    assert opened.view.text == "so"
    assert sealing.seal_reasoning("anthropic", "anthropic", "so", None) is None


@pytest.mark.parametrize(
    "text", ["", "gAAAA", "pw1.anthropic.", "pw1.anthropic.!!!", "pw1.anthropic.eJw", "pw1.chat.eJyrVkosLlayUqoFABl5A_o"]
)
def test_a_broken_or_foreign_seal_is_left_out(text: str) -> None:
    assert conversation([thought(encrypted_content=text), user_message("hi")], ANTHROPIC) == [
        Item.of(Message(role="user", content=user_message("hi").view.content))  # type: ignore[union-attr]
    ]


@given(st.text(max_size=40))
def test_no_seal_crashes(text: str) -> None:
    for kind in ("anthropic", "chat", "compaction"):
        sealing.opened(f"pw1.{kind}.{text}", kind)  # type: ignore[arg-type]


def test_a_seal_carries_no_block_but_a_thought() -> None:
    """A client could forge one: it must not become a call, or anything else that the API takes."""
    forged = sealing.seal(
        "anthropic", {"provider": "anthropic", "block": {"type": "tool_use", "id": "x", "name": "n", "input": {}}}
    )
    assert sealing.opened_reasoning(forged, "anthropic", "anthropic") is None


def test_a_small_seal_does_not_open_to_very_much() -> None:
    huge = sealing.seal("compaction", {"text": "a" * (40 << 20)})
    assert len(huge) < 100_000
    assert sealing.opened(huge, "compaction") is None


def test_what_stands_for_a_conversation_is_told_by_the_developer() -> None:
    (item,) = conversation([sealing.compaction("It was long.")], CHAT)
    assert isinstance(item.view, Message)
    assert (item.view.role, item.view.text) == ("developer", "It was long.")
    assert sealing.unsealed(sealing.compaction("x")) is not None
    other = thought(encrypted_content="theirs")
    assert sealing.unsealed(other) is other
    assert sealing.unsealed(thought(encrypted_content=sealing.seal("chat", {}))) is None


def test_thoughts_that_led_to_nothing_are_left_out() -> None:
    sealed = sealing.seal("anthropic", {"provider": "anthropic", "block": BLOCK})
    loose, free = thought(encrypted_content=sealed), Item.of(CustomCall(call_id="c", name="n", input="i"))
    read = conversation([user_message("a"), loose, user_message("b"), loose, free], ANTHROPIC)
    _, kept = arranged([*read, Item.of(CustomOutput(call_id="c", output="o"))], "", ANTHROPIC)
    assert [type(item.view) for item in kept] == [Message, Message, Reasoning, CustomCall, CustomOutput]
