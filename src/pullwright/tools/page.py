"""A web page as text: headings, paragraphs, lists, links and code; no scripts, styles or navigation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

_SILENT = frozenset({"button", "iframe", "nav", "noscript", "script", "style", "svg", "template"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "footer"}
    | {"form", "header", "hr", "main", "ol", "p", "section", "summary", "table", "tr", "ul"}
)


class _Page(HTMLParser):
    """Gathers text; `pre` keeps its lines, everything else is folded."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.title = ""
        self._base = base
        self._silent: list[str] = []
        self._in_title = False
        self._pre = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag == "title":
            self._in_title = True
        if tag in _SILENT:
            self._silent.append(tag)
        if self._silent:
            return
        if tag == "pre":
            self._pre += 1
            self.out.append("\n\n```\n")
        elif tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in ("td", "th"):
            self.out.append(" | ")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.out)))
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self.out.append("\n\n" + "#" * int(tag[1]) + " ")
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag == "p" else "\n")

    def handle_endtag(self, tag: str) -> None:
        """Close an element; an end that nobody opened is ignored."""
        if tag == "title":
            self._in_title = False
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
            return
        if self._silent:
            return
        if tag == "pre" and self._pre:
            self._pre -= 1
            self.out.append("\n```\n\n")
        elif tag == "a" and self._links:
            href, at = self._links.pop()
            text = "".join(self.out[at:]).strip()
            if text and href and not href.startswith(("#", "javascript:", "data:")):
                self.out.append(f" <{urljoin(self._base, href)}>")
        elif tag in _BLOCKS or (len(tag) == 2 and tag[0] == "h" and tag[1] in "123456"):
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._in_title:
            self.title += data
        elif not self._silent:
            self.out.append(data if self._pre else re.sub(r"\s+", " ", data))


def page_text(html: str, base: str = "") -> str:
    """The readable text of `html`; links of `a` elements in angle brackets, made absolute by `base`."""
    page = _Page(base)
    page.feed(html)
    page.close()
    text = re.sub(r"[ \t]+\n", "\n", "".join(page.out))
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    title = " ".join(page.title.split())
    return f"{title}\n\n{text}" if title and not text.startswith(f"# {title}") else text
