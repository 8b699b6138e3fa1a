"""The list of tasks and the composer, as somebody uses them all day."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .browser import Browser
from .scene import PASSWORD, WebScene

pytestmark = pytest.mark.xdist_group("web")
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
        "0000000049454e44ae426082"
    )
).decode()
PASTE = """(url) => {
  const bytes = Uint8Array.from(atob(url), (letter) => letter.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], "shot.png", { type: "image/png" }));
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true }));
}"""
NOTES = """
  window.notes = [];
  window.Notification = class { constructor(title, more) { window.notes.push([title, more.body, more.tag]); } close() {} };
  window.Notification.permission = "granted";
  window.Notification.requestPermission = async () => "granted";
"""


def rows(page: Page) -> Any:
    return page.locator(".tasks-open")


def test_the_list_is_live_and_its_filter_can_be_linked(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto("/app/?words=peaches+in+the+list")
        expect(page.get_by_text("No task fits")).to_be_visible()
        made = scene.do(scene.dispatch("[slow] peaches in the list", "mia"))
        expect(rows(page)).to_have_count(1)
        expect(page.locator(".tasks-state").first).to_contain_text(re.compile("Queued|Running"))
        expect(page.locator(".tasks-progress").first).to_contain_text("step", timeout=30_000)
        page.get_by_label("Asked by").select_option("me")
        expect(page).to_have_url(re.compile("user=me"))
        expect(page.get_by_text("No task fits")).to_be_visible()
        page.get_by_role("button", name="Show all tasks").click()
        expect(page).to_have_url(f"{scene.url}/app/")

        page.keyboard.press("/")
        page.keyboard.type("peaches in the list")
        expect(rows(page)).to_have_count(1)
        page.get_by_role("checkbox", name=re.compile("Choose .*peaches")).check()
        page.get_by_role("button", name="Cancel (1)").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel 1 task").click()
        expect(page.locator(".tasks-state").first).to_contain_text("Cancelled")
        rows(page).first.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{scene.url}/app/tasks/{made.id}")


@pytest.mark.slow
def test_a_task_that_needs_a_person_is_told_once_in_title_and_notification(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.add_init_script(NOTES)
        page.goto("/app/usage")
        page.evaluate("localStorage.setItem('pullwright.notify', 'mine')")
        with page.expect_response(re.compile("/api/v1/tasks[?]needing=true")):
            page.goto("/app/projects")
        mine = scene.do(scene.dispatch("[ask] which plums", "mia"))
        scene.do(scene.dispatch("[ask] not hers", "ada"))
        for _ in range(120):
            if page.evaluate("window.notes.length"):
                break
            page.wait_for_timeout(500)
        expect(page).to_have_title(re.compile(r"^\(\d+\) "), timeout=30_000)
        assert scene.do(scene.until(mine.id, "needs_input"))
        page.wait_for_timeout(3_000)
        notes = page.evaluate("window.notes")
        assert {tag for _, _, tag in notes} == {mine.id}
        assert "Which currency" in notes[0][1]


def test_one_key_opens_the_composer_and_one_sends(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.goto("/app/")
        page.get_by_role("heading", name="Tasks").wait_for()
        page.keyboard.press("c")
        prompt = page.get_by_label("What is to be done")
        expect(prompt).to_be_focused()
        expect(page.get_by_role("button", name="Project tally")).to_be_visible()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("alert")).to_contain_text("Say what is to be done")
        page.keyboard.type("[edit] Look at @bask")
        expect(page.get_by_role("option").first).to_contain_text("basket.py")
        page.keyboard.press("Enter")
        expect(prompt).to_have_value(re.compile(r"Look at @\S*basket\S*\.py $"))
        page.evaluate(PASTE, PIXEL)
        expect(page.get_by_role("img", name="Image 1")).to_be_visible()
        page.reload()
        expect(prompt).to_have_value(re.compile("Look at"))
        page.get_by_role("img", name="Image 1").wait_for()
        page.get_by_text("Fast", exact=True).click()
        page.get_by_label("Budget in USD").fill("1.5")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile("/app/tasks/task_"))
        task = page.request.get(f"/api/v1/tasks/{page.url.rpartition('/')[2]}").json()
        assert (task["model"], task["budget"]["usd"], task["source"]["kind"]) == ("fast", 1.5, "web")
        page.goto("/app/new")
        expect(prompt).to_have_value("")


@pytest.mark.slow
def test_of_a_list_what_is_refused_stays_and_says_why(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        page.goto("/app/new")
        page.get_by_label("One task a line").check()
        prompt = page.get_by_label("Tasks, one a line")
        wrong = '{"prompt": "the third", "environment": "nowhere"}'
        prompt.fill(f"# not this one\n[edit] list one\n[edit] list two\n{wrong}")
        expect(page.get_by_text("3 tasks will be sent")).to_be_visible()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("2 tasks were sent")).to_be_visible()
        expect(page.get_by_text("has no environment 'nowhere'")).to_be_visible()
        expect(prompt).to_have_value(wrong)
        prompt.fill("[edit] list three")
        page.keyboard.press("Control+Enter")
        expect(page).to_have_url(re.compile("user=me"))
        expect(page.get_by_role("link", name="[edit] list three")).to_be_visible()


@pytest.mark.slow
def test_a_viewer_is_told_that_they_may_only_look(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "vic", password=PASSWORD) as page:
        page.goto("/app/new")
        expect(page.get_by_text("You may only look here")).to_be_visible()
