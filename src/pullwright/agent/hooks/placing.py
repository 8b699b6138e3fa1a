"""Where a hook may run: never on the host with a file of the project.

Whoever wrote the repository wrote its files, and in place the agent can change them: a hook of the person's own that names one
(`./lint.sh`, `python3 scripts/guard.py`, `"$CLAUDE_PROJECT_DIR"/.claude/hooks/x.sh`) would run their program as the person. So it
runs in the sandbox. This sees what a command names, not what it leads to: `make`, and most linters, run code of the project by
themselves, and belong into the sandbox by `where`.
"""

from __future__ import annotations

import os
import re
import shlex
from itertools import pairwise
from pathlib import Path

from pullwright.agent.hooks.hook import Hook

_PROJECT = re.compile(r"\$\{?(?:PULLWRIGHT_PROJECT|CLAUDE_PROJECT_DIR)\}?")


def runs_inside(hook: Hook, project: Path) -> bool:
    """Whether the sandbox is the hook's place: because it says so, or because it names a file of the project."""
    return hook.where == "sandbox" or any(_of_project(word, hook, str(project)) for word in _words(hook, str(project)))


def _words(hook: Hook, project: str) -> list[str]:
    if not isinstance(hook.command, str):
        return list(hook.command)
    line = _PROJECT.sub(lambda _: project, hook.command)
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        return [word for before, word in pairwise(["", *words]) if ">" not in before]  # what it writes it does not run
    except ValueError:
        return line.split()


def _of_project(word: str, hook: Hook, project: str) -> bool:
    """Whether a word is a file of the project. What lies in the hook's own folder is meant before what lies there."""
    word = _PROJECT.sub(lambda _: project, word)
    for folder in (hook.folder, project):
        path = os.path.realpath(os.path.join(folder, word))  # noqa: PTH118 - strings, as realpath wants them
        if os.path.isfile(path):  # noqa: PTH113 - the same
            return path.startswith(f"{os.path.realpath(project)}{os.sep}")
    return False
