"""What an answer cites is found in its text and looked up in the files; what only looks like a citation is none."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.citations import check, cited
from pullwright.workspace.files import Files

FILES = {"calc.py": b"one\ntwo\nthree\n", "src/a b.py": b"x\n", "Makefile": b"all:\n", "lib/mod.rs": b"\n" * 50}


class Few:
    """Files that are there."""

    start_tree = "t"

    async def paths(self, tree: str) -> tuple[str, ...]:
        return tuple(FILES)

    async def read_file(self, tree: str, path: str) -> bytes | None:
        return FILES.get(path)


def standings(message: str) -> dict[str, str]:
    found = asyncio.run(check(message, cast("Files", Few()), "/project"))
    return {f"{each.path}:{each.first}-{each.last}": each.standing for each in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See `calc.py:2`.", {"calc.py:2-2": "there"}),
        ("calc.py:1-3, and lib/mod.rs:10–12", {"calc.py:1-3": "there", "lib/mod.rs:10-12": "there"}),
        ("[here](lib/mod.rs#L4-L9)", {"lib/mod.rs:4-9": "there"}),
        ("/project/calc.py:3 and ./calc.py:3", {"calc.py:3-3": "there"}),
        ("calc.py:2:14 is a column", {"calc.py:2-2": "there"}),
        ("Makefile:1", {"Makefile:1-1": "there"}),
        ("calc.py:4", {"calc.py:4-4": "no such line"}),
        ("calc.py:0 calc.py:3-2", {"calc.py:0-0": "no such line", "calc.py:3-2": "no such line"}),
        ("gone.py:1 and lib/gone:7", {"gone.py:1-1": "no such file", "lib/gone:7-7": "no such file"}),
        ("localhost:8080, http://example.com:443/x, 127.0.0.1:80, at 12:30, ratio 3:1", {}),
        ("../../etc/passwd:1", {"../../etc/passwd:1-1": "no such file"}),
    ],
)
def test_citations_are_found_and_looked_up(text: str, expected: dict[str, str]) -> None:
    assert standings(text) == expected


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert all(place.path for place in cited(text))


def test_a_long_text_costs_little_and_gives_a_bounded_number() -> None:
    assert len(list(cited("a/" * 100_000))) == 0
    assert len(list(cited(" ".join(f"a.py:{number}" for number in range(1_000))))) == 200
