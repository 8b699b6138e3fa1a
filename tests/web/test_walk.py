"""The whole way as a person walks it: from the sign-in to the merge, and what a viewer may not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pullwright.cli.demo.recipes import RANGE, REMARK, WISHES
from service_scene import git

from .browser import Browser, sign_in
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
LONG = 120_000.0
"""Milliseconds for a turn: sandbox, tests and clean runs."""
WORK = "".join(
    f"On the walk: {words}\n"
    for words in (WISHES[3].prompt, "Print totals in the right currency [ask]", "Go through it step by step [slow]")
)
NOTED = "On the walk: note it down [note]"
WORK += f'{{"prompt": "{NOTED}", "approval": "auto-edit"}}\n'
"""Other tests of the process may have tasks of their own in the list."""


def test_the_whole_way_from_sign_in_to_merge(browser: Browser, scene: WebScene, tmp_path_factory: pytest.TempPathFactory) -> None:
    remote = _another(scene, tmp_path_factory)
    with browser.page(scene.url) as page:
        sign_in(page, "ada", PASSWORD)
        _connect(page, remote)
        _try(page)
        _dispatch(page)
        _answer(page)
        _allow(page)
        _watch(page)
        _remark_and_send_back(page)
        _approve(page)
    assert RANGE.new.splitlines()[0].strip() in git(remote, "show", f"main:{RANGE.module}")


def test_a_viewer_reads_and_is_refused_the_rest(browser: Browser, scene: WebScene) -> None:
    view = scene.do(scene.dispatch("Look at it [edit]"))
    scene.do(scene.until(view.id, "review"))
    with browser.page(scene.url, "vic", password=PASSWORD) as page:
        page.goto(f"/app/tasks/{view.id}")
        expect(page.get_by_role("heading", name="Look at it")).to_be_visible()
        for words in ("Stop", "Cancel", "Run again"):
            expect(page.get_by_role("button", name=words, exact=True).and_(page.locator(":enabled"))).to_have_count(0)
        page.goto(f"/app/tasks/{view.id}/review")
        expect(page.get_by_role("main")).to_contain_text("notes.txt")
        for words in ("Approve", "Send back"):
            expect(page.get_by_role("button", name=words).and_(page.locator(":enabled"))).to_have_count(0)
        guard = {"X-CSRF-Token": page.request.get("/api/v1/me").json()["csrf"], "Origin": scene.url}
        refused = page.request.post(f"/api/v1/tasks/{view.id}/approve", data={}, headers=guard)
        assert refused.status == 403


def _another(scene: WebScene, factory: pytest.TempPathFactory) -> Path:
    """A repository that nobody has connected."""
    remote = scene.remote.with_name("shop.git")
    shutil.copytree(scene.remote, remote)
    return remote


def _connect(page: Page, remote: Path) -> None:
    page.get_by_role("link", name="Projects").click()
    page.get_by_role("button", name="Connect a repository").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="A folder on the server").click()
    dialog.get_by_label("Folder on the server's machine").fill(str(remote))
    page.keyboard.press("Enter")
    dialog.get_by_label("Name", exact=True).fill("shop")
    dialog.get_by_role("button", name="Connect it").click()
    expect(dialog.get_by_text("could be fetched")).to_be_visible(timeout=30_000)
    dialog.get_by_role("button", name="environment", exact=False).first.click()
    page.wait_for_url("**/projects/shop/environments/default")


def _try(page: Page) -> None:
    page.get_by_role("textbox", name="Setup script").fill("echo it is set up")
    page.get_by_role("button", name="Run setup now").click()
    page.get_by_role("button", name="Save and try").click()
    expect(page.get_by_label("What setup says")).to_contain_text("it is set up", timeout=60_000)
    expect(page.get_by_text("Ready", exact=True).first).to_be_visible(timeout=60_000)


def _dispatch(page: Page) -> None:
    page.get_by_role("link", name="Tasks").click()
    page.keyboard.press("c")
    page.get_by_label("One task a line").check()
    page.get_by_label("Tasks, one a line").fill(WORK)
    page.get_by_label("Project", exact=True).click()
    page.get_by_role("option", name="shop").or_(page.get_by_role("menuitem", name="shop")).first.click()
    page.get_by_role("button", name="Send all").click()
    for line in (*WORK.strip().splitlines()[:-1], NOTED):
        expect(page.get_by_role("link", name=line[:40]).first).to_be_visible(timeout=20_000)


def _answer(page: Page) -> None:
    page.get_by_role("link", name="On the walk: Print").first.click()
    page.get_by_label("Your answer").fill("Euros")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("In that one, then.", timeout=LONG)


def _allow(page: Page) -> None:
    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("link", name="On the walk: note").first.click()
    expect(page.get_by_label("What it would run")).to_contain_text("looked.txt", timeout=LONG)
    page.get_by_role("button", name="Allow once").click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("allowed once", timeout=LONG)
    expect(timeline).to_contain_text("It is noted.", timeout=LONG)


def _watch(page: Page) -> None:
    """What comes is there by itself, in its order."""
    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("link", name="On the walk: Go").first.click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("Step 2 of many.", timeout=LONG)
    expect(timeline).to_contain_text("Step 4 of many.", timeout=LONG)
    page.get_by_role("button", name="Stop").first.click()
    page.get_by_role("dialog").get_by_role("button").filter(has_text=re.compile("Stop", re.I)).click()


def _remark_and_send_back(page: Page) -> None:
    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("link", name="On the walk: percent").first.click()
    page.get_by_role("link", name="Review").or_(page.get_by_role("button", name="Review")).first.click(timeout=LONG)
    lines = page.get_by_role("button", name=re.compile(r"^Remark on line \d+, added"))
    lines.first.wait_for(timeout=LONG)
    for number, words in enumerate((REMARK, "And this line is fine.")):
        lines.nth(number).click()
        page.get_by_role("textbox", name=re.compile("^Remark on line")).last.fill(words)
        page.get_by_role("button", name="Add remark").click()
        expect(page.get_by_role("article").filter(has_text=words)).to_be_visible()
    page.get_by_role("button", name="Send back").first.click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Send back")).click()
    # The page stays at what was looked at, and says that there is more.
    page.get_by_role("button", name=re.compile("since my (last )?review", re.I)).click(timeout=LONG)
    expect(page.get_by_label("What is shown")).to_contain_text("Since my last review")
    expect(page.get_by_role("main")).to_contain_text("is not a percentage", timeout=30_000)


def _approve(page: Page) -> None:
    page.get_by_role("button", name="Approve").click(timeout=LONG)
    page.get_by_role("dialog").get_by_role("button", name="Approve and merge").click()
    expect(page.get_by_text("Merged", exact=True).first).to_be_visible(timeout=60_000)
