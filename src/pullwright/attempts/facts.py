"""What is known of the environment before the first request: said once, checked and short.

    gather(project, …) -> Facts      a few small reads and one git process; nothing of the project is run
    Facts.text                       the lines that the model gets, below 2.4 kB; the same for the same repository

Not in it: the clock, machine names, what would need a look through all files (git status), anything that is off.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.attempts.detection import detect
from pullwright.attempts.named import absent
from pullwright.attempts.testing import TestCommand, named
from pullwright.attempts.tree import entries, tree
from pullwright.protocol.policy import Access, NetworkPolicy
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.repository import Repository

LONGEST = 2_400
_VERIFIED = (
    "After your final message the whole suite runs on the base and on your change, in clean copies. Run the tests near the "
    "change yourself; the whole suite is that run's job, not yours."
)

_IN_PLACE = (
    "The files are the person's own working tree, edited in place. `.git` is read-only: look, do not commit, stash or switch."
)


class Facts(msgspec.Struct, frozen=True):
    """The repository, how it is tested, and the lines on both for the model."""

    repository: Repository
    command: TestCommand | None
    lines: tuple[str, ...]

    def text(self, more: Sequence[str] = ()) -> str:
        """The facts with `more` lines (on toolchains), cut at 2.4 kB."""
        whole = "\n".join((*self.lines, *more))
        return whole if len(whole) <= LONGEST else whole[: LONGEST - 1].rsplit("\n", 1)[0] + "\n…"


def gather(
    project: Path,
    *,
    at: str = "",
    ref: str | None = None,
    files: Path | None = None,
    test_command: str = "",
    network: NetworkPolicy,
    access: Access,
    path: str | None = None,
    verify: bool = False,
    in_place: bool = False,
    beside: Sequence[Path] = (),
) -> Facts:
    """The facts of the repository that holds `project`. Blocking; raises `FixRepository`.

    `files` is where the base's files lie when the repository has none checked out. `path` is the PATH that commands will
    have, `at` where the workspace lies inside the sandbox; `test_command` is a
    person's, which rules over what is found. `verify` says that the clean runs follow, `in_place` that the files are the
    person's own. `beside` are folders of programs that setup made, as they lie outside.
    """
    repository = Repository.find(project)
    root = files or repository.root
    command = named(test_command) if test_command else detect((root,), root, path)
    lines = [
        f"Working directory: {at or repository.root}",
        _git(repository, ref),
        *([f"Files: {tree(root)}"] if ref is None or files is not None else []),
        f"Tests: {_shown(command)}",
        f"Network: {network_words(network)}",
        "Scratch space: $TMPDIR, private to this session.",
    ]
    if in_place:
        lines.append(_IN_PLACE)
    if access == "read-only":
        lines.append("The workspace is read-only.")
    if verify:
        lines.append(_VERIFIED)
    lines += [f"Missing: submodule {name} is not fetched." for name in unfetched(root)]
    if missing := absent(root, _searched(beside, path)):
        lines.append(f"Named by the project but not installed: {', '.join(missing)}.")
    return Facts(repository, command, tuple(lines + list(repository.notices)))


def _searched(beside: Sequence[Path], path: str | None) -> str | None:
    """The PATH in which programs are looked for."""
    return ":".join((*map(str, beside), os.environ.get("PATH", "") if path is None else path)) if beside else path


def _shown(command: TestCommand | None) -> str:
    if command is None:
        return "no test command was found; look for one before you write your own."
    return f"`{command.shown}` (because of {command.source})"


def network_words(network: NetworkPolicy) -> str:
    """What can be reached, as the environment tells it."""
    if network.off:
        return "off; nothing can be installed or fetched."
    hosts = [rule.host for rule in network.rules] + list(network.presets) + [f"localhost:{port}" for port in network.host_ports]
    return f"only {', '.join(hosts[:12])}{' and more' if len(hosts) > 12 else ''}."


def _git(repository: Repository, ref: str | None) -> str:
    where = f"branch {repository.branch}" if repository.branch else "no branch (detached)"
    if ref is not None:
        return f"Git: from {ref}."
    said = _subject(repository)
    return f"Git: {where} at {repository.head[:10]}{f' {said!r}' if said else ''}."


def _subject(repository: Repository) -> str:
    """The last commit's subject, empty where it cannot be had by asking for refs alone."""
    if not repository.branch:
        return ""
    try:
        out = Git.foreign(repository.git_dir).call(
            "for-each-ref", "--count=1", "--format=%(contents:subject)", f"refs/heads/{repository.branch}"
        )
    except GitFailed:
        return ""
    return "".join(char for char in out.decode("utf-8", "replace").strip() if char.isprintable())[:72]


def unfetched(root: Path) -> list[str]:
    """Submodules whose folder is empty or not there, at most ten."""
    try:
        text = (root / ".gitmodules").read_text("utf-8", "replace")[:100_000]
    except OSError:
        return []
    paths = [path.strip() for path in re.findall(r"(?m)^\s*path\s*=\s*(.+)$", text)]
    inside = [path for path in paths if path.isprintable() and ".." not in path.split("/") and not path.startswith("/")]
    return [path for path in inside[:50] if not entries(root / path)][:10]
