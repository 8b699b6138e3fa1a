"""A review as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/

P0 and P1 are errors, P2 is a warning, P3 a note. A finding on removed lines points at where they were. Only what counts against
the change is in it, with fingerprints that stay the same when lines move.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from pullwright import __version__
from pullwright.attempts.review.answer import CATEGORIES
from pullwright.attempts.review.record import Finding, Review
from pullwright.cli.render.clean import inert

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"P0": "error", "P1": "error", "P2": "warning", "P3": "note"}
FINGERPRINT = "pullwrightReview/v1"


def sarif(found: Review) -> str:
    """The log with its one run, indented."""
    done = found.outcome == "succeeded"
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Pullwright", "semanticVersion": __version__, "rules": [_rule(name) for name in CATEGORIES]}},
        "automationDetails": {"id": "pullwright/review/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": done, "toolExecutionNotifications": [] if done else [_notification(found)]}],
        "results": [_result(finding) for finding in found.findings],
        "properties": {"session": found.session, "reviewed": found.what, "base": found.base, "scripted": found.scripted},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return inert(msgspec.json.format(msgspec.json.encode(log), indent=2).decode()) + "\n"


def _rule(name: str) -> dict[str, Any]:
    words = name.replace("-", " ")
    return {
        "id": f"review/{name}",
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": f"{words.capitalize()}: a problem that a reviewer found in a change."},
        "defaultConfiguration": {"level": "warning"},
    }


def _notification(found: Review) -> dict[str, Any]:
    return {"level": "error", "message": {"text": f"The review ended as {found.outcome.replace('_', ' ')}: {found.why}"}}


def _result(finding: Finding) -> dict[str, Any]:
    region = {"startLine": finding.line}
    if finding.side == "new":
        region["endLine"] = max(finding.end, finding.line)
    return {
        "ruleId": f"review/{finding.category}",
        "ruleIndex": CATEGORIES.index(finding.category),
        "level": LEVELS[finding.priority],
        "rank": round(finding.confidence * 100, 1),
        "message": {"text": _message(finding)},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": quote(finding.new_path), "uriBaseId": "SRCROOT"}, "region": region}}
        ],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "priority": finding.priority,
            "confidence": finding.confidence,
            "side": finding.side,
            "evidence": [each.seq for each in finding.evidence],
        },
    }


def _message(finding: Finding) -> str:
    parts = [f"{finding.priority}: {finding.title}", finding.body]
    if finding.suggestion:
        parts.append(f"Mend: {finding.suggestion}")
    if finding.guideline:
        parts.append(f"Guideline in {finding.guideline.path}: “{finding.guideline.quote}”")
    return "\n\n".join(filter(None, parts))
