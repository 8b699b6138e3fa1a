"""Events as blocks: a pure fold, hostile content and all widths included."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.cli.terminal.theme import Depth, Name, Theme
from pullwright.cli.terminal.transcript.transcript import Transcript
from pullwright.protocol.events import (
    BudgetReached,
    CommandRan,
    Compacted,
    Event,
    FilesChanged,
    Forked,
    HookRan,
    InputReceived,
    ItemAdded,
    ModelCalled,
    ModelRetried,
    NetworkDecided,
    Noticed,
    PermissionAnswered,
    PermissionAsked,
    PersonEdited,
    PlanStep,
    PlanUpdated,
    Reported,
    Rewound,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    VerificationRan,
    VerificationRun,
    Verified,
    raw_item,
)
from pullwright.protocol.inputs import Prompt, Steer
from pullwright.protocol.items import Item, Reasoning, SummaryText
from pullwright.protocol.live import CallDelta, Live, OutputDelta, Progress, ReasoningDelta
from pullwright.protocol.outcomes import Cancelled, ChangeSummary, Failed, NeedsInput, Succeeded
from pullwright.protocol.usage import Spend, Usage
from pullwright.tools.diff import unified
from transcripts import SGR, Shelf, called, check_line, deltas, lines_of, said

DIFF, ADDED, REMOVED = unified(
    "tally/basket.py",
    "def total(self):\n    return sum(self.prices)\n",
    "def total(self):\n    return sum(self.prices) - self.discount()\n\n\n# -- end\n",
)


def thought(text: str, item: str = "r1") -> ItemAdded:
    return ItemAdded(source="model", item=raw_item(Item.of(Reasoning(id=item, summary=(SummaryText(text),)))))


def ran(command: str = "pytest -q", **fields: object) -> CommandRan:
    return msgspec.structs.replace(CommandRan(call_id="c", command=command, cwd="/w", exit_code=0, seconds=1.8), **fields)


def test_a_turn_as_it_is_read() -> None:
    shelf = Shelf(
        out=b"..F.\n1 failed\n", report=b'{"claims":[{"text":"Tests pass.","standing":"seen","seq":9,"note":"exit 0"}]}'
    )
    steps = PlanStep("Read", "done"), PlanStep("Write", "in_progress")
    seen: list[Event | Live] = [
        TurnStarted(mode="code", approval="auto-edit", access="workspace-write", network="off", model="m", provider="p"),
        InputReceived(input=Prompt(id="1", text="fix it", images=("data:image/png;base64,AAAA",))),
        thought("**Looking around**\n\nFirst the basket."),
        said("I look first."),
        *called("read", "a.py, b.py"),
        *called("search", "discount"),
        *called("read", "c.py", ok=False, error="there is no c.py"),
        PlanUpdated(plan=steps),
        ran(exit_code=1, artifact="out", output_bytes=14),
        FilesChanged(call_id="e", paths=("tally/basket.py",), diff=DIFF, added=ADDED, removed=REMOVED),
        PlanUpdated(plan=(PlanStep("Read", "done"), PlanStep("Write", "done"))),
        said("Done.", "m2"),
        Reported(markdown="", json="report"),
        TurnFinished(
            outcome=Succeeded(
                why="the agent finished",
                change=ChangeSummary(branch="", base="", head="", files=("a", "b"), added=3, removed=1),
                spend=Spend(usage=Usage(input=14_000, cached=9_000, output=200), cost_usd=0.0123, calls=6, steps=6, seconds=41),
            )
        ),
    ]
    assert lines_of(seen, artifacts=shelf) == [
        "· p/m · auto-edit · workspace-write · network off",
        "",
        "❯ fix it",
        "  [1 image]",
        "",
        "∴ Looking around",
        "",
        "● I look first.",
        "",
        '· read a.py, b.py · searched "discount"',
        "  ✗ read c.py: there is no c.py",
        "",
        "  Plan",
        "  ✔ Read",
        "  ▸ Write",
        "",
        "$ pytest -q  ✗ exit 1 · 1.8 s",
        "  │ ..F.",
        "  │ 1 failed",
        "",
        "± tally/basket.py  +4  -1",
        "    1   def total(self):",
        "    2 -     return sum(self.prices)",
        "    2 +     return sum(self.prices) - self.discount()",
        "    3 +",
        "    4 +",
        "    5 + # -- end",
        "",
        "  ✔ Write  2 of 2 done",
        "",
        "● Done.",
        "",
        "  Evidence",
        "  ✓ Tests pass.  seen · event 9: exit 0",
        "",
        "✓ done · $0.0123 · 14.2k tokens (9.0k cached) · 6 steps · 41 s · 2 files +3 −1",
    ]


def test_a_plain_yes_is_said_where_it_led_to() -> None:
    run = PermissionAsked(id="q", call_id="c", tool="exec", effect="execute", title="pytest -q")
    edit = PermissionAsked(id="r", call_id="e", tool="apply_patch", effect="edit", title="edit tally/basket.py")
    yes = PermissionAnswered(id="q", call_id="c", verdict="once", by="person")
    seen = [
        run,
        yes,
        ran(),
        edit,
        PermissionAnswered(id="r", call_id="e", verdict="once", by="person"),
        FilesChanged(call_id="e", paths=("tally/basket.py",), diff=DIFF, added=ADDED, removed=REMOVED),
    ]
    lines = lines_of(seen)
    assert lines[0] == "$ pytest -q  ✓ 1.8 s · allowed once"
    assert lines[2] == "± tally/basket.py  +4  -1 · allowed once"
    changed = lines_of([run, msgspec.structs.replace(yes, changed=True), ran()])
    assert changed == ["? allowed once, changed by you before it ran", "$ pytest -q  ✓ 1.8 s"]


def test_what_concerns_a_person_is_said_in_words() -> None:
    asked = PermissionAsked(
        id="q", call_id="c", tool="exec", effect="execute", title="npm install", scope="npm install in this project"
    )
    question = PermissionAsked(id="a", call_id="c", tool="ask_user", effect="ask", title="Which one?")
    text = "\n".join(
        lines_of(
            [
                asked,
                PermissionAnswered(id="q", call_id="c", verdict="always", by="person", changed=True),
                question,
                PermissionAnswered(id="a", call_id="c", verdict="once", by="person", text="The second."),
                PermissionAnswered(id="?", call_id="c", verdict="no", by="rule", text="the plan comes first"),
                *[NetworkDecided(host="evil.example", port=443, allowed=False, rule="", reason="no rule")] * 3,
                NetworkDecided(host="good.example", port=443, allowed=True, rule="good.example"),
                ModelRetried(attempt=1, reason="429", wait=2.0),
                BudgetReached(ceiling="usd", level="soft", spent=0.8, limit=1.0),
                HookRan(event="after_tool", command="lint.sh", decision="deny", text="no tabs"),
                HookRan(event="before_tool", command="quiet.sh", decision="allow"),
                Noticed(level="warning", text="beware"),
                Compacted(how="masked", tokens_before=120_000, tokens_after=30_000, items=()),
                Rewound(to=7),
                Forked(parent="ses_1", at=3),
                InputReceived(input=Steer(id="s", text="also lint")),
                ToolStarted(call_id="x", name="explore", effect="read", title="where is it"),
                ModelCalled(model="m", provider="p", agent="explore", usage=Usage(input=1000, output=200), cost_usd=0.002),
                ToolFinished(call_id="x", name="explore", ok=True, seconds=3.0),
                *called("mcp__tracker__get_issue", 'tracker: get_issue {"id":12}', ok=False, error="not found"),
                *called("mcp_call", "tracker: close_issue {}"),
                PersonEdited(paths=("a.py",), diff=DIFF, before="", tree=""),
                VerificationRan(command="t", run=VerificationRun(name="base", exit_code=1, seconds=0.5, tests={"failed": 1})),
                Verified(
                    verdict="verified", why="1 test went green", command="t", red_to_green=("t.py::a",), flags=("edits a test",)
                ),
                ran(by="person"),
                ran("sleep 9", background=True, exit_code=None),
                ran("sleep 9", timed_out=True, exit_code=None, seconds=600.0),
                ran("sleep 9", signal="SIGKILL", exit_code=None),
            ]
        )
    )
    for part in (
        "always allowed: npm install in this project, changed by you before it ran",
        "? Which one?\n  ❯ The second.",
        "? no answer: the plan comes first",
        "network: evil.example:443 refused (no rule) 3×",
        "network: good.example:443 let through",
        "model: 429; again in 2.0 s",
        "budget nearly used up: $0.80 of $1.00",
        "hook after_tool (lint.sh) deny: no tabs",
        "warning: beware",
        "conversation shortened: 120.0k to 30.0k tokens",
        "went back to an earlier point",
        "continues ses_1 from its event 3",
        "❯ also lint",
        "◇ explore where is it  ✓ · 3.0 s · 1 model call · 1.2k tokens · $0.0020",
        'tracker: get_issue {"id":12}  ✗\n  not found',
        "tracker: close_issue {}  ✓",
        "± you edited tally/basket.py",
        "clean run base               1 failed · 0.5 s",
        "✓ verified: 1 test went green",
        "flag: edits a test",
        "$ pytest -q  ✓ 1.8 s by you",
        "◌ in the background",
        "✗ out of time after 10 min 0 s",
        "✗ SIGKILL",
    ):
        assert part in text, part
    assert "quiet.sh" not in text


def test_long_things_are_folded_and_unfold() -> None:
    shelf = Shelf(out="".join(f"line {n}\n" for n in range(12_345)).encode())
    transcript = Transcript(Theme("none"), artifacts=shelf, more="Ctrl-T shows")
    (command,) = transcript.feed(ran(artifact="out", output_bytes=1_234_567))
    folded = [SGR.sub("", line) for line in command.lines(60)]
    assert folded[1:4] == ["  │ line 0", "  │ line 1", "  │ … 12,340 more lines, 1.2 MB in all · Ctrl-T shows"]
    assert len(folded) == 7
    assert len(command.full(60)) == 12_346
    (edit,) = transcript.feed(FilesChanged(call_id="e", paths=("a",), diff=unified("a", "", "x\n" * 500)[0]))
    assert len(edit.lines(60)) < 45
    assert any("461 more lines · Ctrl-T shows" in line for line in edit.lines(60))
    assert len(edit.full(60)) == 502
    (prompt,) = transcript.feed(InputReceived(input=Prompt(id="p", text="why?\n\n<stdin>\n1 failed\n2 passed\n</stdin>")))
    assert [SGR.sub("", line) for line in prompt.lines(60)][1:] == ["❯ why?", "  … with 2 lines of standard input"]
    assert "  2 passed" in [SGR.sub("", line) for line in prompt.full(60)]
    (prompt,) = transcript.feed(InputReceived(input=Prompt(id="p", text="word\n" * 20_000)))
    assert len(prompt.lines(60)) < 20
    assert len(prompt.full(60)) == 20_001


def test_of_an_edit_over_many_files_each_shows_what_changed() -> None:
    context = "".join(f"line {number}\n" for number in range(20))
    after = context.replace("line 3\n", "line 3\nnew here\n")
    diffs = [
        unified("long", "", "x\n" * 90)[0],
        unified("short", context, after)[0],
        unified("longer", context, context + "y\n" * 90)[0],
    ]
    (edit,) = Transcript(Theme("none")).feed(FilesChanged(call_id="e", paths=("a",), diff="".join(diffs)))
    lines = [SGR.sub("", line) for line in edit.lines(60)]
    assert len(lines) < 48
    for sign in ("+ x", "+ new here", "+ y"):
        assert any(line.endswith(sign) for line in lines), (sign, lines)


def test_what_a_sub_agents_command_put_out_is_left_to_its_report() -> None:
    transcript = Transcript(Theme("none"), artifacts=Shelf(out=b"much\n" * 90))
    (command,) = transcript.feed(ran(artifact="out", output_bytes=450, by="explore-1"))
    assert len(command.lines(60)) == 1
    assert len(command.full(60)) == 91


def test_a_failure_that_a_pipe_hides_is_said() -> None:
    (command,) = Transcript(Theme("none")).feed(ran(command="pytest | tail", pipe=(1, 0)))
    assert "pipe: 1 0" in SGR.sub("", command.lines(80)[0])


def test_a_file_that_is_being_written_is_named() -> None:
    transcript = Transcript(Theme("none"))
    for offset, text in ((0, '{"path": "AGEN'), (14, 'TS.md", "content": "a\\nb\\n')):
        transcript.feed(CallDelta(item="c", name="write", text=text, offset=offset))
    assert "◌ writing AGENTS.md: 2 lines" in "".join(SGR.sub("", line) for line in transcript.live(60, 9))


def test_live_shows_what_runs_and_nothing_when_all_is_done() -> None:
    transcript = Transcript(Theme("none"), clock=lambda: 112.0)

    def live() -> list[str]:
        return [line for line in (SGR.sub("", line) for line in transcript.live(60, 20)) if line]

    transcript.feed(
        TurnStarted(mode="code", approval="suggest", access="workspace-write", network="off", model="m", provider="p")
    )
    transcript.feed(ToolStarted(call_id="c", name="exec", effect="execute", title="pytest -q", time=100.0))
    for n in range(30):
        transcript.feed(OutputDelta("c", f"line {n}\n"))
    transcript.feed(OutputDelta("c", "\r10 %\r20 %\r\x1b[31m30 %"))
    assert live() == [
        "$ pytest -q  ◌ 12 s",
        "  │ … 22 lines before",
        *[f"  │ line {n}" for n in range(23, 30)],
        "  │ 30 %",
    ]
    assert len(transcript.feed(ran())) == 1
    transcript.feed(ToolFinished(call_id="c", name="exec", ok=True))
    assert live() == []
    transcript.feed(Progress("opening the sandbox", 3, 10, "layers"))
    assert live() == ["◌ opening the sandbox 3 of 10 layers"]
    transcript.feed(ReasoningDelta("r", 0, "**Thinking hard**\n\nabout"))
    assert live()[0] == "∴ Thinking hard"
    transcript.feed(CallDelta("k", "apply_patch", 0, "*** Begin Patch\n*** Add"))
    transcript.feed(PlanUpdated(plan=tuple(PlanStep(f"step {n}", "done" if n < 5 else "pending") for n in range(20))))
    assert "◌ writing a patch: 23 characters" in live()
    assert not any("Plan" in line for line in live()), "it was printed right above"
    transcript.feed(Noticed(level="info", text="something else"))
    assert "  Plan  5 of 20 done, 14 not shown" in live()
    assert len(transcript.live(60, 4)) == 4
    transcript.feed(TurnFinished(outcome=Cancelled(why="stopped: Esc")))
    assert live() == []


def test_live_shows_the_command_that_runs_of_several() -> None:
    transcript = Transcript(Theme("none"), clock=lambda: 112.0)
    transcript.feed(ToolStarted(call_id="c", name="exec", effect="execute", title="make -j2 ; pytest -q", time=100.0))
    transcript.feed(ran("make  -j2"))
    assert [line for line in (SGR.sub("", line) for line in transcript.live(60, 20)) if line] == ["$ pytest -q  ◌ 0.0 s"]


def test_an_answer_that_was_stopped_in_the_middle_stays_and_says_so() -> None:
    seen = [*deltas("One.\n\nTwo wo", [3, 7]), TurnFinished(outcome=Cancelled(why="stopped: Esc"))]
    assert lines_of(seen)[:6] == ["● One.", "", "  Two wo", "", "· cut off here", ""]


def test_streamed_reasoning_stands_before_the_answer_once() -> None:
    frames = [ReasoningDelta("r1", 0, "**Look"), ReasoningDelta("r1", 6, "ing**\n\nmore")]
    live = [*frames, *deltas("Done.", [2]), thought("**Looking**\n\nmore"), said("Done.")]
    assert lines_of(live) == lines_of([thought("**Looking**\n\nmore"), said("Done.")]) == ["∴ Looking", "", "● Done."]


TEXTS = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "\x1b[2J\x1b]0;owned\x07", "\x9b31mred", "\u202egnp.exe", "a\rb\rc", "\x00\x01\x7f", "e" + "\u0301" * 500,
            "\u200b" * 500, "漢字" * 100, "👩‍👩‍👧‍👦" * 50, "🇩🇪" * 40, "x" * 5000, "\t\t\tx", "\U000e0041" * 50, "\u2028\u2029",
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\x1b[2J\n+\u202e\n", "@@ -1,999999999999 +1 @@\n+x", "❤️" * 60, "",
        ]
    ),
)  # fmt: skip


def everything(text: str) -> list[Event | Live]:
    """One of each, with `text` wherever others may write something."""
    item = raw_item(Item.of(Reasoning(summary=(SummaryText(text),))))
    asked = PermissionAsked(id=text, call_id=text, tool=text, effect="ask", title=text, detail=text, scope=text)
    return [
        TurnStarted(mode="code", approval="suggest", access="read-only", network=text, model=text, provider=text, effort=text),
        InputReceived(input=Prompt(id="p", text=text)),
        ReasoningDelta("r", 0, text),
        CallDelta("c", text, 0, text),
        ItemAdded(source="model", item=item),
        ToolStarted(call_id="x", name="exec", effect="execute", title=text),
        OutputDelta("x", text),
        Progress(text, 1, 2, text),
        *deltas(text, [len(text) // 2]),
        said(text),
        *called("read", text),
        *called("read", text, ok=False, error=text),
        *called(text, text, ok=False, error=text),
        ran(text, artifact="out", output_bytes=5, exit_code=1),
        ran(text, signal=text, exit_code=None),
        FilesChanged(call_id="f", paths=(text,), diff=text),
        FilesChanged(call_id="f", paths=(text,), diff=unified("a.py", text, text[::-1])[0]),
        PersonEdited(paths=(text,), diff=unified(text or "x", None, text)[0], before="", tree=""),
        PlanUpdated(plan=(PlanStep(text, "done"), PlanStep(text))),
        asked,
        PermissionAnswered(id=text, call_id=text, verdict="session", by=text, text=text),
        NetworkDecided(host=text, port=1, allowed=False, rule=text, reason=text),
        HookRan(event=text, command=text, decision=text, text=text),
        ModelRetried(attempt=1, reason=text),
        Noticed(level="error", text=text),
        VerificationRan(command=text, run=VerificationRun(name="base", exit_code=0, seconds=1.0, tests={text: 1}, note=text)),
        Verified(verdict="contradicted", why=text, command=text, newly_failing=(text,), flags=(text,)),
        Reported(markdown="", json="out"),
        TurnFinished(outcome=Failed(why=text, message=text, fix=text)),
        TurnFinished(outcome=NeedsInput(why=text, question=text, asks=text)),
    ]


@settings(deadline=None, max_examples=60)
@given(
    TEXTS,
    st.integers(40, 300),
    st.sampled_from(["dark", "light", "terminal", "none"]),
    st.sampled_from(["truecolor", "256", "16", "none"]),
    st.booleans(),
)
def test_nothing_leaves_its_line_or_reaches_the_terminal_as_a_command(
    text: str, width: int, name: Name, depth: Depth, unicode: bool
) -> None:
    shelf = Shelf(out=text.encode(errors="replace"))
    transcript = Transcript(Theme(name, depth, unicode=unicode), artifacts=shelf)
    for one in everything(text):
        for line in [line for block in transcript.feed(one) for line in (*block.lines(width), *block.full(width))]:
            check_line(line, width)
        for line in transcript.live(width, 12):
            check_line(line, width)


@pytest.mark.parametrize(
    "output", [b"\xff\xfe\x00" * 100_000, b"x" * 1_000_000, b"\r" * 500_000, b"\x1b]" * 200_000, b"\n" * 500_000]
)
def test_outputs_of_any_kind_cost_no_more_than_their_ends(output: bytes) -> None:
    for line in lines_of([ran(artifact="out", output_bytes=len(output))], width=40, artifacts=Shelf(out=output)):
        check_line(line, 40)


def test_one_endless_line_says_how_long_it_is() -> None:
    shown = lines_of([ran(artifact="out")], width=60, artifacts=Shelf(out=b"x" * 1_000_000 + b"end"))
    assert "  │ … 1.0 MB in 1 line" in shown


def test_no_meaning_is_carried_by_colour_alone() -> None:
    def bare(theme: Theme) -> list[str]:
        seen = [*everything("words"), FilesChanged(call_id="f", paths=("a",), diff=DIFF)]
        return [line.replace("`", "") for line in lines_of(seen, theme=theme)]

    assert bare(Theme("dark")) == bare(Theme("none", "none"))
    plain = Theme("none", unicode=False, bare=True)
    shown = [line for one in everything("words") for block in Transcript(plain).feed(one) for line in block.lines(80)]
    assert all(line.isascii() and "\x1b" not in line for line in shown)


def test_the_theme_may_change_under_what_was_shown() -> None:
    theme = Theme("dark")
    (block,) = Transcript(theme).feed(FilesChanged(call_id="f", paths=("a",), diff=DIFF))
    dark = block.lines(80)
    theme.change("light")
    light = block.lines(80)
    assert dark != light
    assert [SGR.sub("", line).rstrip() for line in dark] == [SGR.sub("", line).rstrip() for line in light]


@pytest.mark.parametrize(("shown", "failed", "good"), [(0, 0, 0), (1, 1, 1), (8, 8, 5), (40, 40, 25)])
def test_as_many_lines_of_an_output_stay_as_were_asked_for(shown: int, failed: int, good: int) -> None:
    for size in (100, 100_000):
        shelf = Shelf(out="".join(f"line {n}\n" for n in range(size)).encode())
        for code, lines in ((1, failed), (0, good)):
            transcript = Transcript(Theme("none"), artifacts=shelf, shown=shown)
            (block,) = transcript.feed(ran(artifact="out", exit_code=code))
            folded = [SGR.sub("", line) for line in block.lines(80)]
            assert sum("line " in line for line in folded) == lines
            assert any(f"{size - lines:,} more lines" in line for line in folded)


def test_what_is_live_stands_where_it_will_stay() -> None:
    transcript = Transcript(Theme("none"))
    printed: list[str] = []
    for seen in (
        InputReceived(input=Prompt(id="p", text="go")),
        *deltas("One.\n\n- a\n- b", range(20)),
        said("One.\n\n- a\n- b"),
        *called("read", "a.py"),
        ToolStarted(call_id="c", name="exec", effect="execute", title="make"),
    ):
        before = [SGR.sub("", line) for line in transcript.live(60, 20)]
        finished = [SGR.sub("", line) for block in transcript.feed(seen) for line in block.lines(60)]
        shared = min(len(before), len(finished))
        assert [bool(line) for line in before[:shared]] == [bool(line) for line in finished[:shared]], (before, finished)
        printed += finished
    live = [SGR.sub("", line).split("  ")[0] for line in transcript.live(60, 20)]
    assert live == ["", "· read a.py", "", "$ make"]
