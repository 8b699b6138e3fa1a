"""The trees of the four clean runs, composed out of git objects: which side each changed path is taken from.

    Parts.of(objects, base, change)      the changed paths, sorted into tests, runner configuration and source
    compose(objects, tree, entries)      `tree` with some paths replaced or removed

                        source      tests       runner configuration
    base                base        base        base
    base+new-tests      base        change      base
    change+base-tests   change      base        base
    change              change      change      base

Runner configuration is the base's in all four: what a change does to it is flagged and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pullwright.attempts.testing import is_runner, is_test, shadows
from pullwright.workspace.objects import FILE, FOLDER, PROGRAM, Entries, Entry, Objects
from pullwright.workspace.trees import Difference, differences

_LARGEST_READ = 1 << 20


class Parts(msgspec.Struct, frozen=True):
    """The paths that a change touches, by what they are to the tests."""

    source: tuple[Difference, ...]
    tests: tuple[Difference, ...]
    runner: tuple[Difference, ...]

    @classmethod
    def of(cls, objects: Objects, base: str, change: str, folders: Sequence[str] = ()) -> Parts:
        """Sort what differs between two trees. `folders` are test folders that the base's configuration names."""
        source: list[Difference] = []
        tests: list[Difference] = []
        runner: list[Difference] = []
        for difference in sorted(differences(objects, base, change)):
            path = name_of(difference)
            if (is_runner(path) and _edits_runner(objects, path, difference)) or (difference.old is None and shadows(path)):
                runner.append(difference)
            elif is_test(path, folders):
                tests.append(difference)
            else:
                source.append(difference)
        return cls(tuple(source), tuple(tests), tuple(runner))


def name_of(difference: Difference) -> str:
    """A path as text, for patterns and readers."""
    return difference.path.decode("utf-8", "replace")


_SECTIONS: Mapping[str, str] = {
    "pyproject.toml": r"^\[tool\.(pytest|coverage|tox|nox|hatch\.envs)\b",
    "setup.cfg": r"^\[(tool:pytest|coverage|tox)",
    "tox.ini": r"^\[(pytest|testenv|tox|coverage)",
    "package.json": r"",
    "Cargo.toml": r"^\[(\[test|\[bench|profile|lib|package)",
}


def _edits_runner(objects: Objects, path: str, difference: Difference) -> bool:
    """True when what an edit changes can reach the test runner: for files with other uses, only those sections count."""
    file = path.rpartition("/")[2]
    old, new = (text_of(objects, entry) for entry in (difference.old, difference.new))
    if file == "package.json":
        return _scripts(old) != _scripts(new)
    if file.lower() in ("makefile", "gnumakefile"):
        return _targets(old) != _targets(new)
    mark = _SECTIONS.get(file)
    return mark is None or _sections(old, mark) != _sections(new, mark)


def text_of(objects: Objects, entry: Entry | None) -> str:
    """A file's text, empty for none; at most 1 MiB of it."""
    if entry is None or entry.mode not in (FILE, PROGRAM):
        return ""
    return objects.read_blob(entry.oid)[:_LARGEST_READ].decode("utf-8", "replace")


def _sections(text: str, mark: str) -> list[str]:
    """The lines of the INI or TOML sections whose header matches `mark`."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = bool(re.match(mark, line))
        if inside and line.strip():
            kept.append(line.rstrip())
    return kept


class _Package(msgspec.Struct):
    scripts: dict[str, str] = {}
    jest: msgspec.Raw = msgspec.Raw()
    mocha: msgspec.Raw = msgspec.Raw()


def _scripts(text: str) -> object:
    """What of a package.json says how tests run; the whole text where it cannot be read."""
    try:
        package = msgspec.json.decode(text or "{}", type=_Package)
    except (msgspec.DecodeError, RecursionError):
        return text
    return package.scripts, bytes(package.jest), bytes(package.mocha)


def _targets(text: str) -> list[str]:
    """A makefile's variables and its targets whose name says test or check."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith(("\t", " ")):
            inside = bool(re.match(r"[^=]*(test|check)[^=]*:|\.?[A-Z_]+\s*[:?+]?=|include|export|override|define", line))
        if inside and line.strip():
            kept.append(line.rstrip())
    return kept


def entries(side: str, differences: Iterable[Difference]) -> dict[bytes, Entry | None]:
    """What is at the changed paths on the `old` or the `new` side; None where there is nothing."""
    return {difference.path: difference.old if side == "old" else difference.new for difference in differences}


def compose(objects: Objects, tree: str, changes: Mapping[bytes, Entry | None]) -> str:
    """The tree `tree` with each path of `changes` replaced, or removed where it maps to None. Writes tree objects only."""
    here: dict[bytes, Entry | None] = {}
    below: dict[bytes, dict[bytes, Entry | None]] = {}
    for path, entry in changes.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(name, {})[rest] = entry
        else:
            here[name] = entry
    found: Entries = dict(objects.read_tree(tree)) if tree else {}
    for name, entry in here.items():
        if entry is not None:
            found[name] = entry
        elif name not in below:
            found.pop(name, None)
    for name, inner in below.items():
        old = found.get(name)
        is_folder = old is not None and old.mode == FOLDER
        if not is_folder and all(entry is None for entry in inner.values()):
            continue
        oid = compose(objects, old.oid if old is not None and is_folder else "", inner)
        if objects.read_tree(oid):
            found[name] = Entry(FOLDER, oid)
        else:
            found.pop(name, None)
    return objects.write_tree(found)
