"""Events as lines: the same for live and logged, and nothing in them that a terminal would obey."""

from __future__ import annotations

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli.render.banner import TEXT
from pullwright.cli.render.checks import check_lines
from pullwright.cli.render.clean import clean, columns, fit, one_line
from pullwright.cli.render.diff import coloured
from pullwright.cli.render.progress import Progress
from pullwright.cli.render.style import PLAIN, Style, style_for
from pullwright.cli.render.summary import summary
from pullwright.cli.render.table import table
from pullwright.protocol.events import (
    BudgetReached,
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ItemAdded,
    ModelRetried,
    NetworkDecided,
    Noticed,
    PlanStep,
    PlanUpdated,
    ToolFinished,
    ToolStarted,
    TurnStarted,
    VerificationRan,
    VerificationRun,
    Verified,
    raw_item,
)
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.items import assistant_message
from pullwright.protocol.outcomes import Cancelled, ChangeSummary, Failed, NeedsInput, Outcome, OverBudget, Succeeded
from pullwright.protocol.usage import Spend, Usage
from pullwright.sandbox.sandbox import Check

STARTED = TurnStarted(
    mode="code",
    approval="full-auto",
    access="workspace-write",
    network="off",
    model="m",
    provider="p",
    effort="low",
    sandbox="linux",
)


def lines(*events: Event, style: Style = PLAIN) -> list[str]:
    progress = Progress(style)
    return [line for event in events for line in progress.lines(event)]


def said(text: str) -> ItemAdded:
    return ItemAdded(source="model", item=raw_item(assistant_message(text)))


def test_a_turn_in_lines() -> None:
    shown = lines(
        STARTED,
        said("I look first."),
        ToolStarted(call_id="1", name="exec", effect="execute", title="pytest -q", step=1),
        CommandRan(call_id="1", command="pytest -q", cwd="/w", exit_code=1, seconds=0.84, step=1),
        ToolFinished(call_id="1", name="exec", ok=True, step=1),
        ToolStarted(call_id="2", name="edit", effect="edit", title="a.py", step=2),
        FilesChanged(call_id="2", paths=("a.py",), diff="", added=2, removed=1, step=2),
        ToolFinished(call_id="2", name="edit", ok=True, step=2),
        ToolStarted(call_id="3", name="read", effect="read", title="b.py", step=3),
        ToolFinished(call_id="3", name="read", ok=False, error="there is no b.py", step=3),
        PlanUpdated(plan=(PlanStep("one", "done"), PlanStep("two"))),
        said("Done."),
    )
    text = "\n".join(shown)
    assert "p/m (low) · full-auto · workspace-write · network off · linux sandbox" in shown[0]
    assert "    I look first." in shown
    assert "$ pytest -q" in text
    assert "exit 1 · 0.8 s" in text
    assert "+2 -1" in text
    assert "there is no b.py" in text
    assert "[x] one" in text
    # The last thing said is the result, which is printed elsewhere.
    assert "Done." not in text


def test_what_concerns_a_reader_is_shown() -> None:
    text = "\n".join(
        lines(
            NetworkDecided(host="evil.example", port=443, allowed=False, rule="", reason="no rule"),
            NetworkDecided(host="good.example", port=443, allowed=True, rule="good.example"),
            BudgetReached(ceiling="usd", level="soft", spent=0.8, limit=1.0),
            ModelRetried(attempt=1, reason="429 too many requests", wait=2.0),
            Noticed(level="warning", text="beware"),
            VerificationRan(
                command="pytest", run=VerificationRun(name="base", exit_code=1, seconds=0.5, tests={"failed": 1, "passed": 3})
            ),
            Verified(verdict="verified", why="1 test went from red to green", command="pytest", flags=("edits a test",)),
        )
    )
    for part in (
        "evil.example:443 refused",
        "usd 0.8 of 1",
        "429",
        "warning: beware",
        "1 failed, 3 passed",
        "verified:",
        "edits a test",
    ):
        assert part in text
    assert "good.example" not in text


def test_a_scripted_turn_has_its_banner_first_and_in_the_summary() -> None:
    assert TEXT in lines(msgspec.structs.replace(STARTED, scripted=True))[1]
    assert TEXT in summary(Succeeded(why="done", scripted=True), "ses_1")
    assert TEXT not in "".join(lines(STARTED)) + summary(Succeeded(why="done"), "ses_1")


ESCAPES = ["\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\u202egnp.exe", "a\rb", "\x00", "\x7f"]


@pytest.mark.parametrize("escape", ESCAPES)
def test_nothing_that_others_wrote_reaches_the_terminal_as_a_command(escape: str) -> None:
    shown = "\n".join(
        [
            *lines(
                said(escape),
                CommandRan(call_id="1", command=f"echo {escape}", cwd="/", exit_code=0, step=1),
                FilesChanged(call_id="2", paths=(escape,), diff="", step=1),
                Noticed(level="info", text=escape),
                ToolStarted(call_id="3", name="x", effect="read", title=escape),
                ToolFinished(call_id="3", name="x", ok=False, error=escape),
                Verified(verdict="verified", why=escape, command=""),
            ),
            summary(Failed(why=escape, fix=escape, change=ChangeSummary(branch=escape, base="", head="")), "ses_1"),
            coloured(f"+{escape}\n-{escape}", PLAIN),
            table([(escape, escape)]),
        ]
    )
    for bad in ("\x1b", "\x9b", "\u202e", "\r", "\x00", "\x07", "\x7f"):
        assert bad not in shown


@given(st.text())
def test_cleaned_text_has_no_control_characters(text: str) -> None:
    import unicodedata

    assert not [char for char in clean(text) if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    assert "\n" not in one_line(text)
    assert columns(one_line(text, 20)) <= 20


def test_wide_characters_count_twice_so_that_lines_do_not_wrap() -> None:
    assert columns("漢字 e\u0301") == 6
    assert fit("漢字漢字", 5) == "漢字"
    assert fit("abc", 3) == "abc"
    assert columns(one_line("漢" * 100, 40)) <= 40
    narrow, wide = table([("漢字", "x"), ("abcd", "x")]).splitlines()
    assert columns(narrow) == columns(wide)


def test_colours_only_on_terminals_and_never_against_the_persons_wish() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert style_for(Terminal(), {"TERM": "xterm"}).colours
    assert not style_for(io.StringIO(), {"TERM": "xterm"}).colours
    assert not style_for(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}).colours
    assert not style_for(Terminal(), {"TERM": "dumb"}).colours
    assert style_for(io.StringIO(), {"FORCE_COLOR": "1"}).colours


CHANGE = ChangeSummary(branch="pullwright/fix-1", base="b", head="h", files=("a", "b"), added=3, removed=1)
SPEND = Spend(usage=Usage(input=1000, cached=400, output=200), cost_usd=0.0123, calls=2, steps=2, seconds=61.0)


@pytest.mark.parametrize(
    ("outcome", "parts"),
    [
        (
            Succeeded(why="the agent finished", change=CHANGE, verdict="verified", spend=SPEND),
            (
                "succeeded",
                "pullwright/fix-1  (2 files, +3 -1)",
                "verified",
                "$0.0123",
                "1,200 tokens (400 cached)",
                "pullwright apply ses_1",
            ),
        ),
        (Failed(why="the model declined", fix="ask otherwise"), ("failed", "ask otherwise", "resume ses_1")),
        (NeedsInput(why="x", question="q", asks="May I?"), ("May I?", "--answer yes")),
        (OverBudget(why="x", ceiling="$1.00 of $1.00"), ("over budget", "$1.00 of $1.00", "--budget")),
        (Cancelled(why="stopped: Ctrl-C", spend=Spend(unpriced=2)), ("stopped", "unknown", "resume ses_1")),
    ],
)
def test_a_summary_says_how_it_ended_and_what_to_do_next(outcome: Outcome, parts: tuple[str, ...]) -> None:
    text = summary(outcome, "ses_1")
    for part in parts:
        assert part in text
    assert "\x1b" not in text
    assert "\x1b" in summary(outcome, "ses_1", style=Style(True))


def test_a_failed_check_has_its_fix_and_a_good_one_none() -> None:
    text = "\n".join(check_lines({"a": [Check("one", True, "fine", "never"), Check("two", False, "gone", "do\nthat")], "b": []}))
    assert "ok   one: fine" in text
    assert "FAIL two: gone" in text
    assert "fix: do" in text
    assert "never" not in text


def test_a_prompt_fits_its_line_and_a_detached_one_is_named_as_such() -> None:
    def shown(text: str) -> str:
        (line,) = Progress(PLAIN, 40).lines(InputReceived(input=Prompt(id="i", text=text)))
        return line

    assert columns(shown("word " * 40)) <= 40
    assert shown("pullwright-artifact:strings/0123.json") == "> (a long prompt)"
