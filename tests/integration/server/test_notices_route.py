"""Webhooks out over HTTP: made, tried out, shown, tried again; and the manual's receivers, as processes, check what comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from api.mind import Mind
from api.programs import NODE, sdks
from api.served import Served
from api.world import ApiWorld
from playing import Server
from pullwright.protocol.ids import new_id
from pullwright.tasks.notices.delivering import Pace, keep_delivering
from pullwright.tasks.notices.enqueueing import TOPIC, enqueue_notice
from pullwright.tasks.notices.settling import Patience
from receivers import Receiver
from server_world import World

ROOT = Path(__file__).parents[3]
AT = "/api/v1/webhook-endpoints"


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.open(tmp_path_factory.mktemp("hooks"), networks=("127.0.0.0/8",)) as world, delivering(world):
        yield world


@contextlib.contextmanager
def delivering(world: World) -> Iterator[None]:
    pace = Pace(patience=Patience(waits=(0.05, 0.05)), every=0.1)
    work = asyncio.run_coroutine_threadsafe(keep_delivering(world.service, pace=pace), world.loop)
    yield
    assert not work.done()
    work.cancel()


def tell(world: World, user: str, project: str = "", event: str = "response.completed") -> str:
    response = new_id("resp")
    world.database.run(enqueue_notice, world.people[user], project, event, {"id": response})
    world.service.bells.ring(TOPIC)
    return response


def make(client: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    answer = client.post(AT, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_member_is_told_and_shown_what_was_delivered(hooks: World) -> None:
    with Receiver.open() as receiver, hooks.client("mia") as mia:
        made = make(mia, receiver.url)
        assert made["secret"].startswith("whsec_")
        assert all(not one["secret"] for one in mia.get(AT).json())
        tried = mia.post(f"{AT}/{made['id']}/test").json()
        assert (tried["delivered"], tried["status"], tried["why"]) == (True, 200, "")
        receiver.answers = [503, 500, 500]
        response = tell(hooks, "mia")
        received = receiver.wait(4)
        read = openai.OpenAI(api_key="x", webhook_secret=made["secret"]).webhooks.unwrap
        assert read(received[0].body, received[0].headers).type == "ping"
        for message in received[1:]:
            event: Any = read(message.body, message.headers)
            assert (event.type, event.data.id) == ("response.completed", response)
        delivery = one_delivery(mia, made["id"], "failed")
        assert (delivery["tries"], delivery["why"]) == (3, "answered 500")
        assert delivery["id"] == received[1].headers["webhook-id"]
        again = mia.post(f"{AT}/{made['id']}/deliveries/{delivery['id']}/retry")
        assert again.status_code == 202
        assert receiver.wait(5)[4].headers["webhook-id"] == delivery["id"]
        assert one_delivery(mia, made["id"], "done")["tries"] == 1
        assert mia.delete(f"{AT}/{made['id']}").status_code == 204
        assert mia.get(f"{AT}/{made['id']}/deliveries").status_code == 404


def one_delivery(client: httpx.Client, endpoint: str, state: str) -> dict[str, Any]:
    until = time.monotonic() + 20
    while True:
        (delivery,) = client.get(f"{AT}/{endpoint}/deliveries").json()
        if delivery["state"] == state:
            return delivery
        assert time.monotonic() < until, delivery
        time.sleep(0.02)


def test_who_may_have_what_told_where(hooks: World) -> None:
    with Receiver.open() as receiver:
        with hooks.client("mia") as mia, hooks.client("vic") as vic, hooks.client("eve") as eve, hooks.client("ada") as ada:
            assert vic.post(AT, json={"url": receiver.url, "project": "tally"}).status_code == 403
            assert eve.post(AT, json={"url": receiver.url, "project": "tally"}).status_code == 404
            assert mia.post(AT, json={"url": receiver.url, "user": "vic"}).status_code == 403
            for_vic = make(ada, receiver.url + "/vic", user="vic")
            of_tally = make(mia, receiver.url + "/tally", project="tally", events=["response.failed"])
            assert [one["id"] for one in vic.get(AT).json()] == [for_vic["id"]]
            assert vic.get(AT, params={"all": "true"}).status_code == 403
            assert {for_vic["id"], of_tally["id"]} <= {one["id"] for one in ada.get(AT, params={"all": "true"}).json()}
            assert mia.patch(f"{AT}/{for_vic['id']}", json={"enabled": False}).status_code == 404
            assert ada.patch(f"{AT}/{for_vic['id']}", json={"enabled": False}).json()["why"] == "it was disabled by hand"
        tell(hooks, "vic", "proj_tally", "response.completed")
        tell(hooks, "vic", "proj_tally", "response.failed")
        assert receiver.wait(1)[0].path == "/hook/tally"
        time.sleep(0.3)
        assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fd00::1]/"]
)
def test_what_must_not_be_reached_is_not_taken(hooks: World, url: str) -> None:
    with hooks.client("mia") as mia:
        answer = mia.post(AT, json={"url": url})
        assert answer.status_code == 422
        assert answer.json()["fix"]


def receivers() -> dict[str, str]:
    """The manual's examples, by language."""
    manual = (ROOT / "docs/api/webhooks.md").read_text()
    found = dict(re.findall(r"<!-- example: (\w+) -->\n```\w+\n(.*?)```", manual, re.DOTALL))
    assert set(found) == {"python", "javascript"}
    return found


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_manuals_receivers_check_and_read_what_comes(hooks: World, language: str, tmp_path: Path) -> None:
    command = program(language, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/pullwright"
    with hooks.client("pat") as pat:
        made = make(pat, url)
        known = {"PULLWRIGHT_URL": hooks.url, "PULLWRIGHT_KEY": "pw_x", "PULLWRIGHT_WEBHOOK_SECRET": made["secret"]}
        env = {**os.environ, **known, "PORT": str(port)}
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
            try:
                answers(port)
                forged = httpx.post(url, content=b"{}", headers=dict.fromkeys(HEADERS, "1"), trust_env=False)
                assert forged.status_code == 400
                response = tell(hooks, "pat")
                assert process.stdout
                assert process.stdout.readline().split() == ["response.completed", response]
                one_delivery(pat, made["id"], "done")
            finally:
                process.kill()
        pat.delete(f"{AT}/{made['id']}")


HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def program(language: str, folder: Path) -> list[str]:
    if language == "python":
        (folder / "receiver.py").write_text(receivers()[language])
        return [sys.executable, "receiver.py"]
    (folder / "receiver.mjs").write_text(receivers()[language])
    (folder / "node_modules").symlink_to(sdks())
    return [str(NODE), "receiver.mjs"]


def answers(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_response_in_the_background_is_told_when_it_has_ended(tmp_path: Path) -> None:
    with ApiWorld.open(tmp_path, networks=("127.0.0.0/8",)) as api, delivering(api.world), Receiver.open() as receiver:
        with api.world.client("pat") as pat:
            secret = make(pat, receiver.url)["secret"]
        client = api.client(webhook_secret=secret)
        asked = client.responses.create(model="fast", input="Say something", background=True)
        (message,) = receiver.wait(1)
        event: Any = client.webhooks.unwrap(message.body, message.headers)
        assert (event.type, event.data.id) == ("response.completed", asked.id)
        assert client.responses.retrieve(event.data.id).status == "completed"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_server_that_is_killed_forgets_nothing_that_was_to_be_told(short_path: Path) -> None:
    upstream = Server()
    upstream.start(Mind())
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/hook"
    try:
        with Served(short_path, {"up": ("responses", upstream.url)}, webhook_networks=["127.0.0.0/8"]) as served:
            secret = served.admin("create-webhook", url, "--user", "ada").split()[-1]
            client = openai.OpenAI(base_url=served.url, api_key=served.key, webhook_secret=secret)
            asked = client.responses.create(model="fast", input="Say something", background=True)
            first = webhook_of(served.database)  # it has ended, and nobody hears it
            served.kill()
            with Receiver.open(port=int(url.rpartition(":")[2].partition("/")[0])) as receiver:
                served.start()
                (message,) = receiver.wait(1, 100)
            assert message.headers["webhook-id"] == first
            assert client.webhooks.unwrap(message.body, message.headers).data.id == asked.id  # type: ignore[union-attr]
    finally:
        upstream.stop()


def webhook_of(database: Path) -> str:
    """The one notice that was tried."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            found = connection.execute("SELECT id FROM notices WHERE why != ''").fetchone()
        if found:
            return str(found[0])
        time.sleep(0.05)
    raise AssertionError
