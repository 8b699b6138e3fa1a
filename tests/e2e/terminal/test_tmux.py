"""In tmux, a terminal that many have: it wraps at once and tells later, and takes a cleared screen into its history."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pullwright.models.mock.script import Answer, Trouble

from .conftest import Person

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """A tmux server of its own, with one window."""

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)

    def __call__(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}).stdout

    def shows(self) -> str:
        """History and screen."""
        return self("capture-pane", "-p", "-S", "-", "-E", "-")

    def wait(self, holds: Callable[[str], bool]) -> str:
        end = time.monotonic() + 30
        while not holds(shown := self.shows()):
            assert time.monotonic() < end, shown
            time.sleep(0.05)
        return shown


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    server = Tmux(tmp_path / "tmux")
    yield server
    server("kill-server")


def test_a_window_resized_in_mid_stream_leaves_no_old_prompt_behind(person: Person, tmux: Tmux) -> None:
    text = "".join(f"Line {number:04d} of an answer that goes on and on until it is done.\n\n" for number in range(200))
    person.server.start([Answer(text=text, piece=120, trouble=Trouble(pause=0.01))])
    said = {"PULLWRIGHT_BASE_URL": person.server.url, "PULLWRIGHT_MODEL": "mock", "PULLWRIGHT_WIRE": "responses"}
    env = " ".join(f"{name}={shlex.quote(value)}" for name, value in {**person.shell.env, **said}.items())
    program = f"exec env -i {env} TERM=tmux-256color {shlex.quote(sys.executable)} -m pullwright --approval full-auto"
    tmux("new-session", "-d", "-x", "90", "-y", "24", "-c", str(person.project), program)
    tmux.wait(lambda shown: "❯" in shown)
    tmux("send-keys", "-l", "go")
    tmux.wait(lambda shown: "❯ go" in shown)
    tmux("send-keys", "Enter")
    for number, columns in enumerate((60, 44, 100)):
        tmux.wait(lambda shown, number=number: f"Line {30 + 45 * number:04d}" in shown)
        tmux("resize-window", "-x", str(columns))
    shown = tmux.wait(lambda shown: "✓ done" in shown and "working" not in shown)
    found = re.findall(r"Line (\d{4})", shown)
    assert sorted(set(found)) == [f"{number:04d}" for number in range(200)]
    assert len(found) < 200 + 3 * 8, "what stood on the screen is in the history twice"
    assert shown.count("❯") == 2
    assert shown.count("% context") == 1
    tmux("send-keys", "C-d")
    tmux.wait(lambda shown: not shown)
