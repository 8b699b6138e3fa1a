"""What a project asks for and what its lock file says, by the files of one tree.

    Manifests.of(texts)            the dependencies of each manifest, and the versions of each lock file
    raised(before, after)          what changed between two trees: name, before, after, file
    inconsistent(manifests)        what a manifest asks for and its lock file does not have

Read are requirements*.txt and constraints, pyproject.toml (PEP 621, Poetry), poetry.lock, uv.lock, package.json and
package-lock.json, Cargo.toml and Cargo.lock, go.mod.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Self, cast

import msgspec

NAMES = re.compile(
    r"(?:.*/)?((?:requirements|constraints)[\w.-]*\.(?:txt|in|lock)|pyproject\.toml|poetry\.lock|uv\.lock|package\.json"
    r"|package-lock\.json|Cargo\.(?:toml|lock)|go\.mod)"
)
"""Paths that are read here."""
LOCKS: Mapping[str, str] = {
    "poetry.lock": "pyproject.toml",
    "uv.lock": "pyproject.toml",
    "package-lock.json": "package.json",
    "Cargo.lock": "Cargo.toml",
}
_PIN = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*((?:===?|~=|!=|>=|<=|>|<)[^;#\\]*)?", re.MULTILINE)

Table = dict[str, Any]


class Manifests(msgspec.Struct, frozen=True):
    """For each file the names in it with what stands beside them: a version in a lock file, a constraint in a manifest."""

    files: dict[str, dict[str, str]]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Self:
        """Those of some files, by path; one that cannot be read has nothing."""
        return cls({path: _names(PurePosixPath(path).name, text) for path, text in texts.items()})


class Raised(msgspec.Struct, frozen=True):
    """A dependency whose version or constraint is another one; empty where it was or is none."""

    name: str
    before: str
    after: str
    file: str

    def __str__(self) -> str:
        return f"{self.name} {self.before or '(none)'} -> {self.after or '(none)'} in {self.file}"


def raised(before: Manifests, after: Manifests) -> list[Raised]:
    """What differs, by file and name."""
    found: list[Raised] = []
    for path in sorted(before.files.keys() | after.files.keys()):
        old, new = before.files.get(path, {}), after.files.get(path, {})
        found += [
            Raised(name, old.get(name, ""), new.get(name, ""), path)
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        ]
    return found


def inconsistent(manifests: Manifests) -> tuple[list[str], int]:
    """What does not fit, and how many pairs of manifest and lock file were compared."""
    wrong: list[str] = []
    pairs = 0
    for path, locked in manifests.files.items():
        pure = PurePosixPath(path)
        source = LOCKS.get(pure.name) or (f"{pure.stem}.in" if pure.suffix in (".txt", ".lock") else "")
        manifest = manifests.files.get(str(pure.with_name(source)) if source else "")
        if manifest is None:
            continue
        pairs += 1
        wrong += [said for name, asked in manifest.items() if (said := _misfit(name, asked, locked, path))]
    return wrong, pairs


def _misfit(name: str, asked: str, locked: Mapping[str, str], path: str) -> str:
    have = locked.get(name)
    if have is None:
        return f"{name} is asked for and not in {path}"
    return "" if fits(have, asked) else f"{name} {asked} is asked for, {path} has {have}"


def fits(version: str, constraint: str) -> bool:
    """Whether a locked version satisfies a constraint, as far as plain numbers tell; True where they do not."""
    have = _numbers(version)
    for part in constraint.split(","):
        found = re.fullmatch(r"\s*(===?|>=|<=|>|<|~=|\^|~)?\s*v?(\d[\d.]*)\s*", part)
        if not found or not have:
            continue
        mark, want = found[1] or "", _numbers(found[2])
        same = have[: len(want)] == want
        if mark in ("^", "~") or (mark == "" and "^" in constraint):
            most = 1 if mark == "^" and want[0] else 2
            wrong = have < want or have[:most] != want[:most]
        else:
            wrong = {
                "==": have != want and not same, "===": have != want, ">=": have < want, "<=": have > want and not same,
                ">": have <= want, "<": have >= want, "~=": have < want or have[: len(want) - 1] != want[:-1],
            }.get(mark, False)  # fmt: skip
        if wrong:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, found[1].split("."))) if found else ()


def _names(file: str, text: str) -> dict[str, str]:
    try:
        if file.endswith((".txt", ".in")) or (file.endswith(".lock") and file.startswith(("requirements", "constraints"))):
            return dict(
                _requirement(line) for line in text.splitlines() if _PIN.match(line) and not line.lstrip().startswith("-")
            )
        if file == "go.mod":
            return dict(re.findall(r"(?m)^(?:require)?\s*([\w./~-]+\.[\w./~-]+)\s+(v[\w.+-]+)", text))
        table: Table = msgspec.json.decode(text) if file.endswith(".json") else tomllib.loads(text)
        return _READERS[file](table)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, msgspec.DecodeError):
        return {}


def _requirement(line: str) -> tuple[str, str]:
    found = _PIN.match(line)
    assert found
    constraint = "".join((found[2] or "").split())
    return _python_name(found[1]), constraint.removeprefix("==") if constraint.startswith(
        "=="
    ) and "," not in constraint else constraint


def _python_name(name: str) -> str:
    """PEP 503's normalised name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pyproject(table: Table) -> dict[str, str]:
    project, poetry = table.get("project", {}), table.get("tool", {}).get("poetry", {})
    extra: Iterable[list[str]] = project.get("optional-dependencies", {}).values()
    lines = [*project.get("dependencies", []), *(line for one in extra for line in one)]
    groups = [poetry, *poetry.get("group", {}).values()]
    own = {_python_name(name): _version(value) for one in groups for name, value in one.get("dependencies", {}).items()}
    return {name: value for name, value in own.items() if name != "python"} | dict(map(_requirement, lines))


def _version(value: object) -> str:
    return str(cast(Table, value).get("version", "")) if isinstance(value, dict) else str(value)


def _packages(table: Table) -> dict[str, str]:
    return {str(one["name"]): str(one.get("version", "")) for one in table.get("package", [])}


def _python_packages(table: Table) -> dict[str, str]:
    return {_python_name(name): version for name, version in _packages(table).items()}


def _package_json(table: Table) -> dict[str, str]:
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    return {str(name): str(value) for kind in kinds for name, value in table.get(kind, {}).items()}


def _package_lock(table: Table) -> dict[str, str]:
    mark = "node_modules/"
    found: dict[str, str] = {}
    for path, one in table.get("packages", {}).items():
        if path.startswith(mark) and path.count(mark) == 1:
            found[path.removeprefix(mark)] = str(one.get("version", ""))
    return found


def _cargo(table: Table) -> dict[str, str]:
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    return {name: _caret(_version(value)) for kind in kinds for name, value in table.get(kind, {}).items()}


def _caret(version: str) -> str:
    """Cargo's plain `1.2` means `^1.2`."""
    return f"^{version}" if version[:1].isdigit() else version


_READERS: Mapping[str, Callable[[Table], dict[str, str]]] = {
    "pyproject.toml": _pyproject,
    "poetry.lock": _python_packages,
    "uv.lock": _python_packages,
    "package.json": _package_json,
    "package-lock.json": _package_lock,
    "Cargo.toml": _cargo,
    "Cargo.lock": _packages,
}
