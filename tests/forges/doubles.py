"""Where the doubles are that other people wrote (`make forge-doubles`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / ".ci/forges/node_modules"


def modules() -> Path:
    """The node modules; the test is skipped where they are not installed, but on CI."""
    if not MODULES.is_dir():
        if os.environ.get("CI"):
            pytest.fail("run `make forge-doubles`")
        pytest.skip("run `make forge-doubles` first")
    return MODULES
