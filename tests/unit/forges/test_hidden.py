"""What a person would not see is not what an agent reads; what they see is kept."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pullwright.forges.hidden import visible
from pullwright.forges.markup import HIDING

EVIL = "EVIL"

HIDDEN = {
    "comment": "Fix it <!-- EVIL --> please",
    "comment over lines": "Fix it\n<!--\n\nEVIL\n\n--> please",
    "comment never closed": "Fix it\n<!-- EVIL",
    "comment never closed in a list": "Fix it\n- <!-- EVIL",
    "comment with a fence in it": "Fix it\n<!--\n```\nEVIL\n```\n-->",
    "fence in a block of HTML": "Fix it\n\n<div>\n```\n<!-- EVIL -->\n```\n</div>",
    "fence in a pre": "<pre>\n\n```\n<!-- EVIL -->\n```\n</pre>",
    "fence that is a paragraph's": "Fix it\n    ```\n<!-- EVIL -->\n    ```",
    "fence that its list item ends": "- a\n  ```\nb <!-- EVIL -->\n```",
    "backticks over lines": "Fix `it\n<!-- EVIL -->\nplease`",
    "backtick in an attribute": 'Fix <a title="`"><!-- EVIL --><b title="`"> it',
    "backtick that is escaped": "Fix \\` it <!-- EVIL --> `",
    "conditional comment": "Fix <!--[if IE]>EVIL<![endif]--> it",
    "declaration": "Fix <!DOCTYPE EVIL> it",
    "processing instruction": "Fix <?EVIL?> it",
    "cdata": "Fix <![CDATA[ EVIL ]]> it",
    "attribute": '<p title="EVIL">Fix it</p>',
    "attribute over a blank line": 'Fix it\n\n<div title="\n\nEVIL\n\n">x</div>',
    "attribute never closed": 'Fix it\n\n<div title="EVIL',
    "long attribute": '<p title="' + "x" * 5000 + 'EVIL">Fix it</p> Fix',
    "tag's own name": "Fix <EVIL-instructions> it",
    "hidden element": "Fix <span hidden>EVIL</span> it",
    "hidden element with others in it": "Fix <div hidden><div>a</div>EVIL</div> it",
    "hidden element never closed": "Fix <div hidden>EVIL",
    "aria-hidden": '<span aria-hidden="true">EVIL</span> Fix it',
    "display none": '<details style="display: none">EVIL</details> Fix it',
    "white on white": '<span style="color:white">EVIL</span> Fix it',
    "of no size": '<span style="font-size:0px">EVIL</span> Fix it',
    "far away": '<p style="position:absolute;left:-9999px">EVIL</p> Fix it',
    "script": "<script>EVIL</script> Fix it",
    "style": "<style>EVIL</style> Fix it",
    "template": "<TEMPLATE>EVIL</TEMPLATE> Fix it",
    "svg": "<svg><text>EVIL</text></svg> Fix it",
    "image's description": "Fix it ![EVIL](https://example.org/a.png)",
    "image's title": 'Fix it ![a](https://example.org/a.png "EVIL")',
    "image's description by reference": "Fix it ![EVIL][a]\n\n[a]: https://example.org/a.png",
    "image in HTML": 'Fix it <img alt="EVIL" src="a.png">',
    "link's title": "Fix [it](https://example.org 'EVIL')",
    "link of nothing": "Fix it [](https://example.org/EVIL)",
    "address with words": "Fix [it](<EVIL and more>)",
    "long address": "Fix [it](https://example.org/" + "x" * 400 + "EVIL)",
    "link definition": "Fix it\n\n[//]: # (EVIL)",
    "link definition's label": "Fix it\n\n[EVIL]: #",
    "link definition's title": "Fix [it][a]\n\n[a]: https://example.org 'EVIL'",
    "link definition's title on the next line": 'Fix [it][a]\n\n[a]: https://example.org\n"EVIL"',
    "after a fence's mark": "Fix it\n\n``` EVIL instructions\nx\n```",
    "after a fence's mark in a list": "Fix it\n\n1. ~~~ EVIL instructions\n   x\n   ~~~",
    "tag that no tag is": "Fix <b1. - <script>\n\nEVIL",
    "end of an element in code": "Fix <span hidden>`</span>` EVIL",
    "end of an element in a comment": "Fix <span hidden><!-- </span> -->EVIL",
    "end of an element in a script": "Fix <span hidden><script></span>EVIL",
    "description over code": "Fix it ![`x` EVIL](https://example.org/a.png)",
    "definition in a quotation": "Fix it\n\n> [EVIL]: #",
    "definition in a list": "Fix it\n\n- [EVIL]: #",
    "block in a comment": "Fix it <!-- \n<script> --> EVIL",
    "fence in a comment": "Fix it <!-- \n``` --> EVIL",
    "declaration over lines": "Fix it\n\n<!X\n\n><?EVIL",
    "attribute that Markdown closes": "Fix it\n\n</div><img alt='\n\n'><b EVIL\n\nx",
    "image in half a comment": "Fix <!-- ![ <!-- -- --> EVIL ](u)",
    "between two comments": "Fix <!-- a --><!-- EVIL --> it",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_hidden_text_is_taken_out(text: str) -> None:
    assert EVIL in text  # the control: without the guard it would be read
    found = visible(text)
    assert EVIL not in found.text
    assert "Fix" in found.text or "Fix" not in text or "long" in text


PIECES_OF_MARKDOWN = (
    *("<!--", "-->", "<!--", "-->", "```", "```", "~~~", "`", "``", "<div>", "</div>", "<pre>", "</pre>", "\n", "\n", "\n\n"),
    *("    ", "  ", " ", "- ", "> ", "1. ", "do EVIL", "do EVIL", " text ", '<a title="', '">', "<span hidden>", "</span>"),
    *("[x](", ")", "![", "](u)", "[a]: ", "[a]", "\\", "\t", "<script>", "</script>", "<?", "?>", "<![CDATA[", "]]>", "<!X"),
    *(">", '"', "'", "&lt;", "# ", "***", "<p>", "<b", "<img alt='", "'>", "`` ` ``", "   ", "* ", " \n"),
)
VOID = frozenset(("img", "br", "hr", "input"))


class Seen(HTMLParser):
    """The text of a page, without what its elements hide."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.open = "", list[tuple[str, bool]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, tag in HIDING or "hidden" in dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (name, _) in enumerate(self.open) if name == tag]
        if places:
            del self.open[places[-1] :]

    def handle_data(self, data: str) -> None:
        self.text += "" if any(hides for _, hides in self.open) else data


@pytest.mark.parametrize("seed", range(2))
def test_what_a_renderer_does_not_show_is_never_kept(seed: int) -> None:
    """Against a renderer of Markdown and a parser of HTML that others wrote, on texts made of what is hard."""
    chance, render = random.Random(seed), MarkdownIt("commonmark", {"html": True}).render
    hidden = shown = lost = 0
    for _ in range(3000):
        text = "".join(chance.choice(PIECES_OF_MARKDOWN) for _ in range(chance.randint(2, 14)))
        seen = Seen()
        seen.feed(render(text))
        seen.close()
        kept = "do EVIL" in visible(text).text
        if "do EVIL" in text and "do EVIL" not in seen.text:
            hidden += 1
            assert not kept, text
        shown += "do EVIL" in seen.text
        lost += "do EVIL" in seen.text and not kept
    assert hidden > 100
    assert lost < shown / 2  # in such texts it is mostly in doubt


SHOWN = {
    "words": "The discount is wrong: 10 > 9 && a < b",
    "fence": "See\n\n```html\n<!-- a comment -->\n<b hidden>x</b>\n```\n\nand more",
    "fence in a list": "- see\n  ```html\n  <!-- a comment -->\n  ```\n- more",
    "tildes": "~~~\n<!-- ``` -->\n~~~",
    "code": "Call `Map<String, Foo>` and ``a ` <b>``",
    "escaped": "\\<!-- not a comment --\\>",
    "link": "See [the page](https://example.org/a_(b)) and <https://example.org/x>",
    "reference": "See [the page][p]\n\n[p]: https://example.org",
    "definition after a paragraph": "Mind this\n[note]: it is shown",
    "emoji": "👩‍👩‍👧 ❤️ 1️⃣ 🏳️‍🌈",
    "Persian": "می‌خواهم",
    "Hindi": "क्‍ष",
    "accents": "naïve café – “quoted” …",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "tasks": "- [ ] one\n- [x] two",
    "entities": "a &lt;b&gt; &#8364; &amp;",
    "tabs": "a\tb\n\tc",
    "an arrow": "a <- b -> c <3 x<-1",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_what_is_shown_is_kept(text: str) -> None:
    assert visible(text).text == text
    assert visible(text).removed == ()


def test_elements_that_only_format_leave_their_text() -> None:
    found = visible("<details><summary>More</summary>\n\nThe <kbd>log</kbd><br>says so\n\n</details>")
    assert [line for line in found.text.splitlines() if line] == ["More", "The log", "says so"]


INVISIBLE = {
    "zero width": "a\u200bb\ufeffc\u2060d\u200ee\u00adf",
    "tags": "a" + "".join(chr(0xE0000 + ord(char)) for char in "do evil") + "bcdef",
    "bidirectional": "a\u202eb\u2066c\u202cd\u2069ef",
    "variation selectors": "a" + "".join(chr(0xE0100 + n) for n in (3, 7, 1)) + "bcdef",
    "selectors after letters": "a\ufe0fb\ufe0ec\ufe00def",
    "joiners between letters": "a\u200db\u200cc\u200d\u200ddef",
    "fillers": "a\u3164b\u115fc\u2800d\uffa0e\u034ff",
    "private": "a\ue000b\U000f0000cdef",
    "controls": "a\x1bb\x00c\x7fd\x9be\x08f",
    "entities": "a&#x200B;b&#8203;c&#xE0041;def",
    "annotations": "a\ufff9b\ufffac\ufffbdef",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_characters_without_a_shape_are_taken_out(text: str) -> None:
    found = visible(text)
    assert found.text == "abcdef"
    assert "invisible character" in found.removed[0]


def test_text_is_not_pushed_out_of_sight() -> None:
    assert visible("Fix it" + "\n" * 500 + "EVIL").text == "Fix it\n\n\nEVIL"
    assert visible("Fix it" + " " * 500 + "EVIL").text == "Fix it EVIL"


def test_what_was_taken_out_is_said() -> None:
    found = visible("a <!-- b --> c <!-- d --> ![e](f) \u200b")
    assert found.removed == ("1 invisible character", "2 HTML comments", "1 image description")


PIECES = [
    "<a ",
    "<!",
    "<!--",
    '<a "',
    "![",
    "![[",
    "](",
    "`",
    "``` ",
    "[a]: ",
    "<svg ",
    "> > ",
    "\n\n ",
    "&#x2",
    "style=a ",
    "\\<",
    "[(",
]


@pytest.mark.timeout(20)  # what takes time in squares takes minutes
@pytest.mark.parametrize("piece", [*PIECES, "<b style=", "<!-- -", "[a](", "@a "])
def test_hostile_text_costs_no_time(piece: str) -> None:
    visible("<p " + piece * (60_000 // len(piece)))
    visible(piece * (60_000 // len(piece)))
