"""HTML in Markdown, taken out: comments with their text, tags without, elements that hide what they hold with it.

Code stays as it is, where it surely is code: in a fence, and between backticks on one line. Inside a block of HTML a fence
means nothing, so that it cannot be used to have a comment taken for code.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from itertools import groupby
from operator import itemgetter

from pullwright.forges.invisible import shows_nothing

HIDING = frozenset(
    (
        *("script", "style", "template", "head", "title", "noscript", "noembed", "noframes", "iframe"),
        *("object", "svg", "math", "textarea", "datalist", "canvas", "audio", "video"),
    )
)
"""Elements whose content nobody sees, or not as text."""
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})([^\n]*)(?:\n|\Z)")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_CONTAINER = r"[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]+|>)*[ \t]*"
_BLOCK = re.compile(_CONTAINER + r"<[A-Za-z/!?]")
_INFO = re.compile(rf"({_CONTAINER}(?:`{{3,}}(?=[^`\n]*$)|~{{3,}}))([^\n]*)", re.MULTILINE)
"""A fence, or what may be one: the rest of its line is not shown."""
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_NO_END = re.compile(r"`|~~~|!\[|<[!?]|<(?:script|style|textarea|title|template|svg|math)\b", re.IGNORECASE)
"""Where one of these came before, an element's end may be code, a comment, a script or an attribute, and no end."""
_BEGINNING = re.compile(_CONTAINER)
_LATER_BLOCK = re.compile(r"\n" + _CONTAINER + r"(?:<[A-Za-z/!?]|`{3,}|~{3,}|\n)")
_RAW = re.compile(_CONTAINER + r"<(script|pre|style|textarea)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[^\\`&<\n]+")
_NAME = re.compile(r"<(/?)([A-Za-z][^\s/><]*)")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>")
"""A tag in a line of text, by CommonMark's grammar."""
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

Part = tuple[str, bool]
"""A piece of text, and whether it is code."""


def strip_markup(text: str, counts: Counter[str]) -> list[Part]:
    """The text in pieces. What was taken out is counted as `comment`, `element`, `image` and `character`."""
    return _Scanner(text, counts).scan()


def _language(after: str) -> str:
    """What is shown of the text after a fence: nothing. The language's name is kept, if it is no more than that."""
    word = after.split(maxsplit=1)[0] if after[:1].isalnum() else ""
    return word if _LANGUAGE.fullmatch(word) else ""


class _Scanner:
    def __init__(self, text: str, counts: Counter[str]) -> None:
        self.text, self.counts = text, counts
        self.parts: list[Part] = []
        self.at: int = 0
        self.block_end: int = 0  # until here the text is a block of HTML
        self.mute: int = 0  # until here nothing is shown, but tags count

    def scan(self) -> list[Part]:
        line_start = True
        while self.at < len(self.text):
            if line_start:
                if self.at >= self.block_end and not _BLOCK.match(self.text, self.at) and self._fence():
                    continue
                self._begin_line()
                line_start = False
                continue
            line_start = self._step() == "\n"
        return [("".join(text for text, _ in group), is_code) for is_code, group in groupby(self.parts, key=itemgetter(1))]

    def _begin_line(self) -> None:
        """See whether a block of HTML begins; what follows a fence's mark is not shown, wherever that may be one."""
        if fence := _INFO.match(self.text, self.at):
            word = _language(fence[2])
            self._keep(fence[1] + word, code=False)
            self.at, self.mute = fence.end(1) + len(word), max(self.mute, fence.end())
        begun = _BLOCK.match(self.text, self.at)
        if self.at >= self.block_end and begun is not None:
            self.block_end = self._block_end(begun)

    def _block_end(self, begun: re.Match[str]) -> int:
        """An empty line ends it; some go on to their own closing, and to the end of that line."""
        raw = _RAW.match(self.text, self.at)
        end = re.compile(rf"</{raw[1]}[^\n]*", re.IGNORECASE) if raw else re.compile(r"\n[ \t>]*(?=\n|\Z)")
        found = end.search(self.text, self.at + 1)
        until = found.end() if found else len(self.text)
        for opening, closing in _DECLARATIONS:
            if self.text.startswith(opening, begun.end() - 2):
                closed = self.text.find(closing, begun.end())
                line_end = self.text.find("\n", closed) if closed >= 0 else -1
                return max(until, line_end if line_end >= 0 else len(self.text))
        return until

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
        self._keep(indent + mark + _language(opened[3]) + "\n", code=True)
        self._keep(self.text[opened.end() : end], code=True)
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
        if self.at < self.mute:
            size = min(size, self.mute - self.at)
        taken = self.text[self.at : self.at + size]
        self._keep(taken, code=False)
        self.at += size
        return taken[-1]

    def _keep(self, text: str, *, code: bool) -> None:
        if self.at >= self.mute:
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
        name = _NAME.match(self.text, self.at) if in_block else _TAG.match(self.text, self.at)
        return self._take(1) if name is None else self._tag(name, in_block)

    def _tag(self, start: re.Match[str], in_block: bool) -> str:
        """A tag as Markdown knows it; in a block of HTML, what a browser would take for one."""
        end = self._tag_end(start.end(2))
        if end < 0 or _EMPTY_LINE.search(self.text, start.end(2), end):
            self.counts["element"] += 1  # it holds all that follows
            self.at = len(self.text)
            return ""
        attributes, name = self.text[start.end(2) : end], start[2].lower()
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
        whole = self.text[start.start() + 1 : end]
        if any(sign in whole for sign in ("<", "\n", "![")):  # by another reading it is no tag, and one begins in it, or a block
            if "![" in whole:
                self._keep("![", code=False)
            self.at, self.mute = start.end(2), max(self.mute, end + 1)
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
        start = self.at
        end = self.text.find(closing, start + len(opening))
        if end < 0:
            if not in_block:
                return self._take(1)
            end = len(self.text)
        self.counts["comment"] += 1
        self.at = end = min(len(self.text), end + len(closing))
        if opening != "<!--":
            self.at, self.mute = start + len(opening), max(self.mute, end)
            return ""
        line, inside = self.text.rfind("\n", 0, start) + 1, self.text[start + 4 : end - 3]
        if "--" in inside and "![" in inside:
            self._keep("![", code=False)  # older Markdown takes that for no comment, and for an image
        if not _BEGINNING.fullmatch(self.text, line, start) and _LATER_BLOCK.search(self.text, start, end):
            # Within a paragraph it is no comment if the paragraph ends before it: what begins in it then counts.
            self.at, self.mute = start + len(opening), max(self.mute, end)
        return ""

    def _skip_element(self, name: str) -> None:
        """Skip to the element's own end, or to the end of all when there is none."""
        self.counts["element"] += 1
        start, depth = self.at, 1
        for tag in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])", re.IGNORECASE).finditer(self.text, self.at):
            depth += -1 if tag[1] else 1
            held = self.text[start : tag.start()]
            if held.endswith("\\") or _NO_END.search(held) or ("<" in held and (held.count('"') % 2 or held.count("'") % 2)):
                break
            if depth == 0:
                end = self.text.find(">", tag.end())
                self.at = len(self.text) if end < 0 else end + 1
                return
        self.at = len(self.text)
