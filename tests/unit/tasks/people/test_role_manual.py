"""The manual's table of roles is the matrix."""

from __future__ import annotations

import re
from pathlib import Path

from pullwright.tasks.people.roles import MATRIX

DOCS = Path(__file__).parents[4] / "docs"


def test_the_manual_says_what_each_action_needs() -> None:
    said: dict[str, tuple[str, str]] = {}
    roles = (DOCS / "administration.md").read_text().partition("## Roles")[2].partition("\n## ")[0]
    for line in roles.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `") and len(cells) == 5:
            said |= {action: (cells[2].split()[0], cells[3]) for action in re.findall(r"`(\w+\.\w+)`", cells[1])}
    assert said == {action: (need.role, need.scope) for action, need in MATRIX.items()}
