"""The review page in a browser: lines are remarked on by mouse and by keys, hidden ones revealed, files seen and gone through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .browser import Browser
from .planted_change import Files, Planted, plant_change
from .scene import WebScene

pytestmark = pytest.mark.xdist_group("web")
BEFORE: Files = {
    "src/shop/basket.py": "".join(f"line_{n} = {n}\n" for n in range(1, 81)).encode(),
    "src/shop/gone.py": b"x = 1\n",
    "src/old_name.py": "".join(f"kept_{n} = {n}\n" for n in range(20)).encode(),
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0",
}
AFTER: Files = {
    "src/shop/basket.py": BEFORE["src/shop/basket.py"].replace(
        b"line_40 = 40\n", b"line_40 = 41  # <script>window.pwned=1</script>\n"
    ),
    "src/new_name.py": BEFORE["src/old_name.py"] + b"more = 1\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0",
    "big.txt": b"".join(b"%d\n" % n for n in range(4000)),
}


@pytest.fixture
def planted(scene: WebScene) -> Planted:
    return scene.do(plant_change(scene, BEFORE, AFTER, "Look <b>closely</b>"))


@pytest.fixture
def page(browser: Browser, scene: WebScene, planted: Planted) -> Iterator[Any]:
    with browser.page(scene.url, "mia", password=scene.password) as page:
        page.goto(f"/app/tasks/{planted.task}/review")
        page.get_by_role("button", name="Remark on line 40, added").wait_for()
        yield page


def remark(page: Any, words: str) -> None:
    page.get_by_role("textbox", name=re.compile("Remark on")).fill(words)
    page.get_by_role("button", name="Add remark").click()


def test_a_line_a_range_and_a_suggested_edit(page: Any) -> None:
    page.get_by_role("button", name="Remark on line 40, added").click()
    page.get_by_role("button", name="Suggest an edit").click()
    field = page.get_by_role("textbox", name="Remark on line 40")
    assert "```suggestion\nline_40 = 41" in field.input_value()
    remark(page, "```suggestion\nline_40 = 42\n```")
    card = page.get_by_role("article", name=re.compile("Remark of mia on line 40"))
    card.get_by_text("Suggested edit").wait_for()
    page.get_by_role("button", name="Remark on line 41, unchanged").hover()
    page.mouse.down()
    page.get_by_role("button", name="Remark on line 43, unchanged").hover()
    page.mouse.up()
    remark(page, "Three lines")
    page.get_by_role("article", name=re.compile("on lines 41 to 43")).wait_for()
    page.get_by_role("button", name="Send back 2 remarks").wait_for()
    page.get_by_role("article", name=re.compile("on lines 41 to 43")).get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Send back 1 remark").wait_for()
    card.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Remark", exact=True).fill("In other words")
    page.get_by_role("button", name="Save").click()
    card.get_by_text("In other words").wait_for()
    page.reload()
    page.get_by_role("article", name=re.compile("on line 40")).get_by_text("Not sent yet").wait_for()
    assert page.evaluate("window.pwned") is None


def test_the_keyboard_alone(page: Any) -> None:
    page.get_by_role("button", name="Remark on line 40, added").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Remark on lines 40 to 42")
    field.fill("By keys")
    page.keyboard.press("Control+Enter")
    page.get_by_role("article", name=re.compile("on lines 40 to 42")).wait_for()
    page.locator(".d-list").focus()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert "By keys" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("s")
    page.locator(".d-pair").first.wait_for()
    page.keyboard.press("s")
    page.locator(".d-line").first.wait_for()


@pytest.mark.slow
def test_hidden_lines_large_files_and_binary_ones(page: Any) -> None:
    page.get_by_role("button", name="Show 20 lines more above, of src/shop/basket.py").click()
    page.get_by_role("button", name="Remark on line 20, unchanged").wait_for()
    page.get_by_role("button", name=re.compile("big.txt")).first.click()
    page.get_by_role("button", name="Load the difference").click()
    page.get_by_role("button", name="Remark on line 1, added").wait_for()
    page.get_by_role("navigation", name="Changed files").get_by_role("button", name="logo.png").click()
    page.get_by_text("After · 11 bytes").wait_for()


@pytest.mark.slow
def test_what_is_viewed_stays_viewed_and_shut(page: Any) -> None:
    page.get_by_role("checkbox", name="Viewed src/shop/basket.py").check()
    page.get_by_text("1 / 5 viewed").wait_for()
    page.reload()
    page.get_by_text("1 / 5 viewed").wait_for()
    page.get_by_role("button", name="Open src/shop/basket.py").click()
    page.get_by_role("button", name="Remark on line 40, added").wait_for()


@pytest.mark.slow
def test_a_viewer_reads_and_says_nothing(browser: Browser, scene: WebScene, planted: Planted) -> None:
    with browser.page(scene.url, "vic", password=scene.password) as page:
        page.goto(f"/app/tasks/{planted.task}/review")
        page.locator(".d-line").first.wait_for()
        assert page.get_by_role("button", name=re.compile("Remark on|Send back|Approve")).count() == 0
