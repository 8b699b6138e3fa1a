"""Who comes in, and how: passwords, cookies, keys, the socket, the first run."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.links import make_entry
from server_world import PASSWORD, World, order


def test_health_is_the_one_address_without_a_credential(world: World) -> None:
    with world.client() as nobody:
        assert nobody.get("/healthz").json() == {"status": "ok"}
        for path in ("/readyz", "/metrics", "/api/v1/tasks", "/api/v1/me", "/api/v1/openapi.json"):
            answer = nobody.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
            assert "pullwright" in answer.json()["fix"]


def test_a_browser_signs_in_and_out(world: World) -> None:
    with world.client() as browser:
        wrong = browser.post("/api/v1/sign-in", json={"name": "vic", "password": "wrong"})
        assert wrong.status_code == 401
        answer = browser.post("/api/v1/sign-in", json={"name": "vic", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        me = browser.get("/api/v1/me").json()
        assert (me["name"], me["roles"]) == ("vic", {"proj_tally": "viewer"})
        assert browser.post("/api/v1/sign-out").status_code == 403  # no token
        assert browser.post("/api/v1/sign-out", headers={"X-CSRF-Token": me["csrf"]}).status_code == 204
        browser.cookies.set("pullwright", cookie.partition("=")[2].partition(";")[0])
        assert browser.get("/api/v1/me").status_code == 401


def test_keys_come_in_as_far_as_their_scopes(world: World) -> None:
    with world.client(key="read") as reader, world.client(key="dispatch") as sender:
        assert reader.get("/api/v1/me").json()["scopes"] == ["read"]
        refused = reader.post("/api/v1/tasks", json=order())
        assert refused.status_code == 403
        assert "scope" in refused.json()["detail"]
        assert sender.post("/api/v1/tasks", json=order()).status_code == 201
    with world.client(key="pw_" + "x" * 43) as stranger:
        assert stranger.get("/api/v1/me").status_code == 401
    with world.client() as odd:
        assert odd.get("/api/v1/me", headers={"Authorization": "Basic abc"}).status_code == 401


def test_the_servers_own_user_needs_no_credential_at_the_socket(world: World) -> None:
    with world.local() as here:
        assert here.get("/api/v1/me").json()["is_admin"] is True
        assert here.post("/api/v1/tasks", json=order()).status_code == 201
    assert world.socket.stat().st_mode & 0o777 == 0o600
    with world.client() as nobody:  # no header makes the socket's peer of anybody
        said = {"X-Forwarded-For": "unix", "Forwarded": "for=unix"}
        assert nobody.get("/api/v1/me", headers=said).status_code == 401


def test_a_sign_in_is_not_guessed_for_long(tmp_path: Path) -> None:
    with World.open(tmp_path, sign_ins=3) as world, world.client() as browser:
        answers = [browser.post("/api/v1/sign-in", json={"name": "vic", "password": str(n)}) for n in range(6)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        right = browser.post("/api/v1/sign-in", json={"name": "vic", "password": PASSWORD})
        assert right.status_code == 429  # guessing right after too many tries tells nothing


def test_the_first_administrator_has_the_link(tmp_path: Path) -> None:
    with World.open(tmp_path, settled=False) as world, world.client() as browser:
        desk = world.app.state.desk
        token = desk.first_run.link("").partition("token=")[2]
        said = {"name": "ada", "password": PASSWORD}
        assert browser.post("/api/v1/first-run", json={"token": "wrong", **said}).status_code == 403
        assert browser.get(f"/first-run?token={token}", follow_redirects=True).status_code == 200
        made = browser.post("/api/v1/first-run", json={"token": token, **said})
        assert made.status_code == 201
        assert browser.get("/api/v1/me").json()["is_admin"] is True
        again = browser.post("/api/v1/first-run", json={"token": token, **said})
        assert again.status_code == 409
        assert browser.get(f"/first-run?token={token}").status_code == 404


def test_nobody_else_is_served_before_there_is_an_administrator(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="nobody administers"), World.open(tmp_path / "a", settled=False, host="0.0.0.0"):
        pass
    with World.open(tmp_path / "b", settled=False, proxies=("127.0.0.1",)) as world, world.client() as proxied:
        far = proxied.get("/healthz", headers={"X-Forwarded-For": "192.0.2.7"})
        assert far.status_code == 403
        assert "administrator" in far.json()["detail"]
        world.settle()
        assert proxied.get("/healthz", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 200


def test_a_name_that_was_pointed_here_is_refused(world: World) -> None:
    with world.client("mia") as browser:
        assert browser.get("/api/v1/me", headers={"Host": "evil.example"}).status_code == 421
        assert browser.get("/api/v1/me", headers={"Host": "localhost:1"}).status_code == 200


def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    with World.open(tmp_path, public_url="https://pullwright.example", proxies=("127.0.0.1",)) as world:
        headers = {"Host": "pullwright.example", "X-Forwarded-Proto": "https", "Origin": "https://pullwright.example"}
        with httpx.Client(base_url=world.url, headers=headers) as browser:
            answer = browser.post("/api/v1/sign-in", json={"name": "mia", "password": PASSWORD})
            assert answer.headers["set-cookie"].startswith("__Host-pullwright=")
            assert "Secure" in answer.headers["set-cookie"]
            assert "strict-transport-security" in answer.headers


def test_who_is_invited_comes_in_by_a_link_once(world: World) -> None:
    with world.client("ada") as admin, world.client() as browser:
        assert admin.post("/api/v1/users", json={"name": "grace"}).status_code == 201
        link = admin.post("/api/v1/users/grace/link").json()["link"]
        path = link.removeprefix(world.url)
        token = path.partition("token=")[2]
        assert browser.get(path, follow_redirects=True).status_code == 200
        said = {"token": token, "password": "short"}
        assert browser.post("/welcome", data=said, headers={"Origin": world.url}).status_code == 422  # and the link still holds
        said["password"] = "a good long password"
        assert browser.post("/welcome", data=said, headers={"Origin": world.url}).status_code == 303
        me = browser.get("/api/v1/me").json()
        assert (me["name"], me["roles"], me["is_admin"]) == ("grace", {}, False)
        assert browser.post("/api/v1/links/redeem", json=said).status_code == 401
        guard = {"X-CSRF-Token": me["csrf"]}
        new = {"old": "a good long password", "new": "another long password"}
        old = dict(browser.cookies)
        assert browser.post("/api/v1/me/password", json=new, headers=guard).status_code == 200
        assert browser.get("/api/v1/me").status_code == 200
        with httpx.Client(base_url=world.url, cookies=old) as before:
            assert before.get("/api/v1/me").status_code == 401  # all older sign-ins have ended
        assert admin.patch("/api/v1/users/grace", json={"disabled": True}).status_code == 200
        assert browser.get("/api/v1/me").status_code == 401
        assert admin.patch("/api/v1/users/ada", json={"is_admin": False}).status_code == 409  # nobody would be left


def test_a_link_of_the_servers_own_machine_signs_in_once_and_is_no_other_link(world: World) -> None:
    ada = Actor(user_id="user_ada", name="ada", is_admin=True)
    token = world.do(make_entry(world.service, ada))
    with world.client() as browser, world.client() as other:
        elsewhere = {"Origin": "https://evil.example"}
        assert browser.post("/api/v1/links/enter", json={"token": token}, headers=elsewhere).status_code == 403
        said = {"token": token, "password": "a good long password"}
        assert browser.post("/api/v1/links/redeem", json=said).status_code == 401  # it sets no password
        assert browser.post("/api/v1/links/enter", json={"token": token}).status_code == 200
        assert browser.get("/api/v1/me").json()["name"] == "ada"
        assert other.post("/api/v1/links/enter", json={"token": token}).status_code == 401
    with world.client("ada") as admin, world.client() as browser:
        invited = admin.post("/api/v1/users/mia/link").json()["link"].partition("token=")[2]
        assert browser.post("/api/v1/links/enter", json={"token": invited}).status_code == 401  # it needs a password
