"""A change of 300 files and 20,000 changed lines in the review page, as Chromium lives through it.

    python bench/web_diff.py [--files 300] [--lines 20000]

A real server, real commits, a real browser without a window. Printed are: from asking for the page to the first changed line on
screen (a browser that was never here; one that has the app's files already), then the longest task and the longest gap between
two frames while one scrolls through all of it, jumps about, and turns to two columns. The goals: 1,000 ms to the first file, no
task over 100 ms while scrolling.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from web.browser import Browser
from web.planted_change import Files, Planted, plant_change
from web.scene import WebScene

WATCH = """
window.tasks = [];
const note = (list) => { for (const one of list.getEntries()) window.tasks.push([one.startTime, one.duration]); };
new PerformanceObserver(note).observe({ type: "longtask", buffered: true });
window.first = 0;
window.gaps = [];
let last = performance.now();
const beat = () => {
  const now = performance.now();
  window.gaps.push([now, now - last]);
  last = now;
  if (!window.first && document.querySelector(SELECTOR)) window.first = now;
  requestAnimationFrame(beat);
};
requestAnimationFrame(beat);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=20_000, help="changed, in all files")
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="web-diff-") as folder,
        WebScene.open(Path(folder)) as scene,
        Browser.open() as browser,
    ):
        before, after = change(said.files, said.lines)
        planted = scene.do(plant_change(scene, before, after, f"{said.files} files, {said.lines} lines"))
        print(f"{'what':44} {'ms':>8} {'longest task':>13} {'over 100 ms':>12} {'longest frame':>14}")
        measure(browser, scene, planted)


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


def measure(browser: Browser, scene: WebScene, planted: Planted) -> None:
    path = f"/app/tasks/{planted.task}/review"
    with browser.page(scene.url, "ada", password=scene.password) as page:
        page.add_init_script(WATCH.replace("SELECTOR", "'.d-line, .d-pair'"))
        for name in ("first lines, never here before", "first lines, the app's files at hand"):
            page.goto(path)
            page.locator(".d-line").first.wait_for()
            page.wait_for_timeout(1500)
            row(name, page.evaluate("window.first"), told(page, 0))
        page.mouse.move(800, 500)
        for name, doing in (
            ("scrolled through all of it", scroll),
            ("jumped from file to file, 30 times", jump),
            ("to two columns and back", columns),
            ("white space ignored", space),
        ):
            start = page.evaluate("performance.now()")
            doing(page)
            page.wait_for_timeout(300)
            row(name, page.evaluate("performance.now()") - start, told(page, start))


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


def columns(page: Any) -> None:
    for name in ("Split", "Unified"):
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(500)


def space(page: Any) -> None:
    page.get_by_label("Ignore white space").click()
    page.wait_for_timeout(500)


def told(page: Any, since: float) -> tuple[float, int, float]:
    """The longest task, how many were over 100 ms, the longest time between two frames."""
    tasks = [duration for start, duration in page.evaluate("window.tasks") if start >= since]
    gaps = [gap for at, gap in page.evaluate("window.gaps") if at - gap >= since]
    return max(tasks, default=0.0), sum(one > 100 for one in tasks), max(gaps, default=0.0)


def row(name: str, took: float, seen: tuple[float, int, float]) -> None:
    longest, many, frame = seen
    print(f"{name:44} {took:8.0f} {longest:13.0f} {many:12} {frame:14.0f}", flush=True)


if __name__ == "__main__":
    main()
