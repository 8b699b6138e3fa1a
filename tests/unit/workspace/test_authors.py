"""Who made each checkpoint outlives a kill; the moment says which of several equal ones is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.workspace.authors import NAME, Authors


def test_what_was_cut_short_is_dropped_and_the_rest_goes_on(tmp_path: Path) -> None:
    authors = Authors(tmp_path)
    authors.add("a", "person")
    authors.add("b", "agent")
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"tree":"c","by"')
    again = Authors(tmp_path)
    assert again.changes == authors.changes
    again.add("d", "rewind")
    assert [change.tree for change in Authors(tmp_path).changes] == ["a", "b", "d"]


def test_the_last_that_was_made_by_then(tmp_path: Path) -> None:
    authors = Authors(tmp_path)
    for tree in "abab":
        authors.add(tree, "agent")
    times = [change.time for change in authors.changes]
    assert authors.find("a") == 2
    assert authors.find("a", times[1]) == 0
    assert authors.find("b", times[0]) == 1
    with pytest.raises(ValueError, match="c"):
        authors.find("c")
