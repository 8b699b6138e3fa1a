"""A task's page: commands and what they printed, a word to the agent, attempts side by side, evidence that leads to events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pullwright.tasks.service.dispatching import cancel

from .browser import Browser, settled
from .filled import Filled
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
LONG = 60_000.0
PRINTS = r"[run] printf '\033[32mfine\033[0m and \033[1;31mbad\033[0m\n'; seq 1001 1200; exit 3"
GROWN = "([it, high]) => it.scrollHeight > high + 100"
AT_END = "it => it.scrollHeight - it.scrollTop - it.clientHeight < 80"


@pytest.fixture
def page(browser: Browser, scene: WebScene) -> Iterator[Page]:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        yield page


def timeline(page: Page) -> Any:
    return page.get_by_role("region", name="Timeline")


def until_more_is_there(page: Page) -> None:
    """Some rows more than now."""
    high = timeline(page).evaluate("it => it.scrollHeight")
    page.wait_for_function(GROWN, arg=[timeline(page).element_handle(), high], timeout=LONG)


def test_a_command_says_how_it_ended_and_folds_what_it_printed_in_colours(page: Page, scene: WebScene) -> None:
    task = scene.do(scene.dispatch(PRINTS, "mia"))
    page.goto(f"/app/tasks/{task.id}")
    command = timeline(page).locator(".row-command")
    expect(command.get_by_text("exit 3", exact=True)).to_be_visible(timeout=LONG)
    green, red = command.locator(".ansi-green"), command.locator(".ansi-red.ansi-bold")
    expect(green).to_have_text("fine")
    expect(red).to_have_text("bad")
    colours = {one.evaluate("it => getComputedStyle(it).color") for one in (green, red, command.locator("pre"))}
    assert len(colours) == 3
    expect(command.locator("pre")).to_contain_text(re.compile(r"1001\s*… 191 more lines\s*1193"))
    command.get_by_role("button", name="Show the whole output").click()
    whole = command.get_by_role("group", name="Whole output")
    expect(whole).to_contain_text("1010")
    whole.evaluate("it => it.scrollTo(0, it.scrollHeight)")
    expect(whole).to_contain_text("1200")
    command.get_by_role("button", name="Fold").click()
    expect(command).not_to_contain_text("1010")


@pytest.mark.slow
def test_it_is_steered_and_stopped_by_keys_alone(page: Page, scene: WebScene) -> None:
    task = scene.do(scene.dispatch("Steer me [slow]", "mia"))
    page.goto(f"/app/tasks/{task.id}")
    expect(timeline(page)).to_contain_text("Step 1 of many.", timeout=LONG)
    page.keyboard.press("s")
    box = page.get_by_label("Say something to the agent")
    expect(box).to_be_focused()
    page.keyboard.type("Mind the commas? Yes.")
    page.keyboard.press("Control+Enter")
    expect(box).to_have_value("")
    expect(timeline(page).locator(".row-asked").last).to_contain_text("Mind the commas? Yes.", timeout=LONG)
    expect(page.locator(".unheard")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog", name="Stop this attempt?")
    expect(dialog.get_by_role("button", name="Stop it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0, timeout=LONG)
    expect(timeline(page)).to_contain_text("stopped by mia; the work is kept", timeout=LONG)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert scene.do(scene.until(task.id, "cancelled"))


@pytest.mark.slow
def test_who_reads_above_stays_there_and_jumps_to_live(page: Page, scene: WebScene) -> None:
    task = scene.do(scene.dispatch("Read me [slow]", "mia"))
    page.goto(f"/app/tasks/{task.id}")
    expect(timeline(page)).to_contain_text("Step 6 of many.", timeout=LONG)
    expect(page.get_by_role("button", name="Jump to live")).to_have_count(0)
    timeline(page).evaluate("it => it.scrollTo(0, 0)")
    live = page.get_by_role("button", name="Jump to live")
    expect(live).to_be_visible()
    until_more_is_there(page)
    assert timeline(page).evaluate("it => it.scrollTop") == 0
    live.click()
    expect(live).to_have_count(0)
    until_more_is_there(page)
    page.wait_for_timeout(500)
    assert timeline(page).evaluate(AT_END)
    scene.do(cancel(scene.service, scene.actor("ada"), task.id))


@pytest.mark.slow
def test_attempts_stand_side_by_side_and_one_is_chosen(page: Page, filled: Filled) -> None:
    page.goto(f"/app/tasks/{filled['two']}")
    settled(page)
    page.keyboard.press("a")
    cards = page.get_by_role("article", name=re.compile("^Attempt"))
    expect(cards).to_have_count(2)
    boxes = [one.bounding_box() for one in cards.all()]
    assert boxes[0]["y"] == boxes[1]["y"]  # type: ignore[index]
    for card in cards.all():
        told = dict(zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True))
        assert told["Verification"].startswith("Verified")
        assert re.search(r"files?\s.*\+\d+", told["Change"])
        assert re.match(r"\$0\.\d+", told["Cost"])
        assert re.match(r"[\d,]+$", told["Tokens"])
        assert re.search(r"\d.*, \d+ steps", told["Time"])
    other = cards.filter(has=page.get_by_role("button", name="Choose", exact=True)).first
    name = other.get_attribute("aria-label") or ""
    other.get_by_role("button", name="Choose", exact=True).click()
    page.get_by_role("dialog", name=f"Choose {name.lower()}?").get_by_role("button", name="Choose it").click()
    expect(page.get_by_role("article", name=name).get_by_text("Chosen", exact=True)).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("attempt=att_"))


@pytest.mark.slow
def test_each_sentence_leads_to_the_event_that_bears_it_out(page: Page, filled: Filled) -> None:
    page.goto(f"/app/tasks/{filled['review']}")
    settled(page)
    page.keyboard.press("e")
    checked = page.locator("section").filter(has=page.get_by_role("heading", name="What was checked"))
    told = checked.get_by_role("listitem").filter(has=page.get_by_role("button", name=re.compile("^Go to event")))
    expect(told.first).to_be_visible()
    kinds = set[str]()
    for number in range(told.count()):
        line = told.nth(number)
        codes = line.locator("code[dir=ltr]")
        command = codes.first.get_attribute("title") or "" if codes.count() else ""
        link = line.get_by_role("button", name=re.compile("^Go to event")).first
        seq = (link.get_attribute("aria-label") or "").rpartition(" ")[2]
        link.click()
        expect(page).to_have_url(re.compile(rf"[?&]seq={seq}\b"))
        marked = page.locator(".trow.marked")
        expect(marked).to_be_visible()
        kind = re.search(r"row-(\w+)", marked.get_attribute("class") or "")
        assert kind
        kinds.add(kind[1])
        if kind[1] == "command":
            expect(marked).to_contain_text(command.splitlines()[0])
        page.go_back()
        expect(told.first).to_be_visible()
    assert {"command", "verification"} <= kinds <= {"command", "verification", "change", "edit"}


@pytest.mark.slow
def test_a_new_test_was_red_before_and_is_green_after(page: Page, filled: Filled) -> None:
    page.goto(f"/app/tasks/{filled['review']}?part=evidence")
    row = page.get_by_role("row").filter(has_text="test_pieces_of_all_lines")
    expect(row.get_by_role("cell")).to_have_text([re.compile("test_pieces_of_all_lines"), "red", "green"])
    runs = page.get_by_role("group", name="Clean runs")
    for name, colour in (("Base + new tests", "red"), ("Before, again", "red"), ("After, again", "green"), ("Must fail", "red")):
        expect(runs.get_by_role("row").filter(has_text=name).get_by_role("cell").nth(1)).to_contain_text(colour)
    expect(runs.get_by_role("row").filter(has_text="Must fail")).to_contain_text("as it should be")
    runs.get_by_role("row").filter(has_text="Base + new tests").get_by_role("button", name="Output").click()
    expect(runs.get_by_role("group", name=re.compile("^Output of"))).to_contain_text("test_pieces_of_all_lines")


@pytest.mark.slow
def test_the_keys_of_the_page_are_told_and_work(page: Page, filled: Filled) -> None:
    page.goto(f"/app/tasks/{filled['review']}")
    settled(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    for about in ("Steer: write to the agent", "Review the change", "Evidence", "New task", "Go to tasks"):
        expect(keys.get_by_role("listitem").filter(has_text=about)).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("s")
    expect(page.get_by_label("Say something to the agent")).to_be_focused()
    page.keyboard.type("?e")
    expect(page.get_by_label("Say something to the agent")).to_have_value("?e")
    expect(keys).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
