"""One Chromium and one scene for a process's browser tests; both end before any other test begins.

(Playwright keeps an event loop in the thread of the tests: beside it no `asyncio.run` could be.)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.server.web.files import built_files

from .browser import Browser, chromium
from .filled import Filled
from .places import PLACES
from .scene import WebScene


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; without one, or without the built web app, the test is skipped, but never on CI."""
    missing = _missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with Browser.open() as opened:
        yield opened


@pytest.fixture(scope="package")
def scene(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebScene]:
    """A service with three people and one project."""
    with WebScene.open(_folder(tmp_path_factory)) as opened:
        yield opened


@pytest.fixture(scope="package")
def filled(scene: WebScene, request: pytest.FixtureRequest) -> Filled:
    """The same one's tasks in every state, each waited for when it is first asked for. (A process has one worker at a time.)"""
    made = Filled(scene)
    for item in request.session.items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            made.begin_those_of(PLACES.get(item.callspec.params.get("place"), ""))
    return made


def _folder(factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp("web")
    # The sandbox's user is another one: the way to the repository must be open to it.
    for one in (folder, folder.parent, folder.parent.parent):
        one.chmod(0o755)
    return folder


def _missing() -> str:
    if not chromium():
        return "Chromium is not installed (apt install chromium)"
    if not built_files():
        return "the web app is not built (make web)"
    return ""
