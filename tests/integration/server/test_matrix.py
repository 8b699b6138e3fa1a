"""Every route is tried by everybody, against the written matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from matrix import ACTORS, ALLOWED, MATRIX, Row

from pullwright.protocol.ids import new_id
from pullwright.server.app import declared
from pullwright.server.table import GROUPS
from server_world import World


class Things:
    """Things to do something with, a fresh one for each try, so that what one does is not in another's way."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.forget("ada")
        self.admin = world.client("ada")
        world.forget("ada")  # the one above is nobody else's to end

    def make(self, path: str, body: Any, method: str = "POST") -> Any:
        answer = self.admin.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def named(self, name: str) -> str:
        match name:
            case "project":
                return "tally"
            case "task":
                return self.make("/api/v1/tasks", {"project": "tally", "prompt": "Do it"})["id"]
            case "user":
                return self.make("/api/v1/users", {"name": self.named("new")})["name"]
            case "member":
                user = self.named("user")
                return self.make(f"/api/v1/projects/tally/members/{user}", {"role": "viewer"}, "PUT")["name"]
            case "key":
                return self.make("/api/v1/keys", {"name": "k"})["key"]["id"]
            case "connection":
                nowhere = {
                    "name": self.named("new"),
                    "forge": "gitea",
                    "base_url": "http://127.0.0.1:9/api/v1",
                    "credential": "t",
                }
                return self.make("/api/v1/connections", {"name": self.named("new"), **nowhere})["id"]
            case "endpoint":
                return self.make("/api/v1/webhook-endpoints", {"url": "https://hooks.nowhere.invalid/"})["id"]
            case "schedule":
                order = {"name": "n", "cron": "0 3 * * *", "order": {"project": "tally", "prompt": "x"}}
                return self.make("/api/v1/projects/tally/schedules", order)["id"]
            case "environment":
                name = self.named("new")
                self.make(f"/api/v1/projects/tally/environments/{name}", {"setup": "true"}, "PUT")
                return name
            case "new":
                return f"n{new_id('x')[2:]}"
            case _:
                return name

    def filled(self, path: str) -> dict[str, str]:
        """A value for each name in the path, those that hang together made together."""
        names = re.findall(r"{(\w+)}", path)
        found: dict[str, str] = {}
        for name in names:
            if name == "attempt":
                found |= self._attempt()
            elif name == "comment":
                made = self._attempt()
                found[name] = self.make(f"/api/v1/attempts/{made['attempt']}/comments", {"text": "Why?"})["id"]
            elif name == "setup":
                at = f"/api/v1/projects/tally/environments/{found['environment']}/setups"
                found[name] = self.make(at, {})["id"]
            elif name in ("number", "port"):
                found[name] = "1"
            elif name == "secret" and "DELETE" in path:
                at = f"/api/v1/projects/tally/environments/{found['environment']}/secrets/TOKEN"
                self.make(at, {"value": "v"}, "PUT")
                found[name] = "TOKEN"
            else:
                found[name] = "TOKEN" if name == "secret" else self.named(name)
        if "task" in found:
            task = self.admin.get(f"/api/v1/tasks/{found['task']}").json()
            found["attempt"] = task["attempts"][0]["id"]
        return found

    def _attempt(self) -> dict[str, str]:
        return {"attempt": self.make("/api/v1/tasks", {"project": "tally", "prompt": "Do it"})["attempts"][0]["id"]}


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    with World.open(folder, sign_ins=1_000_000) as world:
        made = Things(world)
        yield made
        made.admin.close()


def client(world: World, actor: str) -> httpx.Client:
    if actor == "nobody":
        return world.client()
    kind, _, key = actor.partition(":")
    return world.client(key=key) if key else world.client(kind)


def expected(row: Row, actor: str) -> tuple[int, ...]:
    if actor in ALLOWED[row.need]:
        return row.status if isinstance(row.status, tuple) else (row.status,)
    if actor == "nobody":
        return (401,)
    if actor == "eve" and row.project:
        return (404,)
    return row.denied if isinstance(row.denied, tuple) else (row.denied,)


def tried(things: Things, route: str, row: Row, actor: str) -> httpx.Response:
    method, _, path = route.partition(" ")
    found = things.filled(route)
    found["new"] = things.named("new")
    with client(things.world, actor) as browser:
        if row.form is not None:
            fields = {name: value.format(**found) for name, value in row.form.items()}
            if browser.cookies:
                fields["csrf"] = browser.headers["x-csrf-token"]
            return browser.post(path.format(**found), data=fields, headers={"Origin": things.world.url})
        body = row.body
        if body is not None:
            text = msgspec.json.encode(body).decode()
            body = msgspec.json.decode(re.sub(r"{(\w+)}", lambda word: found.get(word[1], word[0]), text))
        sent: dict[str, Any] = {"json": body}
        if row.raw:
            sent = {"content": row.raw, "headers": {"Content-Type": "application/gzip"}}
        with browser.stream(method, path.format(**found), **sent) as answer:
            if "event-stream" not in answer.headers.get("content-type", ""):
                answer.read()
            return answer


def shown(path: str) -> str:
    """A declared path by the matrix's names."""
    path = path.replace("{name:path}", "{name}").replace("{path:path}", "{path}").replace("secrets/{name}", "secrets/{secret}")
    return re.sub(r"{(response|conversation|item)_id}", r"{\1}", path)


def test_the_matrix_has_every_route_and_no_other() -> None:
    routes = {f"{route.method} {shown(route.path)}" for route in declared(GROUPS)}
    known = {route.replace("members/{member}", "members/{user}") for route in MATRIX}
    assert known == routes


@pytest.mark.parametrize("route", sorted(MATRIX))
def test_everybody_is_let_in_as_it_is_written(things: Things, route: str) -> None:
    row = MATRIX[route]
    wrong: list[str] = []
    for actor in ("nobody", "mia") if row.need == "open" else ACTORS:  # what is open asks nobody who they are
        if route in SIGN_OUT and actor != "nobody" and ":" not in actor:
            things.world.forget(actor)
        answer = tried(things, route, row, actor)
        allowed = expected(row, actor)
        if route in PAGES and actor == "nobody":
            allowed = (303,) if route.startswith("GET") else (401,)
        if answer.status_code not in allowed:
            wrong.append(f"{actor}: {answer.status_code}, and not {allowed}: {answer.text[:200] if answer.is_closed else ''}")
        if route in SIGN_OUT:
            things.world.forget(actor)
    assert wrong == []


SIGN_OUT = ("POST /api/v1/sign-out", "POST /sign-out")
PAGES = ("POST /sign-out", "GET /review/{task}", "POST /review/{task}", "GET /projects/{project}/pulls/{number}")
