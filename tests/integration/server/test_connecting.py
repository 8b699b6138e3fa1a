"""What the pages of projects ask for: what is at an address, what goes on, what is wrong with which field, a setup as it runs."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pullwright.protocol.ids import new_id
from pullwright.server.streams.setup import whole
from pullwright.tasks.environments.makings import log_name
from pullwright.tasks.store.environments import find_environment
from pullwright.tasks.store.rows.projects import Setup
from pullwright.tasks.store.setups import begin_setup, end_setup
from server_world import World, order


def repository(folder: Path, branch: str = "trunk") -> Path:
    folder.mkdir(parents=True)
    (folder / "test_shop.py").write_text("import pytest\n\n\ndef test_it():\n    assert True\n")
    subprocess.run(["git", "init", "-q", "-b", branch], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    ours = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *ours, "commit", "-q", "-m", "begin"], cwd=folder, check=True)
    subprocess.run(["git", "branch", "other"], cwd=folder, check=True)
    return folder


def look(world: World, url: str, who: str = "ada") -> httpx.Response:
    with world.client(who) as browser:
        return browser.post("/api/v1/repositories/look", json={"url": url})


def test_what_is_at_an_address_is_told_before_a_project_is_made_of_it(world: World, tmp_path: Path) -> None:
    here = repository(tmp_path / "shop")
    assert look(world, str(here)).json() == {"default_branch": "trunk", "branches": ["other", "trunk"]}
    assert look(world, f"file://{here}").json()["default_branch"] == "trunk"
    subprocess.run(["git", "init", "-q", "empty"], cwd=tmp_path, check=True)
    assert look(world, str(tmp_path / "empty")).json() == {"default_branch": "", "branches": []}


@pytest.mark.parametrize(
    "url", ["/nowhere/at/all", "shop", "ssh://git@example.org/shop.git", "https://me:secret@example.org/shop"]
)
def test_why_an_address_will_not_do_is_said_with_what_to_do(world: World, url: str) -> None:
    answer = look(world, url)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert answer.json()["fix"]
    assert "secret" not in answer.text


def test_why_a_folder_will_not_do_is_said_in_plain_words(world: World, tmp_path: Path) -> None:
    for url, words in (
        (str(tmp_path / "gone"), "there is no folder"),
        (str(tmp_path), "is no git repository"),
        ("/" + "x" * 300, "no folder"),
    ):
        told = look(world, url).json()
        assert words in told["detail"]
        assert told["errors"][0]["at"] == "$.url"


def test_who_makes_no_projects_looks_at_no_address(world: World, tmp_path: Path) -> None:
    assert look(world, str(tmp_path), "pat").status_code == 403


def test_what_goes_on_is_counted_for_those_who_may_see_it(world: World) -> None:
    with world.client("mia") as browser:
        assert browser.post("/api/v1/tasks", json=order()).status_code == 201
        (seen,) = browser.get("/api/v1/activity").json()
        assert seen["project_id"] == "proj_tally"
        assert seen["states"]["queued"] >= 1
        assert seen["changed"] > 0
    with world.client("eve") as browser:
        assert browser.get("/api/v1/activity").json() == []


def test_when_a_schedule_would_run_is_told_by_who_runs_it(world: World) -> None:
    with world.client("vic") as browser:
        times = browser.get("/api/v1/schedule-times", params={"cron": "30 4 * * *", "count": 3}).json()
        assert [time.gmtime(at)[3:5] for at in times] == [(4, 30)] * 3
        assert times[0] > time.time()
        assert times[1] - times[0] == 86_400
        wrong = browser.get("/api/v1/schedule-times", params={"cron": "every day"})
        assert (wrong.status_code, wrong.json()["errors"][0]["at"]) == (422, "$.cron")
        never = browser.get("/api/v1/schedule-times", params={"cron": "0 0 30 2 *"})
        assert (never.status_code, never.json()["errors"][0]["at"]) == (422, "$.cron")


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"network": {"rules": [{"host": "ok.example"}, {"host": "https://x.example/"}]}}, "$.network.rules[1].host"),
        ({"network": {"rules": [{"host": "x.example", "methods": ["GET"]}]}}, "$.network.rules[0].kind"),
        ({"network": {"rules": [{"host": "x.example", "ports": [0]}]}}, "$.network.rules[0].ports"),
        ({"network": {"rules": [{"host": "x.example", "port": 1}]}}, "$.network.rules[0].port"),
        ({"setup_network": {"presets": ["everything"]}}, "$.setup_network.presets"),
        ({"network": {"host_ports": [70000]}}, "$.network.host_ports"),
        ({"variables": {"1A": "x"}}, "$.variables.1A"),
        ({"base_root": "debian"}, "$.base_root"),
        ({"files": ["ok", "../up"]}, "$.files[1]"),
        ({"setup_seconds": 0}, "$.setup_seconds"),
        ({"upkeep_seconds": -1}, "$.upkeep_seconds"),
        ({"limits": {"memory_bytes": 0}}, "$.limits.memory_bytes"),
        ({"limits": {"cpus": "two"}}, "$.limits.cpus"),
    ],
)
def test_what_is_wrong_with_an_environment_is_said_of_its_field(world: World, spec: dict[str, Any], at: str) -> None:
    with world.client("ada") as browser:
        answer = browser.put("/api/v1/projects/tally/environments/default", json=spec)
    assert (answer.status_code, [one["at"] for one in answer.json()["errors"]]) == (422, [at])


def test_what_is_wrong_with_a_projects_settings_is_said_of_its_field(world: World) -> None:
    with world.client("pat") as browser:
        for settings, at in (
            ({"slots": -1}, "$.settings.slots"),
            ({"branch_prefix": "-x"}, "$.settings.branch_prefix"),
            ({"trigger_user": "nobody-here"}, "$.settings.trigger_user"),
        ):
            answer = browser.patch("/api/v1/projects/tally", json={"settings": settings})
            assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, at)


def followed(browser: httpx.Client, path: str, resume: str = "") -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """(id, text) of the log's frames, and the rows, until it ends."""
    said: list[tuple[str, str]] = []
    rows: list[dict[str, Any]] = []
    frame: dict[str, str] = {}
    with browser.stream("GET", path, headers={"Last-Event-ID": resume} if resume else {}) as answer:
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                frame[name] = value
                continue
            if frame.get("event") == "setup":
                rows.append(json.loads(frame["data"]))
            elif "data" in frame:
                said.append((frame["id"], json.loads(frame["data"])))
            frame = {}
    return said, rows


def test_a_setup_is_followed_while_it_runs_and_taken_up_where_it_was_left(world: World) -> None:
    setup, blobs = new_id("setup"), world.service.blobs
    with world.client("pat") as browser, world.client("vic") as watcher:
        browser.put("/api/v1/projects/tally/environments/live", json={"setup": "true"})
        found = world.database.run(find_environment, "proj_tally", "live")
        assert found
        row = Setup(
            id=setup, environment_id=found.id, key="k", state="running", log=log_name(setup), worker_id="w", started=time.time()
        )
        world.database.run(begin_setup, row)
        begun = "één\n".encode()
        blobs.put(log_name(setup), begun[:1])  # in the middle of a letter

        def go_on() -> None:
            time.sleep(0.7)
            blobs.put(log_name(setup), begun)
            time.sleep(0.7)
            blobs.put(log_name(setup), begun + b"two\n")
            world.database.run(lambda connection: end_setup(connection, setup, state="failed", line=3, why="exit code 1"))

        going = threading.Thread(target=go_on)
        going.start()
        path = f"/api/v1/projects/tally/environments/live/setups/{setup}/stream"
        said, rows = followed(watcher, path)
        going.join()
        assert "".join(text for _, text in said) == "één\ntwo\n"
        assert said[-1][0] == str(len(begun) + 4)
        assert [one["state"] for one in rows] == ["running", "failed"]
        assert rows[-1]["line"] == 3
        assert followed(watcher, path, str(len(begun)))[0] == [(str(len(begun) + 4), "two\n")]


@pytest.mark.parametrize("text", ["plain", "é", "日本", "🙂🙂", ""])
def test_no_letter_is_cut_in_two(text: str) -> None:
    data = text.encode()
    for end in range(len(data) + 1):
        assert data[:end].decode("utf-8", "ignore") == whole(data[:end]).decode()
    assert whole(b"\x80\x80\x80\x80\x80") == b"\x80" * 5, "what is no text is not waited for"


def test_what_a_task_would_find_is_told_without_running_anything(world: World, tmp_path: Path) -> None:
    here = repository(tmp_path / "shop", "main")
    with world.client("ada") as browser:
        made = browser.post("/api/v1/projects", json={"name": "ready", "url": str(here)})
        assert made.status_code == 201, made.text
        path = "/api/v1/projects/ready/environments/default"
        told = browser.get(f"{path}/readiness").json()
        assert (told["layer"], len(told["commit"])) == ("none", 40)
        assert "pytest" in told["detected"]
        browser.put(path, json={"setup": "touch made"})
        assert browser.get(f"{path}/readiness").json()["layer"] == "to-run"
        browser.put(path, json={"setup": "touch made", "base_root": "image:nowhere.invalid/x:1"})
        assert browser.get(f"{path}/readiness").json()["layer"] == "unknown", "an image is not pulled for a look"
