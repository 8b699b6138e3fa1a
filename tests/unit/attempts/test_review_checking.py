"""Claims held against the diff: what becomes a finding, what is told apart, what is left out and why."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pullwright.agent.schemas import mismatch
from pullwright.attempts.review.answer import CATEGORIES, PRIORITIES, SCHEMA, Claim, read
from pullwright.attempts.review.checking import Checked, Checker
from pullwright.attempts.review.guidelines import Guideline
from pullwright.attempts.review.listing import tokens
from pullwright.attempts.review.patch import Diff, parse
from pullwright.attempts.review.prompt import RULES
from pullwright.models.wires.schemas import strict
from pullwright.protocol.events import CommandRan
from repositories import commit, git, make_project

GUIDE = Guideline("G1", "src/AGENTS.md", "src", "- Never use `print` in library code.\n- Money is in cents.")
RAN = CommandRan(seq=41, call_id="c", command="pytest -q  tests", cwd="/", exit_code=1)


class Case:
    def __init__(self, folder: Path) -> None:
        old = b"".join(b"line %d\n" % number for number in range(1, 61))
        self.folder = make_project(folder / "p", {"src/a.py": old, "other.py": b"x = 1\ny = 2\n"})
        (self.folder / "src/a.py").write_bytes(old.replace(b"line 30\n", b"print(1)\nchanged\n"))
        commit(self.folder, "Second")

    @property
    def diff(self) -> Diff:
        return parse(git(self.folder, "diff-tree", "-r", "-p", "HEAD~", "HEAD"))

    def check(self, *claims: Claim, **options: Any) -> Checked:
        async def read_file(path: str) -> bytes | None:
            file = self.folder / path
            return file.read_bytes() if file.is_file() else None

        return asyncio.run(Checker(self.diff, read_file, guidelines=(GUIDE,), commands=(RAN,), **options).check(claims))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def claim(**fields: Any) -> Claim:
    given: dict[str, Any] = {
        "title": "It breaks",
        "body": "When.",
        "priority": "P1",
        "confidence": 0.9,
        "category": "bug",
        "path": "src/a.py",
        "start": 31,
        "end": 31,
    }
    return Claim(**{**given, **fields})


def reasons(checked: Checked) -> Counter[str]:
    return Counter(each.reason for each in checked.dropped)


def test_a_claim_on_changed_lines_is_a_finding_with_its_lines(case: Case) -> None:
    (finding,) = case.check(claim()).findings
    assert (finding.id, finding.path, finding.start, finding.line) == ("F1", "src/a.py", 31, 31)
    assert [line.text for line in finding.lines if line.mark == "+"] == ["print(1)", "changed"]


def test_what_does_not_exist_is_left_out(case: Case) -> None:
    checked = case.check(claim(path="src/ghost.py"), claim(start=500, end=510), claim(path="other.py", start=9, end=9))
    assert not checked.findings
    assert not checked.outside
    assert reasons(checked) == {"names a file that is not there": 1, "names lines that the file has not got": 2}


def test_lines_that_the_diff_does_not_touch_are_told_apart(case: Case) -> None:
    checked = case.check(claim(start=3, end=3), claim(path="other.py", start=2, end=2, title="Another"))
    assert not checked.findings
    assert sorted((each.id, each.path) for each in checked.outside) == [("O1", "other.py"), ("O2", "src/a.py")]


def test_an_unsure_claim_is_left_out_and_percent_is_understood(case: Case) -> None:
    checked = case.check(claim(confidence=0.3), claim(confidence=80, title="Something else altogether", start=30, end=30))
    assert reasons(checked) == {"below the confidence threshold": 1}
    assert [each.confidence for each in checked.findings] == [0.8]
    assert len(case.check(claim(confidence=0.3), min_confidence=0).findings) == 1
    assert not case.check(claim(confidence=float("nan"))).findings
    assert case.check(claim(confidence=1e9)).findings[0].confidence == 1.0


def test_duplicates_are_merged_into_the_worst(case: Case) -> None:
    checked = case.check(
        claim(priority="P2", title="Totals are wrong for empty input"),
        claim(priority="P0", title="Totals wrong for empty input", start=30, end=31),
        claim(title="Unclosed file", start=30, end=30),
    )
    assert [(each.priority, each.title) for each in checked.findings] == [
        ("P0", "Totals wrong for empty input"),
        ("P1", "Unclosed file"),
    ]
    assert reasons(checked) == {"the same as another finding": 1}


def test_findings_come_worst_and_surest_first(case: Case) -> None:
    given = [("P3", 0.9, "alpha"), ("P1", 0.6, "beta gamma"), ("P0", 0.5, "delta"), ("P1", 0.7, "epsilon zeta")]
    found = case.check(
        *(claim(priority=p, confidence=c, title=t, category=k) for (p, c, t), k in zip(given, CATEGORIES, strict=False))
    )
    assert [(each.priority, each.confidence) for each in found.findings] == [("P0", 0.5), ("P1", 0.7), ("P1", 0.6), ("P3", 0.9)]
    assert [each.id for each in found.findings] == ["F1", "F2", "F3", "F4"]


def test_a_citation_must_quote_a_guideline_that_is_there_and_for_this_file(case: Case) -> None:
    cited = claim(guideline="G1", quote="never use print in library code")
    (finding,) = case.check(cited).findings
    assert finding.guideline
    assert finding.guideline.path == "src/AGENTS.md"
    for wrong in (
        msgspec.structs.replace(cited, quote="Always write a poem"),
        msgspec.structs.replace(cited, quote=""),
        msgspec.structs.replace(cited, quote="in"),
    ):
        checked = case.check(wrong)
        assert checked.findings[0].guideline is None
        assert checked.uncited == 1
    checked = case.check(msgspec.structs.replace(cited, path="other.py", start=1, end=1))
    assert checked.outside[0].guideline is None, "a guideline of src/ says nothing of other.py"
    assert case.check(msgspec.structs.replace(cited, guideline="G9")).findings[0].guideline, "the words count, not the number"


def test_style_counts_only_where_a_guideline_asks_for_it(case: Case) -> None:
    assert reasons(case.check(claim(category="style"))) == {"style, and no guideline asks for it": 1}
    assert case.check(claim(category="style", guideline="G1", quote="Never use `print`")).findings


def test_evidence_is_a_command_that_ran(case: Case) -> None:
    checked = case.check(claim(evidence=("pytest -q tests", "`$ pytest -q tests`", "rm -rf /")))
    finding = checked.findings[0]
    assert checked.unran == 1
    assert [(each.seq, each.exit_code) for each in finding.evidence] == [(41, 1)]


def test_a_fingerprint_stays_when_lines_move_and_differs_between_findings(case: Case) -> None:
    first = case.check(
        claim(), claim(category="security", title="Quite another thing"), claim(start=30, end=30, title="Third one")
    )
    prints = {each.title: each.fingerprint for each in first.findings}
    assert len(set(prints.values())) == 3
    path = case.folder / "src/a.py"
    path.write_bytes(b"new at the top\n\n" + path.read_bytes())
    git(case.folder, "commit", "-qam", "Shift", "--amend")
    moved = case.check(claim(title="Said in other words", start=33, end=33))
    assert moved.findings[0].fingerprint == prints["It breaks"]


def test_the_schema_is_what_every_wire_enforces_and_what_is_read() -> None:
    assert strict(SCHEMA)
    fields = SCHEMA["properties"]["findings"]["items"]
    assert set(fields["required"]) == set(Claim.__struct_fields__)
    assert fields["properties"]["priority"]["enum"] == list(PRIORITIES)
    text = msgspec.json.encode({"summary": "", "findings": [msgspec.to_builtins(claim())]}).decode()
    assert not mismatch(text, SCHEMA)
    assert read(text).findings[0] == claim()
    odd = text.replace('"start":31', '"start":31.0').replace('"confidence":0.9', '"confidence":1')
    assert not mismatch(odd, SCHEMA)
    assert read(odd).findings[0].start == 31


def test_the_rules_are_short() -> None:
    assert tokens(RULES) < 1_000
