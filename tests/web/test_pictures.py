"""The README's pictures are taken of the pages as they are: anew, and of the size that those in the repository have."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from .browser import Browser
from .filled import Filled
from .pictures import README, take
from .scene import WebScene

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web"), pytest.mark.timeout(300)]
PICTURES = Path(__file__).parents[2] / "docs/pictures"
SHOWN = (Path(__file__).parents[2] / "README.md").read_text()


def size(picture: Path) -> tuple[int, int]:
    """Width and height, of a PNG's first chunk."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_the_pictures_of_the_readme_can_be_taken_anew(browser: Browser, scene: WebScene, filled: Filled, tmp_path: Path) -> None:
    take(scene.url, filled, browser, tmp_path / "all", tmp_path / "readme", ["tasks"])
    names = {f"{name}-{scheme}.png" for name in README.values() for scheme in ("light", "dark")}
    assert {one.name for one in (tmp_path / "readme").iterdir()} == names
    for name in names:
        assert size(tmp_path / "readme" / name) == size(PICTURES / name) == (1200, 720)
        assert f"docs/pictures/{name}" in SHOWN
        light, dark = (tmp_path / "readme" / name.replace("dark", word).replace("light", word) for word in ("light", "dark"))
        assert light.read_bytes() != dark.read_bytes()
