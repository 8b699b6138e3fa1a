"""A session's proof as a file, and such a file run again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from pullwright.attempts.bundle.making import LARGEST_BASE, make_bundle
from pullwright.attempts.bundle.reading import Bundle, open_bundle
from pullwright.attempts.bundle.replaying import Order, Replayed, replay
from pullwright.cli.run.request import limits
from pullwright.cli.run.scratch import scratch
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.network import parse_network
from pullwright.log.files import FileLog
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.events import Event, SessionStarted
from pullwright.protocol.live import Live
from pullwright.sandbox.backends import default_backend
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.repository import Repository


def bundled(log: FileLog, target: Path, *, without_base: bool = False) -> str:
    """Write the proof of a session to `target`; returns the file's SHA-256."""
    events = list(log.read())
    project = next((event.project for event in events if isinstance(event, SessionStarted)), "")
    repository = Repository.find(Path(project))
    make_bundle(events, log.artifacts, repository, target, largest_base=0 if without_base else LARGEST_BASE)
    with target.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


async def replayed(
    file: Path,
    loaded: Loaded,
    *,
    repository: Path | None,
    sha256: str,
    variables: dict[str, str],
    begin: Callable[[Bundle], None],
    watch: Callable[[Event | Live], None],
) -> tuple[Bundle, Replayed]:
    """Run a bundle again with this machine's settings. `begin` sees it once it is found whole."""
    settings, where = loaded.settings, loaded.folders
    with scratch(where.state) as folder:
        bundle = await in_thread(open_bundle, file, _made(folder / "bundle"), sha256=sha256)
        begin(bundle)
        order = Order(
            bundle=bundle,
            scratch=folder,
            cache=where.cache,
            repository=repository,
            backend=settings.sandbox or default_backend(),
            network=parse_network(settings.network),
            limits=limits(settings.limits),
            variables=variables,
            machine=os.environ,
        )
        return bundle, await replay(order, watch)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def variables_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE` words as variables. Raises `FixSettings`."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise FixSettings(f"--env {pair!r} is no NAME=VALUE", fix="for example: --env TZ=UTC")
        found[name] = value
    return found
