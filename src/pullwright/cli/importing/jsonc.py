"""JSON as editors keep it: with `//` and `/* */` comments and commas before a closing bracket."""

from __future__ import annotations

import re
from typing import Any

# Each alternative goes on to the end of what it began, closed or not, so that no text is looked at twice.
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"?|,(?=\s*[}\]])', re.DOTALL)


def parse_jsonc(text: str) -> Any:
    """The value. Raises `ValueError` with line and column."""
    import json

    bare = _COMMENT.sub(_blanked, text.removeprefix("\ufeff"))
    try:
        return json.loads(_COMMA.sub(_blanked, bare))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _blanked(token: re.Match[str]) -> str:
    """A string as it is; comments and commas too many as blanks, so that lines and columns stay."""
    return token[0] if token[0].startswith('"') else re.sub(r"[^\n]", " ", token[0])
