"""HTML in Markdown, taken out: comments with their text, tags without, elements that hide what they hold with it.

Code stays as it is, where it surely is code: in a fence, and between backticks on one line. Inside a block of HTML a fence
means nothing, so that it cannot be used to have a comment taken for code.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from pullwright.forges.invisible import shows_nothing

HIDING = frozenset(
    (
        *("script", "style", "template", "head", "title", "noscript", "noembed", "noframes", "iframe"),
        *("object", "svg", "math", "textarea", "datalist", "canvas", "audio", "video"),
    )
)
"""Elements whose content nobody sees, or not as text."""
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^\n]*)(?:\n|\Z)")
_BLOCK = re.compile(r"[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]+|>)*[ \t]*<[A-Za-z/!?]")
_RAW = re.compile(r"[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]+|>)*[ \t]*<(script|pre|style|textarea)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[^\\`&<\n]+")
_NAME = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_QUOTE_OR_END = re.compile(r"[>\"']")
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9.+-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>")
_HIDDEN = re.compile(
    r"\shidden(?=[\s=/>]|$)|aria-hidden\s*=\s*[\"']?true"
    r"|style\s*=[^>]*?(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?![.\d]*[1-9])"
    r"|font-size\s*:\s*0|color\s*:\s*(?:transparent|white|#fff)|(?:left|top|text-indent)\s*:\s*-\d{3,})",
    re.IGNORECASE,
)
_DECLARATIONS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))
_NUMERIC = re.compile(r"&#(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7});")
_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"))
LONGEST_TAG = 4000
"""Longer attributes hide something, and are not looked through."""
MOST_UNCLOSED = 50
"""So many tags without an end are no slip: what follows is not shown."""

Part = tuple[str, bool]
"""A piece of text, and whether it is code."""


def strip_markup(text: str, counts: Counter[str]) -> list[Part]:
    """The text in pieces. What was taken out is counted as `comment`, `element`, `image` and `character`."""
    return _Scanner(text, counts).scan()


class _Scanner:
    def __init__(self, text: str, counts: Counter[str]) -> None:
        self.text, self.counts = text, counts
        self.parts: list[Part] = []
        self.at = 0
        self.unclosed = 0
        self.block_end = 0  # until here the text is a block of HTML

    def scan(self) -> list[Part]:
        line_start = True
        while self.at < len(self.text):
            if line_start:
                self._begin_line()
                if self.at >= self.block_end and self._fence():
                    continue
            line_start = self._step() == "\n"
        return self.parts

    def _begin_line(self) -> None:
        if self.at < self.block_end or not _BLOCK.match(self.text, self.at):
            return
        raw = _RAW.match(self.text, self.at)
        end = re.compile(rf"</{raw[1]}[^\n]*", re.IGNORECASE) if raw else re.compile(r"\n[ \t>]*(?=\n|\Z)")
        found = end.search(self.text, self.at + 1)
        self.block_end = found.end() if found else len(self.text)

    def _fence(self) -> bool:
        """Take in a fence whole. It ends, also before it is closed, with the first line that is indented less than it."""
        opened = _FENCE.match(self.text, self.at)
        if not opened or ("`" in opened[2] and "`" in opened[3]):
            return False
        indent, mark = opened[1], opened[2]
        closing = re.compile(rf" {{0,3}}{mark[0]}{{{len(mark)},}}[ \t]*")
        end = opened.end()
        while end < len(self.text):
            line_end = self.text.find("\n", end)
            line_end = len(self.text) if line_end < 0 else line_end + 1
            line = self.text[end:line_end].rstrip("\n")
            if line.strip() and not line.startswith(indent):
                break
            end = line_end
            if closing.fullmatch(line):
                break
        self._keep(self.text[self.at : end], code=True)
        self.at = end
        return True

    def _step(self) -> str:
        """Take in what is next; its last character."""
        if plain := _PLAIN.match(self.text, self.at):
            return self._take(len(plain[0]))
        char = self.text[self.at]
        in_block = self.at < self.block_end
        if char == "\\" and self.at + 1 < len(self.text) and not in_block and not self.text[self.at + 1].isalnum():
            return self._take(2)
        if char == "`" and not in_block:
            return self._backticks()
        if char == "&" and (number := _NUMERIC.match(self.text, self.at)):
            return self._entity(number)
        return self._markup(in_block) if char == "<" else self._take(1)

    def _take(self, size: int) -> str:
        taken = self.text[self.at : self.at + size]
        self._keep(taken, code=False)
        self.at += size
        return taken[-1]

    def _keep(self, text: str, *, code: bool) -> None:
        if self.parts and self.parts[-1][1] == code and not code:
            self.parts[-1] = (self.parts[-1][0] + text, code)
        else:
            self.parts.append((text, code))

    def _backticks(self) -> str:
        run = re.compile(r"`+").match(self.text, self.at)
        assert run
        line_end = self.text.find("\n", self.at)
        line = self.text[run.end() : len(self.text) if line_end < 0 else line_end]
        closed = re.search(rf"(?<!`){run[0]}(?!`)", line)
        if not closed:
            return self._take(len(run[0]))
        end = run.end() + closed.end()
        self._keep(self.text[self.at : end], code=True)
        self.at = end
        return "`"

    def _entity(self, number: re.Match[str]) -> str:
        char = html.unescape(number[0])
        if len(char) != 1 or not shows_nothing(char):
            return self._take(len(number[0]))
        self.counts["character"] += 1
        self.at = number.end()
        return ""

    def _markup(self, in_block: bool) -> str:
        for opening, closing in _DECLARATIONS:
            if self.text.startswith(opening, self.at):
                return self._declaration(opening, closing, in_block)
        if link := _AUTOLINK.match(self.text, self.at):
            return self._take(len(link[0]))
        name = _NAME.match(self.text, self.at)
        return self._take(1) if name is None else self._tag(name, in_block)

    def _tag(self, start: re.Match[str], in_block: bool) -> str:
        end = self._tag_end(start.end())
        if end < 0:
            self.unclosed += 1
            if not in_block and self.unclosed < MOST_UNCLOSED:
                return self._take(1)
            self.counts["element"] += 1  # it holds all that follows
            self.at = len(self.text)
            return ""
        attributes, name = self.text[start.end() : end], start[2].lower()
        self.at = end + 1
        if start[1] or name in _VOID:
            if name == "img":
                self._keep("[image]", code=False)
                self.counts["image"] += 1
            elif name in ("br", "hr"):
                self._keep("\n", code=False)
        elif name in HIDING or len(attributes) > LONGEST_TAG or _HIDDEN.search(attributes):
            self._skip_element(name)
        return ">"

    def _tag_end(self, at: int) -> int:
        """Where the tag's `>` is, one in quotes aside; -1 when it has none."""
        while (found := _QUOTE_OR_END.search(self.text, at)) is not None:
            if found[0] == ">":
                return found.start()
            at = self.text.find(found[0], found.end()) + 1
            if at == 0:
                return -1
        return -1

    def _declaration(self, opening: str, closing: str, in_block: bool) -> str:
        end = self.text.find(closing, self.at + 2)
        if end < 0:
            if not in_block:
                return self._take(1)
            end = len(self.text)
        self.counts["comment"] += 1
        self.at = min(len(self.text), end + len(closing))
        return ""

    def _skip_element(self, name: str) -> None:
        """Skip to the element's own end, or to the end of all when there is none."""
        self.counts["element"] += 1
        depth = 1
        for tag in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])", re.IGNORECASE).finditer(self.text, self.at):
            depth += -1 if tag[1] else 1
            if depth == 0:
                end = self.text.find(">", tag.end())
                self.at = len(self.text) if end < 0 else end + 1
                return
        self.at = len(self.text)
