"""A mirror of a URL: fetched over HTTP, brought up to date, by twenty at once."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pullwright.protocol.errors import TryAgainLater
from pullwright.workspace.mirror import Mirror
from repositories import git, make_project, text


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A folder over HTTP; git's "dumb" protocol needs no more."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Path, Path, str]]:
    """A project, its published bare copy, and the URL of that."""
    project = make_project(tmp_path / "project")
    bare = tmp_path / "served/project.git"
    bare.parent.mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(project), str(bare))
    git(bare, "update-server-info")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(bare.parent))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield project, bare, f"http://127.0.0.1:{server.server_port}/project.git"
        server.shutdown()
        thread.join()


def head(project: Path) -> str:
    return text(project, "rev-parse", "HEAD").strip()


def test_a_url_is_fetched_and_brought_up_to_date(published: tuple[Path, Path, str], tmp_path: Path) -> None:
    project, bare, url = published
    mirror = Mirror(tmp_path / "cache", url)
    mirror.fetch()
    assert mirror.has(head(project))
    (project / "later.txt").write_text("later\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Later")
    assert not mirror.has(head(project))
    git(project, "push", "-q", str(bare), "HEAD")
    git(bare, "update-server-info")
    mirror.fetch()
    assert mirror.has(head(project))


def test_twenty_fetch_at_once(published: tuple[Path, Path, str], tmp_path: Path) -> None:
    project, _, url = published
    with ThreadPoolExecutor(20) as threads:
        for done in [threads.submit(Mirror(tmp_path / "cache", url).fetch) for _ in range(20)]:
            done.result()
    assert Mirror(tmp_path / "cache", url).has(head(project))


def test_what_cannot_be_reached_is_said(published: tuple[Path, Path, str], tmp_path: Path) -> None:
    with pytest.raises(TryAgainLater, match="could not be fetched"):
        Mirror(tmp_path / "cache", published[2].replace("project.git", "nothing.git")).fetch()
