"""The same server on PostgreSQL: what is read and streamed there is what is read and streamed on SQLite."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest
from test_streams import SSE, Told, frames, read_until

from pullwright.protocol.ids import new_id
from server_world import World, order


def test_dispatch_list_stream_and_counts(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.server.telemetry.metrics.FRESH", 0.0)
    with World.open(tmp_path, database=postgres_url) as world, world.client("mia") as browser:
        key = new_id("k")
        made = [
            browser.post("/api/v1/tasks", json=order(title="A 50% rise_"), headers={"Idempotency-Key": key}) for _ in range(2)
        ]
        assert made[0].json()["id"] == made[1].json()["id"]
        assert (
            len(browser.get("/api/v1/tasks", params={"words": "50% RISE_", "state": ["queued", "running"]}).json()["tasks"]) == 1
        )
        assert browser.get("/api/v1/tasks", params={"words": "5_% rise"}).json()["tasks"] == []
        for wrong in ({"title": "x" * 300}, {"dedup": "x" * 300}, {"priority": 2**40}, {"ref": "x" * 300}):
            refused = browser.post("/api/v1/tasks", json=order(**wrong))
            assert refused.status_code == 422, wrong
            assert "traceback" not in refused.text.lower()
        told = Told(world)
        told.notice(*range(5))
        with browser.stream("GET", told.path, params={"after": 2}, headers=SSE) as answer:
            assert read_until(frames(answer), 6) == [3, 4, 5, 6]
        with browser.stream("GET", "/api/v1/tasks/stream", headers=SSE) as answer:
            source = frames(answer)
            next(source)
            task = browser.post("/api/v1/tasks", json=order()).json()["id"]
            assert next(frame for frame in source if frame[1] == "message")[2]["task"] == task
        with world.client("ada") as admin:
            assert 'pullwright_tasks{state="queued"} 3.0' in admin.get("/metrics").text
            assert admin.get("/readyz").json()["database"] == "PostgreSQL"
            assert admin.get("/api/v1/usage", params={"by": ["day", "project"]}).json() == []
            assert admin.get("/api/v1/audit", params={"action": "task."}).json()[0]["action"] == "task.dispatch"


def test_who_connects_and_asks_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.server.running.FIRST", 0.3)
    with World.open(tmp_path) as world:
        host, _, port = world.url.removeprefix("http://").partition(":")
        began = time.monotonic()
        with socket.create_connection((host, int(port))) as idle, socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
            for one in (idle, slow):
                one.settimeout(10)
                with contextlib.suppress(ConnectionResetError):
                    assert one.recv(1) == b""
        assert time.monotonic() - began < 10
        with world.client() as nobody:
            assert nobody.get("/healthz").status_code == 200
