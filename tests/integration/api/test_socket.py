"""Responses over a WebSocket, by the official client's own `connect()`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.world import MODELS, WIRES, ApiWorld


def until(connection: Any, *kinds: str) -> Any:
    for event in connection:
        if event.type in kinds:
            return event
    raise AssertionError("the connection ended")


@pytest.fixture
def connection(api: ApiWorld) -> Iterator[Any]:
    with api.client() as client, client.responses.connect() as connection:
        yield connection


@pytest.mark.parametrize("wire", WIRES)
def test_responses_follow_each_other_without_being_stored(connection: Any, api: ApiWorld, wire: str) -> None:
    model = MODELS[wire]  # type: ignore[index]
    connection.response.create(model=model, input="One", store=False)
    first = until(connection, "response.completed").response
    connection.response.create(model=model, input="Two", store=False, previous_response_id=first.id)
    second = until(connection, "response.completed").response
    assert (first.output_text, second.output_text) == ("You said: One (1)", "You said: Two (2)")
    with api.client() as client, pytest.raises(Exception, match="no response"):
        client.responses.retrieve(first.id)


def test_what_is_sent_ahead_is_gone_on_from_and_asks_nobody(connection: Any, api: ApiWorld) -> None:
    before = len(api.upstream.requests)
    connection.send({"type": "response.create", "model": "fast", "input": "Ahead", "generate": False})
    ahead = until(connection, "response.completed").response
    assert (ahead.output, len(api.upstream.requests)) == ([], before)
    connection.response.create(model="fast", input="And now", previous_response_id=ahead.id)
    assert until(connection, "response.completed").response.output_text == "You said: And now (2)"


def test_streams_of_one_connection_do_not_wait_for_each_other(connection: Any) -> None:
    for lane, words in (("slow", "a [slow]"), ("quick", "b")):
        connection.send({"type": "response.create", "model": "fast", "input": words, "stream_id": lane})
    ended = [until(connection, "response.completed") for _ in range(2)]
    assert [event.stream_id for event in ended] == ["quick", "slow"]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"type": "response.create", "model": "nobody's", "input": "x"}, 404, "model_not_found"),
        ({"type": "response.create", "model": "fast"}, 400, "missing_required_parameter"),
        ({"type": "response.create", "model": "fast", "input": "x", "background": True}, 400, "invalid_value"),
        ({"type": "response.create", "model": "fast", "input": "[refuse 500]"}, 503, "server_error"),
        ({"type": "response.cancel"}, 400, "invalid_value"),
    ],
)
def test_what_is_wrong_is_told_and_the_connection_goes_on(connection: Any, sent: Any, status: int, code: str) -> None:
    connection.send({**sent, "stream_id": "lane"})
    told = until(connection, "error")
    assert (told.status, told.error.code, told.stream_id) == (status, code, "lane")
    connection.send({"type": "response.create", "model": "fast", "input": "Still there?"})
    assert until(connection, "response.completed").response.output_text == "You said: Still there? (1)"


def test_a_model_is_not_steered(connection: Any) -> None:
    connection.response.create(model="fast", input="One")
    first = until(connection, "response.completed").response
    connection.response.steer(input="More", previous_response_id=first.id)
    failed = until(connection, "response.steer.failed")
    assert (failed.error.code, failed.steer.input) == ("steering_not_supported", "More")


def test_a_key_for_nothing_here_is_refused_before_anything_is_accepted(api: ApiWorld) -> None:
    with (
        api.client(api.world.keys["read"]) as client,
        pytest.raises(Exception, match="403"),
        client.responses.connect(),
    ):
        pass
