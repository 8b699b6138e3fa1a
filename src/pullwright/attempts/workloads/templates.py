"""What the agent is told for a kind of task: one fragment before the prompt, so that the system prompt stays the same for all.

    find(name) -> Template          raises FixSettings for a name that is none
    told(name, items)               the fragment, once for a conversation

What each is held to afterwards: `checking.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.agent.context import fragment
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.items import Item


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of task. `instructions` are for the model, `summary` is one line for a person."""

    name: str
    summary: str
    instructions: str


REFACTOR = Template(
    name="refactor",
    summary="plan over the file list, work in batches, leave nothing half-renamed, tests as before",
    instructions="""\
This is a refactoring: behaviour stays as it is.
- First find every file that it touches (search for the names, in code, tests, docs and configuration) and run the tests once.
- Make the list the plan: one step for each batch of at most 20 files, its text the folder and the count ("src/api: 18 files").
  Keep the files' names in $TMPDIR/worklist. Mark a batch done when it is edited and its tests were run.
- A mechanical edit over many files is best made by a small script, then looked at as a diff.
- Change tests no further than the refactoring makes necessary. Do not weaken, skip or delete one.
- At the end search for each old name once more. Where one must stay (a deprecated alias, a changelog), say so.
- End the final message with one line for each name that is gone: `Renamed: old -> new` or `Removed: old`; and
  `Kept: old (why)` for each that stays on purpose.""",
)
BACKFILL = Template(
    name="test-backfill",
    summary="write tests for code that has none: coverage before and after, and proof that the tests can fail",
    instructions="""\
Write tests for code that is not covered yet. Change test files only: a bug that you find is reported, not fixed (mark its test
as an expected failure, with the reason).
- See what is covered now (coverage.py or the runner's own report where there is one), and choose what matters: branches,
  errors, edges, not getters.
- Assert what the code should do by its docs, names and callers, not whatever it happens to return.
- Every test must be able to fail. Afterwards small faults are put into the covered lines and the new tests are run against
  each: one that notices no fault proves nothing.
- Follow the suite's own style, fixtures and file layout. No sleeps, no network, no order between tests.""",
)
UPGRADE = Template(
    name="dependency-upgrade",
    summary="raise a dependency's version: read its changelog, mend what breaks, keep the lock file consistent",
    instructions="""\
This raises the version of a dependency.
- Find the version in use and the one wanted; run the tests before you change anything.
- Read the changelog or migration notes between the two: in the installed package, its docs, or its site where the network
  allows. Read the very file; do not go by memory. If none can be had, say so.
- Change manifest and lock file together, with the project's own tool (pip-compile, poetry, uv, npm, cargo…) where it can run.
- Search for uses of what changed or went away, and mend each. Deprecations that the tests show count too.
- Do not raise anything else, but for what the upgrade itself demands; name each.
- In the final message: versions before and after, what the changelog says that concerns this project, what was mended.""",
)
TRIAGE = Template(
    name="bug-triage",
    summary="reproduce first: a test that is red on the base, then the patch, then green",
    instructions="""\
This is a bug report. Reproduce it before you touch the source:
1. Find the code that it is about, and write the smallest test of the project's suite that shows the bug.
2. Run that test and see it fail for the reason that the report gives. Only then edit the source.
3. Mend the cause. See the test pass, then those around it.
Without a test that fails on the unchanged source the task is not done. If it cannot be reproduced, change no source: say what
you tried, what you saw, and what information is missing. In the final message: how to reproduce, the cause with `path:line`,
the fix, and since which change it is there if the history shows it.""",
)
TEMPLATES: dict[str, Template] = {one.name: one for one in (REFACTOR, BACKFILL, UPGRADE, TRIAGE)}


def find(name: str) -> Template:
    """The template of that name. Raises `FixSettings` for another."""
    if name not in TEMPLATES:
        raise FixSettings(f"there is no template {name!r}", fix=f"choose one of: {', '.join(TEMPLATES)}")
    return TEMPLATES[name]


def told(name: str, items: Sequence[Item]) -> tuple[Item, ...]:
    """What the model is told of the template; nothing where the conversation has it already."""
    if not name:
        return ()
    item = fragment("workload", find(name).instructions)
    return () if item in items else (item,)
