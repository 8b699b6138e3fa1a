"""The tests of a file that is no Python, told apart as far as lines allow: a region begins where a test does.

    read_regions(path, text) -> {test's name: its text}      "" is what stands around them; None for another language

Go and Rust by their functions, JavaScript and TypeScript by calls of `it` and `test`. A name is the runner's own, without
suites. Nothing is parsed: what looks like a test inside a string is one.
"""

from __future__ import annotations

import re

_FUNCTIONS = r"^[ \t]*(?P<marks>(?:#\[[^\n]*\][ \t]*\n[ \t]*)*)(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?fn\s+(?P<name>\w+)"
_CALLS = (
    r"\b(?P<word>x?(?:it|test|describe|context|suite)|f(?:it|describe))(?:\.\w+)*\s*\("
    r"\s*(?P<q>[\"'`])(?P<name>(?:\\.|(?!(?P=q)).)*)"
)
_LANGUAGES = (
    (re.compile(r"\.go$"), re.compile(r"^func\s+(?:\([^)\n]*\)\s*)?(?P<name>\w+)", re.MULTILINE)),
    (re.compile(r"\.rs$"), re.compile(_FUNCTIONS, re.MULTILINE)),
    (re.compile(r"\.[cm]?[jt]sx?$"), re.compile(_CALLS)),
)


def read_regions(path: str, text: str) -> dict[str, str] | None:
    """The regions of a file's text. What is named twice has both."""
    starts = next((pattern for suffix, pattern in _LANGUAGES if suffix.search(path)), None)
    if starts is None:
        return None
    found = {"": ""}
    name, at = "", 0
    for match in starts.finditer(text):
        found[name] = found.get(name, "") + text[at : match.start()]
        name, at = _test_name(path, match), match.start()
    found[name] = found.get(name, "") + text[at:]
    return found


def _test_name(path: str, match: re.Match[str]) -> str:
    """The test's name; "" for what is none."""
    name = match["name"]
    if path.endswith(".go"):
        return name if re.match(r"(Test|Fuzz|Example)", name) and name != "TestMain" else ""
    if path.endswith(".rs"):
        return name if re.search(r"\btest\b|rstest|test_case", match["marks"]) else ""
    return "" if re.search(r"describe|context|suite", match["word"]) else name.replace("::", ":")
