"""What is logged is streamed: every event once, in order, from any number on, to as many as watch."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import Noticed, SessionStarted
from pullwright.protocol.live import TextDelta
from server_world import World, order

Frame = tuple[str, str, dict[str, Any]]


def frames(answer: httpx.Response) -> Iterator[Frame]:
    """(id, event, data) of each frame; a heartbeat is ("", "beat", {})."""
    said = {"id": "", "event": "message", "data": ""}
    for line in answer.iter_lines():
        if line.startswith(":"):
            yield "", "beat", {}
        elif line:
            name, _, value = line.partition(": ")
            said[name] = value
        elif said["data"]:
            yield said["id"], said["event"], json.loads(said["data"])
            said = {"id": "", "event": "message", "data": ""}


class Told:
    """A log that a test writes, of an attempt that may be watched."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.client("mia") as browser:
            attempt = browser.post("/api/v1/tasks", json=order()).json()["attempts"][0]
        self.attempt, self.session = attempt["id"], attempt["session"]
        self.path = f"/api/v1/attempts/{self.attempt}/events"
        folder = FolderArtifacts(world.service.config.data / "t" / self.session)
        self.log = world.do(SqlLog.open(world.database, self.session, folder, world.service.bells))
        world.do(self.log.claim())
        self.say(SessionStarted(session=self.session, project="p", pullwright="0"))

    def say(self, *events: Any) -> None:
        self.world.do(self.log.append(events, expected_seq=self.log.last_seq, generation=self.log.generation))

    def notice(self, *numbers: int) -> None:
        self.say(*(Noticed(level="info", text=f"n{number}") for number in numbers))


@pytest.fixture
def told(world: World) -> Told:
    return Told(world)


SSE = {"Accept": "text/event-stream"}


def read_until(source: Iterator[Frame], seq: int) -> list[int]:
    """The numbers of the logged events up to `seq`."""
    seen: list[int] = []
    for number, event, _ in source:
        if event == "message":
            seen.append(int(number))
            if seen[-1] == seq:
                return seen
    return seen


def test_a_page_of_events(world: World, told: Told) -> None:
    told.notice(1, 2, 3)
    with world.client("vic") as browser:
        page = browser.get(told.path, params={"after": 1, "limit": 2}).json()
        assert [event["seq"] for event in page["events"]] == [2, 3]
        assert page["last"] == 3
        assert browser.get(told.path, params={"after": 4}).json() == {"events": [], "last": 4}


def test_the_newest_events_are_a_page_too(world: World, told: Told) -> None:
    told.notice(*range(2, 31))
    with world.client("mia") as browser:
        end = browser.get(told.path, params={"newest": True, "limit": 4}).json()
        whole = browser.get(told.path, params={"newest": True, "limit": 1000}).json()
    assert ([event["seq"] for event in end["events"]], end["last"]) == ([27, 28, 29, 30], 30)
    assert [event["seq"] for event in whole["events"]] == list(range(1, 31))


def test_a_watcher_has_every_event_once_from_any_number_on(world: World, told: Told) -> None:
    told.notice(*range(1200))  # more than a page
    with world.client("vic") as browser:
        for after in (0, 1, 700, 1201):
            with browser.stream("GET", told.path, params={"after": after}, headers=SSE) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                source = frames(answer)
                told.notice(1)
                last = world.do(_head(world, told.session))
                assert read_until(source, last) == list(range(after + 1, last + 1))


async def _head(world: World, session: str) -> int:
    from pullwright.log.sql.reading import seq_of

    return await world.database.read(seq_of, session)


def test_who_comes_back_goes_on_without_a_gap_or_a_double(world: World, told: Told) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            told.notice(*range(number, number + 3))
            number += 3

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    try:
        with world.client("vic") as browser:
            while len(seen) < 300:
                headers = {**SSE, **({"Last-Event-ID": str(seen[-1])} if seen else {})}
                with browser.stream("GET", told.path, headers=headers) as answer:  # and hang up in the middle
                    seen += read_until(frames(answer), (seen[-1] if seen else 0) + 37)
    finally:
        stop.set()
        writer.join()
    assert seen == list(range(1, len(seen) + 1))


def test_what_is_being_written_is_told_so_far_and_then_as_it_grows(world: World, told: Told) -> None:
    told.notice(1)

    def say(offset: int, text: str) -> None:
        async def publish() -> None:
            world.service.live.publish(told.session, TextDelta("item_1", offset, text))

        world.do(publish())

    say(0, "The discount ")
    with world.client("vic") as browser, browser.stream("GET", told.path, headers=SSE) as answer:
        source = frames(answer)
        assert read_until(source, 2) == [1, 2]
        number, _, data = next(frame for frame in source if frame[1] == "live")
        assert (number, data["text"], data["offset"]) == ("", "The discount ", 0)
        say(13, "is missing")
        text = data["text"]
        while text != "The discount is missing":
            data = next(frame for frame in source if frame[1] == "live")[2]
            text = text[: data["offset"]] + data["text"]


def test_when_nothing_happens_the_connection_is_kept_alive(world: World, told: Told) -> None:
    with world.client("vic") as browser, browser.stream("GET", told.path, headers=SSE) as answer:
        source = frames(answer)
        read_until(source, 1)
        assert next(source)[1] == "beat"


def test_who_may_not_see_the_task_sees_none_of_it(world: World, told: Told) -> None:
    with world.client("eve") as browser:
        assert browser.get(told.path, headers=SSE).status_code == 404
        assert browser.get(told.path).status_code == 404
    with world.client() as nobody:
        assert nobody.get(told.path, headers=SSE).status_code == 401


def test_a_stream_ends_when_its_reader_may_no_longer_look(world: World, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullwright.server.streams.response.RECHECK", 0.1)
    from pullwright.tasks.store.memberships import put_membership, remove_membership
    from pullwright.tasks.store.rows.people import Membership

    with world.client("vic") as browser, browser.stream("GET", told.path, headers=SSE) as answer:
        source = frames(answer)
        read_until(source, 1)
        world.database.run(remove_membership, world.people["vic"], "proj_tally")
        assert [frame for frame in source if frame[1] != "beat"] == []
    world.database.run(put_membership, Membership(user_id=world.people["vic"], project_id="proj_tally", role="viewer"))


def test_lists_hear_which_tasks_changed(world: World) -> None:
    with world.client("mia") as browser, world.client("eve") as foreign:
        with browser.stream("GET", "/api/v1/tasks/stream", headers=SSE) as answer:
            source = frames(answer)
            next(source)
            task = browser.post("/api/v1/tasks", json=order()).json()["id"]
            number, _, data = next(frame for frame in source if frame[1] == "message" and frame[2]["task"] == task)
            assert data["state"] == "queued"
        browser.post(f"/api/v1/tasks/{task}/cancel", json={})
        with browser.stream("GET", "/api/v1/tasks/stream", headers={**SSE, "Last-Event-ID": number}) as answer:
            data = next(frame for frame in frames(answer) if frame[1] == "message" and frame[2]["task"] == task)[2]
            assert data["state"] == "cancelled"
        with foreign.stream("GET", "/api/v1/tasks/stream", headers={**SSE, "Last-Event-ID": "0"}) as answer:
            assert next(frame for frame in frames(answer) if frame[1] != "beat" or True)[1] == "beat"
        with browser.stream("GET", f"/api/v1/tasks/{task}/stream", headers=SSE) as answer:
            assert next(frame for frame in frames(answer) if frame[1] == "task")[2]["state"] == "cancelled"


def test_streams_are_counted_and_bounded(tmp_path: Any) -> None:
    with World.open(tmp_path, streams=4) as world, world.client("vic") as browser:
        told = Told(world)
        with browser.stream("GET", told.path, headers=SSE) as first:
            source = frames(first)  # kept: httpx hangs up when nobody reads any more
            read_until(source, 1)
            with world.client("vic") as again:
                refused = again.get(told.path, headers=SSE)
                assert refused.status_code == 429
                assert refused.headers["retry-after"]
        until = time.monotonic() + 5
        while world.app.state.desk.feeds.any_open() and time.monotonic() < until:
            time.sleep(0.02)
        assert not world.app.state.desk.feeds.any_open()
        assert world.app.state.desk.feeds._feeds == {}


def test_a_stopping_server_ends_its_streams(tmp_path: Any) -> None:
    seen: list[list[int]] = []
    with World.open(tmp_path) as world:
        told = Told(world)
        client = world.client("vic")
        started = threading.Event()

        def watch() -> None:
            with client, client.stream("GET", told.path, headers=SSE) as answer:
                source = frames(answer)
                read_until(source, 1)
                started.set()
                seen.append([int(number) for number, event, _ in source if event == "message"])

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert started.wait(10)
        began = time.monotonic()
    watcher.join(10)
    assert seen == [[]]
    assert time.monotonic() - began < 10


def test_inputs_are_taken_once(world: World, told: Told) -> None:
    path = f"/api/v1/attempts/{told.attempt}/inputs"
    with world.client("mia") as browser:
        said = {"type": "steer", "text": "Leave the tests alone."}
        first = browser.post(path, json=said, headers={"Idempotency-Key": "k1"})
        again = browser.post(path, json=said, headers={"Idempotency-Key": "k1"})
        assert (first.status_code, first.json()["state"]) == (202, "put")
        assert (again.status_code, again.json()["state"]) == (202, "known")
        unknown = browser.post(path, json={"type": "sing", "text": "la"})
        assert unknown.status_code == 422
        with world.client("vic") as viewer:
            assert viewer.post(path, json=said).status_code == 403
    assert msgspec.json.decode(first.content)["id"] == "k1"
