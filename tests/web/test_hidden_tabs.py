"""Eight tabs of one browser: those that nobody sees give their lines back, and one of them still tells of what needs a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .browser import Browser
from .scene import WebScene

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web")]

TABS = 8
HIDING = """
let seen = "visible";
Object.defineProperty(document, "visibilityState", { get: () => seen });
Object.defineProperty(document, "hidden", { get: () => seen === "hidden" });
window.see = (state) => { seen = state; document.dispatchEvent(new Event("visibilitychange")); };
window.notified = [];
window.Notification = class { static permission = "granted"; static requestPermission = async () => "granted";
  constructor(title) { window.notified.push(title); } close() {} };
if (location.protocol.startsWith("http")) localStorage.setItem("pullwright.notify", "all");
"""
SEVEN = """(path) => {
  const held = Array.from({ length: 7 }, () => new AbortController());
  let open = 0;
  for (const { signal } of held)
    fetch(path, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal }).then(() => (open += 1), () => 0);
  return new Promise((resolve) => setTimeout(resolve, 4000)).then(() => (held.forEach((one) => one.abort()), open));
}"""


class Tabs:
    """Tabs of one context, one of which is looked at; and the streams that they have open."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.pages: list[Page] = []
        self.streams: set[Any] = set()
        context.add_init_script(HIDING)
        context.on("request", self._opened)
        context.on("requestfailed", self._closed)
        context.on("requestfinished", self._closed)

    def _opened(self, request: Any) -> None:
        if request.headers.get("accept") == "text/event-stream":
            self.streams.add(request)

    def _closed(self, request: Any) -> None:
        self.streams.discard(request)

    def open(self, path: str) -> Page:
        """A tab more, which is looked at from now on."""
        self.hide()
        page = self.context.new_page()
        self.pages.append(page)
        page.goto(path)
        return page

    def hide(self) -> None:
        for page in self.pages:
            page.evaluate("see('hidden')")

    def show(self, page: Page) -> None:
        self.hide()
        page.evaluate("see('visible')")

    def notified(self) -> list[str]:
        return [title for page in self.pages for title in page.evaluate("window.notified")]


@pytest.fixture
def tabs(browser: Browser, scene: WebScene) -> Iterator[Tabs]:
    with browser.page(scene.url, "ada", password=scene.password) as page:
        context = page.context
        page.close()
        yield Tabs(context)


def until(pages: Tabs, holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        pages.pages[0].wait_for_timeout(100)


def test_a_browser_has_six_lines_to_a_server(tabs: Tabs) -> None:
    page = tabs.open("/app/projects")
    page.get_by_role("heading", name="Projects").wait_for()
    page.evaluate("see('hidden')")
    assert page.evaluate(SEVEN, "/api/v1/tasks/stream") < 7


def test_eight_tabs_are_all_alive(tabs: Tabs, scene: WebScene) -> None:
    task = scene.do(scene.dispatch("Go through it while tabs come and go [slow]")).id
    scene.do(scene.until(task, "running"))
    for _ in range(TABS):
        page = tabs.open(f"/app/tasks/{task}")
        expect(page.locator(".row-step").first).to_be_attached(timeout=30_000)
        until(tabs, lambda: len(tabs.streams) <= 5)

    first = tabs.pages[0]
    before = steps(first)
    tabs.show(first)
    until(tabs, lambda: len(steps(first)) and max(steps(first)) >= max(before) + 3)
    first.get_by_role("region", name="Timeline").press("Home")
    first.wait_for_timeout(500)
    shown = steps(first)
    assert shown == list(range(1, len(shown) + 1))


def test_what_needs_a_person_is_told_once_by_a_tab_that_nobody_sees(tabs: Tabs, scene: WebScene) -> None:
    for _ in range(TABS):
        tabs.open("/app/").get_by_role("table", name="Tasks").or_(tabs.pages[-1].get_by_text("No tasks yet")).wait_for()
    tabs.hide()
    scene.do(scene.until(scene.do(scene.dispatch("Ask once [ask]")).id, "needs_input"))
    until(tabs, lambda: tabs.notified() == ["Ask once [ask]"])

    tabs.pages.pop().close()  # the one that led: it was looked at last
    asked = scene.do(scene.dispatch("Ask again [ask]")).id
    scene.do(scene.until(asked, "needs_input"))
    until(tabs, lambda: len(tabs.notified()) > 0)
    tabs.pages[0].wait_for_timeout(3000)
    assert tabs.notified() == ["Ask again [ask]"]
    assert len(tabs.streams) <= 2


def steps(page: Page) -> list[int]:
    """The numbers of the steps in the page, as they stand there."""
    words = page.locator(".step-line > span:first-child").all_text_contents()
    return [int(one.removeprefix("Step ")) for one in words]
