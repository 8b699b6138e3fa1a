"""A change of 300 files and 20,000 changed lines in the review page, as Chromium lives through it.

    .venv/bin/python bench/web_diff.py [--files 300] [--lines 20000] [--runs 3] [--quiet 60]

A real server, real commits, a real browser without a window. Printed are: from asking for the page to the first changed line on
screen (a browser that was never here; one that has the app's files already), then the longest task and the longest gap between
two frames while one scrolls through all of it, jumps about, and does so in two columns. Syntax colours are on. The goals:
1,000 ms to the first file, no task over 100 ms while scrolling.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page.living import TITLE, Lived, lived, now, row, watch
from page.machine import described, quiet

from web.browser import Browser
from web.planted_change import Files, Planted, plant_change
from web.scene import WebScene

Runs = dict[str, list[Lived]]


def main() -> None:
    parser = argparse.ArgumentParser(description="A change of 300 files and 20,000 changed lines in the review page.")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=20_000, help="changed, in all files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quiet", type=float, default=60, help="seconds to wait for a quiet machine before each run")
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="web-diff-") as folder,
        WebScene.open(Path(folder)) as scene,
        Browser.open() as browser,
    ):
        before, after = change(said.files, said.lines)
        planted = scene.do(plant_change(scene, before, after, f"{said.files} files, {said.lines} lines"))
        runs: Runs = {}
        for _ in range(said.runs):
            quiet(said.quiet)
            measure(browser, scene, planted, runs, f"module_{said.files - 1}.py")
        print(f"A change of {said.files:,} files and {said.lines:,} changed lines, median of {said.runs}")
        print(described())
        print(TITLE)
        for name, seen in runs.items():
            row(name, seen)


def change(files: int, lines: int) -> tuple[Files, Files]:
    """So many Python files, in which so many lines go and come, every third as one that only differs in a word."""
    each = max(2, lines // files // 2)
    before, after = {}, {}
    for number in range(files):
        path = f"src/part{number % 12}/area{number % 5}/module_{number}.py"
        old = [f"def value_{n}(count: int, price: float = {n}.5) -> float:  # as it was in {number}" for n in range(each * 3)]
        new = [
            line if n % 3 else line.replace("count: int", f"count: int, rate: float = {n}").replace("as it was", "changed")
            for n, line in enumerate(old)
        ]
        before[path] = "\n".join(old).encode() + b"\n"
        after[path] = "\n".join(new).encode() + b"\n"
    return before, after


def measure(browser: Browser, scene: WebScene, planted: Planted, runs: Runs, last: str) -> None:
    path = f"/app/tasks/{planted.task}/review"
    with browser.page(scene.url, "ada", password=scene.password) as page:
        watch(page, ".d-line, .d-pair")
        for name in ("first lines, never here before", "first lines, the app's files at hand"):
            page.goto(path)
            page.locator(".d-line").first.wait_for()
            page.wait_for_timeout(1500)
            runs.setdefault(name, []).append(lived(page, 0, page.evaluate("window.first")))
        page.mouse.move(800, 500)
        for name, doing in (
            ("scrolled through all of it", scroll),
            ("jumped from file to file, 30 times", jump),
            ("by the tree to the last file", lambda page: by_tree(page, last)),
            ("to two columns", lambda page: columns(page, "Split", ".d-pair")),
            ("scrolled through all of it, two columns", scroll),
            ("by the tree to the last file, two columns", lambda page: by_tree(page, last)),
            ("back to one", lambda page: columns(page, "Unified", ".d-line")),
            ("white space ignored", space),
        ):
            since = now(page)
            doing(page)
            took = now(page) - since
            page.wait_for_timeout(300)
            runs.setdefault(name, []).append(lived(page, since, took))


def scroll(page: Any) -> None:
    for _ in range(100):
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(16)
    for _ in range(20):
        page.mouse.wheel(0, -20000)
        page.wait_for_timeout(16)


def jump(page: Any) -> None:
    page.locator(".d-list").focus()
    for _ in range(30):
        page.keyboard.press("j")
        page.wait_for_timeout(30)


def by_tree(page: Any, last: str) -> None:
    """From the first file to the last one in the order of the change."""
    page.locator(".d-list").press("Home")
    page.get_by_role("navigation", name="Changed files").get_by_role("button", name=last).click()
    page.locator(".d-list").get_by_text(last).first.wait_for()


def columns(page: Any, name: str, shown: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.locator(shown).first.wait_for()


def space(page: Any) -> None:
    page.get_by_label("Ignore white space").click()
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
