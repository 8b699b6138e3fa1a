"""The sample repository, written to a folder and committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from pullwright.protocol.errors import FixMachine

SAMPLE = Path(__file__).with_name("sample")
PROMPT = "One test of this library is red. Find the cause and fix it, with a test of its own for the edge that was wrong."

_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")
_GIT = ("git", "-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "-c", "init.defaultBranch=main")


def make_sample(folder: Path, source: Path = SAMPLE) -> Path:
    """Write the sample from `source` to `folder`, commit it, return the repository's root. Raises `FixMachine` without git."""
    shutil.copytree(source, folder, ignore=_IGNORED)
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "Add up baskets")):
        try:
            subprocess.run((*_GIT, *words), cwd=folder, env=env, check=True, capture_output=True)
        except FileNotFoundError:
            raise FixMachine("git is not installed", fix="install git 2.30 or newer") from None
        except subprocess.CalledProcessError as error:
            raise FixMachine(f"git {words[0]} failed: {error.stderr.decode(errors='replace').strip()}") from None
    return folder
