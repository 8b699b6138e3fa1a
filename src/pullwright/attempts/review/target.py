"""What is to be reviewed, as a person says it.

Target("auto")                     what is not committed; in a clean tree, the branch against the default branch
Target("uncommitted")              what is not committed, against HEAD
Target("base", ref="main")         from the merge base with `main` to HEAD; with `uncommitted`, and the working tree
Target("commit", ref="3f2a")       one commit, against its first parent
Target("range", ref="A", until="B")    from A to B (`A..B`), or from their merge base to B (`A...B`: `merged`)
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

import msgspec

from pullwright.protocol.errors import FixSettings

Kind = Literal["auto", "uncommitted", "base", "commit", "range"]

_RANGE = re.compile(r"(?P<old>[^\s.][^\s]*?)(?P<dots>\.{2,3})(?P<new>[^\s.][^\s]*)?")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be reviewed. `paths` (files or folders, below the root) limit it; none: all of it."""

    kind: Kind = "auto"
    ref: str = ""
    until: str = ""
    merged: bool = False
    uncommitted: bool = False
    paths: tuple[str, ...] = ()


class Words(msgspec.Struct, frozen=True):
    """Arguments sorted: a range, paths below the project's root, and text that says what to look at."""

    range: str
    paths: tuple[str, ...]
    focus: str


def target_of(
    *, base: str | None = None, uncommitted: bool = False, commit: str | None = None, span: str = "", paths: tuple[str, ...] = ()
) -> Target:
    """The target that flags and a range stand for. Raises `FixSettings` where they contradict each other."""
    said = [name for name, given in (("--base", base), ("--commit", commit), ("a range", span)) if given]
    if len(said) > 1 or (uncommitted and (commit or span)):
        both = " and ".join([*said, *(["--uncommitted"] if uncommitted else [])])
        raise FixSettings(f"{both} say two things to review", fix="give one; only --base and --uncommitted go together")
    if commit:
        return Target(kind="commit", ref=commit, paths=paths)
    if base:
        return Target(kind="base", ref=base, uncommitted=uncommitted, paths=paths)
    if span:
        return parse_range(span, paths)
    return Target(kind="uncommitted" if uncommitted else "auto", uncommitted=uncommitted, paths=paths)


def is_range(text: str) -> bool:
    """Whether a word has the form of a range."""
    return _RANGE.fullmatch(text) is not None


def parse_range(text: str, paths: tuple[str, ...] = ()) -> Target:
    """`A..B`, `A...B`, `A..`. Raises `FixSettings` for anything else."""
    found = _RANGE.fullmatch(text)
    if not found:
        raise FixSettings(f"{text!r} is no range", fix="write A..B, or A...B for what B brings since it left A")
    return Target(kind="range", ref=found["old"], until=found["new"] or "HEAD", merged=found["dots"] == "...", paths=paths)


def sort_words(words: tuple[str, ...], project: Path, here: Path) -> Words:
    """Sort arguments by their form: text with a space is the focus, `A..B` a range, what else there is a path.

    Paths are taken from `here`. Raises `FixSettings` for a path outside of the project and for two ranges.
    """
    focus = [word for word in words if re.search(r"\s", word.strip())]
    others = [word for word in words if word not in focus and word.strip()]
    ranges = [word for word in others if is_range(word) and not (here / word).exists()]
    if len(ranges) > 1:
        raise FixSettings(f"two ranges are given: {' and '.join(ranges)}", fix="review them one after the other")
    paths = tuple(_below(word, project, here) for word in others if word not in ranges)
    return Words("".join(ranges), tuple(path for path in paths if path != "."), "\n".join(focus))


def _below(word: str, project: Path, here: Path) -> str:
    """A path as git names it. What was deleted need not exist; that nothing is there at all shows when the sides are known."""
    whole = os.path.normpath(here.resolve() / word)
    root = str(project.resolve())
    if whole != root and not whole.startswith(root.rstrip("/") + "/"):
        raise FixSettings(f"{word} is outside of {project}", fix="name files or folders of the project")
    return os.path.relpath(whole, root)


def in_words(target: Target) -> str:
    """The target for a reader."""
    match target.kind:
        case "commit":
            text = f"commit {target.ref}"
        case "base":
            text = f"changes since {target.ref}{' and what is not committed' if target.uncommitted else ''}"
        case "range":
            text = f"{target.ref}{'...' if target.merged else '..'}{target.until}"
        case "uncommitted" | "auto":
            text = "what is not committed"
    if not target.paths:
        return text
    more = f" and {len(target.paths) - 3} more" if len(target.paths) > 3 else ""
    return f"{text}, in {', '.join(target.paths[:3])}{more}"
