"""The house is as it is drawn: import rules, the tour's picture and file names, packages that open with their parts."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/pullwright"


def drawn_arrows() -> set[tuple[str, str]]:
    """The arrows of the tour's picture, with chains and `&` spelled out."""
    picture = re.search(r"```mermaid\n(.*?)```", (ROOT / "docs/tour.md").read_text(), re.DOTALL)
    assert picture
    arrows: set[tuple[str, str]] = set()
    for line in picture[1].splitlines()[1:]:
        stations = [[name.strip() for name in station.split("&")] for station in line.split("-->")]
        for sources, targets in itertools.pairwise(stations):
            arrows |= {(source, target) for source in sources for target in targets}
    return arrows


def test_the_drawing_says_what_the_import_rules_say() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    layers = [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]
    arrows = drawn_arrows()
    expected = {(upper, lower) for uppers, lowers in itertools.pairwise(layers) for upper in uppers for lower in lowers}
    assert arrows == expected
    rooms = {room for layer in layers for room in layer}
    assert rooms == {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def test_every_file_that_the_tour_names_is_there() -> None:
    text = (ROOT / "docs/tour.md").read_text()
    names = set(re.findall(r"`([\w/]+\.(?:py|c|h))`", text))
    assert len(names) > 30
    everything = [path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.*")] + ["tests/unit/test_house.py"]
    missing = {name for name in names if not any(path == name or path.endswith("/" + name) for path in everything)}
    assert missing == set()


def test_each_room_opens_with_its_parts() -> None:
    for room in SOURCE.glob("*/__init__.py"):
        opening = room.read_text().split('"""')[1]
        files = {path.name for path in room.parent.glob("*.py")} - {"__init__.py"}
        named = {name for name in files if name in opening or name.removesuffix(".py") in opening}
        assert len(named) >= 0.6 * len(files), f"{room}: its docstring names {sorted(named)} of {sorted(files)}"


def test_no_address_of_a_registry_is_written_down() -> None:
    hosts = (
        "registry." + "npmjs.org",
        "pypi." + "org",
        "files.python" + "hosted.org",
        "deb.debian" + ".org",
        "crates" + ".io",
        "proxy.golang" + ".org",
    )
    found: list[str] = []
    for folder in ("src", "docs", "tests", "bench", "requirements", ".ci", "integrations", "deploy"):
        for path in (ROOT / folder).rglob("*"):
            if (
                path.is_file()
                and not {"node_modules", "__pycache__", "bin"} & set(path.parts)
                and path.stat().st_size < 2_000_000
            ):
                text = path.read_text(errors="replace")
                found += [f"{path}: {host}" for host in hosts if host in text]
    assert found == []
