"""A review of a change, beside the session: its findings are shown, and a prompt to fix the chosen ones goes into the editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.attempts.review.matter import Order
    from pullwright.attempts.review.record import Finding, Review
    from pullwright.cli.terminal.face import Face
    from pullwright.protocol.events import Event
    from pullwright.protocol.live import Live


async def review(face: Face, arguments: str) -> None:
    """Review a change in a session of its own; Esc stops it."""
    found = await _run(face, _order(face, arguments))
    if found is None:
        face.say("the review was stopped; pullwright review --resume goes on with it", "warning")
        return
    _show(face, found)
    if found.findings:
        await _offer(face, found)


def review_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """What may follow `/review`."""
    return (
        ("uncommitted", "what is not committed (without anything: that, or else the branch)"),
        ("base", "REF: what this branch brings since it left REF"),
        ("commit", "SHA: one commit"),
    )


def _order(face: Face, arguments: str) -> Order:
    """The target and the focus in the words behind `/review`."""
    from pullwright.attempts.review.matter import Order
    from pullwright.attempts.review.target import is_range, target_of

    first, _, rest = arguments.partition(" ")
    name, _, focus = rest.strip().partition(" ")
    if first in ("base", "commit") and not name:
        raise FixSettings(f"/review {first} needs a name", fix=f"/review {first} {'main' if first == 'base' else 'HEAD'}")
    if first == "base":
        target = target_of(base=name)
    elif first == "commit":
        target = target_of(commit=name)
    elif first == "uncommitted":
        target, focus = target_of(uncommitted=True), rest
    elif is_range(first):
        target, focus = target_of(span=first), rest
    else:
        target, focus = target_of(), arguments
    return Order(target=target, focus=focus.strip(), min_confidence=face.pairing.rules.settings.review.min_confidence)


async def _run(face: Face, order: Order) -> Review | None:
    from pullwright.cli.run.inbox import TerminalInbox
    from pullwright.cli.run.request import Asked, turn_spec
    from pullwright.cli.run.reviewing import run_review, session_log
    from pullwright.protocol.ids import new_id
    from pullwright.protocol.inputs import Interrupt

    pairing = face.pairing
    rules, session = pairing.rules, new_id("ses")
    spec = turn_spec(Asked(text="", project=rules.project, mode="ask"), rules.loaded, session, model=rules.model())
    inbox = TerminalInbox(spec.folder / "inbox")
    with session_log(pairing.sessions, session) as log:
        return await pairing.aside(
            run_review(spec, order, log, inbox, _Told(face).watch),
            lambda: inbox.interrupt(Interrupt(id=new_id("inp"), by="person")),
        )


class _Told:
    """What the reviewer does, in a line each, while it does it."""

    def __init__(self, face: Face) -> None:
        from pullwright.cli.render.progress import Progress

        self._face = face
        self._progress = Progress()

    def watch(self, seen: Event | Live) -> None:
        """An event of the review's own session."""
        from pullwright.protocol.live import Live

        if not isinstance(seen, Live):
            for line in self._progress.lines(seen):
                self._face.say(line.strip().removeprefix("> "), "code")


def _show(face: Face, found: Review) -> None:
    """The findings as blocks, then what the checks did and what it cost."""
    from pullwright.cli.render.review import head_and_foot, text
    from pullwright.cli.terminal.transcript.finding import Problem

    if found.summary:
        face.say(found.summary)
    face.show(*(Problem(face.theme, finding) for finding in found.findings))
    if not found.findings and found.outcome == "succeeded":
        face.say(text(found).strip().splitlines()[-1] if not found.outside else "No findings on what the change touches.")
    if found.outside:
        face.say(f"{len(found.outside)} more outside of the change: pullwright review --resume {found.session}")
    if rows := head_and_foot(found):
        face.say("\n".join(row.removeprefix("  ") for row in rows), "note" if found.outcome == "succeeded" else "error")


async def _offer(face: Face, found: Review) -> None:
    """Let the person choose, one after the other; what is chosen becomes a prompt in the editor."""
    chosen: set[int] = set()
    at = 0
    while True:
        fix = f"fix the {len(chosen)} chosen" if chosen else f"fix all {len(found.findings)}"
        options = [Option(f"{fix} …", "puts a prompt into the editor", "f"), Option("leave it", key="q")]
        options += [
            Option(
                f"[{'x' if number in chosen else ' '}] {each.id} {each.priority} {each.title}",
                f"{each.path}:{each.start}",
                str(number + 1) if number < 9 else "",
            )
            for number, each in enumerate(found.findings)
        ]
        picked = await face.choose("Fix findings?", options, default=at)
        if picked is None or picked == 1:
            return
        if picked == 0:
            wanted = [each for number, each in enumerate(found.findings) if number in chosen or not chosen]
            face.fill(fix_prompt(wanted, found.session))
            return
        chosen ^= {picked - 2}
        at = picked


def fix_prompt(findings: Sequence[Finding], session: str) -> str:
    """A prompt that names the findings to fix."""
    lines = [f"Fix these findings of a review ({session}). Check each first: say so where one is wrong, and leave it."]
    for number, each in enumerate(findings, 1):
        end = f"-{each.end}" if each.end > each.start else ""
        lines += ["", f"{number}. {each.path}:{each.start}{end}: {each.title}", f"   {each.body}"]
        lines += [f"   Suggested: {each.suggestion}"] if each.suggestion else []
    return "\n".join(lines)
