"""What each demo stands on: who plays the model, where it is shown, a folder that is gone afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import folders
from pullwright.cli.render.style import Style, style_for
from pullwright.cli.run.served import settle_model
from pullwright.cli.settings.load import load
from pullwright.cli.settings.model import choose_model
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Reply
from pullwright.protocol.policy import Budget
from pullwright.sandbox.backends import default_backend

REAL = (
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_AD_TOKEN",
    "ANTHROPIC_API_KEY",
    "OPENROUTER_API_KEY",
    "PULLWRIGHT_BASE_URL",
)
"""One of these set means: a real model, under `BUDGET`."""

BUDGET = Budget(usd=1.0, tokens=600_000, steps=60, seconds=1800.0)
FAILED = 1


class Stage:
    """One run of a demo. `keep` leaves everything there to be looked at afterwards."""

    def __init__(self, *, scripted: bool = False, keep: bool = False, sandbox: str = "") -> None:
        self.scripted = scripted or not any(os.environ.get(name) for name in REAL)
        self.keep = keep
        self.sandbox = sandbox or default_backend()
        self.style: Style = style_for(sys.stdout)

    def say(self, *lines: str) -> None:
        """Print lines at once."""
        for line in lines:
            print(line, flush=True)

    def title(self, text: str) -> None:
        """Print a heading."""
        self.say("", self.style(text, "bold"))

    @asynccontextmanager
    async def home(self) -> AsyncGenerator[Path]:
        """A folder for all of it."""
        home = Path(tempfile.mkdtemp(prefix="pullwright-demo-"))
        # The sandbox's user is another one: the way to the repository must be open to it, as it is to any project.
        home.chmod(0o755)
        try:
            yield home
        finally:
            if self.keep:
                self.say(f"Everything is kept in {home}")
            else:
                await asyncio.to_thread(remove, home)


@asynccontextmanager
async def model_of(script: Callable[[Mapping[str, Any]], Reply] | None) -> AsyncGenerator[ModelChoice]:
    """The model to call: a script behind a real server, or (None) the environment's."""
    if script is None:
        settings = (await asyncio.to_thread(settle_model, load())).settings
        yield choose_model(settings, os.environ, Credentials(folders()))
        return
    from pullwright.models.mock.script import Script
    from pullwright.models.mock.server import MockServer

    async with MockServer(Script(script)) as server:
        yield ModelChoice(provider="scripted", model="scripted", base_url=server.url)


def remove(home: Path) -> None:
    """Remove everything; an overlay leaves folders behind that not even their owner may enter."""

    def force(remove: Callable[[str], object], path: str, error: object) -> None:
        for one in (Path(path).parent, Path(path)):
            if one.is_dir() and not one.is_symlink():
                one.chmod(0o700)
        remove(path)

    shutil.rmtree(home, onerror=force)
