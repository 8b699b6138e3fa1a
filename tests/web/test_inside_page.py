"""Inside a running attempt: a shell in its sandbox, its files, a server in it, and what a viewer may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from .browser import Browser, settled
from .filled import Filled
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
LONG = 60_000.0
MINE = "fetch('/api/v1/me').then((got) => got.status, () => 'refused')"
SERVE = "printf '<h1>Served from the sandbox</h1>' > index.html; python3 -m http.server 8765 >/dev/null 2>&1 &"


@pytest.fixture
def inside(scene: WebScene) -> Iterator[str]:
    """The address of an attempt that has just begun to run; it gives its place to others in the end."""
    attempt = Filled(scene)["inside"]
    yield f"/app/attempts/{attempt}/inside"
    scene.do(scene.cancel(attempt))


@pytest.fixture
def page(browser: Browser, scene: WebScene, inside: str) -> Iterator[Page]:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.goto(inside)
        page.get_by_role("tab", name="Terminal").wait_for(timeout=LONG)
        yield page


def shell(page: Page) -> Any:
    """The lines of the terminal, once somebody may type."""
    expect(page.get_by_text("You are in the agent's workspace")).to_be_visible(timeout=LONG)
    return page.get_by_role("group", name="Terminal in the sandbox").locator(".xterm-rows")


def test_a_command_is_typed_and_its_file_is_among_the_others(page: Page) -> None:
    lines = shell(page)
    page.keyboard.type("cd /workspace && echo $((6*7))-$(pwd) && echo 'made by hand' > by-hand.txt\n")
    expect(lines).to_contain_text("42-/workspace", timeout=LONG)
    page.keyboard.press("F6")
    expect(page.get_by_role("tab", name="Terminal")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="by-hand.txt").click()
    expect(page.get_by_label("by-hand.txt", exact=True)).to_have_text("made by hand\n")
    page.get_by_role("button", name="tally", exact=True).click()
    page.get_by_role("button", name="basket.py").click()
    expect(page.get_by_label("tally/basket.py", exact=True)).to_contain_text("class Basket")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "class Basket" in download.value.path().read_text()
    page.get_by_role("tab", name="Terminal").click()
    expect(lines).to_contain_text("42-/workspace")


@pytest.mark.slow
def test_a_server_in_it_is_opened_in_an_origin_of_its_own(browser: Browser, scene: WebScene, inside: str) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD, strict=False) as page:  # its tab is refused what it tries, and says so
        page.goto(inside)
        shell(page)
        page.keyboard.type(f"cd /workspace; {SERVE}\n")
        ports = page.get_by_role("tab", name=re.compile("Ports"))
        expect(ports).to_contain_text("1", timeout=LONG)
        ports.click()
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="Open port 8765 in a new tab").click()
        served = opened.value
        expect(served.get_by_role("heading", name="Served from the sandbox")).to_be_visible(timeout=LONG)
        assert served.evaluate("window.opener") is None
        assert served.evaluate("self.origin") == "null"
        assert served.evaluate(MINE) == "refused"
        assert page.evaluate(MINE) == 200
        assert httpx.get(served.url).is_success
        other = served.url.rstrip("/")[:-4] + "AAAA/"
        assert httpx.get(other).status_code in (401, 403, 404, 410)


@pytest.mark.slow
def test_the_shell_that_ends_can_be_begun_anew(page: Page) -> None:
    shell(page)
    page.keyboard.type("exit 7\n")
    expect(page.get_by_text("The shell ended with code 7.")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="New shell").click()
    lines = shell(page)
    page.keyboard.type("echo again-$((1+1))\n")
    expect(lines).to_contain_text("again-2", timeout=LONG)


@pytest.mark.slow
def test_a_viewer_looks_at_files_and_has_no_shell(browser: Browser, scene: WebScene, inside: str) -> None:
    with browser.page(scene.url, "vic", password=PASSWORD) as page:
        page.goto(inside)
        page.get_by_role("tab", name="Files").wait_for(timeout=LONG)
        page.get_by_role("button", name="tally", exact=True).click()
        expect(page.get_by_role("button", name="basket.py")).to_be_visible()
        page.get_by_role("tab", name="Terminal").click()
        expect(page.get_by_text("A terminal is not for viewers")).to_be_visible()
        guard = {"X-CSRF-Token": page.request.get("/api/v1/me").json()["csrf"], "Origin": scene.url}
        attempt = inside.split("/")[3]
        assert page.request.post(f"/api/v1/attempts/{attempt}/inside/ports/8765", headers=guard).status == 403


@pytest.mark.slow
def test_what_has_ended_says_so(browser: Browser, scene: WebScene, filled: Filled) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.goto(f"/app/attempts/{filled['ended']}/inside")
        settled(page)
        expect(page.get_by_role("heading", name="This attempt is not running")).to_be_visible()
        page.get_by_role("link", name="Go to the task").click()
        expect(page.get_by_role("region", name="Timeline")).to_be_visible()
