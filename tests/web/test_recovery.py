"""The server dies in mid-run and comes back: the page goes on by itself, without a gap and without a double."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.served import Served
from playing import Server
from pullwright.cli.demo.sample import make_sample
from service_scene import git

from .browser import Browser, set_password
from .play import play

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
LONG = 90_000.0
SECRET = "correct horse battery"


@pytest.fixture
def served(short_path: Path) -> Iterator[Served]:
    """`pullwright serve` as a process, with a worker of its own and a scripted model."""
    short_path.chmod(0o755)
    model = Server()
    model.start(play)
    try:
        with Served(short_path, {"up": ("responses", model.url)}, work=True) as running:
            yield running
    finally:
        model.stop()


def test_a_killed_server_comes_back_and_the_page_with_it(browser: Browser, served: Served, short_path: Path) -> None:
    make_sample(short_path / "tally")
    git(short_path, "clone", "-q", "--bare", "tally", "tally.git")
    link = served.admin("link", "ada").split()[-1]
    with browser.page(served.url.removesuffix("/v1")) as page:
        _come_in(page, link)
        page.goto(f"/app/tasks/{_dispatched(page, short_path / 'tally.git')}")
        timeline = page.get_by_role("region", name="Timeline")
        expect(timeline).to_contain_text("Step 3 of many.", timeout=LONG)
        served.kill()
        page.wait_for_timeout(1500)
        served.start()
        expect(timeline).to_contain_text("Step 7 of many.", timeout=LONG)
        seen = _steps(page)
        assert seen == list(range(len(seen)))
        page.reload()
        expect(timeline).to_contain_text("of many.", timeout=LONG)
        again = _steps(page)
        assert again == list(range(len(again)))


def _come_in(page: Page, link: str) -> None:
    """By the one-time link, which asks for a password."""
    set_password(page, link, SECRET)
    page.get_by_role("navigation", name="Pages").wait_for()


def _dispatched(page: Page, remote: Path) -> str:
    guard = {"X-CSRF-Token": page.request.get("/api/v1/me").json()["csrf"]}
    project = {"name": "tally", "url": str(remote)}
    assert page.request.post("/api/v1/projects", data=project, headers=guard).status == 201
    task = {"project": "tally", "prompt": "Go through it [slow]"}
    made = page.request.post("/api/v1/tasks", data=task, headers=guard)
    assert made.status == 201, made.text()
    return str(made.json()["id"])


def _steps(page: Page) -> list[int]:
    """The numbers of all steps that the timeline shows, from its top to its end; what is out of sight is not in the document."""
    box = page.get_by_role("region", name="Timeline")
    found: dict[str, int] = {}
    box.evaluate("it => it.scrollTo(0, 0)")
    while True:
        page.wait_for_timeout(150)
        # At one instant: rows come and go while the page is alive.
        for index, text in box.locator("[data-index]").evaluate_all("rows => rows.map(it => [it.dataset.index, it.innerText])"):
            if step := re.search(r"Step (\d+) of many", text):
                found[index] = int(step[1])
        if box.evaluate("it => { const at = it.scrollTop; it.scrollBy(0, it.clientHeight / 2); return it.scrollTop === at; }"):
            return [found[index] for index in sorted(found, key=int)]
