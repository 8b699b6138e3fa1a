"""What Markdown does not show of images and links: descriptions, titles, definitions, addresses of nothing."""

from __future__ import annotations

import re
from collections import Counter

LONGEST_ADDRESS = 300
_LABEL = r"\[((?:[^\[\]\\]|\\.){1,999})\]"
_QUOTED = r"(?:\"[^\"]*\"|'[^']*'|\([^()]*\))"
_IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\[\]]*\](?!\())*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])?")
_HALF_IMAGE = re.compile(r"!\[(?:[^\n]|\n(?![ \t]*(?:\n|\Z)))*")
"""Where it is not clear where a description ends, it goes on to the paragraph's end."""
_EMPTY_LINK = re.compile(r"(?<!!)\[\s*\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
_TITLE = re.compile(rf"(\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*))\s+{_QUOTED}\s*\)")
_ADDRESS = re.compile(r"\]\(\s*(<[^<>\n]*>|[^\s()<>]{300,})\s*\)")
_DEFINITION = re.compile(
    rf"^[ \t>]*(?:(?:[*+-]|\d{{1,9}}[.)])[ \t]+)*>?[ \t]*{_LABEL}:[ \t]*\n?[ \t]*(\S+)(?:\s+{_QUOTED})?[ \t]*.*$", re.MULTILINE
)
_USE = re.compile(rf"{_LABEL}(?!:)")


def strip_links(text: str, counts: Counter[str]) -> str:
    """The text without them. What was taken out is counted as `image`, `title` and `definition`."""
    used = {match[1].lower() for match in _USE.finditer(text)}
    rules = _Rules(text, used, counts)
    text = _DEFINITION.sub(rules.definition, text)
    for image in (_IMAGE, _HALF_IMAGE):
        text = image.sub(rules.image, text)
    text = _EMPTY_LINK.sub("", text)
    return _ADDRESS.sub(rules.address, _TITLE.sub(rules.title, text))


class _Rules:
    def __init__(self, text: str, used: set[str], counts: Counter[str]) -> None:
        self.text, self.used, self.counts = text, used, counts

    def image(self, _: re.Match[str]) -> str:
        self.counts["image"] += 1
        return "[image]"

    def title(self, match: re.Match[str]) -> str:
        self.counts["title"] += 1
        return match[1] + ")"

    def address(self, match: re.Match[str]) -> str:
        """In angle brackets an address may hold words; a long one may hold anything."""
        return match[0] if match[1].startswith("<") and not re.search(r"\s", match[1]) else "](…)"

    def definition(self, match: re.Match[str]) -> str:
        """One that is used keeps its address. Right after a paragraph's line it is none, and shown as it stands."""
        if _paragraph_before(self.text, match.start()):
            return match[0]
        if match[1].lower() in self.used:
            return f"[{match[1]}]: {match[2][:LONGEST_ADDRESS]}"
        self.counts["definition"] += 1
        return ""


def _paragraph_before(text: str, place: int) -> bool:
    if not text[:place].endswith("\n") or text[:place].endswith("\n\n"):
        return False
    line = text[:place].rstrip("\n").rpartition("\n")[2]
    return bool(line[:1].isalpha())
