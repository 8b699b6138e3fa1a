"""Pictures of every page, light and dark, at a desk's and a phone's width.

.venv/bin/python tests/web/pictures.py FOLDER [--readme docs/pictures] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page

from web.browser import Browser, settled
from web.places import OUTSIDE, PLACES
from web.scene import PASSWORD, WebScene

README = {"tasks": "tasks", "task-in-review": "task", "review": "review"}
"""What is shown in the README, and under which name."""
WAYS = [(dark, phone) for dark in (False, True) for phone in (False, True)]


def shot(page: Page, path: str, file: Path) -> None:
    """One picture, once the page is there."""
    page.goto(path)
    settled(page)
    page.wait_for_timeout(400)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, animations="disabled")


def take(url: str, filled: Mapping[str, str], browser: Browser, folder: Path, readme: Path | None, only: list[str]) -> None:
    """All of them, of the scene at an address that is filled."""
    for dark, phone in WAYS:
        way = f"{'dark' if dark else 'light'}-{'phone' if phone else 'desk'}"
        for places, name in ((PLACES, "ada"), (OUTSIDE, "")):
            with browser.page(url, name, password=PASSWORD, dark=dark, phone=phone) as page:
                for place, path in places.items():
                    if not only or place in only:
                        shot(page, path.format_map(filled), folder / f"{place}-{way}.png")
                        print(folder / f"{place}-{way}.png", flush=True)
        if readme and not phone:
            with browser.page(url, "ada", password=PASSWORD, dark=dark) as page:
                page.set_viewport_size({"width": 1200, "height": 720})
                for place, name in README.items():
                    shot(page, PLACES[place].format_map(filled), readme / f"{name}-{'dark' if dark else 'light'}.png")


def main() -> None:
    words = argparse.ArgumentParser(description="Pictures of every page.")
    words.add_argument("folder", type=Path)
    words.add_argument("--readme", type=Path)
    words.add_argument("--only", nargs="*", default=[])
    asked = words.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="scene-") as at,
        WebScene.open(Path(at)) as scene,
        Browser.open() as browser,
    ):
        take(scene.url, scene.do(scene.fill()), browser, asked.folder, asked.readme, asked.only)


if __name__ == "__main__":
    main()
