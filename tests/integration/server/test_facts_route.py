"""What the server tells of itself: what names of models stand for, who is what where, and no secret to anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from pullwright.models.choice import ModelChoice
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.work import Worker
from pullwright.tasks.store.tables import turns, workers
from server_world import World, order

SECRET = "sk-never-shown-anywhere"
MODELS = {
    "fast": ModelChoice(provider="openai", model="gpt-6-luna", effort="low", key=SECRET, base_url=f"https://u:{SECRET}@llm.example/v1"),
    "deep": ModelChoice(provider="anthropic", model="of-no-known-price"),
    "ollama/small": ModelChoice(provider="ollama", model="small"),
    "odd/one": ModelChoice(provider="nobody", model="one"),
}  # fmt: skip


def test_what_names_of_models_stand_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OLLAMA_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    with World.open(tmp_path, models=MODELS) as world, world.client("ada") as ada, world.client("vic") as vic:
        told = ada.get("/api/v1/server")
        assert told.status_code == 200, told.text
        assert SECRET not in told.text
        names = {one["name"]: one for one in told.json()["choices"]}
        assert list(names) == ["deep", "fast", "odd/one", "ollama/small"] == told.json()["models"]
        assert (names["fast"]["provider"], names["fast"]["model"], names["fast"]["effort"]) == ("openai", "gpt-6-luna", "low")
        assert names["fast"]["address"] == "https://llm.example/v1"
        assert names["fast"]["price"]["input"] > 0
        assert names["deep"]["price"] is None
        assert {name: one["key"] for name, one in names.items()} == {
            "fast": "set",
            "deep": "missing",
            "odd/one": "missing",
            "ollama/small": "none",
        }
        others = vic.get("/api/v1/server").json()["choices"]
        assert {(one["key"], one["address"]) for one in others} == {("untold", "")}
        assert [one["model"] for one in others] == [one["model"] for one in told.json()["choices"]]


def test_a_worker_says_how_much_it_has_in_hand(world: World) -> None:
    world.database.run(Rows(workers, Worker).add, Worker(id="worker_1", host="here", pid=7, slots=4, started=1.0, heartbeat=2.0))
    with world.client("mia") as mia, world.client("ada") as ada:
        assert mia.post("/api/v1/tasks", json=order()).status_code == 201
        found = {one["id"]: one for one in ada.get("/api/v1/workers").json()}
        assert (found["worker_1"]["slots"], found["worker_1"]["running"]) == (4, 0)
        world.database.run(_taken_by, "worker_1")
        [one] = ada.get("/api/v1/workers").json()
        assert one["running"] == 1


def test_everybodys_roles_are_the_administrators_to_see(world: World) -> None:
    with world.client("ada") as ada, world.client("pat") as pat:
        roles = ada.get("/api/v1/roles").json()
        assert {"user_id": "user_mia", "project_id": "proj_tally", "role": "member"} in roles
        assert {"user_id": "user_eve", "project_id": "proj_other", "role": "admin"} in roles
        assert pat.get("/api/v1/roles").status_code == 403


def _taken_by(connection: Connection, worker: str) -> None:
    connection.execute(update(turns).values(worker_id=worker, state="running"))
