"""What the server tells of itself: metrics that add up, logs that a program can read and that hold no secret."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from pathlib import Path

import pytest

from pullwright.server.telemetry.logs import JsonLines
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import add_usage
from server_world import PASSWORD, World, order


def metrics(world: World) -> dict[str, float]:
    with world.client("ada") as admin:
        text = admin.get("/metrics").text
    pairs = re.findall(r"^(\w+(?:{[^}]*})?) ([\d.e+-]+|\+Inf)$", text, re.MULTILINE)
    return {name: float(value) for name, value in pairs}


def test_the_work_is_counted_as_the_database_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.server.telemetry.metrics.FRESH", 0.0)
    with World.open(tmp_path, metrics_token="collector") as world:
        with world.client("mia") as browser:
            task = browser.post("/api/v1/tasks", json=order(attempts=2)).json()
        common = {"user_id": "u", "project_id": "p", "task_id": task["id"], "attempt_id": "a", "provider": "openai", "model": "m"}
        entry = UsageEntry(id="s:1", time=1.0, **common, input=100, cached=20, output=7, cost_usd=0.5)
        called = {**common, "task_id": "", "attempt_id": "", "server_id": "server_1", "cost_usd": 0.25}
        calls = [
            UsageEntry(id="call_1", time=time.time(), **called, input=10, output=1, status="completed", first_seconds=0.2),
            UsageEntry(id="call_2", time=2.0, **called, input=5, output=1, status="gone", estimated=True),
            UsageEntry(id="call_3", time=time.time(), **called, input=7, status="in_progress", estimated=True, open=True),
        ]
        world.database.run(add_usage, [entry, *calls])
        world.app.state.desk.meter.refused["tokens"] += 1
        told = metrics(world)
        assert told['pullwright_tasks{state="queued"}'] == 1
        assert told['pullwright_turns{state="queued"}'] == 2
        assert told["pullwright_queue_oldest_seconds"] > 0
        assert told['pullwright_tokens_total{kind="input",model="m",provider="openai"}'] == 115
        assert told['pullwright_cost_usd_total{model="m",provider="openai"}'] == 1.0
        of = 'model="m",provider="openai"'
        assert told[f"pullwright_model_calls_total{{{of}}}"] == 3
        assert told[f'pullwright_api_calls_total{{{of},status="completed"}}'] == 1
        assert told[f'pullwright_api_calls_total{{{of},status="gone"}}'] == 1
        assert told[f"pullwright_api_calls_estimated_total{{{of}}}"] == 1
        assert told["pullwright_api_calls_open"] == 1
        assert told[f'pullwright_api_first_token_seconds_bucket{{le="0.1",{of}}}'] == 0
        assert told[f'pullwright_api_first_token_seconds_bucket{{le="0.25",{of}}}'] == 1
        assert told['pullwright_api_refused_total{limit="tokens"}'] == 1
        assert told["pullwright_queue_seconds_count"] == 0
        assert told['pullwright_http_requests_total{method="POST",route="/api/v1/tasks",status="201"}'] == 1
        assert not any(task["id"] in name for name in told)
        with world.client(key="collector") as collector:
            assert collector.get("/metrics").status_code == 200
            assert collector.get("/api/v1/me").status_code == 401
        with world.client("mia") as browser:
            assert browser.get("/metrics").status_code == 403


SECRETS = (
    ("Authorization: Bearer pw_abcdefghijklmnopqrstuvwxyz", "pw_abcdefghijklmnopqrstuvwxyz"),
    ("got header Cookie: pullwright=AbCdEf123456; x=1", "AbCdEf123456"),
    ('{"authorization": "Basic dXNlcjpwYXNzd29yZA=="}', "dXNlcjpwYXNzd29yZA=="),
    ("https://x.example/first-run?token=AbCdEf-123_456&y=1", "AbCdEf-123_456"),
    ("postgresql://pullwright:hunter2hunter2@db/x", "hunter2hunter2"),
    ("a key ghp_abcdefghijklmnop1234 in the text", "ghp_abcdefghijklmnop1234"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
    ("the master key is topsecretmasterkey", "topsecretmasterkey"),
)


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_log_line_holds_no_secret(text: str, secret: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines(("topsecretmasterkey",)))
    logger = logging.Logger("t")
    logger.addHandler(handler)
    logger.error("%s", text, extra={"task": text})
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("it broke")
    for line in out.getvalue().splitlines():
        told = json.loads(line)
        assert told["level"] == "error"
        assert told["time"].endswith("Z")
        assert secret not in line


def test_a_request_is_one_line_that_names_who_and_where(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "pullwright.access"), world.client("vic") as browser:
        answer = browser.get("/api/v1/tasks/task_secretname?token=abcdef123456", headers={"X-Request-Id": "from-the-proxy-1"})
        assert answer.headers["x-request-id"] == "from-the-proxy-1"
        browser.post("/api/v1/sign-in", json={"name": "vic", "password": PASSWORD + "x"})
    first = next(record for record in caplog.records if getattr(record, "request", "") == "from-the-proxy-1")
    line = JsonLines().format(first)
    told = json.loads(line)
    assert (told["method"], told["route"], told["status"]) == ("GET", "/api/v1/tasks/{task}", 404)
    assert told["user"] == world.people["vic"]
    whole = "\n".join(JsonLines().format(record) for record in caplog.records)
    for secret in ("task_secretname", "abcdef123456", PASSWORD, browser.headers["x-csrf-token"], *browser.cookies.values()):
        assert secret not in whole
