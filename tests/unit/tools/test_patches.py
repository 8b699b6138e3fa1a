"""The patch format, as data: what was there, the patch, what is there after it (or the message)."""

from pathlib import Path

import pytest
from workbench import Workbench, text_of

PATCHES = sorted((Path(__file__).parent / "patches").glob("*.txt"))


def read(path: Path) -> tuple[dict[str, str], str, dict[str, str], str]:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    patch = error = ""
    for section in ("\n" + path.read_text()).split("\n=== ")[1:]:
        heading, _, body = section.partition("\n")
        kind, _, name = heading.partition(" ")
        content = body if body.endswith("\n") else body + "\n"
        if kind == "in":
            before[name] = content
        elif kind == "out":
            after[name] = content
        elif kind == "patch":
            patch = body
        else:
            error = name
    return before, patch, after, error


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_patch(work: Workbench, path: Path, newline: str) -> None:
    before, patch, after, error = read(path)
    work.files({name: text.replace("\n", newline) for name, text in before.items()})
    result = work.patch(patch)
    assert result.ok == (not error), result.output
    assert error in text_of(result)
    made = set(after) - set(before) if "Move to" not in patch else set()
    expected = {name: text.replace("\n", "\n" if name in made else newline).encode() for name, text in after.items()}
    if path.stem.startswith("several"):
        expected["e.txt"] = b"e\n"
    assert work.tree() == expected


def test_there_are_patches() -> None:
    assert len(PATCHES) > 15
