"""A review in a terminal: what was asked, the session, the run, and where the result goes."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pullwright.attempts.review.answer import PRIORITIES
from pullwright.attempts.review.matter import KEPT, Order
from pullwright.attempts.review.record import Review
from pullwright.attempts.review.target import Target, sort_words, target_of
from pullwright.attempts.spec import TurnSpec
from pullwright.cli.failures import FAILED, PIPE, STOPPED
from pullwright.cli.project import project_at
from pullwright.cli.run import beforehand
from pullwright.cli.run.found import find_session
from pullwright.cli.run.inbox import TerminalInbox
from pullwright.cli.run.interrupts import Interrupts
from pullwright.cli.run.request import Asked, turn_spec
from pullwright.cli.run.saved import save
from pullwright.cli.run.screen import Screen
from pullwright.cli.run.served import settle_model
from pullwright.cli.run.turn import hide
from pullwright.cli.settings.load import Loaded, load
from pullwright.log.files import FileLog
from pullwright.log.inbox import Inbox
from pullwright.log.session import Sessions
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Event
from pullwright.protocol.ids import new_id
from pullwright.protocol.live import Live

Watch = Callable[[Event | Live], None]

FOUND = 6
"""The exit code of a review that found something at or above --fail-on."""

_OUTCOMES = {"succeeded": 0, "failed": FAILED, "needs_input": 3, "over_budget": 4, "cancelled": STOPPED}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The command's words and options."""

    words: tuple[str, ...] = ()
    directory: Path = Path()
    base: str | None = None
    uncommitted: bool = False
    commit: str | None = None
    focus: str = ""
    fail_on: str | None = None
    min_confidence: float | None = None
    as_json: bool = False
    sarif: str | None = None
    output: Path | None = None
    resume: str | None = None
    model: str | None = None
    effort: str | None = None
    budget: tuple[str, ...] = ()
    sandbox: str | None = None
    quiet: bool = False


def go(wanted: Wanted) -> int:
    """Review, show, and return the exit code. Raises what a person has to mend first."""
    project = project_at(wanted.directory)
    target, focus = _target(wanted, project)
    loaded = load(project, _flags(wanted))
    beforehand.check(project, output=wanted.output)
    if wanted.sarif == "-" and wanted.as_json:
        raise FixSettings("--json and --sarif - both want stdout", fix="give --sarif a file")
    if wanted.sarif and wanted.sarif != "-":
        beforehand.check(project, output=Path(wanted.sarif))
    sessions = Sessions(loaded.folders.sessions)
    again = _again(wanted, sessions)
    loaded = settle_model(loaded)
    spec = turn_spec(Asked(text="", project=project, mode="ask"), loaded, again or new_id("ses"))
    order = Order(target=target, focus=focus, min_confidence=loaded.settings.review.min_confidence)
    with session_log(sessions, spec.session, again=bool(again)) as log:
        found, left = asyncio.run(_run(spec, order, log, wanted, loaded))
    if found is None:
        return STOPPED
    return PIPE if left else exit_code(found, loaded.settings.review.fail_on)


def exit_code(found: Review, fail_on: str) -> int:
    """The outcome's own exit code; of a review that was done, 6 where it found something of this priority or worse."""
    failing = next((found.at_least(priority) for priority in PRIORITIES if priority == fail_on), ())
    return _OUTCOMES[found.outcome] or (FOUND if failing else 0)


def _target(wanted: Wanted, project: Path) -> tuple[Target, str]:
    words = sort_words(wanted.words, project, wanted.directory)
    target = target_of(
        base=wanted.base, uncommitted=wanted.uncommitted, commit=wanted.commit, span=words.range, paths=words.paths
    )
    return target, "\n".join(filter(None, (wanted.focus, words.focus)))


def _flags(wanted: Wanted) -> dict[str, tuple[str, object]]:
    return {
        "model": ("--model", wanted.model),
        "effort": ("--effort", wanted.effort),
        "budget": ("--budget", ",".join(wanted.budget) or None),
        "sandbox": ("--sandbox", wanted.sandbox),
        "review.fail_on": ("--fail-on", wanted.fail_on),
        "review.min_confidence": ("--min-confidence", wanted.min_confidence),
    }


def _again(wanted: Wanted, sessions: Sessions) -> str:
    """The session to go on with; empty for a new one. Raises `FixSettings` for one that is no review's."""
    if wanted.resume is None:
        return ""
    if wanted.words or wanted.base or wanted.commit or wanted.uncommitted:
        raise FixSettings("--resume goes on with what was begun", fix="leave out what to review, or leave out --resume")
    found = "" if wanted.resume == "last" else wanted.resume
    session = _newest(sessions, wanted.directory) if not found else find_session(sessions, found, wanted.directory)
    if not _is_review(sessions, session):
        raise FixSettings(f"session {session} is no review", fix="name a review's session: pullwright sessions list")
    return session


def _newest(sessions: Sessions, directory: Path) -> str:
    """The newest review of this project."""
    project = str(project_at(directory))
    names = (session for session in sessions.ids() if _is_review(sessions, session))
    for session in names:
        summary = sessions.summary(session)
        if summary and summary.project == project:
            return session
    raise FixSettings("there is no review of this project to go on with", fix="start one: pullwright review")


def _is_review(sessions: Sessions, session: str) -> bool:
    with FileLog.open(sessions.path(session)) as log:
        return log.artifacts.path(KEPT).is_file()


async def _run(spec: TurnSpec, order: Order, log: FileLog, wanted: Wanted, loaded: Loaded) -> tuple[Review | None, bool]:
    """The review (None when it was stopped at once), shown; and whether the reader of stdout went away."""
    screen = Screen(quiet=wanted.quiet)
    for notice in loaded.notices:
        screen.say(f"notice: {notice}")
    inbox = TerminalInbox(spec.folder / "inbox")
    task = asyncio.ensure_future(run_review(spec, order, log, inbox, screen.watch))
    with Interrupts(inbox, task, screen.say):
        try:
            found = await task
        except asyncio.CancelledError:
            screen.say(f"stopped. Go on: pullwright review --resume {spec.session}")
            return None, False
        finally:
            screen.close()
    _show(found, wanted, screen)
    return found, screen.reader_left


async def run_review(spec: TurnSpec, order: Order, log: FileLog, inbox: Inbox, watch: Watch) -> Review:
    """One review in the session of `log`, which the caller claimed."""
    from pullwright.attempts.review.review import review

    hide(spec.folder.parents[1], spec.cache)
    return await review(spec, order, log, inbox, watch, planned=save)


@contextmanager
def session_log(sessions: Sessions, session: str, *, again: bool = False) -> Iterator[FileLog]:
    """The log of a review's session, claimed. One in which nothing happened, since there is nothing to review, leaves nothing."""
    with sessions.open(session) if again else sessions.create(session) as log:
        log.claim()
        try:
            yield log
        finally:
            if log.last_seq == 0:
                from pullwright.workspace.removal import remove_tree

                remove_tree(log.folder)


def _show(found: Review, wanted: Wanted, screen: Screen) -> None:
    from pullwright.cli.render.clean import inert
    from pullwright.cli.render.review import WIDTH, head_and_foot, text
    from pullwright.cli.render.sarif import sarif
    from pullwright.cli.render.style import style_for

    if wanted.as_json:
        shown = plain = inert(msgspec.json.format(msgspec.json.encode(found), indent=2).decode()) + "\n"
    elif wanted.sarif == "-":
        shown = plain = sarif(found)
    else:
        columns = min(shutil.get_terminal_size((WIDTH, 0)).columns, 120) if sys.stdout.isatty() else WIDTH
        shown, plain = text(found, style_for(sys.stdout), max(columns, 40)), text(found)
    if wanted.sarif and wanted.sarif != "-":
        _write(Path(wanted.sarif), sarif(found), screen)
    if wanted.output:
        _write(wanted.output, plain, screen)
    screen.result(shown)
    if not wanted.quiet or found.outcome != "succeeded":
        for line in head_and_foot(found, screen.style):
            screen.say(line)


def _write(path: Path, text: str, screen: Screen) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:  # the result itself matters more than a copy of it
        screen.say(f"error: {path} was not written: {error.strerror}")
