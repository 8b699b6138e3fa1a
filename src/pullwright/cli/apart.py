"""Programs and modules that Pullwright itself runs on this machine never come from the project that it works on.

An activated venv, `node_modules/.bin` or direnv puts folders of the project into PATH and PYTHONPATH. Others wrote these, or the
agent did: a `git` there would run as the person, outside of the sandbox, the next time that Pullwright asks git for anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

import pullwright


def keep_apart(project: Path, environ: MutableMapping[str, str] | None = None) -> None:
    """Take what lies in `project` (resolved) out of this process's PATH and module path.

    What the sandbox has on its own PATH is found in the project itself (`sandbox.toolchains`). Where Pullwright runs from
    stays: `workspace.protection` covers that.
    """
    environ = os.environ if environ is None else environ
    if Path.home().resolve().is_relative_to(project):
        return  # everything of the person's lies there; no agent works in it in place
    entries = environ.get("PATH", "").split(os.pathsep)
    environ["PATH"] = os.pathsep.join(entry for entry in entries if entry.startswith("/") and not _inside(entry, project))
    own = (Path(pullwright.__file__).parents[1], Path(sys.prefix))
    sys.path[:] = [
        entry for entry in sys.path if not _inside(entry or ".", project) or any(Path(entry).is_relative_to(one) for one in own)
    ]


def _inside(entry: str, project: Path) -> bool:
    try:
        return Path(entry).is_relative_to(project) or Path(entry).resolve().is_relative_to(project)
    except (OSError, RuntimeError):  # a loop of links
        return True
