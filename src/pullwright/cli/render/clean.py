"""Text that others wrote (a model, a repository, a command) made safe to print in a terminal."""

from __future__ import annotations

from functools import lru_cache

# C0 and C1 controls but newline and tab, and the marks that reorder text: an escape sequence could retitle the
# terminal, hide lines or forge a prompt.
_UNSAFE = (
    {code: f"\\x{code:02x}" for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))}
    | {0x0D: ""}
    | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)

_NO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
_INERT = {code: f"\\u{code:04x}" for code in _UNSAFE if code >= 0x7F}  # JSON itself escapes those below


def clean(text: str) -> str:
    """`text` with control characters written out; newlines and tabs stay, carriage returns go."""
    return text if text.isascii() and text.isprintable() else text.translate(_UNSAFE)


def inert(json: str) -> str:
    """JSON text with the same characters written as its own escapes: the same value, and nothing that a terminal obeys."""
    return json if json.isascii() and "\x7f" not in json else json.translate(_INERT)


def one_line(text: str, width: int = 100) -> str:
    """The first line that says something, cut to `width` columns with an ellipsis."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[0].replace("\t", " ")
    return line if columns(line) <= width and len(lines) == 1 else fit(line, width - 1).rstrip() + "…"


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes: two for East Asian wide characters, none for combining marks.

    The parts of a joined emoji are counted one by one, as most terminals draw them: the sum is never too small."""
    if text.isascii():
        return len(text)
    return sum(map(columns_of, text))


def fit(text: str, width: int) -> str:
    """The beginning of `text` that takes at most `width` columns."""
    if columns(text) <= width:
        return text
    taken = 0
    for index, character in enumerate(text):
        taken += columns_of(character)
        if taken > width:
            return text[:index]
    return text


@lru_cache(4096)
def columns_of(character: str) -> int:
    """How many columns one character takes: marks and joiners none, East Asian wide ones and emoji two."""
    import unicodedata

    category = unicodedata.category(character)
    if category in ("Mn", "Me") or character in _NO_WIDTH or "\u1160" <= character <= "\u11ff":
        return 0
    newer = category == "Cn" and "\U0001f000" <= character <= "\U0001faff"  # emoji that this Python does not know yet
    return 2 if newer or unicodedata.east_asian_width(character) in "WF" else 1
