"""What every page stands in: sign-in, policy, what comes over the wire, nobody else asked."""

from __future__ import annotations

import gzip
import json
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import expect

from pullwright.server.web.files import BUILT
from pullwright.server.web.site import POLICY

from .browser import Browser, sign_in
from .scene import PASSWORD, WebScene

pytestmark = pytest.mark.xdist_group("web")
MOST = 250_000
"""Bytes of compressed script that the list of tasks may need before it is shown."""


def test_the_policy_is_what_it_should_be_to_the_letter(scene: WebScene) -> None:
    for path in ("/app/", "/app/tasks/nothing", "/app/icon.svg"):
        assert httpx.get(f"{scene.url}{path}").headers["content-security-policy"] == POLICY
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "http" not in POLICY
    assert "*" not in POLICY


def test_who_is_not_signed_in_is_asked_to_and_comes_to_where_they_wanted(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url) as page:
        sign_in(page, "mia", PASSWORD, after="/app/projects")
        expect(page).to_have_url(f"{scene.url}/app/projects")


def test_a_wrong_password_is_told_and_nothing_else(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url) as page:
        page.goto("/app/sign-in?after=//elsewhere.example")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{scene.url}/app/")


def test_the_list_needs_little_script_and_asks_nobody_else(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        scripts: dict[str, int] = {}
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        urls: dict[str, str] = {}
        client.on("Network.responseReceived", lambda told: urls.update({told["requestId"]: told["response"]["url"]}))
        client.on(
            "Network.loadingFinished", lambda told: scripts.update({urls.get(told["requestId"], ""): told["encodedDataLength"]})
        )
        page.goto("/app/")
        page.get_by_role("heading", name="Tasks", exact=True).wait_for()
        page.wait_for_timeout(1_500)  # never idle: the stream of changes stays open
        sizes = {url: size for url, size in scripts.items() if url.endswith(".js")}
        assert sizes
        assert sum(sizes.values()) <= MOST, sizes


def test_what_the_list_imports_is_small_in_the_manifest_too() -> None:
    """As the browser test, without a browser: what `index.html` needs and the list's own parts, gzipped."""
    manifest = json.loads((BUILT / ".vite/manifest.json").read_text())
    wanted, todo = set[str](), ["index.html", "src/tasks/list.tsx"]
    while todo:
        key = todo.pop()
        part = manifest[key]
        wanted.add(part["file"])
        todo += [one for one in part.get("imports", []) if manifest[one]["file"] not in wanted]
    assert sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in wanted) <= MOST


def test_no_secret_is_kept_where_scripts_can_read_it(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url) as page:
        sign_in(page, "ada", PASSWORD)
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert json.loads(kept)[2] == ""
        cookies = page.context.cookies()
        csrf = page.request.get(urljoin(scene.url, "/api/v1/me")).json()["csrf"]
        for secret in (PASSWORD, csrf, *(cookie["value"] for cookie in cookies)):
            assert secret
            assert secret not in kept
            assert secret not in page.content()
        assert [cookie["httpOnly"] for cookie in cookies] == [True]
