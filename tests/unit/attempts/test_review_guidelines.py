"""Review guidelines: which sections count, for which files, from which side."""

from __future__ import annotations

import asyncio

from pullwright.attempts.review.guidelines import LIMIT, Read, collect, edited, sections

ROOT = """\
# Project

## Build
make

## Review Guidelines:
- No `print` in library code.

### Security
- Escape what goes into SQL.

```
# Review guidelines
not a heading
```

## After
Nothing of this.
"""


def side(files: dict[str, str]) -> Read:
    async def read(path: str) -> bytes | None:
        return files[path].encode() if path in files else None

    return read


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    (text,) = sections(ROOT)
    assert "No `print`" in text
    assert "Escape" in text
    assert "not a heading" in text
    assert "Nothing of this" not in text
    assert "make" not in text


def test_the_heading_is_found_in_the_forms_that_people_write() -> None:
    for heading in ("# Review guidelines", "### code review guideline", "## **Review Guidelines** ##", "Review guidelines\n---"):
        assert sections(f"x\n\n{heading}\n\nBe kind.\n\n# End\n") == ["Be kind."], heading
    for heading in ("# Reviewing", "# Guidelines", "Review guidelines"):
        assert sections(f"{heading}\n\nBe kind.\n") == [], heading


def test_the_nearest_comes_first_and_the_root_counts_too() -> None:
    files = {
        "AGENTS.md": "# Review guidelines\nroot\n",
        "a/AGENTS.md": "# Review guidelines\na\n",
        "a/b/CLAUDE.md": "# Review guidelines\nab\n",
        "a/b/GEMINI.md": "# Review guidelines\nnever\n",
        "z/AGENTS.md": "# Review guidelines\nz\n",
    }
    found = asyncio.run(collect(["a/b/c/x.py", "y.py"], side(files)))
    assert [(each.id, each.path, each.text) for each in found] == [
        ("G1", "a/b/CLAUDE.md", "ab"),
        ("G2", "a/AGENTS.md", "a"),
        ("G3", "AGENTS.md", "root"),
    ]
    assert found[0].covers("a/b/c/x.py")
    assert not found[1].covers("ab.py")
    assert not found[1].covers("y.py")
    assert found[2].covers("y.py")


def test_an_edited_guideline_is_told() -> None:
    old, new = (
        side({"AGENTS.md": ROOT}),
        side({"AGENTS.md": ROOT.replace("No `print`", "Anything goes"), "x.py": "# Review guidelines\n"}),
    )
    assert asyncio.run(edited(["AGENTS.md", "x.py"], old, new)) == ("AGENTS.md",)
    assert asyncio.run(edited(["AGENTS.md"], old, old)) == ()


def test_guidelines_are_bounded() -> None:
    files = {"AGENTS.md": "# Review guidelines\n" + "words " * LIMIT}
    assert sum(len(each.text) for each in asyncio.run(collect(["x"], side(files)))) <= LIMIT
