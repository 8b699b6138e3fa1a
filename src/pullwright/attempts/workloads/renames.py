"""What was renamed or removed, as the person asked for it and as the agent states it.

    Renames.of(asked, message)      names that are to be gone, what took their place, and those that stay on purpose
    words(text)                     a text as it is compared: without wrapping, imports in any order

Lines `Renamed: old -> new`, `Removed: old`, `Kept: old (why)` of the agent's last message (the template asks for them), and
sentences such as "rename Foo to Bar" or "`Foo` -> `Bar`" of the prompt.
"""

from __future__ import annotations

import re
from typing import Self

import msgspec

from pullwright.attempts.clean_run import Work

_NAME = r"`?([A-Za-z_$][\w$./:-]*)`?"
_ARROW = r"\s*(?:->|→|=>)\s*"
_RENAMED = re.compile(rf"(?im)^\W*renamed:\s*{_NAME}{_ARROW}{_NAME}")
_REMOVED = re.compile(rf"(?im)^\W*removed:\s*{_NAME}")
_KEPT = re.compile(rf"(?im)^\W*kept:\s*{_NAME}")
_ASKED = re.compile(rf"(?i)\brename\s+(?:the\s+)?(?:\w+\s+)?{_NAME}\s+(?:to|into|as)\s+{_NAME}")
_IMPORT = re.compile(r"\s*(import|from|use|const .*require)\b")
_DRAWN = re.compile(rf"`([A-Za-z_$][\w$./:-]*)`{_ARROW}`([A-Za-z_$][\w$./:-]*)`")


class Renames(msgspec.Struct, frozen=True):
    """`gone` maps each old name to the new one (empty: removed); `kept` stay on purpose."""

    gone: dict[str, str]
    kept: frozenset[str]

    @classmethod
    def stated(cls, asked: str, work: Work) -> Self:
        """Those of a change: what earlier turns of the session stated holds until a later one says otherwise."""
        return cls.of(asked, "\n".join((*work.told, work.message)))

    @classmethod
    def of(cls, asked: str, message: str) -> Self:
        """The names in the words of person and agent. A new name that holds the old one (`add` -> `math.add`) hides nothing."""
        gone: dict[str, str] = {}
        for old, new in (*_ASKED.findall(asked), *_DRAWN.findall(asked), *_RENAMED.findall(message)):
            gone.pop(_clean(new), None)  # a later turn brought it back
            gone[_clean(old)] = _clean(new)
        gone |= {_clean(old): "" for old in _REMOVED.findall(message)}
        return cls({old: new for old, new in gone.items() if old and old != new}, frozenset(map(_clean, _KEPT.findall(message))))

    def applied(self, text: str) -> str:
        """A text with each old name in the new one's place, word by word."""
        for old, new in self.gone.items():
            text = re.sub(rf"(?<![\w$]){re.escape(old)}(?![\w$])", lambda _, new=new: new, text)
        return text


def _clean(name: str) -> str:
    return name.strip("`").rstrip(".:-/")


def words(text: str) -> tuple[str, ...]:
    """A text by its words, so that wrapping does not count, nor the order of imports."""
    lines = text.splitlines()
    imports = sorted(" ".join(line.split()) for line in lines if _IMPORT.match(line))
    rest = "\n".join(line for line in lines if not _IMPORT.match(line))
    return (*imports, *re.findall(r"\w+|[^\w\s(),]", rest))
