"""Text that others wrote (a model, a repository, a command) made safe to print in a terminal."""

from __future__ import annotations

# C0 and C1 controls but newline and tab, and the marks that reorder text: an escape sequence could retitle the
# terminal, hide lines or forge a prompt.
_UNSAFE = (
    {code: f"\\x{code:02x}" for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))}
    | {0x0D: ""}
    | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)


def clean(text: str) -> str:
    """`text` with control characters written out; newlines and tabs stay, carriage returns go."""
    return text if text.isascii() and text.isprintable() else text.translate(_UNSAFE)


def one_line(text: str, width: int = 100) -> str:
    """The first line that says something, cut to `width` columns with an ellipsis."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[0].replace("\t", " ")
    return line if columns(line) <= width and len(lines) == 1 else fit(line, width - 1).rstrip() + "…"


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes: two for East Asian wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def fit(text: str, width: int) -> str:
    """The beginning of `text` that takes at most `width` columns."""
    if columns(text) <= width:
        return text
    taken = 0
    for index, character in enumerate(text):
        taken += _columns_of(character)
        if taken > width:
            return text[:index]
    return text


def _columns_of(character: str) -> int:
    import unicodedata

    if unicodedata.combining(character) or character in "\u200b\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
