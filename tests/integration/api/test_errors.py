"""What goes wrong is the right class of error, with the right headers, and is tried again only when that helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from api.world import ApiWorld

Ask = Callable[[OpenAI], Any]


@pytest.mark.parametrize(
    ("ask", "kind", "param"),
    [
        (lambda c: c.responses.create(input="hello"), openai.BadRequestError, "model"),
        (lambda c: c.responses.create(model="fast"), openai.BadRequestError, "input"),
        (lambda c: c.responses.create(model="fast", input="x", temperature=9), openai.BadRequestError, "temperature"),
        (lambda c: c.responses.create(model="fast", input="x", temperature="hot"), openai.BadRequestError, "temperature"),
        (lambda c: c.responses.create(model="fast", input=[{"x": 1}]), openai.BadRequestError, "input[0]"),
        (
            lambda c: c.responses.create(model="fast", input="x", metadata={str(n): "" for n in range(17)}),
            openai.BadRequestError,
            "metadata",
        ),
        (lambda c: c.responses.create(model="no/such", input="x"), openai.NotFoundError, "model"),
        (lambda c: c.post("/responses/compact", body={"input": "x"}, cast_to=object), openai.BadRequestError, "model"),
        (lambda c: c.responses.retrieve("resp_none"), openai.NotFoundError, None),
        (lambda c: c.responses.input_items.list("resp_none"), openai.NotFoundError, None),
        (lambda c: c.responses.cancel("resp_none"), openai.NotFoundError, None),
        (lambda c: c.models.retrieve("none"), openai.NotFoundError, "model"),
        (lambda c: c.conversations.retrieve("conv_none"), openai.NotFoundError, None),
    ],
)
def test_what_the_client_must_change(client: OpenAI, ask: Ask, kind: type[openai.APIStatusError], param: str | None) -> None:
    with pytest.raises(kind) as caught:
        ask(client)
    assert isinstance(caught.value.body, dict)
    assert set(caught.value.body) >= {"message", "type", "param", "code"}
    assert caught.value.type == "invalid_request_error"
    assert param is None or (caught.value.param or "").startswith(param)
    assert caught.value.request_id


def test_a_key_that_is_none(api: ApiWorld) -> None:
    with api.client("pw_wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
        client.responses.create(model="fast", input="hello")
    assert caught.value.code == "invalid_api_key"


def test_a_key_that_may_not(api: ApiWorld) -> None:
    with api.client(api.world.keys["review"]) as client, pytest.raises(openai.PermissionDeniedError):
        client.responses.create(model="fast", input="hello")


def test_a_model_that_the_key_may_not_call(api: ApiWorld) -> None:
    with api.client(api.new_key(models=["fast"])) as client:
        assert client.responses.create(model="fast", input="hello").status == "completed"
        with pytest.raises((openai.PermissionDeniedError, openai.NotFoundError)):
            client.responses.create(model="deep", input="hello")
        assert "deep" not in [one.id for one in client.models.list()]


def test_a_key_for_models_alone_dispatches_no_agent(api: ApiWorld) -> None:
    key = api.new_key(scopes=["models", "dispatch"], models=["fast", "deep"])
    with api.client(key) as client, pytest.raises(openai.PermissionDeniedError) as caught:
        client.responses.create(model="agent", input="hello", background=True, metadata={"project": "tally"})
    assert "may not call agent" in caught.value.message


def test_a_key_whose_budget_is_used_up(api: ApiWorld, model: str) -> None:
    with api.client(api.new_key(), max_retries=2) as client, api.world.client("ada") as ada:
        client.responses.create(model=model, input="hello")
        (used,) = ada.get("/v1/usage/calls", params={"limit": 1}).json()["calls"]
        assert (used["status"], used["open"], used["estimated"], used["provider"]) == ("completed", False, False, "scripted")
        limit = {"scope": "key", "scope_id": used["key_id"], "period": "day", "tokens": used["input"] + used["output"]}
        assert ada.put("/api/v1/budgets", json=limit).json()["used_tokens"] == limit["tokens"]
        before = len(api.upstream.requests)
        for stream in (False, True):
            with pytest.raises(openai.RateLimitError) as caught:
                client.responses.create(model=model, input="hello", stream=stream)
            assert caught.value.code == "insufficient_quota"
            assert "key's budget of" in caught.value.message
        assert len(api.upstream.requests) == before
        assert ada.put("/api/v1/budgets", json={**limit, "tokens": None}).status_code == 200
        assert client.responses.create(model=model, input="hello").status == "completed"


def test_a_key_that_has_had_its_minute(api: ApiWorld, model: str) -> None:
    with api.client(api.new_key(requests_minute=2)) as client:
        raw = client.responses.with_raw_response.create(model=model, input="hello")
        assert raw.headers["x-ratelimit-limit-requests"] == "2"
        assert raw.headers["x-ratelimit-remaining-requests"] == "1"
        client.responses.create(model=model, input="hello")
        with pytest.raises(openai.RateLimitError) as caught:
            client.responses.create(model=model, input="hello")
    headers = caught.value.response.headers
    assert caught.value.code == "rate_limit_exceeded"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert 0 < float(headers["retry-after"]) <= 60


def test_what_is_larger_than_a_minutes_tokens_is_not_tried_again(api: ApiWorld) -> None:
    with api.client(api.new_key(tokens_minute=50), max_retries=2) as client, pytest.raises(openai.APIStatusError) as caught:
        client.responses.create(model="fast", input="word " * 1000)
    assert caught.value.status_code == 413
    assert "50 a minute" in caught.value.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.InternalServerError),
        (403, openai.InternalServerError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (529, openai.InternalServerError),
    ],
)
def test_what_the_upstream_refuses(
    api: ApiWorld, client: OpenAI, model: str, status: int, kind: type[openai.APIStatusError]
) -> None:
    for stream in (False, True):
        with pytest.raises(kind) as caught:
            client.responses.create(model=model, input=f"[refuse {status}]", stream=stream)
        assert "sk-upstream-secret" not in caught.value.response.text
        assert caught.value.response.headers["content-type"].startswith("application/json")


def test_busy_is_tried_again_by_the_sdk(api: ApiWorld, model: str) -> None:
    with api.client(max_retries=2) as client:
        before = len(api.upstream.requests)
        assert client.responses.create(model=model, input=f"[busy] {model}").status == "completed"
        assert len(api.upstream.requests) - before == 2


def test_what_does_not_help_is_not_tried_again(api: ApiWorld, model: str) -> None:
    with api.client(max_retries=2) as client:
        before = len(api.upstream.requests)
        with pytest.raises(openai.InternalServerError) as caught:
            client.responses.create(model=model, input="[refuse 401]")
        assert len(api.upstream.requests) - before == 1
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_a_path_that_is_none(api: ApiWorld, client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.get("/nothing", cast_to=object)
    assert isinstance(caught.value.body, dict)
    with pytest.raises((openai.NotFoundError, openai.APIStatusError)):
        client.embeddings.create(model="fast", input="x")
