"""What others wrote, made fit to be laid out: no control characters, no hidden ones, tabs as spaces, floods of marks cut.

    safe(text)      text of a model, a file, a person: what a terminal would obey is written out (`\\x1b`)
    output(text)    a command's output: escape sequences are gone, of an overwritten line what remained

Both keep newlines, are linear in the text's length, and never raise.
"""

from __future__ import annotations

import re

from pullwright.cli.render.clean import clean

TAB = 4
MOST = 400_000
"""Characters of one text."""
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f"
    "\u2060-\u2064\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
_FLOOD = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
_HIDDEN = re.compile("[\U000e0000-\U000e0fff]+")
_BROKEN = re.compile("[\ud800-\udfff]")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_X][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[ -/]*[0-~])")


def safe(text: str, tab: int = TAB) -> str:
    """The text with nothing in it that a terminal obeys or hides. Characters that cannot be seen are counted in words; what is
    longer than anybody reads is cut, for it would take seconds to lay out."""
    if len(text) > MOST:
        text = f"{text[:MOST]}… ({len(text) - MOST:,} more characters)"
    if text.isascii() and text.isprintable():
        return text
    if "\t" in text:
        text = "\n".join(line.expandtabs(tab) for line in text.split("\n"))
    text = clean(text)
    if text.isascii():
        return text
    text = _BROKEN.sub("\ufffd", text.translate(_SEPARATORS))
    text = _HIDDEN.sub(lambda found: f"‹{len(found[0])} hidden characters›", text)
    return _FLOOD.sub(lambda found: found[1], text)


_SEPARATORS = {0x2028: "\n", 0x2029: "\n", 0x061C: "", 0x200E: "", 0x200F: "", 0xFE0F: ""}
# U+FE0F asks for the emoji form of a narrow character, which some terminals draw one column wide and others two.


def output(text: str) -> str:
    """A command's output as it stands when the command has written it: colours and cursor motions are gone."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        text = "\n".join(_remaining(line) for line in text.split("\n"))
    if "\b" in text:
        text = "\n".join(_struck(line) if "\b" in line else line for line in text.split("\n"))
    return safe(text, 8)


def _remaining(line: str) -> str:
    """What is left of a line after its carriage returns: the last state of a progress bar."""
    return line.rstrip("\r").rpartition("\r")[2]


def _struck(line: str) -> str:
    """The line after its backspaces (spinners, man pages)."""
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
