"""From the command line to a face: which project, which session, which face.

What takes long (the runner, the sandbox, a model) begins when the face is there, so that a person can type at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.settings.load import Loaded
    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.log.session import Sessions


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """How a pairing begins: with a prompt, with images, with a session to go on with or to fork."""

    prompt: str = ""
    images: tuple[Path, ...] = ()
    plan: bool = False
    session: str = ""
    how: Literal["new", "named", "last", "choose"] = "new"
    fork: bool = False


def start(directory: Path, flags: Mapping[str, tuple[str, Any]], beginning: Beginning) -> int:
    """Run a pairing to its end; the exit code. Raises `FixSettings`, `FixRepository`."""
    from pullwright.cli.project import project_at
    from pullwright.cli.settings.load import load

    project = project_at(directory)
    loaded = load(project, flags)
    _check(loaded)
    plain = loaded.settings.terminal.plain
    # The plain face itself reads what is piped in, line by line, unless that is to be read beside a prompt.
    prompt = "" if plain and not beginning.prompt else _with_piped(beginning.prompt)
    from pullwright.cli.setup.first_run import first_run

    if first_run(plain=plain):
        loaded = load(project, flags)
    return _run(project, loaded, msgspec.structs.replace(beginning, prompt=prompt))


def _with_piped(prompt: str) -> str:
    """The prompt with what is piped in; the keyboard is the terminal's then."""
    if sys.stdin.isatty():
        return prompt
    from pullwright.cli.run.prompt import read_prompt

    text = read_prompt(prompt, None) if prompt or _has_piped() else ""
    try:
        keyboard = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return text
    os.dup2(keyboard, 0)
    os.close(keyboard)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 - lives as long as the process
    return text


def _has_piped() -> bool:
    import stat

    mode = os.fstat(0).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _check(loaded: Loaded) -> None:
    """A person must be there. Raises `FixSettings`."""
    if not sys.stdout.isatty() and not loaded.settings.terminal.plain:
        raise FixSettings(
            "this needs a terminal, and the output goes elsewhere",
            fix='run it headless: pullwright exec "…"; or line by line: pullwright --plain',
        )


def _run(project: Path, loaded: Loaded, beginning: Beginning) -> int:
    import asyncio

    from pullwright.cli.terminal.pairing.pairing import Pairing
    from pullwright.cli.terminal.pairing.rules import Rules
    from pullwright.log.session import Sessions

    sessions = Sessions(loaded.folders.sessions)
    session = _session(sessions, project, beginning)
    if session is None:
        return 0
    rules = Rules(loaded, project)
    rules.plan = beginning.plan
    pairing = Pairing(rules, sessions)
    first = First(prompt=beginning.prompt, images=_images(beginning.images), session=session, fork=beginning.fork)
    from pullwright.cli.terminal.screen.typeahead import held

    # Line by line the terminal itself shows and edits what is typed.
    with nullcontext(0) if _is_plain(pairing) else held() as early:
        return asyncio.run(_show(pairing, first, early))


def _is_plain(pairing: Pairing) -> bool:
    return pairing.rules.settings.terminal.plain or os.environ.get("TERM", "dumb") in ("", "dumb")


class First(msgspec.Struct, frozen=True, kw_only=True):
    """What the pairing does as soon as it is shown."""

    prompt: str
    images: tuple[str, ...]
    session: str
    fork: bool


async def _show(pairing: Pairing, first: First, early: int) -> int:
    # What asyncio has to say would land in the middle of the screen.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    settings = pairing.rules.settings.terminal
    if _is_plain(pairing):
        from pullwright.cli.terminal.plain.face import run_plain

        return await run_plain(pairing, lambda: begin(pairing, first))
    from pullwright.cli.terminal.screen.running import run_screen
    from pullwright.cli.terminal.theme import detect
    from pullwright.cli.terminal.transcript.transcript import Transcript

    theme = detect(wish=settings.theme)
    async with pairing:
        return await run_screen(
            pairing,
            Transcript(theme),
            settings,
            theme=theme,
            state_folder=pairing.rules.loaded.folders.state,
            begin=lambda: begin(pairing, first),
            early=early,
        )


async def begin(pairing: Pairing, first: First) -> None:
    """Open the session, say what of settings and extensions does not count, and send what the command line says.

    For a face to call once it is shown.
    """
    await pairing.begin(first.session)
    if first.fork:
        await pairing.fork()
    for notice in (*pairing.rules.loaded.notices, *pairing.rules.found.notices):
        pairing.notice(notice, "warning")
    if first.prompt or first.images:
        await pairing.submit(first.prompt, first.images)


def _images(paths: tuple[Path, ...]) -> tuple[str, ...]:
    if not paths:
        return ()
    from pullwright.cli.run.prompt import data_url

    return tuple(data_url(path) for path in paths)


def _session(sessions: Sessions, project: Path, beginning: Beginning) -> str | None:
    """The session to go on with, empty for a new one; None when the person chose none."""
    if beginning.how == "new":
        return ""
    if beginning.how == "named":
        return sessions.resolve(beginning.session)
    found = sessions.list(limit=20, project=str(project))
    if not found:
        raise FixSettings(f"no session has worked on {project} yet", fix="start one: pullwright")
    if beginning.how == "last":
        return found[0].id
    return _chosen([(one.id, one.title or "(no prompt)", one.updated, one.outcome) for one in found])


def _chosen(found: list[tuple[str, str, float, str]]) -> str | None:
    """Ask which one, by number; Enter takes the newest."""
    import time

    import click

    from pullwright.cli.render.clean import one_line

    for number, (_, title, updated, outcome) in enumerate(found, 1):
        when = time.strftime("%d %b %H:%M", time.localtime(updated))
        click.echo(f"{number:>3}  {when}  {outcome or 'new':<12} {one_line(title, 80)}")
    try:
        number = click.prompt("Which one?", default=1, type=click.IntRange(1, len(found)))
    except click.Abort:
        return None
    return found[number - 1][0]
