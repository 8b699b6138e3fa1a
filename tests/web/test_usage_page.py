"""The page of what was used: drawn by day, filtered, as a table, as a file; and ceilings set."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from playwright.sync_api import Page, expect

from .browser import Browser, settled
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
BARS = """(chart) => {
  const canvas = chart.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join());
  return [...seen];
}"""
"""All colours that are drawn in full."""


@pytest.fixture(scope="package")
def used(scene: WebScene) -> dict[str, str]:
    """Who ran a task that has ended; name -> task."""
    made = {name: scene.do(scene.dispatch(f"Used by {name} [edit]", name)).id for name in ("ada", "mia")}
    for task in made.values():
        scene.do(scene.until(task, "review"))
    return made


@pytest.fixture
def page(browser: Browser, scene: WebScene, used: dict[str, str]) -> Iterator[Page]:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto("/app/usage")
        settled(page)
        yield page


def calls(page: Page) -> int:
    """How many calls the sum is of."""
    figure = page.get_by_role("region", name="Altogether").locator(".figure").filter(has_text="Calls")
    return int(figure.locator("dd").first.inner_text().replace(",", ""))


@pytest.mark.slow
def test_what_was_used_is_drawn_by_day_and_narrowed_down(page: Page, used: dict[str, str]) -> None:
    everything = calls(page)
    chart = page.get_by_role("slider", name=re.compile("^Cost by day and project"))
    series = chart.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--series-1').trim()")
    assert series
    assert "".join(f"{int(part):02x}" for one in chart.evaluate(BARS) for part in one.split(",")).find(series.lstrip("#")) >= 0
    chart.focus()
    page.keyboard.press("End")
    expect(page.locator(".legend-day")).to_have_text(re.compile(r"\d{4}-\d\d-\d\d"))
    expect(page.locator(".legend")).to_contain_text(re.compile(r"tally\s*\$0\.\d"))
    page.get_by_label("By day and", exact=True).select_option("user")
    page.get_by_label("Measured in").select_option("calls")
    expect(page.locator(".legend")).to_contain_text("mia")
    page.get_by_role("button", name="Only mia").click()
    expect(page).to_have_url(re.compile("user=user_mia"))
    expect(page.locator(".legend")).not_to_contain_text("ada")
    assert 0 < calls(page) < everything
    page.reload()
    settled(page)
    expect(page.get_by_role("list", name="Only these")).to_contain_text("Person: mia")
    assert calls(page) < everything
    page.get_by_role("button", name="Take away the filter: Person mia").click()
    expect(page.get_by_role("list", name="Only these")).to_have_count(0)


@pytest.mark.slow
def test_the_same_is_a_table_and_a_file(page: Page, used: dict[str, str]) -> None:
    page.get_by_role("button", name="Only mia").click()
    expect(page.get_by_role("list", name="Only these")).to_contain_text("Person: mia")
    page.get_by_label("By day and", exact=True).select_option("task")
    page.wait_for_timeout(1_000)
    told = calls(page)
    page.get_by_role("button", name="Show as a table").click()
    table = page.get_by_role("region", name="By day")
    expect(table.get_by_role("row").last.get_by_role("cell").first).to_contain_text(re.compile(r"\$0\.\d"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == "usage.csv"
    rows = list(csv.DictReader(StringIO(download.value.path().read_text())))
    print(rows)
    assert used["mia"] in {row["task"] for row in rows}
    assert used["ada"] not in {row["task"] for row in rows}
    assert sum(int(row["calls"]) for row in rows) == told


@pytest.mark.slow
def test_each_call_is_listed_with_its_task(page: Page, used: dict[str, str]) -> None:
    page.get_by_role("tab", name="Calls").click()
    listed = page.get_by_role("region", name="Calls").get_by_role("row")
    expect(listed.nth(1)).to_contain_text("scripted/scripted")
    expect(listed.nth(1)).to_contain_text("$0.")
    listed.filter(has_text="mia").first.get_by_role("link", name="Task").click()
    expect(page).to_have_url(re.compile("/app/tasks/task_"))


@pytest.mark.slow
def test_a_ceiling_is_set_and_what_is_wrong_is_told_at_its_field(page: Page) -> None:
    page.get_by_role("tab", name="Budgets and limits").click()
    page.get_by_role("button", name="Set a ceiling").first.click()
    form = page.get_by_role("dialog", name="Set a ceiling")
    form.get_by_label("Project").select_option(label="tally")
    form.get_by_label("Dollars").fill("much")
    form.get_by_role("button", name="Set it").click()
    expect(form.get_by_label("Dollars")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Dollars").fill("1,250.50")
    form.get_by_role("button", name="Set it").click()
    expect(form).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"1,250\.50"))


@pytest.mark.slow
def test_a_viewer_sees_their_projects_and_sets_nothing(browser: Browser, scene: WebScene, used: dict[str, str]) -> None:
    with browser.page(scene.url, "vic", password=PASSWORD) as page:
        page.goto("/app/usage")
        settled(page)
        expect(page.get_by_role("heading", name="Usage", exact=True)).to_be_visible()
        page.goto("/app/usage?place=budgets")
        settled(page)
        expect(page.get_by_role("button", name="Set a ceiling").and_(page.locator(":enabled"))).to_have_count(0)
