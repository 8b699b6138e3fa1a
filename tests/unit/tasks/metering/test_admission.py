"""Who may call what, and how much: a key's models, its minute, the budgets of all that a call is charged to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from metering_scene import a_call, a_meter, cost
from pullwright.protocol.errors import BudgetSpent, ChangeRequest, Forbidden, NotFound, TooMany
from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.limits import Limit, Windows, span
from pullwright.tasks.metering.meter import Meter
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.budgets import put_budget
from pullwright.tasks.store.calls import Minute
from pullwright.tasks.store.rows.accounts import BudgetLimit

pytestmark = pytest.mark.anyio

Opened = tuple[Service, Meter]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def opened(tmp_path: Path, database_url: str) -> AsyncIterator[Opened]:
    async with a_meter(tmp_path, database_url) as found:
        yield found


def a_key(**limits: object) -> Actor:
    fields: dict[str, object] = {"user_id": "user_ada", "name": "ada", "key_id": "key_1", "scopes": ("models",), **limits}
    return Actor(**fields)  # type: ignore[arg-type]


async def test_a_key_calls_the_models_that_it_names_for_projects_of_its_user(opened: Opened) -> None:
    _, meter = opened
    key = a_key(models=("fast", "openai/small"), roles={"proj_1": "viewer"})
    assert await meter.admit(key, "fast", "", 10) == {}
    assert await meter.admit(key, "openai/small", "proj_1", 10) == {}
    with pytest.raises(Forbidden, match="may not call deep"):
        await meter.admit(key, "deep", "", 10)
    with pytest.raises(NotFound):
        await meter.admit(key, "fast", "proj_2", 10)
    with pytest.raises(Forbidden, match="another project"):
        await meter.admit(a_key(only_project="proj_1", roles={"proj_1": "viewer", "proj_2": "admin"}), "fast", "proj_2", 10)
    with pytest.raises(NotFound):  # whose user is no longer there
        await meter.admit(a_key(only_project="proj_1"), "fast", "", 10)
    with pytest.raises(Forbidden, match="scope"):
        await meter.admit(a_key(scopes=("read", "admin")), "fast", "", 10)
    assert meter.refused["model"] == 3


async def test_a_minute_lets_in_so_many_and_no_more_however_they_come(opened: Opened) -> None:
    _, meter = opened
    key = a_key(requests_minute=5)
    answers = await asyncio.gather(*(meter.admit(key, "fast", "", 1) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(answer, dict) for answer in answers) == 5
    refused = [answer for answer in answers if isinstance(answer, TooMany)]
    assert len(refused) == 7
    assert 0 < refused[0].retry_after <= 60
    assert refused[0].limits["x-ratelimit-remaining-requests"] == "0"
    assert "x-ratelimit-limit-tokens" not in refused[0].limits
    assert await meter.admit(a_key(key_id="key_2", requests_minute=5), "fast", "", 1)  # another one's minute is its own
    assert meter.refused["requests"] == 7


async def test_what_was_estimated_is_corrected_by_what_was_counted(opened: Opened) -> None:
    _, meter = opened
    key = a_key(tokens_minute=1000)
    told = await meter.admit(key, "fast", "", 900)
    assert (told["x-ratelimit-limit-tokens"], told["x-ratelimit-remaining-tokens"]) == ("1000", "100")
    call = await meter.begin(a_call(key_id="key_1"), cost)
    await call.end("completed", Usage(input=300, output=100))
    assert (await meter.admit(key, "fast", "", 500))["x-ratelimit-remaining-tokens"] == "100"
    with pytest.raises(TooMany, match="1,000 tokens"):
        await meter.admit(key, "fast", "", 200)
    with pytest.raises(ChangeRequest) as caught:
        await meter.admit(key, "fast", "", 1001)
    assert caught.value.status == 413


async def test_what_other_server_processes_let_in_counts(opened: Opened) -> None:
    service, meter = opened
    key = a_key(requests_minute=2)
    async with Meter.open(service) as other:
        for _ in range(2):
            assert await other.admit(key, "fast", "", 1)
            await (await other.begin(a_call(key_id="key_1"), cost)).end("completed", Usage(input=1, output=1))
        with pytest.raises(TooMany):
            await meter.admit(key, "fast", "", 1)
    with pytest.raises(TooMany):
        await meter.admit(key, "fast", "", 1)  # it has ended, and its calls count


def test_a_window_slides() -> None:
    now = 1000.0
    windows = Windows(clock=lambda: now)
    limit = Limit(requests=2, tokens=100)
    assert windows.take("k", limit, 30)["x-ratelimit-reset-requests"] == "1m0s"
    now = 1040.0
    assert windows.take("k", limit, 60)["x-ratelimit-remaining-tokens"] == "10"
    with pytest.raises(TooMany) as caught:
        windows.take("k", limit, 1)
    assert caught.value.retry_after == pytest.approx(20)
    now = 1060.5
    with pytest.raises(TooMany) as caught:
        windows.take("k", limit, 50)
    assert caught.value.retry_after == pytest.approx(39.5)
    assert windows.take("k", limit, 40)["x-ratelimit-remaining-tokens"] == "0"
    now = 2000.0
    with pytest.raises(TooMany):
        windows.take("k", limit, 1, Minute(calls=2, tokens=5, last=1999.0))
    assert windows.take("j", limit, 1)
    assert set(windows._keys) == {"j"}  # who asks no more is forgotten


@pytest.mark.parametrize(("seconds", "told"), [(0.12, "120ms"), (1, "1s"), (59.2, "1m0s"), (360, "6m0s"), (0, "0ms")])
def test_a_span_is_told_as_openai_tells_it(seconds: float, told: str) -> None:
    assert span(seconds) == told


@pytest.mark.parametrize("scope", ["key", "user", "project", "server"])
async def test_an_account_that_is_used_up_is_charged_no_more(opened: Opened, scope: str) -> None:
    service, meter = opened
    ids = {"key": "key_1", "user": "user_ada", "project": "proj_1", "server": ""}
    key = a_key(roles={"proj_1": "member"})

    def limit(connection: Connection) -> None:
        put_budget(connection, BudgetLimit(scope=scope, scope_id=ids[scope], period="day", tokens=1000))  # type: ignore[arg-type]

    await service.database.write(limit)
    await meter.admit(key, "fast", "proj_1", 100)
    open_call = await meter.begin(a_call(key_id="key_1", project_id="proj_1", sent_bytes=40_000), cost)
    with pytest.raises(BudgetSpent, match=f"the {scope}'s budget of 1,000 tokens today"):
        await meter.admit(key, "fast", "proj_1", 100)  # by what is open
    await open_call.end("failed", Usage(input=10))
    await meter.admit(key, "fast", "proj_1", 100)
    other = a_key(key_id="key_9", user_id="user_ben", roles={"proj_9": "member"})
    call = await meter.begin(a_call(key_id="key_1", project_id="proj_1"), cost)
    await call.end("completed", Usage(input=900, output=200))
    with pytest.raises(BudgetSpent):
        await meter.admit(key, "fast", "proj_1", 100)
    if scope != "server":
        await meter.admit(other, "fast", "proj_9", 100)
    assert meter.refused["budget"] == 2
