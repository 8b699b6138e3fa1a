"""Lists, tables and folded parts of Markdown, and how long a text is to a forge. What comes in is harmless already (prose.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

MOST = 50


def bullets(items: Sequence[str], show: Callable[[str], str] = str, most: int = MOST) -> Iterator[str]:
    """A list of `items`, each shown by `show`: at most `most` entries, and one that counts the others."""
    for each in items[:most]:
        yield f"- {show(each)}"
    if len(items) > most:
        yield f"- and {len(items) - most} more"


def table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table; a cell is one line without a bare `|`."""
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part that is shown when somebody asks for it; `title` is ours."""
    yield f"<details><summary>{title}</summary>\n"
    yield from lines
    yield "\n</details>"


def length(text: str) -> int:
    """How many characters a forge counts: those of UTF-16, the larger of the two ways to count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
