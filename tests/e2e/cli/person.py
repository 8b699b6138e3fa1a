"""A person in front of a terminal: what they see as text, and the keys that they press. The terminal is a real pty."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_=>])")


class Person:
    """`seen` is everything that came to the screen so far, escape sequences included."""

    def __init__(self, *words: str, home: Path, columns: int = 80, term: str = "dumb", **env: str) -> None:
        self.home = home
        whole = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": term,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **env,
        }
        command = [sys.executable, "-m", "pullwright", *words]
        self.child: pexpect.spawn[str] = pexpect.spawn(
            command[0], command[1:], env=whole, cwd=str(home), dimensions=(40, columns), encoding="utf-8", timeout=60
        )
        self.child.delaybeforesend = None
        self.seen = ""

    def sees(self, text: str) -> None:
        """Wait for `text`; fails with what is there instead."""
        self.child.expect_exact(text)
        self.seen += self.child.before + self.child.after

    def types(self, keys: str) -> None:
        """Press keys, as they are."""
        self.child.send(keys)

    def answers(self, question: str, line: str) -> None:
        """Wait for `question` and its prompt, then type a line."""
        self.sees(question)
        self.sees(": ")
        self.child.sendline(line)

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else 128 + (self.child.signalstatus or 0)

    @property
    def lines(self) -> list[str]:
        """What was seen, without escape sequences."""
        return [line.rstrip("\r") for line in ESCAPES.sub("", self.seen).split("\n")]


@contextmanager
def sitting(*words: str, home: Path, columns: int = 80, term: str = "dumb", **env: str) -> Iterator[Person]:
    """Somebody runs `pullwright WORDS`; in the end the program is gone."""
    person = Person(*words, home=home, columns=columns, term=term, **env)
    try:
        yield person
    finally:
        person.child.close(force=True)
