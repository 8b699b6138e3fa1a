"""Patience, pages and refusals, against a transport that answers what the test says."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from pullwright.forges import http
from pullwright.forges.forge import Refused
from pullwright.forges.http import ForgeHttp
from pullwright.protocol.errors import AskAdministrator, FixSettings, NotFound, PullwrightError, TryAgainLater

pytestmark = pytest.mark.anyio

SECRET = "s3cret-t0ken"
Answer = httpx.Response | Exception


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting is noted, and not done. (What another thread's loop waits for is not ours.)"""
    found: list[float] = []
    real, ours = asyncio.sleep, threading.get_ident()

    async def sleep(seconds: float) -> None:
        if threading.get_ident() != ours:
            await real(seconds)
        else:
            found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


class Script:
    """A forge that gives these answers, one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def signed() -> Mapping[str, str]:
    return {"Authorization": f"Bearer {SECRET}"}


def forge(script: Callable[[httpx.Request], httpx.Response]) -> ForgeHttp:
    client = httpx.AsyncClient(transport=httpx.MockTransport(script))
    return ForgeHttp(client, "https://forge.example/api", signed, lambda: [SECRET])


def said(status: int, message: str = "", **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"message": message}, headers=names)


OK = httpx.Response(200, json={"a": 1})
CUT, NEVER_SENT = httpx.ReadError("cut"), httpx.ConnectError("refused")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("fault", [CUT, NEVER_SENT, said(502), said(503), said(504), said(429, retry_after="1")])
async def test_what_may_be_repeated_is(method: str, fault: Answer, waits: list[float]) -> None:
    script = Script(fault, fault, OK)
    answer = await forge(script).send(method, "/x", json={"b": 2})
    assert answer.json() == {"a": 1}
    assert len(waits) == 2
    assert {json.loads(request.content)["b"] for request in script.seen} == {2}


@pytest.mark.parametrize("fault", [CUT, said(502), said(500)])
async def test_a_post_that_may_have_arrived_is_not_repeated(fault: Answer, waits: list[float]) -> None:
    script = Script(fault, OK)
    with pytest.raises(TryAgainLater):
        await forge(script).send("POST", "/x", json={})
    assert len(script.seen) == 1
    assert waits == []


@pytest.mark.parametrize("fault", [NEVER_SENT, said(429, retry_after="3"), said(403, "API rate limit exceeded", retry_after="3")])
async def test_a_post_that_was_not_taken_up_is(fault: Answer, waits: list[float]) -> None:
    script = Script(fault, OK)
    await forge(script).send("POST", "/x", json={})
    assert len(script.seen) == 2
    assert waits in ([0.5], [3.0])


async def test_limits_are_waited_for_but_not_forever(waits: list[float]) -> None:
    spent = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(time.time()) + 20)}
    await forge(Script(said(403, "limit", **spent), OK)).send("GET", "/x")
    assert 15 < waits[0] < 25
    for late in ({"retry_after": "3600"}, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(time.time()) + 3600)}):
        script = Script(said(403, "limit", **late), OK)
        with pytest.raises(TryAgainLater, match="seconds"):
            await forge(script).send("GET", "/x")
        assert len(script.seen) == 1


async def test_it_gives_up_and_says_what_it_saw(waits: list[float]) -> None:
    for faults in ([NEVER_SENT] * 4, [CUT] * 4, [said(503)] * 4, [said(429)] * 4):
        script = Script(*faults)
        with pytest.raises(TryAgainLater):
            await forge(script).send("GET", "/x")
        assert script.answers == []


@pytest.mark.parametrize(
    ("status", "message", "kind", "why"),
    [
        (401, "Bad credentials", AskAdministrator, ""),
        (403, "Resource not accessible by integration", AskAdministrator, ""),
        (404, "Not Found", NotFound, ""),
        (410, "Issues are disabled for this repo", NotFound, ""),
        (500, "", TryAgainLater, ""),
        (405, "Pull Request is still a draft", Refused, "draft"),
        (405, "Pull Request is not mergeable", Refused, "conflict"),
        (405, "Merge conflict", Refused, "conflict"),
        (405, "At least 1 approving review is required by reviewers with write access.", Refused, "protected"),
        (405, 'Required status check "ci" is expected.', Refused, "protected"),
        (409, "Head branch was modified. Review and try the merge again.", Refused, "moved"),
        (405, "Base branch was modified. Review and try the merge again.", Refused, "moved"),
        (409, "SHA does not match HEAD of source branch: abc", Refused, "moved"),
        (422, "Validation Failed", Refused, "invalid"),
    ],
)
async def test_a_refusal_is_what_its_reader_does_next(status: int, message: str, kind: type[PullwrightError], why: str) -> None:
    with pytest.raises(kind) as failed:
        await forge(Script(said(status, message))).send("POST", "/repos/a/b")
    assert message in str(failed.value)
    assert isinstance(failed.value, Refused) == bool(why)
    assert getattr(failed.value, "why", "") == why


async def test_pages_are_followed_on_the_same_server_alone() -> None:
    def page(number: int, following: str = "") -> httpx.Response:
        return httpx.Response(200, json=[number], headers={"link": f'<{following}>; rel="next"'} if following else {})

    script = Script(page(1, "https://forge.example/api/x?page=2"), page(2))
    assert [one async for page in forge(script).pages("/x", list[int], per_page=1) for one in page] == [1, 2]
    assert str(script.seen[1].url) == "https://forge.example/api/x?page=2"
    script = Script(page(1, "https://thief.example/api/x?page=2"), page(2))
    with pytest.raises(AskAdministrator, match="another server"):
        [page async for page in forge(script).pages("/x", list[int])]
    assert len(script.seen) == 1


async def test_a_redirect_is_not_followed_with_the_credential() -> None:
    moved = httpx.Response(301, headers={"location": "https://thief.example/x"})
    script = Script(moved)
    with pytest.raises(FixSettings, match="moved"):
        await forge(script).get("/x", dict[str, Any])
    script = Script(
        httpx.Response(302, headers={"location": "https://logs.example/x"}), httpx.Response(200, text="a" * 99 + "end")
    )
    assert await forge(script).tail("/x", 5) == "aaend"
    assert "authorization" not in script.seen[1].headers


async def test_answers_that_are_not_as_documented() -> None:
    for answer in (httpx.Response(200, text="<html>"), httpx.Response(200, json=[1]), httpx.Response(200, content=b"\xff")):
        with pytest.raises(TryAgainLater, match="documented"):
            await forge(Script(answer)).get("/x", dict[str, int])


async def test_no_secret_is_shown_even_when_the_forge_sends_it_back() -> None:
    faults: list[Answer] = [said(422, f"bad {SECRET}"), httpx.ReadError(f"cut {SECRET}"), httpx.Response(200, json={"a": SECRET})]
    for fault in faults:
        with pytest.raises(PullwrightError) as failed:
            await forge(Script(fault)).write("POST", "/x", dict[str, int], {})
        assert SECRET not in f"{failed.value!r} {failed.value.fix} {failed.value.__cause__!r}"


async def test_an_endless_answer_is_cut() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b"x" * 1_000_000

    with pytest.raises(AskAdministrator, match="more than"):
        await forge(lambda _: httpx.Response(200, stream=Endless())).send("GET", "/x")
    assert http.LARGEST < 100_000_000
