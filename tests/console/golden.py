"""Golden screens: what a person should see, kept as text, and compared exactly.

GOLDEN=write pytest tests/e2e/terminal        writes them anew; look at each, and say in the commit why it changed
"""

from __future__ import annotations

import os
import re
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

from .driver import PATIENCE, Terminal
from .semantics import portray

CHANGING = (
    (r"\b(ses|turn|inp|att|call|item|msg|per)_[0-9A-Za-z]{6,}", r"\1_ID"),
    (r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,40}\b", "HASH"),
    (r"[$€]\d+(\.\d+)?", "$N"),
    (r"\b\d[\d,.]*[kM]? (tokens?|cached)\b", r"N \1"),
    (r"\b\d+%", "N%"),
    (r"\b\d+m ?\d+s\b|\b\d+(\.\d+)? ?(ms|s)\b|\b\d+:\d\d(:\d\d)?\b", "TIME"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\bv?\d+\.\d+\.\d+(\.?(dev|rc)\d+)?\b", "VERSION"),
)
"""What differs from run to run: ids, object names, money, tokens, times, ports, our version."""


def normal(portrait: str, *names: tuple[str, str]) -> str:
    """A portrait without what differs from run to run. `names` are further texts to replace (paths)."""
    lines: list[str] = []
    for line in portrait.splitlines():
        changed = line
        for text, name in names:
            changed = changed.replace(text, name)
        for pattern, name in CHANGING:
            changed = re.sub(pattern, name, changed)
        lines.append(re.sub(r" {3,}", "   ", changed) if changed != line else line)
    return "\n".join(lines) + "\n"


def check(terminal: Terminal, file: Path, *names: tuple[str, str]) -> None:
    """The screen is (or becomes, while we wait) what `file` holds. With GOLDEN=write it is written once it has settled."""
    if os.environ.get("GOLDEN") == "write":
        terminal.settle(1.0)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(normal(portray(terminal), *names))
        return
    assert file.exists(), f"there is no {file}; write it with GOLDEN=write, and look at it"
    expected = file.read_text()
    try:
        terminal.wait(lambda it: normal(portray(it), *names) == expected, patience=min(10.0, PATIENCE))
    except AssertionError:
        seen = normal(portray(terminal), *names)
        raise AssertionError(f"{file.name} differs (GOLDEN=write writes it anew):\n{beside(expected, seen)}") from None


def beside(expected: str, seen: str) -> str:
    """Two portraits side by side; lines that differ are marked."""
    left, right = expected.splitlines(), seen.splitlines()
    width = min(max(map(len, left), default=0), 100)
    rows = [f"  {'expected':{width}} │ seen"]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for one, other in zip_longest(left[a:b], right[c:d], fillvalue=""):
            rows.append(f"{' ' if tag == 'equal' else '≠'} {one:{width}} │ {other}")
    return "\n".join(rows)
