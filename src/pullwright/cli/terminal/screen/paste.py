"""Large pastes shown as one mark, and images named by one: `[pasted 10,240 lines]`, `[image 1]`.

    Folds.fold(text) -> what is written into the editor
    Folds.whole(text) -> what is sent

The editor holds the mark alone, so that a paste of a megabyte costs nothing while one goes on writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINES, CHARACTERS = 12, 1_500
"""What is longer than either is folded."""

_MARK = re.compile(r"\[(?:pasted [\d,]+ (?:lines|characters)(?: #\d+)?|image \d+)\]")


class Folds:
    """What the marks in the editor stand for."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._images: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """The mark for a long text, or the text itself. Line ends become newlines: terminals paste carriage returns."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines <= LINES and len(text) <= CHARACTERS:
            return text
        size = f"{lines:,} lines" if lines > LINES else f"{len(text):,} characters"
        return self._kept(f"pasted {size}", text)

    def _kept(self, words: str, text: str) -> str:
        mark, number = f"[{words}]", 1
        while self._texts.get(mark, text) != text:
            number += 1
            mark = f"[{words} #{number}]"
        self._texts[mark] = text
        return mark

    def image(self, path: str) -> str:
        """The mark for an image file; the same file has the same mark."""
        for mark, known in self._images.items():
            if known == path:
                return mark
        mark = f"[image {len(self._images) + 1}]"
        self._images[mark] = path
        return mark

    def whole(self, text: str) -> str:
        """The text with every folded paste in full. Marks of images stay: they say which is meant."""
        return _MARK.sub(lambda found: self._texts.get(found[0], found[0]), text)

    def images(self, text: str) -> list[str]:
        """The image files whose marks are in `text`, in their order."""
        return list(dict.fromkeys(self._images[mark] for mark in _MARK.findall(text) if mark in self._images))

    def mark_before(self, text: str) -> str:
        """The mark that `text` ends with, which one press of backspace takes away whole; empty when it ends otherwise."""
        last = list(_MARK.finditer(text[-80:]))
        return last[-1][0] if last and text.endswith(last[-1][0]) and self._known(last[-1][0]) else ""

    def marks(self, line: str) -> Iterator[tuple[int, int]]:
        """Where the marks of a line begin and end."""
        return ((found.start(), found.end()) for found in _MARK.finditer(line) if self._known(found[0]))

    def _known(self, mark: str) -> bool:
        return mark in self._texts or mark in self._images
