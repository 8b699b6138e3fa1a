"""What looks at every page looks at every page: each route of the app, and each part of a page with an address, has a place."""

from __future__ import annotations

import re
from pathlib import Path

from .filled import RECIPES
from .places import OUTSIDE, PLACES, PROJECT_TABS, SETTINGS, TASK_PARTS, USAGE_TABS

APP = Path(__file__).parents[2] / "web/src"


def test_each_route_has_a_place() -> None:
    routes = (APP / "routes.tsx").read_text()
    for path in re.findall(r'\bat\("([^"]+)"', routes):
        form = re.compile("/app" + re.sub(r"\\?\$\w+", "[^/]+", re.escape(path).replace(r"\$", "$")) + "(?:[?#].*)?")
        assert any(form.fullmatch(place) for place in PLACES.values()), path
    for path in re.findall(r'\boutside\("([^"]+)"', routes):
        assert any(re.fullmatch(f"/app{re.escape(path)}(?:[?#].*)?", place) for place in OUTSIDE.values()), path


def test_each_part_with_an_address_has_a_place() -> None:
    """The first of each is what the page's plain address shows."""
    assert tuple(_keys("task/search.ts", r"PARTS: readonly string\[\] = \[([^\]]+)\]", r'"([\w-]+)"'))[1:] == TASK_PARTS
    assert tuple(_keys("projects/page.tsx", r"const tabs = \[(.+?)\n  \];", r'value: "([\w-]+)"'))[1:] == PROJECT_TABS
    assert tuple(_keys("usage/filters.ts", r"const PLACES = \{([^}]+)\}", r'"?\b([\w-]+)"?: "'))[1:] == USAGE_TABS
    assert tuple(_keys("admin/places.ts", r"const PLACES = \{([^}]+)\}", r'"?\b([\w-]+)"?: "'))[1:] == SETTINGS


def test_what_stands_in_braces_can_be_made() -> None:
    for path in PLACES.values():
        assert set(re.findall(r"\{(\w+)\}", path)) <= set(RECIPES), path


def _keys(file: str, within: str, each: str) -> list[str]:
    found = re.search(within, (APP / file).read_text(), re.DOTALL)
    assert found, file
    return re.findall(each, found[1])
