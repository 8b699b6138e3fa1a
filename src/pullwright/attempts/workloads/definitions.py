"""Names that a change takes away without saying so: defined in the changed files before, and no more.

gone(before, after)      the names, of functions, classes and types, in any language that says `def`, `class`, `func`…
is_defined(git, …)       whether the tree still defines such a name somewhere
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pullwright.workspace.git import Git

MOST = 100
_KINDS = "def|class|function|fn|func|interface|struct|enum|trait|type"
_DEFINED = re.compile(
    rf"^[ \t]*(?:export\s+)?(?:default\s+)?(?:pub(?:\([\w:]+\))?\s+)?(?:async\s+)?(?:{_KINDS})\s+([A-Za-z_$][\w$]{{2,}})",
    re.MULTILINE,
)


def gone(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """At most MOST names that texts of before define and those of after do not; sorted."""
    names = {name for text in before for name in _DEFINED.findall(text)}
    left = {name for text in after for name in _DEFINED.findall(text)}
    return sorted(name for name in names - left if not name.startswith("__"))[:MOST]


def is_defined(git: Git, tree: str, name: str) -> bool:
    """Whether the tree defines the name in any file (blocking)."""
    pattern = rf"(^|[^A-Za-z0-9_])({_KINDS})[[:space:]]+{re.escape(name)}([^A-Za-z0-9_]|$)"
    return bool(git.call("grep", "-l", "-I", "-E", "-e", pattern, tree, codes=(0, 1)))
