"""The Open Responses suite of llm-comply passes whole: nothing failed, nothing skipped, nothing warned of."""

from __future__ import annotations

import json
import subprocess
import sys

from api.world import ApiWorld


def test_open_responses(api: ApiWorld, model: str) -> None:
    words = [sys.executable, "-m", "llm_comply.cli", "-u", api.url, "-k", api.key, "-m", model, "--json", "--verbose"]
    ran = subprocess.run(words, env=api.environment(), capture_output=True, text=True, timeout=100)
    told = json.loads(ran.stdout)
    bad = [result for result in told["results"] if result["status"] != "passed" or result.get("errors") or result.get("warnings")]
    assert not bad
    assert told["summary"]["passed"] == told["summary"]["total"] >= 13
    assert ran.returncode == 0
