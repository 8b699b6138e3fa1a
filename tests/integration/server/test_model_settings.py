"""An administrator sets what a model's name stands for: it holds at once, everywhere, and no key is told or sent astray."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.mind import Mind
from playing import Server
from pullwright.models.catalog import provider
from pullwright.models.choice import ModelChoice
from pullwright.models.open import credential_for
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.resealing import rotate_key
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.model_settings import ModelSetting
from server_world import World

KEY = "sk-given-by-ada-0123456789"
ADA = Actor(user_id="user_ada", name="ada", is_admin=True)


@pytest.fixture
def upstreams() -> Iterator[tuple[Server, Server]]:
    """The one of the configuration, and another."""
    both = (Server(), Server())
    for one in both:
        one.start(Mind())
    yield both
    for one in both:
        one.stop()


@pytest.fixture
def world(tmp_path: Path, upstreams: tuple[Server, Server]) -> Iterator[World]:
    choice = ModelChoice(provider="openai", model="first", base_url=upstreams[0].url, key="sk-of-the-configuration")
    with World.open(tmp_path, models={"fast": choice, "deep": choice}) as opened:
        yield opened


def put(world: World, name: str, who: str = "ada", **order: Any) -> httpx.Response:
    with world.client(who) as one:
        return one.put(f"/api/v1/models/{name}", json={"provider": "openai", "model": "second", **order})


def ask(world: World, name: str) -> int:
    with world.client(key="models") as one:
        return one.post("/v1/responses", json={"model": name, "input": "Hello", "store": False}).status_code


def test_a_class_stands_for_another_model_from_now_on(world: World, upstreams: tuple[Server, Server]) -> None:
    first, second = upstreams
    assert ask(world, "fast") == 200
    answer = put(world, "fast", base_url=second.url, key=KEY)
    assert answer.status_code == 200, answer.text
    (entry,) = [one for one in answer.json()["models"] if one["view"]["name"] == "fast"]
    assert (entry["here"], entry["configured"], entry["own_key"], entry["view"]["model"]) == (True, True, True, "second")
    before = len(first.requests)
    assert ask(world, "fast") == 200
    assert (len(first.requests), second.requests[-1].headers["authorization"]) == (before, f"Bearer {KEY}")
    assert put(world, "fast", base_url=second.url, model="third").status_code == 200  # the same address: the key is kept
    assert ask(world, "fast") == 200
    assert second.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    with world.client("ada") as ada:
        removed = ada.delete("/api/v1/models/fast")
        assert removed.status_code == 200
        assert not any(one["here"] for one in removed.json()["models"])
        assert ada.delete("/api/v1/models/fast").status_code == 404
    assert ask(world, "fast") == 200
    assert len(first.requests) == before + 1


def test_a_name_is_added_and_no_key_is_ever_told(world: World, upstreams: tuple[Server, Server]) -> None:
    assert ask(world, "openai/second") == 404
    answer = put(world, "openai/second", base_url=upstreams[1].url, key=KEY)
    assert ask(world, "openai/second") == 200
    with world.client("ada") as ada:
        told = [answer.text, *(ada.get(path).text for path in ("/api/v1/models", "/api/v1/server", "/api/v1/audit"))]
        assert "model.set" in told[-1]
        assert all(KEY not in text and "sk-of-the" not in text for text in told)
    data = b"".join(one.read_bytes() for one in world.service.config.data.glob("pullwright.sqlite*"))
    assert b"openai/second" in data
    assert KEY.encode() not in data
    with world.client("mia") as mia:
        assert "openai/second" in mia.get("/api/v1/server").json()["models"]
        assert mia.get("/api/v1/models").status_code == 403


def test_a_key_of_the_server_goes_to_no_address_that_was_given_here(
    world: World, upstreams: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    setting = ModelSetting(provider="openai", model="second", base_url=upstreams[1].url)
    unguarded = credential_for(world.service.models.standing_for(setting, ""), provider("openai"), os.environ)
    assert "sk-of-the-environment" in str(unguarded.secrets)  # so it would be sent
    refused = put(world, "fast", base_url=upstreams[1].url)
    assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, "$.key")
    assert put(world, "fast", base_url=upstreams[1].url, key=KEY).status_code == 200
    refused = put(world, "fast", base_url="http://127.0.0.1:9/v1")  # nor does the key that was given for another address
    assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, "$.key")


@pytest.mark.parametrize(
    ("name", "order", "at"),
    [
        ("agent", {}, "$.name"),
        ("a b/c", {}, "$.name"),
        ("fast", {"provider": "nobody"}, "$.provider"),
        ("fast", {"provider": "scripted"}, "$.provider"),
        ("fast", {"base_url": "ftp://x"}, "$.base_url"),
        ("fast", {"base_url": "https://me:secret@x.example"}, "$.base_url"),
        ("fast", {"provider": "azure", "key": "k"}, "$.base_url"),
        ("fast", {"provider": "anthropic"}, "$.key"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(world: World, name: str, order: dict[str, Any], at: str) -> None:
    refused = put(world, name, **order)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["at"] == at, refused.text
    assert refused.json()["fix"]
    assert not world.service.models.settings


def test_an_order_is_tried_before_it_is_kept(world: World, upstreams: tuple[Server, Server]) -> None:
    order = {"provider": "openai", "model": "second", "base_url": upstreams[1].url, "key": KEY}
    with world.client("ada") as ada:
        tried = ada.post("/api/v1/models/try", params={"name": "fast"}, json=order).json()
        assert (tried["ok"], tried["models"]) == (True, ["scripted"])
        gone = {**order, "base_url": "http://127.0.0.1:9/v1"}
        tried = ada.post("/api/v1/models/try", params={"name": "fast"}, json=gone).json()
        assert not tried["ok"]
        assert tried["why"]
        assert KEY not in str(tried)
    assert not world.service.models.settings


def test_every_process_goes_by_it_and_a_new_key_of_the_vault_opens_it(world: World, upstreams: tuple[Server, Server]) -> None:
    config = world.service.config
    other = ServiceConfig(data=config.data, cache=config.cache, models=config.models)

    async def look() -> None:
        async with Service.open(other) as service:
            assert service.models.choice("fast").model == "first"
            answer = await asyncio.to_thread(put, world, "fast", base_url=upstreams[1].url, key=KEY)
            assert answer.status_code == 200
            until = time.monotonic() + 10
            while service.models.choice("fast").model != "second":
                assert time.monotonic() < until
                await asyncio.sleep(0.02)
            assert service.models.choice("fast").key == KEY

    asyncio.run(look())
    assert world.do(rotate_key(world.service, ADA)) == 1
    world.service.vault.drop_keys(keep=1)

    async def again() -> None:
        async with Service.open(other) as service:
            assert service.models.choice("fast").key == KEY

    asyncio.run(again())
