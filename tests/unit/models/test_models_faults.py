"""Refusals read into the tree of errors; when to try again, and after how long."""

from __future__ import annotations

import asyncio
import email.utils
import time

import pytest

from pullwright.models.credentials import EntraCredential
from pullwright.models.faults import FaultReader
from pullwright.models.retry import Backoff, again, asked_wait
from pullwright.protocol import errors

KEY = "sk-very-secret-value"
READER = FaultReader("azure", "my-deployment", sign_in="set AZURE_OPENAI_API_KEY", secrets=(KEY, ""))


@pytest.mark.parametrize(
    ("status", "body", "error", "retry"),
    [
        (400, '{"error":{"message":"bad effort","type":"invalid_request_error"}}', errors.ChangeRequest, False),
        (400, '{"error":{"code":"context_length_exceeded","message":"x"}}', errors.ContextTooLong, False),
        (400, '{"error":{"message":"This model\'s maximum context length is 8192 tokens"}}', errors.ContextTooLong, False),
        (
            400,
            '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}',
            errors.ContextTooLong,
            False,
        ),
        (413, "too big", errors.ContextTooLong, False),
        (401, '{"error":{"message":"wrong key"}}', errors.ModelRefused, False),
        (403, "<html>no</html>", errors.ModelRefused, False),
        (402, "", errors.AskAdministrator, False),
        (404, '{"error":{"code":"DeploymentNotFound","message":"no"}}', errors.ChangeRequest, False),
        (408, "", errors.ModelUnavailable, True),
        (409, "", errors.ModelUnavailable, True),
        (429, '{"error":{"code":"insufficient_quota","message":"pay"}}', errors.AskAdministrator, False),
        (429, '{"error":"slow down"}', errors.ModelBusy, True),
        (500, "[1,2]", errors.ModelUnavailable, True),
        (529, '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', errors.ModelUnavailable, True),
    ],
)
def test_every_refusal_has_its_error_and_says_what_to_do(status: int, body: str, error: type, retry: bool) -> None:
    fault = READER.refused(status, {}, body.encode())
    assert type(fault.error) is error
    assert fault.error.fix
    assert fault.retry is retry
    assert fault.status == status


def test_azures_content_filter_names_its_categories() -> None:
    body = b"""{"error":{"code":"content_filter","param":"prompt","status":400,"message":"The response was filtered",
      "innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":
        {"hate":{"filtered":false},"jailbreak":{"detected":true,"filtered":true}}}}}"""
    fault = READER.refused(400, {}, body)
    assert isinstance(fault.error, errors.ContentFiltered)
    assert "(jailbreak)" in str(fault.error)
    assert not fault.retry


def test_a_key_that_the_server_repeats_is_taken_out() -> None:
    fault = READER.refused(401, {}, f'{{"error":{{"message":"Incorrect API key: {KEY}"}}}}'.encode())
    shown = f"{fault} {fault.reason} {fault.error} {fault.error.fix} {fault!r} {fault.error!r}"
    assert KEY not in shown
    assert "[key]" in shown


def test_a_token_that_came_later_and_a_key_half_hidden_are_taken_out() -> None:
    class Token:
        token, expires_on = "entra-token-value", 1e12

        def get_token(self, *_: str) -> Token:
            return self

    async def run() -> None:
        credential = EntraCredential("scope", {}, Token())
        reader = FaultReader("azure", "m", sign_in="", credential=credential)
        headers = await credential.headers()
        shown = str(reader.refused(401, {}, f"wrong: {headers} sk-proj-ab**********wxyz sk-ab...yz".encode()).error)
        assert not [secret for secret in (Token.token, "proj", "wxyz", "yz") if secret in shown]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "message", "error", "retry"),
    [
        ("server_error", "oops", errors.ModelUnavailable, True),
        ("overloaded_error", "busy", errors.ModelUnavailable, True),
        ("rate_limit_exceeded", "slow", errors.ModelBusy, True),
        ("context_length_exceeded", "long", errors.ContextTooLong, False),
        ("content_filter", "no", errors.ContentFiltered, False),
        ("insufficient_quota", "pay", errors.AskAdministrator, False),
        ("invalid_prompt", "bad", errors.ChangeRequest, False),
    ],
)
def test_errors_inside_a_stream(code: str, message: str, error: type, retry: bool) -> None:
    fault = READER.failed(code, message)
    assert type(fault.error) is error
    assert fault.retry is retry


def test_the_server_says_how_long_and_whether() -> None:
    assert asked_wait({"retry-after-ms": "250", "retry-after": "9"}) == 0.25
    assert asked_wait({"retry-after": "9"}) == 9
    assert asked_wait({}) is None
    assert asked_wait({"retry-after": "soon"}) is None
    assert asked_wait({"retry-after-ms": "nan"}) is None
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    wait = asked_wait({"retry-after": date})
    assert wait is not None
    assert 50 < wait <= 60
    assert asked_wait({"retry-after": email.utils.formatdate(0, usegmt=True)}) == 0
    assert again(400, {"x-should-retry": "true"})
    assert not again(500, {"x-should-retry": "false"})


def test_nobody_waits_for_an_hour() -> None:
    fault = READER.refused(429, {"retry-after": "3600"}, b"")
    assert not fault.retry
    assert isinstance(fault.error, errors.ModelBusy)
    assert fault.error.retry_after == 3600


def test_waits_grow_and_spread() -> None:
    backoff = Backoff(first=1, most=8)
    for attempt, middle in enumerate((1, 2, 4, 8, 8, 8), 1):
        waits = [backoff.wait(attempt) for _ in range(50)]
        assert middle * 0.75 <= min(waits) < max(waits) <= middle * 1.25


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_without_the_responses_api_is_told_how_to_speak_chat(status: int) -> None:
    reader = FaultReader("openai", "m", sign_in="", wire="responses", address="OPENAI_BASE_URL")
    fix = reader.refused(status, {}, b'{"detail":"Not Found"}').error.fix
    assert "PULLWRIGHT_WIRE=chat" in fix
    assert "OPENAI_BASE_URL" in fix
    chat = FaultReader("custom", "m", sign_in="", wire="chat", address="PULLWRIGHT_BASE_URL")
    assert "PULLWRIGHT_WIRE=responses" in chat.refused(status, {}, b"").error.fix


def test_a_refused_connection_names_what_sets_the_address() -> None:
    reader = FaultReader("custom", "m", sign_in="", wire="chat", address="PULLWRIGHT_BASE_URL")
    fix = reader.broken("no connection to 127.0.0.1:9: [Errno 111] Connect call failed").error.fix
    assert "start the server" in fix
    assert "PULLWRIGHT_BASE_URL" in fix
