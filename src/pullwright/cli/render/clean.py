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
    """The first line that says something, cut to `width` with an ellipsis."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[0].replace("\t", " ")
    return line if len(line) <= width and len(lines) == 1 else line[: width - 1].rstrip() + "…"
