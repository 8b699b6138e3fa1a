"""Each page can be used by everybody: axe-core finds nothing in light and dark, the keyboard reaches everything, a phone is wide
enough, and nothing that somebody wrote has grown into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from .browser import AXE, Browser, settled
from .filled import Filled
from .places import OUTSIDE, PLACES
from .scene import PASSWORD, WebScene
from .test_inert import inert

pytestmark = [pytest.mark.xdist_group("web"), pytest.mark.timeout(180)]
MOST_TABS = 220
NARROW: ViewportSize = {"width": 360, "height": 740}
CORE = ("tasks", "new", "task-running", "review-hostile", "admin", "sign-in")
"""What is looked at each time; the other pages are in the slow set."""

REACH = Path(__file__).with_name("reach.js")
"""What is asked of a page, as functions of its window's."""
STILL = "() => !document.getAnimations().some((it) => it instanceof CSSTransition)"
"""No colour is on its way to another."""


def violations(page: Page) -> list[str]:
    """What axe-core finds, in dark (as the page was opened) and in light."""
    page.evaluate(AXE.read_text() + REACH.read_text())
    found: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.wait_for_function("(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme)
        page.wait_for_function(STILL)
        found += [f"{scheme}: {one}" for one in page.evaluate("violations()")]
    return found


def not_reached(page: Page) -> list[str]:
    """What Tab does not come to, and what does not show that it has the focus."""
    page.evaluate("begin()")
    unseen: list[str] = []
    again = 0
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        came = page.evaluate("step()")
        again = again + 1 if came == "again" else 0
        if again:
            page.keyboard.press("Escape")  # an editor in which Tab indents is left like this, and says so
        if came.startswith("no ring"):
            unseen.append(came)
        if again > 2 or (came == "none" and again):
            break
    return unseen + [f"not reached: {one}" for one in page.evaluate("missed()")]


@pytest.mark.parametrize("place", [pytest.param(one, marks=() if one in CORE else pytest.mark.slow) for one in PLACES])
def test_a_page_is_for_everybody(browser: Browser, scene: WebScene, filled: Filled, place: str) -> None:
    path = PLACES[place].format_map(filled)
    with browser.page(scene.url, "ada", password=PASSWORD, dark=True) as page:
        page.goto(path)
        settled(page)
        found = violations(page) + not_reached(page)
        assert not found, "\n".join(found)
        inert(page)
        page.set_viewport_size(NARROW)
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize("place", [pytest.param(one, marks=() if one in CORE else pytest.mark.slow) for one in OUTSIDE])
def test_a_page_before_the_sign_in_is_for_everybody(browser: Browser, scene: WebScene, place: str) -> None:
    with browser.page(scene.url, dark=True) as page:
        page.goto(OUTSIDE[place])
        settled(page)
        found = violations(page) + not_reached(page)
        assert not found, "\n".join(found)
