"""The list of 5,000 tasks as Chromium lives through it: scrolled to its end, and while fifty tasks a second change.

    .venv/bin/python bench/web_rows.py [--tasks 5000] [--runs 3] [--quiet 60]

A real server, a real browser without a window. The goal: no task over 100 ms. (The first visit's script and the requests' times
are in web_list.py.)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page.living import TITLE, Lived, lived, now, row, watch
from page.machine import described, quiet

from pullwright.tasks.store.tables import tasks
from web.browser import Browser
from web.planted_tasks import plant_tasks
from web.scene import WebScene

EACH = 50
Runs = dict[str, list[Lived]]


def main() -> None:
    parser = argparse.ArgumentParser(description="The list of 5,000 tasks, scrolled and live.")
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quiet", type=float, default=60, help="seconds to wait for a quiet machine before each run")
    said = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="web-rows-") as folder,
        WebScene.open(Path(folder)) as scene,
        Browser.open() as browser,
    ):
        scene.service.database.run(plant_tasks, said.tasks)
        runs: Runs = {}
        for _ in range(said.runs):
            quiet(said.quiet)
            with browser.page(scene.url, "ada", password=scene.password) as page:
                measure(page, scene, runs)
        print(f"The list of {said.tasks:,} tasks, median of {said.runs}")
        print(described())
        print(TITLE)
        for name, seen in runs.items():
            row(name, seen)


def measure(page: Any, scene: WebScene, runs: Runs) -> None:
    watch(page, ".tasks-open")
    page.goto("/app/")
    page.locator(".tasks-open").first.wait_for()
    page.wait_for_timeout(1000)
    runs.setdefault("first rows", []).append(lived(page, 0, page.evaluate("window.first")))
    page.mouse.move(700, 500)
    for name, doing in (
        ("scrolled to the last task", to_the_end),
        ("changes at the end of the list", lambda page: changes(page, scene)),
        ("back to the first, and scrolled about", about),
        ("changes at its beginning", lambda page: changes(page, scene)),
    ):
        since = now(page)
        doing(page)
        took = now(page) - since
        page.wait_for_timeout(300)
        runs.setdefault(name, []).append(lived(page, since, took))


def to_the_end(page: Any) -> None:
    """Page by page, as they come."""
    deadline = time.monotonic() + 120
    while page.locator("#main .bone").count() and time.monotonic() < deadline:
        page.mouse.wheel(0, 6000)
        page.wait_for_timeout(30)


def about(page: Any) -> None:
    for step in [-100_000] * 5 + [3000] * 60 + [-6000] * 30:
        page.mouse.wheel(0, step)
        page.wait_for_timeout(16)


def changes(page: Any, scene: WebScene) -> None:
    """Fifty a second, spread over the list, for five seconds."""
    for number in range(5):
        scene.service.database.run(touch, number)
        page.wait_for_timeout(1000)


def touch(connection: Connection, number: int) -> None:
    ids = list(connection.scalars(select(tasks.c.id).order_by(tasks.c.id.desc())))
    chosen = ids[number :: max(1, len(ids) // EACH)][:EACH]
    connection.execute(
        update(tasks).where(tasks.c.id.in_(chosen)).values(changed=time.time(), title=f"Changed just now, {number}")
    )


if __name__ == "__main__":
    main()
