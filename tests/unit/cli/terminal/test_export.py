"""A session as a file: everything in it, and nothing that a browser or a Markdown reader would obey."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pullwright.cli.terminal.transcript.export.as_html import as_html
from pullwright.cli.terminal.transcript.export.as_markdown import as_markdown, fenced
from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    Noticed,
    PlanStep,
    PlanUpdated,
    SessionStarted,
)
from pullwright.protocol.inputs import Prompt
from pullwright.tools.diff import unified
from transcripts import Shelf, called, said

EVIL = "</pre><script>alert(1)</script>\x1b[2J```\n# not a heading"
OUTPUT = "".join(f"line {number}\n" for number in range(30)).encode() + b"```\n</pre><script>x</script>"


def session() -> list[Event]:
    return [
        SessionStarted(session="ses_1", project="/home/pat/tally", pullwright="1.0"),
        InputReceived(input=Prompt(id="p", text="make it work")),
        said("I **look** first.\n\n```py\nx = 1\n```"),
        *called("read", "a.py"),
        PlanUpdated(plan=(PlanStep("one", "done"), PlanStep("two"))),
        CommandRan(call_id="c", command="pytest -q", cwd="/", exit_code=1, seconds=1.0, artifact="out", output_bytes=len(OUTPUT)),
        FilesChanged(call_id="e", paths=("a.py",), diff=unified("a.py", "x = 1\n", "x = 2\n")[0], added=1, removed=1),
        Noticed(level="warning", text=EVIL),
        said(EVIL, "m2"),
        *called("search", "last"),
    ]


def test_markdown_has_it_all_and_fences_hold() -> None:
    page = as_markdown(session(), Shelf(out=OUTPUT))
    for part in (
        "# Session ses_1",
        "## You\n\nmake it work",
        "I **look** first.\n\n```py\nx = 1\n```",
        "> · read a.py",
        "- [x] one\n- [ ] two",
        "````console\n$ pytest -q\nline 0\n",
        "</script>\n````\n\nexit 1, 1.0 s",
        "Edited `a.py`: +1 −1\n\n```diff\n",
        "-x = 1\n+x = 2\n```",
        "> · searched last",
    ):
        assert part in page, part
    assert "\x1b" not in page
    assert fenced("a\n````\nb", "x").startswith("`````x\n")


def test_html_is_one_page_with_nothing_to_run_or_to_load() -> None:
    page = as_html(session(), Shelf(out=OUTPUT), title="<ses_1>")

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags: set[str] = set()
            self.words: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.add(tag)
            assert not {"src", "href", "onclick", "style"} & {name for name, _ in attrs}

        def handle_data(self, data: str) -> None:
            self.words.append(data)

    reader = Tags()
    reader.feed(page)
    assert reader.tags == {"html", "head", "meta", "title", "style", "body", "main", "pre", "span", "details", "summary"}
    text = "".join(reader.words)
    for part in ("make it work", "I look first.", "line 17", "more lines", "<script>alert(1)</script>", "x = 2"):
        assert part in text, part
    assert "\x1b" not in page
    classes = {name for found in re.findall(r'class="([^"]+)"', page) for name in found.split()} - {"gap"}
    assert classes
    assert all(re.fullmatch(r"r-[a-z-]+", name) for name in classes)
