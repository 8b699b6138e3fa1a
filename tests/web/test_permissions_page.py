"""A task that asks before it does something: dispatched by the composer, answered in its page, by one of two."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from .browser import Browser
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web"), pytest.mark.timeout(300)]
LONG = 120_000.0
"""Milliseconds for a turn: sandbox, tests and clean runs."""
SETTLED = 800
"""Milliseconds after which keys answer."""


@pytest.fixture
def patient(scene: WebScene) -> Iterator[WebScene]:
    """The scene, whose turns wait for their answers with the sandbox open."""
    before = scene.service.config
    scene.service.config = msgspec.structs.replace(before, patience=300.0)
    yield scene
    scene.service.config = before


def dock(page: Page) -> Locator:
    return page.get_by_role("region", name="Waits for a person")


def test_what_is_dispatched_to_ask_is_answered_in_its_page_and_goes_on(browser: Browser, patient: WebScene) -> None:
    with browser.page(patient.url, "ada", password=PASSWORD) as page:
        page.goto("/app/new?project=tally")
        expect(page.get_by_role("group", name="Approval")).to_contain_text("go ahead, in the sandbox")
        page.get_by_text("Suggest", exact=True).click()
        expect(page.get_by_role("group", name="Approval")).to_contain_text("wait for a person's yes")
        page.reload()
        expect(page.get_by_label("Suggest", exact=True), "the draft is kept").to_be_checked()
        page.get_by_label("What is to be done").fill("Suggested by the composer [note]")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("list", name="About this task")).to_contain_text("Suggest")

        expect(dock(page)).to_contain_text("May it edit notes.txt", timeout=LONG)
        expect(dock(page).get_by_role("group", name="Diff")).to_contain_text("note 1: the discount begins at ten pieces")
        task = page.url.rpartition("/")[2].partition("?")[0]
        assert patient.do(patient.until(task, "running", seconds=5)).attempts[0].asks
        with browser.page(patient.url, "ada", password=PASSWORD) as other:
            other.goto("/app/?state=needs&words=Suggested+by+the+composer")
            expect(other.locator(".tasks-state").first).to_have_text("Needs you")
            expect(other.locator(".tasks-asks").first).to_contain_text("notes.txt")

        page.wait_for_timeout(SETTLED)
        page.keyboard.press("y")
        expect(dock(page)).to_contain_text("note 2", timeout=LONG)
        expect(dock(page)).to_contain_text("For this session: edits of `notes.txt`")
        dock(page).get_by_role("button", name="Allow for this session").click()
        expect(dock(page).get_by_label("What it would run")).to_contain_text("looked.txt", timeout=LONG)
        page.keyboard.press("n")
        page.keyboard.type("It need not be looked at")
        page.keyboard.press("Enter")
        timeline = page.get_by_role("region", name="Timeline")
        expect(timeline).to_contain_text("allowed for this session", timeout=LONG)
        expect(timeline).to_contain_text("refused. “It need not be looked at”", timeout=LONG)
        expect(timeline).to_contain_text("It is noted.", timeout=LONG)
        expect(dock(page)).to_have_count(0)
    patient.do(patient.until(task, "review"))


def test_of_two_who_look_the_other_is_told_and_a_viewer_only_sees_it(browser: Browser, patient: WebScene) -> None:
    task = patient.do(patient.dispatch("Two look at it [note]", approval="auto-edit"))
    where = f"/app/tasks/{task.id}"
    with (
        browser.page(patient.url, "ada", password=PASSWORD) as ada,
        browser.page(patient.url, "mia", password=PASSWORD) as mia,
        browser.page(patient.url, "vic", password=PASSWORD) as vic,
    ):
        for page in (ada, mia, vic):
            page.goto(where)
            expect(dock(page).get_by_label("What it would run")).to_contain_text("looked.txt", timeout=LONG)
        expect(dock(vic)).to_contain_text("A member of the project can answer")
        expect(dock(vic).get_by_role("button", name=re.compile("Allow|Refuse|Change"))).to_have_count(0)
        vic.wait_for_timeout(SETTLED)
        vic.keyboard.press("y")
        mia.get_by_role("button", name="Allow once").click()
        expect(ada.get_by_role("status").filter(has_text="mia answered first: allowed once")).to_be_visible(timeout=LONG)
        expect(dock(ada)).to_have_count(0)
        expect(ada.get_by_role("region", name="Timeline")).to_contain_text("answered by mia")
    patient.do(patient.until(task.id, "review"))


def test_after_its_patience_the_answer_begins_the_turn_in_which_the_call_runs(browser: Browser, scene: WebScene) -> None:
    task = scene.do(scene.dispatch("Nobody is there yet [note]", approval="auto-edit"))
    scene.do(scene.until(task.id, "needs_input"))
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.goto(f"/app/tasks/{task.id}")
        expect(dock(page)).to_contain_text("An answer begins the next turn")
        page.get_by_role("button", name="Change it first").click()
        page.get_by_label("Command to run instead").fill("printf 'by mia\\n' > looked.txt")
        page.keyboard.press("Control+Enter")
        timeline = page.get_by_role("region", name="Timeline")
        expect(timeline).to_contain_text("changed before it ran", timeout=LONG)
        expect(timeline).to_contain_text("It is noted.", timeout=LONG)
    assert len(scene.do(scene.until(task.id, "review")).attempts[0].turns) == 2
