"""The JavaScript SDK does the same list as the Python tests, in tests/api/javascript/clients.mjs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from api.programs import NODE, sdks
from api.world import ApiWorld

SCRIPT = Path(__file__).parents[2] / "api/javascript/clients.mjs"


def test_the_javascript_sdk(api: ApiWorld, model: str) -> None:
    environment = {**api.environment(model), "SDKS": str(sdks()), "OTHER_KEYS": json.dumps({"review": api.world.keys["review"]})}
    words = [str(NODE), "--test", "--test-reporter=tap", str(SCRIPT)]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "# skipped 0" in ran.stdout
