"""What was set up: the marker, the provider, instructions, what other agents have."""

from __future__ import annotations

import time

from pullwright.cli.checks.noted import noted
from pullwright.cli.settings.load import Loaded
from pullwright.cli.setup.record import marker
from pullwright.sandbox.sandbox import Check


def prepared_checks(loaded: Loaded) -> list[Check]:
    """What the first run wrote down, and what it could have."""
    return [_marker(loaded), _approval(loaded), _instructions(loaded), *_others()]


def _marker(loaded: Loaded) -> Check:
    there = marker(loaded.folders)
    if there is None:
        return noted("setup", ok=False, found="was never run", fix="pullwright setup")
    when = time.strftime("%Y-%m-%d", time.localtime(there.time))
    provider = loaded.settings.provider or "as the environment says"
    return noted("setup", ok=True, found=f"run on {when}; provider {provider}, model {loaded.settings.model}")


def _approval(loaded: Loaded) -> Check:
    settings = loaded.settings
    return noted("approval", ok=True, found=f"{settings.terminal.approval} in a session, {settings.approval} in exec")


def _instructions(loaded: Loaded) -> Check:
    path = loaded.folders.config / "AGENTS.md"
    try:
        size = path.stat().st_size
    except OSError:
        return noted("instructions", ok=True, found="none of your own")
    from pullwright.agent.instructions import LIMIT

    fix = f"shorten it: all instructions of a session together get {LIMIT >> 10} KiB"
    return noted("instructions", ok=size <= LIMIT, found=f"{path}, {size:,} bytes", fix=fix)


def _others() -> list[Check]:
    from pullwright.cli.importing.bringing import look
    from pullwright.cli.importing.sources import NAMES
    from pullwright.protocol.errors import PullwrightError

    try:
        plan = look(NAMES)
    except PullwrightError:  # our own settings are broken, which has its own line
        return []
    new = sorted({step.source for step in plan.steps if step.state == "new"})
    if not new:
        return []
    told = " and ".join(NAMES[name] for name in new)
    return [noted("other agents", ok=False, found=f"{told} have what is not here yet", fix="pullwright import")]
