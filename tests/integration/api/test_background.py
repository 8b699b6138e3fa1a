"""What goes on without its client: polled, watched, taken up again in mid-stream, cancelled."""

from __future__ import annotations

import time

import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response

from api.world import ApiWorld


def ended(client: OpenAI, response: Response) -> Response:
    until = time.monotonic() + 30
    while response.status in ("queued", "in_progress"):
        assert time.monotonic() < until
        time.sleep(0.05)
        response = client.responses.retrieve(response.id)
    return response


def test_polled(client: OpenAI, model: str) -> None:
    begun = client.responses.create(model=model, input="hello", background=True)
    assert begun.status in ("queued", "in_progress")
    assert begun.background is True
    done = ended(client, begun)
    assert (done.status, done.output_text, done.id) == ("completed", "You said: hello (1)", begun.id)


def test_taken_up_again_in_mid_stream(client: OpenAI, model: str) -> None:
    seen = []
    with client.responses.create(model=model, input="[slow] [long 40]", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta":
                break
    response_id = seen[0].response.id  # type: ignore[union-attr]
    at = seen[-1].sequence_number
    with client.responses.retrieve(response_id, stream=True, starting_after=at) as stream:
        seen += stream
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert seen[-1].type == "response.completed"
    said = "".join(event.delta for event in seen if event.type == "response.output_text.delta")
    assert said == seen[-1].response.output_text
    with client.responses.retrieve(response_id, stream=True) as stream:
        again = list(stream)
    assert [event.to_dict() for event in again] == [event.to_dict() for event in seen]


def test_the_helper_takes_up_again_too(client: OpenAI, model: str) -> None:
    with client.responses.create(model=model, input="hello", background=True, stream=True) as stream:
        first = next(iter(stream))
    with client.responses.stream(response_id=first.response.id, starting_after=0) as again:  # type: ignore[union-attr]
        kinds = [event.type for event in again]
    assert kinds[-1] == "response.completed"


def test_cancelled(client: OpenAI, model: str) -> None:
    begun = client.responses.create(model=model, input="[slow] [long 4000]", background=True)
    cancelled = client.responses.cancel(begun.id)
    assert cancelled.status == "cancelled"
    assert client.responses.cancel(begun.id).status == "cancelled"
    assert client.responses.retrieve(begun.id).status == "cancelled"


def test_cancelling_is_for_the_background(api: ApiWorld, client: OpenAI) -> None:
    made = client.responses.create(model="fast", input="hello")
    with api.client(max_retries=2) as patient, pytest.raises(openai.ConflictError) as caught:
        patient.responses.cancel(made.id)
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_the_upstream_of_what_was_cancelled_is_let_go(api: ApiWorld, client: OpenAI, model: str) -> None:
    begun = client.responses.create(model=model, input="[slow] [long 4000]", background=True, stream=True)
    response_id = next(iter(begun)).response.id  # type: ignore[union-attr]
    client.responses.cancel(response_id)
    kinds = [event.type for event in begun]
    begun.close()
    assert kinds[-1] in ("response.cancelled", "response.incomplete", "response.failed")


def test_a_background_that_fails_says_why(client: OpenAI, model: str) -> None:
    failed = ended(client, client.responses.create(model=model, input="[refuse 500]", background=True))
    assert failed.status == "failed"
    assert failed.error
    assert failed.error.message


def test_the_background_is_stored(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="fast", input="hello", background=True, store=False)
    assert caught.value.param in ("background", "store")


def test_a_chain_in_the_background(client: OpenAI, model: str) -> None:
    first = ended(client, client.responses.create(model=model, input="one", background=True))
    second = ended(client, client.responses.create(model=model, input="two", background=True, previous_response_id=first.id))
    assert second.output_text == "You said: two (2)"
