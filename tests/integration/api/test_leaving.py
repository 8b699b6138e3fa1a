"""A client that goes away in mid-stream: the upstream is let go within a second, and what was said by then is counted."""

from __future__ import annotations

import time

import openai
import pytest
from openai import OpenAI

from api.world import ApiWorld


def test_the_upstream_is_let_go(api: ApiWorld, client: OpenAI, model: str) -> None:
    before = api.upstream.answering
    stream = client.responses.create(model=model, input="[slow] [long 4000]", stream=True)
    for event in stream:
        if event.type == "response.output_text.delta":
            break
    assert api.upstream.answering == before + 1
    stream.close()
    left = time.monotonic()
    while api.upstream.answering > before:
        assert time.monotonic() - left < 1.0
        time.sleep(0.01)


def test_an_answer_that_nobody_waits_for_is_let_go_too(api: ApiWorld, model: str) -> None:
    before = api.upstream.answering
    with api.client(timeout=0.5) as client, pytest.raises(openai.APITimeoutError):
        client.responses.create(model=model, input="[slow] [long 4000]")
    left = time.monotonic()
    while api.upstream.answering > before:
        assert time.monotonic() - left < 1.0
        time.sleep(0.01)
