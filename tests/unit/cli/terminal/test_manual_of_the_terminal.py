"""`docs/terminal.md` names every key, command and setting of the terminal, in the program's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.cli.settings.keys import KEYS as SETTINGS
from pullwright.cli.terminal.screen.keys import EDITING, KEYS, bound, spelled, table
from pullwright.cli.terminal.slash.registry import SLASHES

ROOT = Path(__file__).parents[4]
MANUAL = (ROOT / "docs/terminal.md").read_text()
ROWS = [
    [cell.strip() for cell in line.replace("\\|", "¦").strip("|").split("|")]
    for line in MANUAL.splitlines()
    if line.startswith("|")
]


def row(first: str) -> list[str]:
    found = [cells for cells in ROWS if first in cells]
    assert found, f"docs/terminal.md has no row for {first}"
    return found[0]


def test_every_key_is_in_the_manual_with_its_words() -> None:
    for name, key in KEYS.items():
        cells = row(f"`{name}`")
        assert cells[0] == ", ".join(spelled(one) for one in key.keys)
        assert cells[2].removesuffix(" (in a menu)") == key.help.replace("|", "¦")
    for keys, help_ in EDITING:
        assert row(keys.replace("  ", ", "))[2] == help_
    assert {
        cells[1].strip("`") for cells in ROWS if len(cells) == 3 and cells[1].startswith("`") and cells[1].strip("`") in KEYS
    } == set(KEYS)


def test_every_command_is_in_the_manual_with_its_words() -> None:
    for name, slash in SLASHES.items():
        usage = f" {slash.usage}" if slash.usage else ""
        cells = row(f"`/{name}{usage}`".replace("|", "¦") + (" *" if slash.while_working else ""))
        assert cells[1] == slash.help.replace("|", "¦")
    named = {
        cells[0].split("`")[1].split()[0][1:] for cells in ROWS if cells[0].startswith("`/") and len(cells[0].split("`")[1]) > 1
    }
    assert named == set(SLASHES)


def test_every_setting_is_in_the_manual_with_its_words() -> None:
    for name, key in SETTINGS.items():
        if name.startswith("terminal."):
            assert row(f"`{name}`")[1] == key.help.replace("|", "¦")


def test_no_two_actions_of_one_place_have_the_same_key() -> None:
    places = {"editor": {"editor"}, "working": {"working"}, "menu": {"menu"}, "dialog": {"dialog"}}
    for place in places:
        keys = [key for entry in KEYS.values() if entry.where == place for key in entry.keys]
        assert len(keys) == len(set(keys)), place


def test_actions_get_other_keys() -> None:
    keys = bound({"queue": "Ctrl-Q", "external": "alt-e, f4", "undo": "ctrl-x u"})
    assert keys["queue"].keys == ("c-q",)
    assert keys["external"].keys == ("escape e", "f4")
    assert keys["undo"].keys == ("c-x u",)
    assert keys["send"] is KEYS["send"]
    assert ("Alt-E  f4", "write in your own editor") in table(keys)
    for wrong in ({"nothing": "ctrl-q"}, {"send": "ctrl-q"}, {"queue": "ctrl-oh"}, {"undo": "ctrl-g"}):
        with pytest.raises(ValueError, match=r"no action|no key|would be"):
            bound(wrong)
