"""The runner configuration of a refactoring that only follows a renaming, such as a `conftest.py` that imports what was renamed.

sorted_parts(objects, work, folders) -> Parts      of a refactoring, such files count as tests and not as runner configuration

Else no renaming of a name that `conftest.py` uses could be shown to work: the base's `conftest.py` cannot even be imported beside
the change. What may differ is words alone, and words that Python itself knows may not.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Sequence

import msgspec

from pullwright.attempts.clean_run import Work
from pullwright.attempts.composition import Parts, name_of, text_of
from pullwright.attempts.workloads.renames import Renames, words
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import Difference

FILE = "conftest.py"
_RUNNERS = frozenset({"pytest", "unittest", "pytest_plugins", "collect_ignore", "collect_ignore_glob"})


def sorted_parts(objects: Objects, work: Work, folders: Sequence[str]) -> Parts:
    """`Parts.of` the change, with such files among the tests. Blocking."""
    parts = Parts.of(objects, work.workspace.start_tree, work.tree, folders)
    renames = _plain(Renames.stated("", work)) if work.spec.workload == "refactor" else Renames({}, frozenset())
    moved = [one for one in parts.runner if _follows(objects, one, renames)]
    if not moved:
        return parts
    runner = tuple(one for one in parts.runner if one not in moved)
    return msgspec.structs.replace(parts, tests=tuple(sorted((*parts.tests, *moved))), runner=runner)


def _plain(renames: Renames) -> Renames:
    """The renamings from a name of the project's to another: nothing of Python's, nothing of the runner's."""
    return Renames({old: new for old, new in renames.gone.items() if _own(old) and _own(new)}, renames.kept)


def _own(name: str) -> bool:
    return all(
        part.isidentifier() and not keyword.iskeyword(part) and not hasattr(builtins, part) and part not in _RUNNERS
        for part in name.split(".")
    ) and not name.startswith("pytest_")


def _follows(objects: Objects, one: Difference, renames: Renames) -> bool:
    """Whether a file differs by the renaming alone."""
    if not renames.gone or name_of(one).rpartition("/")[2] != FILE or one.old is None or one.new is None:
        return False
    return words(renames.applied(text_of(objects, one.old))) == words(text_of(objects, one.new))
