"""A task's page: what was asked, the report, the change with its remarks, and the forms of a reviewer."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from starlette.responses import Response

from pullwright.protocol.usage import money
from pullwright.server.pages.difference import Spot, diff_table
from pullwright.server.pages.frame import button, form, page
from pullwright.server.pages.markup import Markup, element, joined, markdown
from pullwright.tasks.service.reviewing import ReviewView
from pullwright.tasks.service.views import AttemptView, TaskView


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows. `attempt` is the one that is looked at; `csrf` the sign-in's token; `wrong` says what did not
    work, with its `status`. `may_review` and `may_merge` say which forms there are."""

    task: TaskView
    attempt: AttemptView | None
    report: str
    diff: str
    reviews: ReviewView
    csrf: str
    may_review: bool
    may_merge: bool
    wrong: str = ""
    status: int = 200


def review_page(shown: Reviewed) -> Response:
    """The page."""
    task = shown.task
    return page(
        task.title,
        element(
            "p",
            f"{task.project} · {task.state} · {money(task.cost_usd, unpriced=task.unpriced)} · asked by {task.user}",
            class_="meta",
        ),
        element("p", shown.wrong, class_="wrong", role="alert") if shown.wrong else None,
        element("pre", task.prompt, class_="note"),
        _attempts(shown),
        element("h2", "Report"),
        element("div", markdown(shown.report)) if shown.report else element("p", "There is no report yet."),
        element("h2", "Change"),
        diff_table(shown.diff, _notes(shown.reviews)) if shown.diff else element("p", "There is no change yet."),
        element("h2", "Review"),
        _said(shown.reviews),
        _forms(shown),
        status=shown.status,
    )


def _attempts(shown: Reviewed) -> Markup | None:
    if len(shown.task.attempts) < 2:
        return None
    rows = [_attempt(shown, one) for one in shown.task.attempts]
    return joined(element("h2", "Attempts"), element("ul", *rows))


def _attempt(shown: Reviewed, one: AttemptView) -> Markup:
    words = f"Attempt {one.number}: {one.state}, {one.verdict}, {one.spend.cost}"
    here = shown.attempt is not None and one.id == shown.attempt.id
    link = element("strong", words) if here else element("a", words, href=f"/review/{shown.task.id}?attempt={one.id}")
    return element("li", link, " (chosen)" if shown.task.chosen == one.id else None)


def _notes(reviews: ReviewView) -> dict[Spot, list[str]]:
    notes: defaultdict[Spot, list[str]] = defaultdict(list)
    for one in reviews.sent:
        notes[one.path, one.side, one.end_line or one.line].append(one.text)
    for one in reviews.waiting:
        notes[one.path, one.side, one.end_line or one.line].append(f"(not sent yet) {one.text}")
    return notes


def _said(reviews: ReviewView) -> Markup:
    verdicts = [element("li", f"{one.verdict}: {one.note or 'no note'}") for one in reviews.reviews]
    whole = [element("li", one.text) for one in (*reviews.sent, *reviews.waiting) if not one.path]
    return element("ul", *verdicts, *whole)


def _forms(shown: Reviewed) -> Markup | None:
    if shown.attempt is None or not shown.may_review or shown.task.state in ("merged", "cancelled"):
        return None
    at = f"/review/{shown.task.id}"
    which = element("input", type="hidden", name="attempt", value=shown.attempt.id)
    head = element("input", type="hidden", name="head", value=shown.attempt.head)
    remark = form(at, which, _place(), _text("Remark", "text"), button("Remark", name="do", value="comment"), csrf=shown.csrf)
    note = _text("What should be different", "note")
    back = form(at, which, note, button("Send back", name="do", value="send-back"), csrf=shown.csrf)
    merge = form(at, which, head, button("Approve and merge", name="do", value="approve"), csrf=shown.csrf)
    ready = shown.may_merge and shown.attempt.state == "review"
    return joined(remark, back, merge if ready else None)


def _place() -> Markup:
    side = element("select", element("option", "new", value="new"), element("option", "old", value="old"), name="side")
    return element(
        "div",
        element("label", "File", element("input", name="path")),
        element("label", "Line", element("input", name="line", type="number", min=0)),
        element("label", "Side", side),
        class_="row",
    )


def _text(label: str, name: str) -> Markup:
    return element("label", label, element("textarea", name=name, rows=3))
