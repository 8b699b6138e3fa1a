"""What a person would not see is not what an agent reads; what they see is kept."""

from __future__ import annotations

import pytest

from pullwright.forges.hidden import visible

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
    "attribute over a blank line": '<div title="\n\nEVIL\n\n">Fix it</div>',
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
    "between two comments": "Fix <!-- a --><!-- EVIL --> it",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_hidden_text_is_taken_out(text: str) -> None:
    assert EVIL in text  # the control: without the guard it would be read
    found = visible(text)
    assert EVIL not in found.text
    assert "Fix" in found.text or "Fix" not in text or "long" in text


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
