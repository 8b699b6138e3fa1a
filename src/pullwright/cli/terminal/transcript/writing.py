"""A call that the model writes just now: what it will be, and how much of it there is."""

from __future__ import annotations

import re

from pullwright.protocol.live import CallDelta

_PATH = re.compile(r'"path"\s*:\s*"([^"\\]{1,200})"')
_HEAD = 1_000
"""Characters of the arguments in which a path is looked for."""
_WHAT = {"exec": "a command", "apply_patch": "a patch", "plan": "the plan", "ask_user": "a question"}


class Writing:
    """What is known of the call while its arguments stream in."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._head = ""
        self._size = self._lines = 0

    def take(self, frame: CallDelta) -> None:
        """One more piece of the arguments: newlines stand in them as they are, or escaped."""
        self._head += frame.text[: _HEAD - len(self._head)]
        self._size = frame.offset + len(frame.text)
        self._lines += frame.text.count("\\n") + frame.text.count("\n")

    @property
    def words(self) -> str:
        """`writing src/app.py: 27 lines`."""
        path = _PATH.search(self._head) if self._name in ("edit", "write") else None
        what = path[1] if path else _WHAT.get(self._name, f"a call of {self._name}")
        return f"writing {what}: " + (f"{self._lines:,} lines" if self._lines > 1 else f"{self._size:,} characters")
