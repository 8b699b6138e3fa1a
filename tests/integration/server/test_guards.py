"""What is kept out: requests that other sites' pages make, bodies that are too large or odd, askers who never tire.

A guard is shown off first: the attack works without it.
"""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from server_world import PASSWORD, World, order


def forged(browser: httpx.Client, **headers: str) -> int:
    """What a page of another site can have the browser send: a body of its making, with the cookie, and no token."""
    browser.headers.pop("x-csrf-token", None)
    said = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}
    return browser.post("/api/v1/tasks", json=order(), headers={**said, **headers}).status_code


def no_guard(_request: Request, _brought: str, _token: str) -> None:
    return None


def test_without_the_guard_another_sites_page_dispatches_tasks(tmp_path: Path) -> None:
    with World.open(tmp_path, csrf=no_guard) as world, world.client("mia") as browser:
        assert forged(browser) == 201


def test_another_sites_page_can_do_nothing_with_the_cookie(world: World) -> None:
    with world.client("mia") as browser:
        token = browser.headers["x-csrf-token"]
        own = {"Origin": world.url, "Sec-Fetch-Site": "same-origin"}
        assert forged(browser) == 403
        assert forged(browser, Origin="null") == 403
        assert forged(browser, **own) == 403  # our own page would have the token
        assert forged(browser, **{"X-CSRF-Token": "guessed", **own}) == 403
        assert forged(browser, **{"X-CSRF-Token": token}) == 403  # even with the token, not from there
        assert forged(browser, **{"X-CSRF-Token": token, "Sec-Fetch-Site": "same-site", "Origin": world.url}) == 403
        assert forged(browser, **{"X-CSRF-Token": token, **own}) == 201
    with world.client() as browser:  # nobody is signed in as somebody else from elsewhere either
        said = {"name": "vic", "password": PASSWORD}
        assert browser.post("/api/v1/sign-in", json=said, headers={"Origin": "https://evil.example"}).status_code == 403
        plain = {"Content-Type": "text/plain"}
        assert browser.post("/api/v1/sign-in", content=b'{"name":"vic","password":"x"}', headers=plain).status_code == 415


def test_a_key_needs_no_token(world: World) -> None:
    with world.client(key="dispatch") as program:
        assert program.post("/api/v1/tasks", json=order()).status_code == 201


def test_a_body_has_a_ceiling_however_it_comes(world: World) -> None:
    large = b'{"project":"tally","prompt":"' + b"x" * (5 << 20) + b'"}'

    def pieces():  # type: ignore[no-untyped-def]
        for start in range(0, len(large), 1 << 16):
            yield large[start : start + (1 << 16)]

    headers = {"Content-Type": "application/json"}
    for content in (large, pieces()):
        with world.client(key="dispatch") as program:
            try:
                answer = program.post("/api/v1/tasks", content=content, headers=headers)
            except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
                continue  # the server has answered and hung up while we were still sending
            assert answer.status_code == 413
            assert "bytes" in answer.json()["detail"]


def test_a_body_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    with World.open(tmp_path, body_seconds=0.3, body_bytes=1 << 16) as world, world.client(key="dispatch") as program:

        def slowly():  # type: ignore[no-untyped-def]
            yield b'{"project"'
            time.sleep(1.0)
            yield b':"tally"}'

        try:
            status = program.post("/api/v1/tasks", content=slowly(), headers={"Content-Type": "application/json"}).status_code
        except httpx.TransportError:
            status = 408
        assert status == 408


@pytest.mark.parametrize(
    ("body", "status", "at"),
    [
        (b"{", 400, ""),
        (b"\xff\xfe", 400, ""),
        (b"[" * 100_000, 400, ""),
        (b"[]", 422, "$"),
        (b'{"project":"tally","prompt":"x","promt":"y"}', 422, "$.promt"),
        (b'{"project":"tally","prompt":"x","budget":{"euros":1}}', 422, "$.budget.euros"),
        (b'{"project":"tally","prompt":"x","priority":1e400}', 400, ""),
        (b'{"project":"tally","prompt":"x","priority":99999999999999999999}', 422, "$.priority"),
        (b'{"project":"tally","prompt":"a\\u0000b"}', 422, "$.prompt"),
        (b'{"project":"tally","prompt":["x"]}', 422, "$.prompt"),
    ],
)
def test_a_body_is_read_strictly_and_says_where_it_is_wrong(world: World, body: bytes, status: int, at: str) -> None:
    with world.client(key="dispatch") as program:
        answer = program.post("/api/v1/tasks", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, answer.text
        problem = answer.json()
        assert problem["fix"]
        if at:
            assert [field["at"] for field in problem["errors"]] == [at]


def test_a_text_may_speak_of_nul_without_holding_one(world: World) -> None:
    with world.client(key="dispatch") as program:
        assert program.post("/api/v1/tasks", json=order(title=r"strip \u0000 from names")).status_code == 201


def test_an_asker_has_a_ration(tmp_path: Path) -> None:
    with World.open(tmp_path, requests=5) as world, world.client(key="read") as program, world.client(key="dispatch") as other:
        answers = [program.get("/api/v1/me") for _ in range(7)]
        assert [answer.status_code for answer in answers].count(429) == 2
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert other.get("/api/v1/me").status_code == 200  # the other key's is its own
        with world.client(key="pw_wrong") as stranger:
            assert [stranger.get("/api/v1/me").status_code for _ in range(7)].count(429) == 2


def test_every_answer_tells_a_browser_to_refuse_what_it_can(world: World) -> None:
    with world.client(key="read") as program:
        for path in ("/healthz", "/api/v1/me", "/nowhere", "/sign-in"):
            headers = program.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-request-id"]


def test_a_bug_of_ours_shows_nothing_of_its_inside(tmp_path: Path) -> None:
    with World.open(tmp_path) as world, world.client(key="read") as program:
        world.service.live = None  # type: ignore[assignment]
        world.app.state.desk.service = None
        answer = program.get("/api/v1/tasks")
        assert answer.status_code == 500
        assert answer.json()["detail"] == "an invariant of the server's does not hold"
        assert "Traceback" not in answer.text
        assert answer.json()["request"] == answer.headers["x-request-id"]
