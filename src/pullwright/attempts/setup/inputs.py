"""The files of a commit that set-up reads: they decide whether a layer is another one, and whether secrets may be given.

    locks(…)     lock files and what the person named: part of a layer's key
    inputs(…)    those, manifests, the configuration of package managers, and code that the script runs from the repository:
                 the files that it, a manifest's scripts, or such a file names, as far as that can be read without running it

Folders are not followed as a whole, and neither is what an unchanged manifest makes a build import; see docs/environments.md.
Blocking. Kept in the cache for each tree.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from pullwright.workspace.git import Git
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.objects import Objects

Files = dict[str, str]
"""Paths, each with its mode and object name."""

MOST_FOLLOWED = 2_000
LARGEST = 256 << 10

_LOCKS = re.compile(
    r"""(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock
    |.*requirements.*\.(txt|in)|constraints.*\.txt|poetry\.lock|Pipfile\.lock|uv\.lock|pdm\.lock|pylock.*\.toml|conda-lock\.ya?ml
    |environment\.ya?ml|Cargo\.lock|go\.(sum|mod|work|work\.sum)|Gemfile\.lock|composer\.lock|gradle\.lockfile|packages\.lock\.json
    |mix\.lock|pubspec\.lock|Package\.resolved|flake\.lock|Podfile\.lock|rebar\.lock|stack\.yaml\.lock|renv\.lock|Manifest\.toml)$""",
    re.VERBOSE,
)
_MANIFESTS = re.compile(
    r"""(package\.json|pyproject\.toml|setup\.(py|cfg)|Pipfile|tox\.ini|noxfile\.py|Cargo\.toml|build\.rs|Gemfile|.*\.gemspec|composer\.json
    |pom\.xml|(build|settings)\.gradle(\.kts)?|gradle\.properties|gradlew|mvnw|(GNUm|m|M)akefile|.*\.mk|CMakeLists\.txt|meson\.build
    |configure(\.ac)?|\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|pnpm-workspace\.yaml|pip\.conf|\.gitmodules|\.tool-versions
    |\.(python|node|ruby|java)-version|\.nvmrc|rust-toolchain(\.toml)?|global\.json|.*\.(cs|fs|vb)proj|.*\.sln|Directory\..*\.(props|targets)
    |[Rr]akefile|[Jj]ustfile|Taskfile\.ya?ml|mix\.exs|pubspec\.yaml|Package\.swift|stack\.yaml|.*\.cabal)$""",
    re.VERBOSE,
)
_FOLDERS = (".yarn/releases/", ".yarn/plugins/", ".mvn/", "gradle/wrapper/", ".husky/", ".cargo/", "patches/", "buildSrc/")
_CODE = re.compile(r".*\.(py|[cm]?[jt]s|sh|bash|zsh|rb|pl|php|mk|cmake|gradle|kts|toml|cfg|ini|json|ya?ml)$|[^.]*$")
_WORD = re.compile(r"[\w@.+-]*(?:/[\w@.+-]+)+|[\w@+-]+\.\w+|[\w-]+")
_IMPORT = re.compile(r"(?m)^\s*(?:from\s+(\.*[\w.]*)\s+import|import\s+([\w., ]+))")
_REQUIRE = re.compile(r"""(?:require\(|from |import )\s*['"](\.{1,2}/[^'"]+)['"]""")
_BACKEND = re.compile(r"""(?m)^\s*(?:build-backend|attr)\s*=\s*["']([\w.:]+)["']|["']?attr["']?\s*[=:]\s*["']?([\w.]+)""")


class _Scripts(msgspec.Struct):
    scripts: dict[str, str] = {}


class Inputs:
    """The set-up inputs of commits in a mirror, for one script and one list of `files` (paths or patterns)."""

    def __init__(self, mirror: Mirror, cache: Path, script: str, files: Sequence[str] = ()) -> None:
        self._mirror = mirror
        self._folder = cache / "setups/inputs"
        self._script = script
        self._files = tuple(files)

    def locks(self, tree: str) -> Files:
        """Lock files of a tree, and what `files` names."""
        return self._kept("locks", tree, lambda: _Tree(self._mirror, tree).locks(self._files))

    def all(self, tree: str) -> Files:
        """Everything of a tree that set-up reads."""
        return self._kept("all", tree, lambda: _Tree(self._mirror, tree).followed(self._script, self._files))

    def changed(self, tree: str, trusted: str) -> tuple[str, ...]:
        """The inputs of a tree that are not those of the trusted one, sorted."""
        if tree == trusted:
            return ()
        ours, theirs = self.all(tree), self.all(trusted)
        return tuple(sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)))

    def _kept(self, kind: str, tree: str, find: Callable[[], Files]) -> Files:
        named = hashlib.sha256(repr((1, kind, tree, self._script, self._files)).encode("utf-8", "surrogateescape")).hexdigest()
        path = self._folder / named[:40]
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=Files)
        except (OSError, msgspec.DecodeError):
            found = find()
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")  # several may find the same at once
        draft.write_bytes(msgspec.msgpack.encode(found))
        draft.rename(path)
        return found


class _Tree:
    """One tree's paths, read once."""

    def __init__(self, mirror: Mirror, tree: str) -> None:
        git = Git.own(mirror.folder)
        self.every: Files = {}
        for line in git.call("ls-tree", "-r", "-z", "--full-tree", tree).decode("utf-8", "backslashreplace").split("\0"):
            head, _, path = line.partition("\t")
            if path:
                mode, _, oid = head.split(" ")
                self.every[path] = f"{mode} {oid}"
        self._objects = Objects(mirror.objects, git)

    def locks(self, files: Sequence[str]) -> Files:
        """Lock files and named ones."""
        return {path: what for path, what in self.every.items() if _is_lock(path) or _is_named(path, files)}

    def followed(self, script: str, files: Sequence[str]) -> Files:
        """What is read and run, beginning with the script."""
        found = self.locks(files)
        waiting = [path for path in self.every if _is_manifest(path)]
        waiting += self._named_in("", script)
        try:
            while waiting and len(found) < MOST_FOLLOWED:
                path = waiting.pop()
                if path not in found:
                    found[path] = self.every[path]
                    waiting += self._named_in(path, self._text(path))
        finally:
            self._objects.close()
        return found

    def _text(self, path: str) -> str:
        mode, oid = self.every[path].split(" ")
        if not mode.startswith("100") or _is_lock(path):
            return ""
        data = self._objects.read_blob(oid)
        return data.decode("utf-8", "replace") if len(data) <= LARGEST and b"\0" not in data[:8000] else ""

    def _named_in(self, path: str, text: str) -> Iterable[str]:
        """The files that a text names, as it would be run from the root or its own folder."""
        name, folder = posixpath.basename(path), posixpath.dirname(path)
        if name == "package.json":
            try:
                text = "\n".join(msgspec.json.decode(text, type=_Scripts).scripts.values())
            except (msgspec.DecodeError, RecursionError):
                text = ""
        wanted = [word for word in _WORD.findall(text) if len(word) < 200]
        found = {place for word in wanted for place in (_join("", word), _join(folder, word)) if self._is_code(place)}
        modules = [first or second for first, second in _BACKEND.findall(text)] if name in ("pyproject.toml", "setup.cfg") else []
        if path.endswith(".py"):
            modules += [part.strip() for one, many in _IMPORT.findall(text) for part in (one, *many.split(","))]
        found.update(place for module in modules if module for place in self._modules(folder, module))
        if re.search(r"\.[cm]?[jt]s$", path):
            found.update(place for word in _REQUIRE.findall(text) for place in self._required(folder, word))
        return found - {path}

    def _is_code(self, path: str) -> bool:
        what = self.every.get(path, "")
        return bool(what) and (what.startswith("100755") or bool(_CODE.fullmatch(posixpath.basename(path))))

    def _modules(self, folder: str, module: str) -> Iterable[str]:
        dots = len(module) - len(module.lstrip("."))
        parts = module.replace(":", ".").strip(".").split(".")
        above = posixpath.normpath(posixpath.join(folder or ".", *[".."] * max(0, dots - 1)))
        roots = (above,) if dots else (folder, "", "src", "python", "lib")
        for count in range(1, len(parts) + 1):
            stem = "/".join(parts[:count])
            for root in roots:
                places = (_join(root, f"{stem}.py"), _join(root, f"{stem}/__init__.py"))
                yield from (place for place in places if place in self.every)

    def _required(self, folder: str, word: str) -> Iterable[str]:
        ends = ("", ".js", ".cjs", ".mjs", ".ts", ".json", "/index.js")
        return [place for end in ends if (place := _join(folder, word + end)) in self.every]


def _join(folder: str, word: str) -> str:
    return posixpath.normpath(posixpath.join(folder, word.lstrip("/")))


def is_read_by_setup(path: str) -> bool:
    """Whether set-up reads a file of that path, as its name tells: a lock file, a manifest, a package manager's settings."""
    return _is_lock(path) or _is_manifest(path)


def _is_lock(path: str) -> bool:
    return bool(_LOCKS.fullmatch(posixpath.basename(path))) and "node_modules/" not in path


def _is_named(path: str, files: Sequence[str]) -> bool:
    return any(path == name or path.startswith(f"{name.rstrip('/')}/") or fnmatchcase(path, name) for name in files)


def _is_manifest(path: str) -> bool:
    if "node_modules/" in path:
        return False
    return bool(_MANIFESTS.fullmatch(posixpath.basename(path))) or any(f"/{folder}" in f"/{path}" for folder in _FOLDERS)
