"""The text of a free-form call, read while it comes as a function's arguments: `{"input":"…`."""

from __future__ import annotations

import json
import re

_HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
_LONGEST_HEAD = 200
# Whole characters and escapes; the first half of a pair waits for the second.
_WHOLE = re.compile(
    r'(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+'
)
_LONGEST_ESCAPE = 12


class FreeText:
    """Reads one call. Arguments that do not begin as promised say nothing: the text is known at their end (see `free_text`)."""

    def __init__(self) -> None:
        self._rest = ""
        self._inside = False
        self._over = False

    def feed(self, piece: str) -> str:
        """The text that `piece` adds."""
        if self._over:
            return ""
        self._rest += piece
        if not self._inside:
            head = _HEAD.match(self._rest)
            if head is None:
                self._over = len(self._rest) > _LONGEST_HEAD
                return ""
            self._inside, self._rest = True, self._rest[head.end() :]
        return self._text()

    def _text(self) -> str:
        whole = _WHOLE.match(self._rest)
        ready = whole[0] if whole else ""
        rest = self._rest[len(ready) :]
        # A quote ends the text; what no JSON knows ends it too, and the end of the call has the last word.
        self._over = rest[:1] == '"' or len(rest) >= _LONGEST_ESCAPE
        self._rest = rest
        return json.loads(f'"{ready}"', strict=False) if ready else ""
