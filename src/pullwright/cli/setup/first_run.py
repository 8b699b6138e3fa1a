"""When the interactive terminal finds nothing set up, and what `pullwright setup` does with a person."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from pullwright.cli.setup.asker import Asker
from pullwright.cli.setup.plan import Keep, Plan
from pullwright.cli.setup.scene import Scene

WELCOME = "Three questions, and Pullwright is ready. Each can be skipped; nothing is written before the last one is answered."


def wanted(env: Mapping[str, str] | None = None, *, marked: bool = True) -> bool:
    """True when no model can be called, and (unless `marked` is False) setup was never run to its end here.

    Raises `FixSettings` for broken settings.
    """
    from pullwright.cli.folders import folders
    from pullwright.cli.settings.model import choose_model
    from pullwright.cli.setup.record import marker
    from pullwright.cli.setup.scene import scene
    from pullwright.protocol.errors import MissingCredential

    env = os.environ if env is None else env
    if marked and marker(folders(env)):
        return False
    here = scene(env)
    try:
        choose_model(here.settings, here.env, here.credentials)
    except MissingCredential:
        return True
    return False


def first_run(*, plain: bool = False) -> bool:
    """Ask when it is `wanted` and there is a terminal to ask in; True when something was asked and written.

    `plain` asks line by line. Not to be called inside an event loop. Raises `KeyboardInterrupt` on Ctrl-C; then nothing is
    written.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or not wanted():
        return False
    from pullwright.cli.setup.scene import scene

    converse(scene(os.environ), Plan(), plain=plain)
    print()
    return True


def converse(here: Scene, given: Plan, word: str = "", keep: Keep | None = None, *, plain: bool = False) -> Plan:
    """Ask what was not given, write it down and say so; returns the plan that was written."""
    from pullwright.cli.setup.menu import asker_for
    from pullwright.cli.setup.record import record, require_room
    from pullwright.cli.setup.walk import walk

    require_room(here.folders)
    asker = asker_for(here.env, plain=plain or here.settings.terminal.plain)
    asker.say(WELCOME)
    asker.say()
    plan = walk(asker, here, given, word)
    tell(asker, record(plan, here, keep))
    if not plan.sign_in and wanted(here.env, marked=False):
        asker.say("No model can be called yet: pullwright setup or pullwright login PROVIDER when you are ready.", "yellow")
    if plan.imports:
        from pullwright.cli.setup.others import bring_over

        asker.say()
        bring_over(asker, plan.imports)
    return plan


def tell(asker: Asker, lines: list[str]) -> None:
    """What was written."""
    for line in lines:
        asker.say(line, *(("yellow",) if line.startswith("notice") else ()))
