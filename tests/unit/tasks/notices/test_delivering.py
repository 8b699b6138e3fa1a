"""What is delivered, how often it is tried, and what becomes of endpoints that do not answer."""

from __future__ import annotations

import asyncio
import itertools
import time

import msgspec
import openai
import pytest
from deliveries_scene import FAST, HERE, Scene, Script, until

from kept import a_person
from pullwright.tasks.notices.delivering import Pace
from pullwright.tasks.notices.endpoints import EndpointEdit, edit_endpoint, view_endpoints
from pullwright.tasks.notices.history import retry_notice
from pullwright.tasks.notices.sending import Outcome
from pullwright.tasks.notices.settling import HOUR, WAITS, Patience
from pullwright.tasks.projects.resealing import rotate_key
from pullwright.tasks.store.notices import claim_notices
from pullwright.tasks.store.users import change_user
from pullwright.tasks.vault import open_vault

URL = "http://127.0.0.1:9/hook"
LATER = Outcome(status=500, why="answered 500")


def verified(secret: str, headers: dict[str, str], body: bytes) -> str:
    """The event's type, as OpenAI's own client reads it."""
    return openai.OpenAI(api_key="x", webhook_secret=secret).webhooks.unwrap(body, headers).type


def test_an_event_gets_through_in_the_end_with_one_id_and_a_fresh_signature_each_time(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        script = Script([LATER, Outcome(why="no answer")])
        async with scene.delivering(script):
            await scene.tell(mia)
            await until(lambda: len(script.sent) == 3)
            await until(lambda: settled(scene, endpoint, "done"))
        (notice,) = await scene.notices(endpoint)
        assert (notice.tries, notice.why, notice.next, notice.held) == (3, "", None, None)
        assert {headers["webhook-id"] for _, headers, _ in script.sent} == {notice.id}
        assert {body for _, _, body in script.sent} == {notice.body}
        assert all(verified(endpoint.secret, headers, body) == "response.completed" for _, headers, body in script.sent)
        (view,) = await view_endpoints(scene, mia)
        assert (view.failing, view.disabled) == (None, None)

    asyncio.run(work())


async def settled(scene: Scene, endpoint, *states: str) -> bool:  # type: ignore[no-untyped-def]
    return [one.state for one in await scene.notices(endpoint)] == list(states)


def test_the_waits_grow_over_three_days_and_no_two_are_alike() -> None:
    patience = Patience()
    assert 3 * 24 * HOUR <= sum(WAITS) <= 3.5 * 24 * HOUR
    assert all(one < later for one, later in itertools.pairwise(WAITS))
    waits = {patience.wait(4, 0.0) for _ in range(50)}
    assert len(waits) > 40
    assert all(0.8 * WAITS[3] <= wait <= 1.2 * WAITS[3] for wait in waits if wait is not None)
    assert patience.wait(len(WAITS) + 1, 0.0) is None
    assert (patience.wait(1, 60.0) or 0.0) >= 60.0


def test_what_never_gets_through_fails_and_its_endpoint_is_disabled_after_days(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        script = Script(then=LATER)
        async with scene.delivering(script):
            await scene.tell(mia)
            await until(lambda: settled(scene, endpoint, "failed"))
        (view,) = await view_endpoints(scene, mia)
        assert (view.disabled, view.failing is None) == (None, False)  # not for days yet
        (notice,) = await scene.notices(endpoint)
        assert (notice.tries, notice.why) == (3, "answered 500")
        pace = msgspec.structs.replace(FAST, patience=Patience(waits=(), silence=0.0))
        async with scene.delivering(script, pace):
            await scene.tell(mia)
            await until(lambda: settled(scene, endpoint, "failed", "failed"))
            (view,) = await view_endpoints(scene, mia)
            assert view.disabled
            assert "answered 500" in view.why
            count = len(script.sent)
            await scene.tell(mia)
            await asyncio.sleep(0.2)
            assert len(script.sent) == count
            script.then = Outcome(status=204)  # mended, and enabled by hand
            await edit_endpoint(scene, mia, endpoint.id, EndpointEdit(enabled=True), HERE)
            await retry_notice(scene.service, mia, endpoint.id, notice.id)
            await until(lambda: len(script.sent) == count + 1)
            await until(lambda: settled(scene, endpoint, "failed", "done"))

    asyncio.run(work())


def test_a_receiver_that_is_gone_is_told_nothing_more(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        script = Script([Outcome(status=410, why="answered 410")], slow=0.1)
        await scene.tell(mia, 5)
        async with scene.delivering(script, msgspec.structs.replace(FAST, each=1)):
            await until(lambda: settled(scene, endpoint, *["failed"] * 5))
        assert len(script.sent) == 1
        (view,) = await view_endpoints(scene, mia)
        assert "410" in view.why

    asyncio.run(work())


def test_of_several_servers_one_delivers_each_and_a_slow_receiver_holds_nobody_up(each_scene: Scene) -> None:
    scene = each_scene

    async def work() -> None:
        mia = await a_person(scene, "mia")
        slow = await scene.endpoint(mia, URL + "/slow")
        quick = await scene.endpoint(mia, URL + "/quick")
        script = Script(slow=0.05)
        await scene.tell(mia, 20)
        async with scene.delivering(script, servers=3):
            await until(lambda: settled(scene, slow, *["done"] * 20))
            await until(lambda: settled(scene, quick, *["done"] * 20))
        ids = [headers["webhook-id"] for _, headers, _ in script.sent]
        assert len(ids) == len(set(ids)) == 40
        assert max(script.most.values()) <= 3 * FAST.each

    asyncio.run(work())


def test_what_is_under_way_when_a_server_stops_is_tried_again_at_once(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        script = Script(slow=30.0)
        await scene.tell(mia)
        async with scene.delivering(script):
            await until(lambda: script.sent)
        (notice,) = await scene.notices(endpoint)
        assert (notice.state, notice.held, notice.tries) == ("waiting", None, 0)
        script.slow = 0.0
        async with scene.delivering(script):
            await until(lambda: settled(scene, endpoint, "done"))
        assert len({headers["webhook-id"] for _, headers, _ in script.sent}) == 1

    asyncio.run(work())


def test_what_a_killed_server_had_is_delivered_when_its_claim_has_run_out(each_scene: Scene) -> None:
    scene = each_scene

    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        await scene.tell(mia)
        now = time.time()
        assert len(await scene.database.write(claim_notices, now, now + 0.5, 8, each=8)) == 1  # and it was never heard of again
        script = Script()
        async with scene.delivering(script):
            await until(lambda: settled(scene, endpoint, "done"))
        assert time.time() >= now + 0.5
        assert len(script.sent) == 1

    asyncio.run(work())


def test_a_renewed_secret_and_the_one_before_both_verify_for_a_day(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        old = await scene.endpoint(mia, URL)
        new = await edit_endpoint(scene, mia, old.id, EndpointEdit(new_secret=True), HERE)
        assert new.secret not in ("", old.secret)
        ada = await a_person(scene, "ada", is_admin=True)
        await rotate_key(scene, ada)  # the vault's key changes under both
        script = Script()
        async with scene.delivering(script):
            await scene.tell(mia)
            await until(lambda: script.sent)
        _, headers, body = script.sent[0]
        assert verified(old.secret, headers, body) == verified(new.secret, headers, body) == "response.completed"
        with pytest.raises(openai.InvalidWebhookSignatureError):
            verified(new.secret, headers, body + b" ")
        assert old.secret.encode() not in scene.vault.export().encode()

    asyncio.run(work())


def test_a_user_who_was_disabled_is_told_nothing(scene: Scene) -> None:
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        await scene.tell(mia, 2)
        await scene.database.write(change_user, mia.user_id, disabled=True)
        script = Script()
        async with scene.delivering(script):
            await until(lambda: settled(scene, endpoint, "failed", "failed"))
        assert script.sent == []

    asyncio.run(work())


def test_what_cannot_be_signed_is_tried_later_and_says_why(scene: Scene, tmp_path) -> None:  # type: ignore[no-untyped-def]
    async def work() -> None:
        mia = await a_person(scene, "mia")
        endpoint = await scene.endpoint(mia, URL)
        scene.vault = open_vault(tmp_path / "another")
        async with scene.delivering(Script(), Pace(every=0.05)):
            await scene.tell(mia)
            await until(lambda: tried(scene, endpoint))
        (notice,) = await scene.notices(endpoint)
        assert notice.state == "waiting"
        assert "key that is not here" in notice.why

    asyncio.run(work())


async def tried(scene: Scene, endpoint) -> bool:  # type: ignore[no-untyped-def]
    return bool((await scene.notices(endpoint))[0].why)
