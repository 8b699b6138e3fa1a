"""What of the person's folder the agent may read and not write, while it works in that folder.

    .git              its folder, or the file that names it; then the folders that it names are shown, too
    submodules        the `.git` in each, all of one that was never fetched: git goes into them on `git status`
    what git runs     the folder of hooks, programs and included files that the configuration names in the tree
    configuration     of agents and editors: some run what is named there as soon as the folder is opened with them
    Pullwright        the Python environment that it runs from, where that is the project's own

Git's own must be there when the sandbox is opened: a folder that is not is made, for else the agent could make it. What
configures agents and editors is protected where it is there. Made anew it cannot be kept from appearing (a mount needs
something to lie on, and a placeholder would be taken for configuration), but Pullwright trusts such a file by its content
only, and `InPlace` tells of it.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.protocol.extensions import OURS
from pullwright.workspace.config import LIMIT, parse_pairs
from pullwright.workspace.credentials import covers
from pullwright.workspace.includes import DEEPEST, global_files, read_global
from pullwright.workspace.mirror import stores
from pullwright.workspace.repository import Repository

CONFIGURES = (
    # agents
    *(OURS, ".agents", ".claude", ".codex", ".cursor", ".gemini", ".opencode", ".qwen", ".roo", ".windsurf"),
    *(".github/agents", ".github/hooks", ".github/skills", ".mcp.json", ".roomodes", "opencode.json", "opencode.jsonc"),
    # editors and shells
    *(".devcontainer", ".idea", ".vscode", ".zed", ".dir-locals.el", ".envrc", ".exrc", ".nvim.lua", ".nvimrc"),
    # managers of hooks
    *(
        ".githooks",
        ".husky",
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
        "lefthook.yml",
        ".lefthook.yml",
        ".overcommit.yml",
    ),
)
"""Files and folders at the root by which some program on the person's machine is told what to run."""

RUNS = re.compile(
    r"alias\..*|.*(?:clean|cmd|command|driver|editor|external|filter|fsmonitor|helper|pager|askpass|process|program|proxy|"
    r"smudge|sshcommand|textconv|hook)"
)
"""Keys of git's configuration whose value is a command."""


class Protection(msgspec.Struct, frozen=True):
    """`paths` below the root are read-only, `shown` are folders outside it that git needs, `made` were not there before.

    `instead` are configuration files with credentials, and copies without. `at` says what lay there, by device and inode: a
    mount goes when the person's editor puts another file in its place. `vital` are those of the paths that git runs or obeys.
    """

    paths: tuple[str, ...]
    shown: tuple[Path, ...]
    instead: tuple[tuple[Path, Path], ...]
    made: tuple[str, ...]
    notices: tuple[str, ...]
    at: tuple[tuple[int, int], ...]
    vital: frozenset[str]

    def uncovered(self, root: Path) -> tuple[str, ...]:
        """What git runs or obeys and is not what was there: its mount is gone where the sandbox is still the one from before."""
        return tuple(
            path for path, at in zip(self.paths, self.at, strict=False) if path in self.vital and _lies(root / path) != at
        )


def protect(repository: Repository, submodules: Iterable[str], folder: Path) -> Protection:
    """What is to be protected now; makes what must be there. Blocking.

    `submodules` are paths; copies go to `folder`. Raises `FixRepository` where something that git runs cannot be protected.
    """
    found = _Found(repository.root)
    try:
        return _protect(repository, submodules, folder, found)
    except BaseException:
        unmake(repository.root, found.made)
        raise


def _protect(repository: Repository, submodules: Iterable[str], folder: Path, found: _Found) -> Protection:
    root = repository.root
    found.must(".git")
    for path in submodules:
        found.must(f"{path}/.git" if os.path.lexists(root / path / ".git") else path, make=True)
    for key, value, name in _configured(repository):
        if key == "core.hookspath":
            found.must(name, make=True)
        elif key == "path" or found.can(name):
            found.must(name)
        else:
            found.notices.append(f"git runs {value!r} of this folder, which the agent can change: {name} is a link.")
    found.paths.update(name for name in CONFIGURES if found.can(name))
    found.paths.update(name for path in global_files() if (name := _inside(root, path.resolve())) and found.can(name))
    found.itself()
    paths = tuple(sorted(found.paths))
    instead = tuple(covers(_configs(repository), folder))
    covered = [*(root / path for path in paths), *(path for path, _ in instead)]
    at = tuple(map(_lies, covered))
    return Protection(paths, _shown(repository), instead, tuple(found.made), tuple(found.notices), at, frozenset(found.vital))


def _lies(path: Path) -> tuple[int, int]:
    """What lies at a path, by device and inode."""
    try:
        status = path.lstat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


class _Found:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths: set[str] = set()
        self.vital: set[str] = set()
        self.made: list[str] = []
        self.notices: list[str] = []

    def can(self, name: str) -> bool:
        """Whether there is something at a path that can be covered: no link on the way, as the agent could replace it."""
        here = self.root
        for part in Path(name).parts:
            here = here / part
            if here.is_symlink() or not here.exists():
                return False
        return True

    def must(self, name: str, *, make: bool = False) -> None:
        """Protect a path that decides what git runs."""
        if name == ".":
            raise FixRepository("git takes this whole folder for hooks", fix="Set core.hooksPath to a folder of its own.")
        if make and not os.path.lexists(self.root / name):
            self._make(name)
        if not self.can(name):
            raise FixRepository(
                f"git reads or runs {name}, which the agent could replace: it is a link or is not there",
                fix="Put the file or folder itself there, or have `git config` name it outside of this folder.",
            )
        self.paths.add(name)
        self.vital.add(name)

    def itself(self) -> None:
        """Protect what Pullwright runs from: what lies there runs as the person, in this very process."""
        environment = _inside(self.root, Path(sys.prefix))
        code = _inside(self.root, Path(__file__).parents[2])
        if environment and environment != "." and self.can(environment):
            self.paths.add(environment)
            self.notices.append(
                f"Pullwright runs from {environment}, which the agent can read and not change: nothing can be installed there. "
                "Install Pullwright apart from the project (`uv tool install pullwright`, `pipx install pullwright`)."
            )
        elif code or environment:
            self.notices.append(
                f"Pullwright itself runs from this folder ({code or environment}): what the agent changes there runs as you, "
                "outside of the sandbox. Install it apart from the project (`uv tool install`, `pipx install`)."
            )

    def _make(self, name: str) -> None:
        missing = [path for path in (Path(name), *Path(name).parents) if not os.path.lexists(self.root / path)]
        for path in reversed(missing):
            (self.root / path).mkdir()
            if os.geteuid() == 0:
                owner = (self.root / path).parent.stat()
                os.chown(self.root / path, owner.st_uid, owner.st_gid)
            self.made.append(str(path))


def unmake(root: Path, made: Iterable[str]) -> None:
    """Remove the folders that `protect` made, where they are still empty."""
    for name in sorted(made, reverse=True):
        try:
            (root / name).rmdir()
        except OSError:
            continue


def _configured(repository: Repository) -> Iterator[tuple[str, str, str]]:
    """What git's configuration names in the tree: key (`path` for an included file), value, path below the root."""
    root = repository.root
    for key, value in [*read_global(repository).items(), *_pairs(repository)]:
        if key == "core.hookspath":
            inside = _inside(root, root / Path(value).expanduser())
            if value and inside and not (root / inside).is_relative_to(root / ".git"):
                yield key, value, inside
        elif key == "path":
            inside = _inside(root, Path(value))
            if inside and not (root / inside).is_relative_to(root / ".git"):
                yield key, value, inside
        elif RUNS.fullmatch(key) and (value.startswith("!") or not key.startswith("alias.")):
            for word in _words(value):
                inside = _inside(root, root / Path(word).expanduser())
                if inside and inside != "." and (root / inside).is_file() and not inside.startswith(".git/"):
                    yield key, value, inside


def _configs(repository: Repository) -> Iterator[Path]:
    """The configuration files of a repository and its submodules, as far as they lie in its git folder."""
    yield repository.common_dir / "config"
    yield repository.git_dir / "config.worktree"
    for depth in range(1, 4):
        yield from sorted(repository.common_dir.glob("/".join(["modules/*"] * depth) + "/config"))


def planted(root: Path, folders: Iterable[bytes], since: float, known: Collection[str]) -> Iterator[str]:
    """Those of the folders below the root that became repositories of their own after `since` (seconds since 1970).

    `known` are the paths of each `.git` that was there.
    """
    top = os.fsencode(root)
    for folder in folders:
        for inside in (b"/.git", b"/HEAD"):
            try:
                status = os.lstat(top + b"/" + folder + inside)
            except OSError:
                continue
            name = folder.decode("utf-8", "backslashreplace")
            is_one = inside == b"/.git" or os.path.lexists(top + b"/" + folder + b"/objects")
            if is_one and status.st_ctime >= since and f"{name}/.git" not in known:
                yield name


def _pairs(repository: Repository) -> Iterator[tuple[str, str]]:
    """The repository's own configuration, with each file that it includes, on whatever condition, as a `path`."""
    waiting = [(path, 0) for path in {repository.common_dir / "config", repository.git_dir / "config.worktree"}]
    while waiting:
        file, depth = waiting.pop()
        for key, value in parse_pairs(_text(file)):
            yield key, value
            if key.endswith(".path") and key.partition(".")[0] in ("include", "includeif") and depth < DEEPEST:
                included = Path(os.path.normpath(file.parent / Path(value).expanduser()))
                yield "path", str(included)
                waiting.append((included, depth + 1))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command.removeprefix("!"))
    except ValueError:
        return command.split()


def _inside(root: Path, path: Path) -> str:
    """A path below the root, empty when it lies elsewhere."""
    plain = Path(os.path.normpath(path))
    for candidate in (plain, Path(os.path.realpath(plain.parent)) / plain.name):
        if candidate.is_relative_to(root):
            return str(candidate.relative_to(root))
    return ""


def _shown(repository: Repository) -> tuple[Path, ...]:
    """Folders of git outside the tree, without which `git status` and `git log` do not work in it."""
    wanted = (repository.git_dir, repository.common_dir, *stores(repository.objects))
    outside = {path for path in wanted if not Path(os.path.realpath(path)).is_relative_to(repository.root)}
    return tuple(sorted(path for path in outside if not any(path != other and path.is_relative_to(other) for other in outside)))
