"""A person who pairs: `pullwright` at a terminal of theirs, in a repository of theirs, with a scripted model over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import golden
from console.driver import Terminal
from playing import Answers, Server, Shell, ran, wrote
from prefixes import assert_announced
from pullwright.cli.demo.sample import make_sample
from pullwright.models.mock.script import Answer, Reply, SaidCall

__all__ = ["Person", "ran", "wrote"]

GOLDEN = Path(__file__).with_name("golden")


class Person:
    """`sits` opens a terminal with `pullwright` in it; the model then answers in order. `project` is where it works."""

    def __init__(self, shell: Shell, server: Server) -> None:
        self.shell = shell
        self.server = server
        self.project = shell.project
        self._open: list[Terminal] = []

    def sits(
        self,
        *answers: Reply,
        words: tuple[str, ...] = (),
        script: Answers | None = None,
        columns: int = 80,
        rows: int = 24,
        reflow: bool = True,
        piped: str = "",
        **env: str,
    ) -> Terminal:
        """`pullwright WORDS` at a new terminal, when its prompt is there. `piped` is what is piped in."""
        self.server.start(script or answers)
        settings = self.shell.home / ".config/pullwright/config.toml"
        if not settings.exists():
            settings.parent.mkdir(parents=True, exist_ok=True)
            # What is shown before the terminal has told its background would else be in other colours.
            settings.write_text('[terminal]\ntheme = "dark"\n')
        said = {"PULLWRIGHT_BASE_URL": self.server.url, "PULLWRIGHT_MODEL": "mock", "PULLWRIGHT_WIRE": "responses"}
        terminal = self.opens(*words, columns=columns, rows=rows, reflow=reflow, piped=piped, **said, **env)
        return terminal.wait_for("❯")

    def opens(self, *words: str, columns: int = 80, rows: int = 24, reflow: bool = True, piped: str = "", **env: str) -> Terminal:
        """The same with nothing configured, and without waiting."""
        argv = [sys.executable, "-m", "pullwright", *words]
        if piped:
            argv = ["sh", "-c", 'exec "$@" <<end\n$0\nend\n', piped, *argv]
        shown = {**self.shell.env, "COLORTERM": "truecolor", **env}
        terminal = Terminal(argv, env=shown, cwd=self.project, columns=columns, rows=rows, reflow=reflow)
        self._open.append(terminal)
        return terminal

    def says(self, terminal: Terminal, text: str) -> Terminal:
        """Write a line and send it, once the editor shows it."""
        terminal.wait_for("❯").type(text)
        terminal.wait(lambda it: text[-20:] in it.text, f"the editor shows {text!r}")
        terminal.press("enter")
        return terminal

    def answers(self, terminal: Terminal, question: str, *keys: str) -> Terminal:
        """Wait until a question that says `question` takes keys, and press these."""
        terminal.wait(lambda it: question in it.text and "▸ " in it.text, f"a question: {question}")
        terminal.press(*keys)
        return terminal

    def sees(self, terminal: Terminal, name: str) -> None:
        """The screen is the golden one."""
        names = ((str(self.shell.home), "~"), (str(self.project), "~/tally"))
        golden.check(terminal, GOLDEN / f"{name}.txt", *names)

    def read(self, path: str) -> str:
        """A file of the project."""
        return (self.project / path).read_text()

    def logged(self, text: str) -> bool:
        """Whether a session's log has `text`."""
        return any(text in log.read_text() for log in self.shell.home.rglob("log.jsonl"))

    def leaves(self) -> None:
        """Close every terminal."""
        for terminal in self._open:
            terminal.close()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Someone at home, with a checkout of the sample; in the end all that the model got is held to the rule of the prefix."""
    home = tmp_path / "home"
    home.mkdir()
    shell, server = Shell(home, make_sample(home / "tally")), Server()
    someone = Person(shell, server)
    yield someone
    someone.leaves()
    server.stop()
    assert_announced(server.every, tmp_path.rglob("log.jsonl"))


def edited(path: str, old: str, new: str, text: str = "") -> Answer:
    """The model replaces a piece of a file."""
    return Answer(text=text, calls=(SaidCall("edit", {"edits": [{"path": path, "old": old, "new": new}]}),))
