"""What forges send is taken when it is signed, kept once, and answered at once."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from pullwright.tasks.store.deliveries import list_deliveries
from server_world import World

BODY = json.dumps({"action": "opened", "text": "ünïcode  and   spacing", "zen": [1, 2]}, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def connection(world: World) -> dict[str, Any]:
    with world.client("ada") as admin:
        said = {"name": "hooked", "forge": "github", "credential": "ghp_abcdefghijklmnopqrst"}
        made = admin.post("/api/v1/connections", json=said).json()
        shown = admin.get("/api/v1/connections").json()
    assert made["webhook_secret"]
    assert all("credential" not in one and not one.get("webhook_secret") for one in shown)
    return made


def sent(world: World, connection: dict[str, Any], body: bytes, **changed: str) -> Any:
    signature = hmac.new(connection["webhook_secret"].encode(), body, "sha256").hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": "d-1",
        "X-Hub-Signature-256": f"sha256={signature}",
        **changed,
    }
    with world.client() as forge:
        return forge.post(f"/webhooks/{connection['id']}", content=body, headers=headers)


def test_a_signed_delivery_is_kept_once(world: World, connection: dict[str, Any]) -> None:
    first = sent(world, connection, BODY)
    assert (first.status_code, first.json()) == (202, {"new": True})
    for again in (sent(world, connection, BODY), sent(world, connection, BODY, **{"X-GitHub-Delivery": "another"})):
        assert (again.status_code, again.json()) == (202, {"new": False})
    kept = world.database.run(list_deliveries, connection["id"])
    assert [(one.body, one.event, one.id) for one in kept] == [(BODY, "issues", hashlib.sha256(BODY).hexdigest())]
    assert not any("signature" in name or "authorization" in name for name in kept[0].headers)
    with world.client("ada") as admin:
        (told,) = admin.get(f"/api/v1/connections/{connection['id']}/deliveries").json()
    assert (told["event"], told["state"], "body" in told) == ("issues", "new", False)


def test_what_is_not_signed_as_it_is_counts_for_nothing(world: World, connection: dict[str, Any]) -> None:
    before = world.database.run(list_deliveries, connection["id"])
    spaced = json.dumps(json.loads(BODY)).encode()  # the same to a JSON reader, and not the same bytes
    signature = hmac.new(connection["webhook_secret"].encode(), BODY, "sha256").hexdigest()
    assert sent(world, connection, spaced, **{"X-Hub-Signature-256": f"sha256={signature}"}).status_code == 403
    assert sent(world, connection, BODY + b" ", **{"X-Hub-Signature-256": ""}).status_code == 403
    assert sent(world, connection, BODY + b"x", **{"X-Hub-Signature-256": f"sha1={signature}"}).status_code == 403
    assert sent(world, {**connection, "webhook_secret": "guessed"}, BODY + b"y").status_code == 403
    assert sent(world, {**connection, "id": "conn_none"}, BODY).status_code == 404
    assert sent(world, {**connection, "id": "hooked"}, BODY).status_code == 404  # its name is no address
    assert world.database.run(list_deliveries, connection["id"]) == before


def test_a_delivery_may_be_larger_than_a_request(world: World, connection: dict[str, Any]) -> None:
    large = b'{"diff":"' + b"x" * (8 << 20) + b'"}'
    assert sent(world, connection, large).status_code == 202
