"""pytest, and once more for what failed: a test is red when it fails twice, the second time with nothing beside it.

    python tests/twice.py ARGUMENTS [-- ARGUMENTS of the first run alone]

The tests use real processes, sockets and clocks on machines that are busy. What failed and then passed is told at the end as
flaky: that is a fault, too, of the test or of what it tests, and is to be looked into. More than `MOST` failures at once, a run
that was interrupted, and tests that cannot be collected are not tried again. Exits as pytest does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

MOST = 5
FAILED = 1
"""pytest's exit code for a run that ended with failures."""
LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")
GROUP = re.compile(r"@[\w-]+$")
"""xdist names a test's group behind its id."""


def main(arguments: Sequence[str]) -> int:
    """Run; the exit code."""
    both, first = list(arguments), list[str]()
    if "--" in both:
        cut = both.index("--")
        both, first = both[:cut], both[cut + 1 :]
    LAST_FAILED.unlink(missing_ok=True)
    code = _pytest([*both, *first])
    failed = _failed() if code == FAILED else []
    if not failed or len(failed) > MOST or any("::" not in name for name in failed):
        return code
    print(f"\n{len(failed)} failed; once more, with nothing beside:", flush=True)
    code = _pytest([*both, *failed])
    if code == 0:
        print("\n".join(["", "FLAKY: failed once, and passed alone. Look into it:", *failed]), flush=True)
    return code


def _pytest(arguments: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def _failed() -> list[str]:
    try:
        return sorted({GROUP.sub("", name) for name in json.loads(LAST_FAILED.read_bytes())})
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
