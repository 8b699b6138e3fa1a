"""What is kept: responses, chains over every upstream, input items, conversations; and what is not."""

from __future__ import annotations

import itertools
from typing import Any

import openai
import pytest
from openai import OpenAI

from api.world import MODELS, ApiWorld


def test_retrieve_and_delete(client: OpenAI, model: str) -> None:
    made = client.responses.create(model=model, input="hello", metadata={"n": "1"})
    assert client.responses.retrieve(made.id) == made
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.delete(made.id)


@pytest.mark.parametrize("wires", list(itertools.permutations(MODELS)))
def test_a_chain_over_all_upstreams(client: OpenAI, wires: tuple[str, ...]) -> None:
    previous: str | None = None
    for number, wire in enumerate(wires, 1):
        made = client.responses.create(
            model=MODELS[wire], input=f"number {number}", previous_response_id=previous, reasoning={"effort": "low"}  # type: ignore[arg-type]
        )  # fmt: skip
        assert made.output_text == f"You said: number {number} ({number})"
        assert made.previous_response_id == previous
        previous = made.id


def test_instructions_are_of_one_request(api: ApiWorld, client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="hello", instructions="Speak like a pirate.")
    assert b"pirate" in api.upstream.requests[-1].body
    second = client.responses.create(model=model, input="and?", previous_response_id=first.id)
    assert b"pirate" not in api.upstream.requests[-1].body
    assert second.instructions is None


def test_a_chain_forks(client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="one")
    for word in ("left", "right"):
        made = client.responses.create(model=model, input=word, previous_response_id=first.id)
        assert made.output_text == f"You said: {word} (2)"


def test_the_state_is_ours(api: ApiWorld, client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="hello", metadata={"private": "word"})
    client.responses.create(model=model, input="again", previous_response_id=first.id)
    sent = api.upstream.requests[-1]
    assert first.id.encode() not in sent.body
    assert b"private" not in sent.body
    assert sent.json.get("store") in (None, False)


def test_what_is_not_to_be_stored_is_not(client: OpenAI, model: str) -> None:
    made = client.responses.create(model=model, input="hello", store=False)
    assert made.status == "completed"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.APIStatusError) as caught:
        client.responses.create(model=model, input="and?", previous_response_id=made.id)
    assert caught.value.status_code in (400, 404)
    assert caught.value.code == "previous_response_not_found"


def test_input_items_in_pages(client: OpenAI, model: str) -> None:
    said = [{"role": "user", "content": f"number {number}"} for number in range(7)]
    made = client.responses.create(model=model, input=said)  # type: ignore[arg-type]
    newest = list(client.responses.input_items.list(made.id, limit=3))
    oldest = list(client.responses.input_items.list(made.id, limit=3, order="asc"))
    assert len(oldest) == 7
    assert [item.id for item in newest] == [item.id for item in reversed(oldest)]
    texts = [item.content[0].text for item in oldest]  # type: ignore[union-attr]
    assert texts == [f"number {number}" for number in range(7)]
    page = client.responses.input_items.list(made.id, limit=2, order="asc", after=oldest[1].id)
    assert [item.id for item in page.data] == [item.id for item in oldest[2:4]]
    assert page.has_more


def test_input_items_of_a_chain_are_the_whole_conversation(client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="one")
    second = client.responses.create(model=model, input="two", previous_response_id=first.id)
    items = list(client.responses.input_items.list(second.id, order="asc"))
    assert [getattr(item, "role", "") for item in items] == ["user", "assistant", "user"]


def test_a_conversation(client: OpenAI, model: str) -> None:
    begun: list[Any] = [{"type": "message", "role": "user", "content": "zero"}, {"role": "assistant", "content": "nothing"}]
    conversation = client.conversations.create(metadata={"a": "b"}, items=begun)
    assert conversation.id.startswith("conv_")
    for number in (1, 2):
        made = client.responses.create(model=model, input=f"number {number}", conversation=conversation.id)
        assert made.output_text == f"You said: number {number} ({number + 1})"
        assert made.conversation
        assert made.conversation.id == conversation.id
    items = list(client.conversations.items.list(conversation.id, order="asc", limit=2))
    assert [item.role for item in items] == ["user", "assistant"] * 3  # type: ignore[union-attr]
    for item in items[:2]:
        client.conversations.items.delete(item.id, conversation_id=conversation.id)  # type: ignore[arg-type]
    made = client.responses.create(model=model, input="number 3", conversation={"id": conversation.id})
    assert made.output_text == "You said: number 3 (3)"


def test_a_conversation_as_a_thing(client: OpenAI) -> None:
    conversation = client.conversations.create()
    assert client.conversations.retrieve(conversation.id).metadata in ({}, None)
    assert client.conversations.update(conversation.id, metadata={"x": "y"}).metadata == {"x": "y"}
    added = client.conversations.items.create(
        conversation.id, items=[{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    )
    assert len(added.data) == 2
    found = client.conversations.items.retrieve(added.data[1].id, conversation_id=conversation.id)  # type: ignore[arg-type]
    assert found == added.data[1]
    gone = client.conversations.delete(conversation.id)
    assert (gone.id, gone.deleted, gone.object) == (conversation.id, True, "conversation.deleted")
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(conversation.id)


def test_what_is_stored_is_its_owners(api: ApiWorld, client: OpenAI) -> None:
    made = client.responses.create(model="fast", input="mine")
    conversation = client.conversations.create()
    with api.client(api.new_key(user="mia")) as other:
        for ask in (
            lambda: other.responses.retrieve(made.id),
            lambda: other.responses.delete(made.id),
            lambda: other.responses.input_items.list(made.id),
            lambda: other.conversations.retrieve(conversation.id),
            lambda: other.responses.create(model="fast", input="and?", previous_response_id=made.id),
            lambda: other.responses.create(model="fast", input="and?", conversation=conversation.id),
        ):
            with pytest.raises((openai.NotFoundError, openai.BadRequestError)):
                ask()
    assert client.responses.retrieve(made.id).id == made.id
