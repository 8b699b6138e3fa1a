"""The report is a function of the log: every claim points at an event, and hostile names stay names."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.markdown import render
from pullwright.attempts.report import Report, build, report_json, report_schema
from pullwright.protocol.events import (
    ChangeMade,
    CommandRan,
    Event,
    FilesChanged,
    InputReceived,
    ModelCalled,
    NetworkDecided,
    Noticed,
    PermissionAnswered,
    PermissionAsked,
    SessionStarted,
    TurnStarted,
    VerificationRan,
    VerificationRun,
    Verified,
)
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import ChangeSummary, Failed, Outcome, Succeeded
from pullwright.protocol.usage import Usage

CHANGE = ChangeSummary(branch="pullwright/fix-it-abc123", base="b" * 40, head="h" * 40, files=("calc.py",), added=1, removed=1)


def start(**more: object) -> TurnStarted:
    known = {
        "mode": "code",
        "approval": "full-auto",
        "access": "workspace-write",
        "network": "off",
        "model": "m",
        "provider": "p",
    }
    return TurnStarted(**{**known, "sandbox": "linux", "base": "b" * 40, **more})  # type: ignore[arg-type]


def numbered(*events: Event) -> list[Event]:
    return [msgspec.structs.replace(event, seq=seq, time=100.0 + seq, turn="turn_1") for seq, event in enumerate(events, 1)]


def events(command: str = "python -m pytest -q", path: str = "calc.py", asked: str = "Fix it") -> list[Event]:
    return numbered(
        SessionStarted(session="ses_1", project="/project", pullwright="0"),
        start(),
        InputReceived(input=Prompt(id="p", text=asked)),
        CommandRan(
            call_id="1",
            command=command,
            cwd="/project",
            exit_code=1,
            output_sha256="a" * 64,
            output_bytes=120,
            seconds=0.5,
            step=1,
        ),
        FilesChanged(call_id="2", paths=(path,), diff="", step=2),
        CommandRan(
            call_id="3",
            command=command,
            cwd="/project",
            exit_code=0,
            output_sha256="c" * 64,
            output_bytes=80,
            seconds=0.4,
            step=2,
        ),
        ModelCalled(model="m", provider="p", usage=Usage(input=1200, cached=600, output=90), cost_usd=0.0123, step=2),
        NetworkDecided(host="evil.test", port=443, allowed=False, rule="off"),
        PermissionAsked(id="q", call_id="3", tool="exec", effect="execute", title="rm -rf build"),
        PermissionAnswered(id="q", call_id="3", verdict="no", by="pat"),
        Noticed(level="warning", text="vendor/x is a repository of its own"),
        ChangeMade(change=msgspec.structs.replace(CHANGE, files=(path,)), diff_artifact="changes/turn_1.diff"),
        VerificationRan(
            command=command, run=VerificationRun(name="base", exit_code=1, seconds=1.0, tests={"failed": 1, "passed": 1})
        ),
        VerificationRan(command=command, run=VerificationRun(name="change", exit_code=0, seconds=1.0, tests={"passed": 2})),
        Verified(
            verdict="verified", why="1 test went from red to green", command=command, red_to_green=("test_calc.py::test_add",)
        ),
    )


def outcome(**more: object) -> Outcome:
    known = {"why": "the agent finished", "message": "Fixed `add`. All tests pass. The build is green.", "change": CHANGE}
    return Succeeded(**{**known, "verdict": "verified", **more})  # type: ignore[arg-type]


def test_the_key_lines_of_a_report() -> None:
    text = render(build(events(), outcome()))
    for line in (
        "# Fix it",
        "**Succeeded**: the agent finished",
        "| model | `p/m` |",
        "| cost | $0.0123 |",
        "| tokens | 1,200 in (600 cached), 90 out |",
        "| sandbox | linux; network off |",
        "> Fix it",
        "Branch `pullwright/fix-it-abc123` at `hhhhhhhhhhhh` over `bbbbbbbbbbbb`: 1 file, +1 −1 "
        "(event 12, diff `changes/turn_1.diff`).",
        "- `calc.py`",
        "**Verified**: 1 test went from red to green (event 15). Command: `python -m pytest -q`",
        "| 13 | base | 1 | 1 | 1 | 0 | 0 | 1.0 s |",
        "| 14 | change | 0 | 2 | 0 | 0 | 0 | 1.0 s |",
        "- `test_calc.py::test_add`",
        "| 4 | 1 | 0.5 s | 120 B `aaaaaaaaaaaa` | `python -m pytest -q` |",
        "| 6 | 0 | 0.4 s | 80 B `cccccccccccc` | `python -m pytest -q` |",
        "| All tests pass. | seen | 6 | exit code 0 |",
        "| The build is green. | **claimed, not seen** |  |  |",
        "- 1 of the agent's 2 claims on what it ran are not borne out by what was seen.",
        "- evil.test:443",
        "- rm -rf build: no (by pat)",
        "- warning: vendor/x is a repository of its own",
    ):
        assert line in text.splitlines(), f"{line}\n\n{text}"
    assert "scripted" not in text


def test_a_scripted_model_is_said_in_both_forms() -> None:
    built = build(events(), outcome(scripted=True))
    assert "The model of this run was scripted." in render(built)
    assert built.scripted
    assert b'"scripted": true' in report_json(built)


def test_the_json_reads_back() -> None:
    built = build(events(), outcome())
    assert msgspec.json.decode(report_json(built), type=Report) == built


def test_the_json_fits_its_published_schema_and_an_older_one_reads_back() -> None:
    schema = json.loads((Path(__file__).parents[3] / "docs/report.schema.json").read_text())
    assert json.dumps(schema, indent=1, sort_keys=True) + "\n" == report_schema(), "run `make schema`"
    written = json.loads(report_json(build(events(), outcome(), queued=1.5)))
    jsonschema.validate(written, schema)
    for added in ("statements", "queued", "environment", "citations"):
        written.pop(added, None)
    assert msgspec.json.decode(json.dumps(written), type=Report).statements == ()


def test_each_sentence_has_its_evidence_and_claims_are_marked() -> None:
    log = events()
    by_seq = {event.seq: event for event in log}
    found = build(log, outcome()).statements
    assert {each.part for each in found} == {"asked", "changed", "checked", "not checked"}
    for each in found:
        assert each.claim or each.part == "not checked" or each.evidence, each
        assert all(seq in by_seq for evidence in each.evidence for seq in evidence.events)
    run = next(each for each in found if "clean run base" in each.text)
    assert (run.evidence[0].events, run.evidence[0].exit_code) == ((13,), 1)
    assert next(each.text for each in found if each.claim).startswith("Fixed `add`")


def test_every_number_in_the_evidence_is_an_event_of_its_kind() -> None:
    log = events()
    by_seq = {event.seq: event for event in log}
    built = build(log, outcome())
    assert all(isinstance(by_seq[command.seq], CommandRan) for command in built.commands)
    assert all(isinstance(by_seq[run.seq], VerificationRan) for run in built.runs)
    assert all(isinstance(by_seq[claim.seq], CommandRan) for claim in built.claims if claim.seq)
    assert isinstance(by_seq[built.change_seq], ChangeMade)


def test_only_the_last_turn_is_reported_and_a_resumed_one_whole() -> None:
    first = events()
    second = [
        msgspec.structs.replace(event, turn="turn_2", seq=event.seq + 100) for event in numbered(start(), start(resumed=True))
    ]
    built = build([*first, *second], Failed(why="no"))
    assert (built.turn, built.resumed, built.session, built.commands) == ("turn_2", True, "ses_1", ())


def test_what_ran_in_an_earlier_turn_of_the_session_bears_a_claim_out() -> None:
    ran = CommandRan(call_id="1", command="pytest -q", cwd="/project", exit_code=0)
    second = [msgspec.structs.replace(event, turn="turn_2", seq=event.seq + 100) for event in numbered(start())]
    built = build([*numbered(start(), ran), *second], Succeeded(why="done", message="All tests pass."))
    assert [(claim.standing, claim.seq) for claim in built.claims] == [("seen", 2)]


def test_without_verification_the_report_says_what_was_not_checked() -> None:
    log = [event for event in events() if not isinstance(event, Verified | VerificationRan)]
    text = render(build(log, outcome(verdict="not-run")))
    assert "Not run." in text
    assert "Pullwright made no clean run of the tests" in text


def test_an_unknown_price_is_never_nothing() -> None:
    log = [msgspec.structs.replace(event, cost_usd=None) if isinstance(event, ModelCalled) else event for event in events()]
    assert "| cost | unknown |" in render(build(log, outcome()))


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_no_text_from_outside_adds_a_line_or_a_cell(command: str, path: str, asked: str) -> None:
    plain = render(build(events(), outcome()))
    hostile = render(build(events(command, path, asked), outcome(message=asked)))

    def shape(text: str) -> list[str]:
        rows = [line for line in text.split("\n") if line.startswith(("| ", "#"))]
        return [row.split(" ")[0] + str(row.replace("\\|", "").count("|")) for row in rows if "claim" not in row]

    def commands(text: str) -> list[str]:
        return [row for row in shape(text) if row.startswith("|6")]

    assert commands(hostile) == commands(plain)
    assert sum(line.startswith("## ") for line in hostile.split("\n")) == sum(
        line.startswith("## ") for line in plain.split("\n")
    )
