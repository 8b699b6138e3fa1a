"""A real server with an upstream of each wire behind it, and the official clients.

with ApiWorld.open(folder) as api:
    api.client()            the `openai` SDK, unmodified but for address and key; as is `api.async_client()`
    api.upstream.requests   what arrived at the upstream
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
from openai import AsyncOpenAI, OpenAI

from api.mind import Mind
from playing import Answers, Server
from pullwright.models.choice import ModelChoice, Wire
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.keys import KeyOrder, create_key
from server_world import World

WIRES: tuple[Wire, ...] = get_args(Wire)
MODELS = {wire: f"scripted/{wire}-gpt-5" for wire in WIRES}
"""A model of each wire. `gpt-5`: the conformance suite asks nobody else for reasoning."""
QUIRKS: dict[Wire, dict[str, Any]] = {
    "responses": {"reasons": True},
    "chat": {"reasons": True, "developer": "developer"},
    "anthropic": {"reasons": True, "thinking": "adaptive"},
}


class ApiWorld:
    """What a test has in hand."""

    def __init__(self, world: World, upstream: Server) -> None:
        self.world = world
        self.upstream = upstream

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return self.world.url + "/v1"

    @property
    def key(self) -> str:
        """A key that may call models."""
        return self.world.keys["models"]

    def client(self, key: str = "", **more: Any) -> OpenAI:
        """The SDK; without a key with one that may call models."""
        return OpenAI(**{"base_url": self.url, "api_key": key or self.key, "max_retries": 0, "timeout": 30, **more})

    def async_client(self, key: str = "", **more: Any) -> AsyncOpenAI:
        """The same, asynchronous."""
        return AsyncOpenAI(**{"base_url": self.url, "api_key": key or self.key, "max_retries": 0, "timeout": 30, **more})

    def environment(self, model: str = MODELS["responses"]) -> dict[str, str]:
        """What a program of somebody else's is started with."""
        named = {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.key, "MODEL": model}
        return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8", **named}

    def new_key(self, **more: Any) -> str:
        """A key of Pat's as ordered."""
        ada = Actor(user_id=self.world.people["ada"], name="ada", is_admin=True)
        order = msgspec.convert({"name": "more", "scopes": ["models"], "user": "pat", **more}, KeyOrder)
        return self.world.do(create_key(self.world.service, ada, order))[1]

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path, answers: Answers | None = None, **config: Any) -> Iterator[ApiWorld]:
        """A running server. `answers` is what the upstream says; without it, what its `Mind` makes of the request."""
        upstream = Server()
        upstream.start(answers or Mind())
        try:
            with World.open(folder, models=choices(upstream.url), **config) as world:
                yield cls(world, upstream)
        finally:
            upstream.stop()


def choices(url: str) -> dict[str, ModelChoice]:
    """The models of a service whose upstream is at `url`: one of each wire, and the two classes."""
    made = {
        MODELS[wire]: ModelChoice(
            provider="scripted",
            model="scripted",
            wire=wire,
            base_url=url,
            key="sk-upstream-secret",
            quirks=QUIRKS[wire],
            window=200_000,
        )
        for wire in WIRES
    }
    return {"fast": made[MODELS["responses"]], "deep": made[MODELS["chat"]], **made}
