"""What is run: the tree of each clean run, and what in the change is flagged before anything ran. Blocking.

plan(work, folders) -> Plan      `folders` are the test folders that the base's configuration names
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.attempts.asserts import changed_tests
from pullwright.attempts.clean_run import Work
from pullwright.attempts.composition import Parts, compose, entries, name_of
from pullwright.attempts.flags import flags, inline
from pullwright.attempts.inline import swapped
from pullwright.attempts.tells import tells
from pullwright.attempts.testing import is_test_file
from pullwright.attempts.verdict import RunName
from pullwright.attempts.workloads.following import sorted_parts
from pullwright.workspace.git import Git
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import Difference

MOST_NAMES = 100
"""Of more tests than these, their files are run again."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How the four trees are composed: the paths that count as tests, as runner configuration, and those whose tests are taken
    out of their source (`inline`); and each run's tree."""

    tests: tuple[str, ...]
    runner: tuple[str, ...]
    inline: tuple[str, ...] = ()
    trees: dict[str, str]


class Plan(msgspec.Struct, frozen=True):
    """The tree of each run, what in the change is flagged, and the changed tests (empty: they cannot be told apart)."""

    trees: dict[RunName, str]
    flags: tuple[str, ...]
    weakened: dict[str, str]
    inline: dict[str, str]
    evades: str
    runner_edited: bool
    changed: tuple[str, ...]
    recipe: Recipe


def plan(work: Work, folders: Sequence[str]) -> Plan:
    """Compose the four trees, as objects beside the workspace's own, which are loose here (`summary` made them so)."""
    workspace = work.workspace
    objects = Objects(workspace.folder / "objects", Git.own(workspace.folder / "git", objects=workspace.folder / "objects"))
    try:
        parts = sorted_parts(objects, work, folders)
        found, weakened = flags(objects, parts)
        among, weakened_among = inline(objects, parts)
        swaps = swapped(objects, parts)
        apart = {name: reason for name, reason in weakened_among.items() if name.partition("::")[0].encode() in swaps.new_tests}
        noticed = tells(objects, parts)
        base, runner = workspace.start_tree, entries("old", parts.runner)
        trees: dict[RunName, str] = {
            "base": base,
            "base+new-tests": compose(objects, base, {**entries("new", parts.tests), **swaps.new_tests}),
            "change+base-tests": compose(objects, work.tree, {**runner, **entries("old", parts.tests), **swaps.old_tests}),
            "change": compose(objects, work.tree, runner),
        }
        objects.settle()
        changed = _changed(objects, parts)
    finally:
        objects.close()
    return Plan(
        trees=trees,
        flags=(*found, *among, *noticed.sentences),
        weakened={**weakened, **apart},
        inline={name: reason for name, reason in weakened_among.items() if name not in apart},
        evades=noticed.worst,
        runner_edited=bool(parts.runner),
        changed=changed,
        recipe=Recipe(
            tests=_names(parts.tests),
            runner=_names(parts.runner),
            inline=tuple(sorted(path.decode("utf-8", "replace") for path in swaps.new_tests)),
            trees={**trees},
        ),
    )


def _changed(objects: Objects, parts: Parts) -> tuple[str, ...]:
    """The changed tests, or their files; empty when anything else in the test folders changed too."""
    names: list[str] = []
    for difference in parts.tests:
        path = name_of(difference)
        if not is_test_file(path):
            return ()
        if difference.new is not None:
            tests = changed_tests(objects, difference)
            names += [f"{path}::{test}" for test in tests] if 0 < len(tests) <= MOST_NAMES else [path]
    return tuple(names)


def _names(differences: Sequence[Difference]) -> tuple[str, ...]:
    return tuple(map(name_of, differences))
