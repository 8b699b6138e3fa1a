"""A review shown: to a person, to a program, to code scanning."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from pullwright.attempts.review.answer import CATEGORIES
from pullwright.attempts.review.patch import Line
from pullwright.attempts.review.record import Citation, Dropped, Evidence, Finding, Review
from pullwright.cli.render.clean import inert
from pullwright.cli.render.review import head_and_foot, text
from pullwright.cli.render.sarif import sarif
from pullwright.cli.render.style import Style
from pullwright.cli.run.reviewing import exit_code

HOSTILE = "\x1b]0;owned\x07\x9b2J\u202eevil\r"


def finding(**fields: Any) -> Finding:
    given: dict[str, Any] = {
        "id": "F1",
        "priority": "P1",
        "title": "The first item is left out",
        "body": "`total([1])` gives 0.",
        "category": "bug",
        "confidence": 0.9,
        "path": "src/a b.py",
        "side": "new",
        "start": 3,
        "end": 4,
        "new_path": "src/a b.py",
        "line": 3,
        "suggestion": "",
        "guideline": None,
        "evidence": (),
        "fingerprint": "0123456789abcdef",
        "lines": (
            Line(" ", 2, "def total(items):"),
            Line("-", 3, "    return sum(items)"),
            Line("+", 3, "    return sum(items[1:])"),
        ),
    }
    return Finding(**{**given, **fields})


def found(*findings: Finding, **fields: Any) -> Review:
    given: dict[str, Any] = {
        "session": "ses_1",
        "outcome": "succeeded",
        "why": "done",
        "what": "what is not committed",
        "base": "HEAD (abc)",
        "head": "the working tree",
        "old": "a" * 40,
        "new": "b" * 40,
        "files": 1,
        "added": 1,
        "removed": 1,
        "passes": 1,
        "passes_done": 1,
    }
    return Review(**{**given, "findings": findings, **fields})


def test_a_person_reads_place_lines_and_reason() -> None:
    one = finding(
        guideline=Citation(path="AGENTS.md", scope="", quote="no slices"),
        evidence=(Evidence(seq=41, command="pytest -q", exit_code=1),),
        suggestion="return sum(items)",
    )
    lines = text(found(one)).splitlines()
    assert lines[:5] == [
        "P1  The first item is left out",
        "src/a b.py:3-4  bug · confidence 0.9 · F1",
        "        2  def total(items):",
        "        3-     return sum(items)",
        "  >     3+     return sum(items[1:])",
    ]
    assert "    mend: return sum(items)" in lines
    assert "    guideline: AGENTS.md: “no slices”" in lines
    assert any("pytest -q" in line and "exit code 1" in line and "event 41" in line for line in lines)


def test_what_was_left_out_is_counted() -> None:
    dropped = Dropped(reason="names a file that is not there", priority="P0", confidence=1, title="x", path="ghost", start=1)
    shown = "\n".join(
        head_and_foot(
            found(finding(), dropped=(dropped, dropped), uncited=1, guidelines_edited=("AGENTS.md",), unread=("big.py",))
        )
    )
    assert "2: names a file that is not there" in shown
    assert "1 cited guideline not in the project's" in shown
    assert "edits the review guidelines in AGENTS.md; those of the base were used" in shown
    assert re.search(r"not read\s+big.py", shown)
    assert "0 of 1 finding with a command as evidence" in shown


def test_nothing_that_a_model_or_a_repository_wrote_reaches_a_terminal_as_it_is() -> None:
    one = finding(
        title=HOSTILE,
        body=HOSTILE,
        path=f"{HOSTILE}\n.py",
        new_path=HOSTILE,
        suggestion=HOSTILE,
        lines=(Line("+", 3, HOSTILE),),
        guideline=Citation(path=HOSTILE, scope="", quote=HOSTILE),
        evidence=(Evidence(seq=1, command=HOSTILE, exit_code=0),),
    )
    whole = found(
        one, outside=(one,), summary=HOSTILE, what=HOSTILE, base=HOSTILE, why=HOSTILE, outcome="failed", unread=(HOSTILE,)
    )
    as_json = inert(msgspec.json.encode(whole).decode())
    assert msgspec.json.decode(as_json, type=Review) == whole, "the same value"
    for shown in (text(whole), "\n".join(head_and_foot(whole)), sarif(whole), as_json):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert "\x1b[31m" in text(found(finding()), Style(True)), "our own colours are another matter"


@pytest.mark.parametrize(
    ("outcome", "fail_on", "code"),
    [
        ("succeeded", "P0", 0),
        ("succeeded", "P1", 6),
        ("succeeded", "P3", 6),
        ("succeeded", "never", 0),
        ("failed", "P1", 1),
        ("over_budget", "P1", 4),
        ("cancelled", "P1", 130),
    ],
)
def test_the_exit_code_is_by_severity(outcome: str, fail_on: str, code: int) -> None:
    assert exit_code(found(finding(), outcome=outcome), fail_on) == code
    assert exit_code(found(outside=(finding(),)), fail_on) == 0, "what the change does not touch counts for nothing"


def test_sarif_has_what_the_standard_requires() -> None:
    """By hand, from the sections of SARIF 2.1.0 that say *shall*, and from what GitHub's code scanning wants."""
    priorities = {"P0": "error", "P1": "error", "P2": "warning", "P3": "note"}
    given = [finding(priority=name, fingerprint=f"{n:016x}") for n, name in enumerate(priorities)]
    log = msgspec.json.decode(sarif(found(*given, finding(side="old", path="src/was.py", line=2), outside=(finding(),))))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert run["invocations"][0]["executionSuccessful"] is True
    assert len({rule["id"] for rule in driver["rules"]}) == len(CATEGORIES)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert len(run["results"]) == 5, "what lies outside of the change is not in it"
    for result, level in zip(run["results"], [*priorities.values(), "error"], strict=True):
        assert result["level"] == level
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert 0 <= result["rank"] <= 100
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact == {"uri": "src/a%20b.py", "uriBaseId": "SRCROOT"}
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
        region = location["physicalLocation"]["region"]
        assert region.get("endLine", region["startLine"]) >= region["startLine"] >= 1
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    assert len({next(iter(result["partialFingerprints"].values())) for result in run["results"][:4]}) == 4


def test_sarif_of_a_review_that_failed_says_so() -> None:
    log = msgspec.json.decode(sarif(found(outcome="failed", why="the model declined")))
    invocation = log["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "the model declined" in invocation["toolExecutionNotifications"][0]["message"]["text"]
