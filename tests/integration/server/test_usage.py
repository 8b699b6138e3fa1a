"""What was used, as it is asked for: by whom, of what, as JSON or as a table; and nobody sees what is charged to others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import add_usage
from server_world import World


@pytest.fixture
def used(tmp_path: Path) -> Iterator[World]:
    """Calls of mia's: for tally, for nobody, with a key; one of eve's for the other project."""
    with World.open(tmp_path) as world:
        common: dict[str, Any] = {
            "task_id": "",
            "attempt_id": "",
            "provider": "openai",
            "model": "small",
            "input": 10,
            "output": 5,
        }
        mia, eve = {**common, "user_id": "user_mia"}, {**common, "user_id": "user_eve"}
        world.database.run(
            add_usage,
            [
                UsageEntry(id="call_1", time=1.0, project_id="proj_tally", status="completed", response_id="resp_1", **mia),
                UsageEntry(id="call_2", time=2.0, project_id="", status="failed", estimated=True, **mia),
                UsageEntry(id="call_3", time=3.0, project_id="", status="in_progress", open=True, key_id="key_m", **mia),
                UsageEntry(id="call_4", time=4.0, project_id="proj_other", status="completed", **{**eve, "model": "=large"}),
                UsageEntry(id="call_5", time=4.0, project_id="", status="completed", **eve),
            ],
        )
        yield world


def calls(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/v1/usage/calls", params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["calls"]]


def test_everybody_sees_what_is_theirs(used: World) -> None:
    with used.client("mia") as mia, used.client("vic") as vic, used.client("eve") as eve, used.client("ada") as ada:
        assert calls(mia) == ["call_3", "call_2", "call_1"]
        assert calls(vic) == ["call_1"]
        assert calls(eve) == ["call_5", "call_4"]
        assert calls(ada) == ["call_5", "call_4", "call_3", "call_2", "call_1"]
        assert calls(mia, user="eve") == []
        assert mia.get("/v1/usage/calls", params={"project": "other"}).status_code == 404
        order = {"name": "bot", "scopes": ["models"], "models": ["fast"], "requests_minute": 60, "tokens_minute": 1000}
        made = mia.post("/api/v1/keys", json=order).json()
        assert made["key"]["models"] == ["fast"]
        assert (made["key"]["requests_minute"], made["key"]["tokens_minute"]) == (60, 1000)
    entry = UsageEntry(
        id="call_6", time=6.0, project_id="", user_id="user_mia", task_id="", attempt_id="", key_id=made["key"]["id"],
        provider="openai", model="small", input=1, output=1,
    )  # fmt: skip
    used.database.run(add_usage, [entry])
    with used.client(key=made["token"]) as bot:
        assert calls(bot) == ["call_6"]
        assert calls(bot, key="key_m") == []
        assert [one["calls"] for one in bot.get("/v1/usage").json()] == [1]


def test_filters_and_pages(used: World) -> None:
    with used.client("ada") as ada:
        assert calls(ada, user="mia", status="failed") == ["call_2"]
        assert calls(ada, model="openai/small", since=1.5, until=3.5) == ["call_3", "call_2"]
        assert calls(ada, model="small", provider="other") == []
        assert calls(ada, response="resp_1") == ["call_1"]
        assert calls(ada, key="key_m") == ["call_3"]
        seen: list[str] = []
        before = ""
        while True:
            page = ada.get("/api/v1/usage/calls", params={"limit": 2, "before": before}).json()
            seen += [one["id"] for one in page["calls"]]
            before = page["next"]
            if not before:
                break
        assert seen == ["call_5", "call_4", "call_3", "call_2", "call_1"]
        sums = ada.get("/v1/usage", params={"by": ["status", "user"], "user": "mia"}).json()
        assert {one["of"]["status"]: one["calls"] for one in sums} == {"completed": 1, "failed": 1, "in_progress": 1}
        assert sums == ada.get("/api/v1/usage", params={"by": ["status", "user"], "user": "mia"}).json()
        assert ada.get("/v1/usage", params={"by": "nothing"}).status_code in (400, 422)


def test_a_table_is_a_table(used: World) -> None:
    with used.client("ada") as ada:
        asked = {"by": ["model", "status"]}
        tables = [
            ada.get("/api/v1/usage.csv", params=asked),
            ada.get("/v1/usage", params={**asked, "format": "csv"}),
            ada.get("/v1/usage", params=asked, headers={"Accept": "text/csv"}),
        ]
        assert {one.headers["content-type"].partition(";")[0] for one in tables} == {"text/csv"}
        assert len({one.text for one in tables}) == 1
        lines = list(csv.DictReader(io.StringIO(tables[0].text)))
        assert {(one["model"], one["calls"]) for one in lines} == {
            ("openai/=large", "1"),
            ("openai/small", "2"),
            ("openai/small", "1"),
        }
        single = list(csv.DictReader(io.StringIO(ada.get("/v1/usage/calls", params={"format": "csv"}).text)))
        assert [one["id"] for one in single] == ["call_5", "call_4", "call_3", "call_2", "call_1"]
        assert single[1]["model"] == "'=large"  # no spreadsheet takes it for a formula
