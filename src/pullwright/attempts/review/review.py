"""The way of a review: the two sides, a turn for each part of the diff, and what the checks leave of the answers.

review(spec, order, log, inbox) -> Review
    snapshot and other side ─▶ diff ─▶ guidelines of the base ─▶ parts ─▶ run_turn for each (mode `ask`, the answer in a schema)
    ─▶ claims ─▶ checks ─▶ Review, kept beside the log as `review.json`

A review that was cut off goes on: parts whose turn is in the log are not paid twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from pullwright.attempts.review import prompt
from pullwright.attempts.review.answer import Claims, read
from pullwright.attempts.review.checking import Checker
from pullwright.attempts.review.matter import Kept, Matter, Order, prepared, reader
from pullwright.attempts.review.passes import split
from pullwright.attempts.review.record import RESULT, Review
from pullwright.attempts.review.target import in_words
from pullwright.attempts.review.turns import as_turn, run_part, together, turns_of
from pullwright.attempts.runner import Watch
from pullwright.attempts.spec import TurnSpec
from pullwright.log.inbox import Inbox
from pullwright.log.log import Log
from pullwright.protocol.events import CommandRan, Event, ToolStarted
from pullwright.protocol.outcomes import Failed, Outcome, Succeeded
from pullwright.workspace.snapshot import reopen


async def review(
    spec: TurnSpec,
    order: Order,
    log: Log,
    inbox: Inbox,
    watch: Watch | None = None,
    *,
    planned: Callable[[TurnSpec], None] = lambda _: None,
) -> Review:
    """Review what `order` names, in the session of `spec` (model, budget, backend, folders; the rest is set here).

    A session that has begun a review already goes on with that one, whatever `order` says but for the confidence; a finished
    one is only read. An empty diff asks no model. `planned` is called before the first turn with the record as it will run.
    How a turn ended is in `Review.outcome`; raised are `FixRepository` and `FixSettings` for a target that is not there, and
    what `run_turn` raises.
    """
    kept, matter = await prepared(spec, order, log)
    spec = as_turn(spec, kept.sides)
    if not matter.diff.files:
        why = f"there is nothing to review: no changes in {in_words(kept.sides.target)}"
        return msgspec.structs.replace(_blank(spec, kept, matter), outcome="succeeded", why=why)
    planned(spec)
    parts, unshown = split(matter.diff, kept.room)
    outcome: Outcome = Failed(why="no turn was run")
    answers: list[Claims] = []
    around = _around(kept, matter)
    for number in range(1, len(parts) + 1):
        outcome = await run_part(spec, prompt.text(around, parts, number, answers), number, log, inbox, watch)
        if not isinstance(outcome, Succeeded):
            break
        answers.append(read(outcome.message))
    found = msgspec.structs.replace(_blank(spec, kept, matter), passes=len(parts), passes_done=len(answers))
    found = await _checked(found, spec, kept, matter, log, outcome, answers, unshown)
    log.artifacts.put(RESULT, msgspec.json.format(msgspec.json.encode(found), indent=1))
    return found


def _around(kept: Kept, matter: Matter) -> prompt.Around:
    """What each part is told beside its diff."""
    sides, diff = kept.sides, matter.diff
    return prompt.Around(
        what=f"{in_words(sides.target)}, against {sides.base}",
        size=f"{len(diff.files)} file{'s' * (len(diff.files) != 1)}, +{diff.added} -{diff.removed}",
        since=sides.since,
        focus=kept.order.focus,
        guidelines=matter.guidelines,
        commits=matter.commits,
    )


def _blank(spec: TurnSpec, kept: Kept, matter: Matter) -> Review:
    """The result before a turn was run."""
    sides, diff = kept.sides, matter.diff
    return Review(
        session=spec.session,
        outcome="failed",
        why="",
        what=in_words(sides.target),
        base=sides.base,
        head=sides.head,
        old=sides.old,
        new=sides.new,
        paths=sides.target.paths,
        focus=kept.order.focus,
        files=len(diff.files),
        added=diff.added,
        removed=diff.removed,
        min_confidence=kept.order.min_confidence,
        guidelines=matter.guidelines,
        guidelines_edited=matter.guidelines_edited,
        provider=spec.model.provider,
        model=spec.model.model,
    )


async def _checked(
    found: Review,
    spec: TurnSpec,
    kept: Kept,
    matter: Matter,
    log: Log,
    outcome: Outcome,
    answers: Sequence[Claims],
    unshown: Sequence[str],
) -> Review:
    """The result after the turns: what the checks leave of the answers, and what was spent."""
    events = list(log.read())
    commands = [event for event in events if isinstance(event, CommandRan)]
    async with await reopen(spec.folder, spec.cache) as workspace:
        checker = Checker(
            matter.diff,
            reader(workspace, kept.sides.new),
            root=spec.at or str(workspace.root),
            guidelines=matter.guidelines,
            commands=commands,
            min_confidence=kept.order.min_confidence,
        )
        checked = await checker.check(claim for answer in answers for claim in answer.findings)
    spends = [turn.spend for turn in turns_of(events) if turn is not None]
    return msgspec.structs.replace(
        found,
        outcome=str(type(outcome).__struct_config__.tag),
        why=outcome.why,
        fix=outcome.fix if isinstance(outcome, Failed) else "",
        summary=_summary(found, answers),
        findings=checked.findings,
        outside=checked.outside,
        dropped=checked.dropped,
        uncited=checked.uncited,
        unran=checked.unran,
        unread=tuple(path for path in unshown if not _opened(path, events)),
        commands=len(commands),
        scripted=outcome.scripted,
        spend=together(spends),
    )


def _summary(found: Review, answers: Sequence[Claims]) -> str:
    """The last part's, which is of the whole; while that is not there, those of the parts that are."""
    said = [answer.summary.strip() for answer in (answers[-1:] if found.passes_done == found.passes else answers)]
    return "\n\n".join(filter(None, said))


def _opened(path: str, events: Iterable[Event]) -> bool:
    """Whether a tool call or command named the file."""
    return any(
        path in (event.title if isinstance(event, ToolStarted) else event.command)
        for event in events
        if isinstance(event, ToolStarted | CommandRan)
    )
