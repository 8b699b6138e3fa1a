"""JSON as editors keep it: with `//` and `/* */` comments and commas before a closing bracket."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])', re.DOTALL)


def parse_jsonc(text: str) -> Any:
    """The value. Raises `ValueError` with line and column."""
    import json

    try:
        return json.loads(_TOKEN.sub(lambda match: _blank(match[0]), text.removeprefix("\ufeff")))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _blank(token: str) -> str:
    """A string as it is; comments and commas too many as blanks, so that lines and columns stay."""
    return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)
