"""A log of 100,000 lines, and one of 100,000 events, in a task's page, as Chromium lives through it.

    .venv/bin/python bench/web_log.py [--lines 100000] [--events 100000] [--runs 3] [--quiet 60]

A real server, real logs, a real browser without a window. First a task whose one command printed so many lines, in colours: from
the press on *Show the whole output* to its first lines, until all of it is there, and while one scrolls through it. Then a task
with so many events: from asking for its page to the first rows (a browser that has the app's files), until the whole log has been
read, to the beginning and back to live, and while one scrolls. The goals: 1,000 ms to the first rows, no task over 100 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page.living import TITLE, Lived, lived, now, row, watch
from page.machine import described, quiet

from web.browser import Browser
from web.planted_log import plant_output, plant_steps
from web.scene import WebScene

PATIENCE = 120_000
Runs = dict[str, list[Lived]]
READING = "[data-reading]"
"""What is in the page as long as something of a log is still to come."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A log of 100,000 lines, and one of 100,000 events.")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quiet", type=float, default=60, help="seconds to wait for a quiet machine before each run")
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="web-log-") as folder,
        WebScene.open(Path(folder)) as scene,
        Browser.open() as browser,
    ):
        printed, _ = scene.do(plant_output(scene, said.lines))
        stepped, _ = scene.do(plant_steps(scene, said.events))
        runs: Runs = {}
        for _ in range(said.runs):
            quiet(said.quiet)
            for task, measure in ((printed, output), (stepped, timeline)):
                with browser.page(scene.url, "ada", password=scene.password) as page:
                    page.set_default_timeout(PATIENCE)
                    measure(page, f"/app/tasks/{task}", Measured(page, runs))
        print(f"{said.lines:,} lines of a command and a log of {said.events:,} events, median of {said.runs}")
        print(described())
        print(TITLE)
        for name, seen in runs.items():
            row(name, seen)


class Measured:
    """`measured(name, doing)`: what the page lived through meanwhile, among the runs of that name."""

    def __init__(self, page: Any, runs: Runs) -> None:
        self.page = page
        self.runs = runs

    def __call__(self, name: str, doing: Callable[[Any], object]) -> None:
        since = now(self.page)
        doing(self.page)
        took = now(self.page) - since
        self.page.wait_for_timeout(300)
        self.runs.setdefault(name, []).append(lived(self.page, since, took))

    def cold(self, name: str) -> None:
        """From the page's own beginning to the first element that was watched for."""
        self.page.wait_for_timeout(300)
        self.runs.setdefault(name, []).append(lived(self.page, 0, self.page.evaluate("window.first")))


def output(page: Any, path: str, measured: Measured) -> None:
    watch(page, ".output")
    page.goto(path)
    shown = page.get_by_role("button", name="Show the whole output")
    shown.wait_for()
    page.wait_for_timeout(1000)
    page.evaluate(
        """() => { window.pressed = 0; document.addEventListener("click", () => { window.pressed = performance.now();
        const beat = () => { if (!window.lines && document.querySelector(".term.lines .line")) window.lines = performance.now();
        else requestAnimationFrame(beat); }; beat(); }, { once: true }); }"""
    )
    since = now(page)
    shown.click()
    page.locator(".term.lines .line").first.wait_for()
    page.wait_for_timeout(100)
    first = page.evaluate("window.lines - window.pressed")
    page.locator(".output").get_by_text("Download").wait_for()
    page.wait_for_timeout(300)
    measured.runs.setdefault("output: to its first lines, all of it read", []).append(lived(page, since, first))
    lines = page.locator(".term.lines")
    lines.hover()
    measured("output: scrolled", wheel)
    measured("output: to the end", lambda _: (lines.press("End"), page.get_by_text("test_that_it_holds").last.wait_for()))


def timeline(page: Any, path: str, measured: Measured) -> None:
    watch(page, ".trow")
    page.goto("/app/")
    page.goto(path)
    page.locator(".trow").first.wait_for()
    measured.cold("events: to the first rows")
    measured("events: the rest of the log", lambda _: page.wait_for_selector(READING, state="detached"))
    box = page.get_by_role("region", name="Timeline")
    box.hover()
    measured("events: to the beginning", lambda _: (box.press("Home"), page.locator("[data-index='0']").wait_for()))
    measured("events: scrolled", wheel)
    measured("events: back to live", lambda _: page.get_by_role("button", name="Jump to live").click())


def wheel(page: Any) -> None:
    for step in [4000] * 60 + [-20000] * 15:
        page.mouse.wheel(0, step)
        page.wait_for_timeout(16)


if __name__ == "__main__":
    main()
