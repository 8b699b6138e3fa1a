"""What a replay found, held against what the bundle says: every difference as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pullwright.attempts.bundle.reading import Bundle
from pullwright.attempts.described import Described
from pullwright.attempts.planning import Recipe
from pullwright.protocol.events import VerificationRan, Verified

MOST = 10


def compare(
    bundle: Bundle, verified: Verified, runs: Sequence[VerificationRan], described: Described, recipe: Recipe
) -> tuple[bool, tuple[str, ...]]:
    """Whether the proof is the same (the verdict, and the tests that it rests on), and what differs in all."""
    then = bundle.verified
    deciding = (*_verdict(then, verified), *_tests(then, verified))
    around = (*_trees(bundle.recipe, recipe), *_runs(bundle, runs), *_environment(bundle.environment, described))
    return not deciding, (*deciding, *around)


def _verdict(then: Verified, now: Verified) -> Iterator[str]:
    if then.verdict != now.verdict:
        yield f"the verdict was {then.verdict} ({then.why}), and is {now.verdict} ({now.why})"


def _tests(then: Verified, now: Verified) -> Iterator[str]:
    for what, old, new in (
        ("went from red to green", then.red_to_green, now.red_to_green),
        ("is newly failing", then.newly_failing, now.newly_failing),
    ):
        yield from _named(f"{what} then, and not now", set(old) - set(new))
        yield from _named(f"{what} now, and not then", set(new) - set(old))


def _trees(then: Recipe, now: Recipe) -> Iterator[str]:
    for name in sorted(then.trees.keys() | now.trees.keys()):
        if then.trees.get(name) != now.trees.get(name):
            old, new = then.trees.get(name, "none"), now.trees.get(name, "none")
            yield f"the tree of {name} was {old[:12]}, and is {new[:12]}: its files are sorted into tests and source otherwise"


def _runs(bundle: Bundle, runs: Iterable[VerificationRan]) -> Iterator[str]:
    then = {clean.run.name: clean.run for clean in bundle.report.runs}
    for event in runs:
        old, new = then.get(event.run.name), event.run
        if old is None or old.note or new.note:
            continue  # limited, told twice or of an earlier turn: not the same run
        if old.exit_code != new.exit_code:
            yield f"the run {new.name} ended with {old.exit_code}, and now with {new.exit_code}"
        if old.tests != new.tests:
            yield f"the run {new.name} had {_counts(old.tests)}, and now has {_counts(new.tests)}"


def _environment(then: Described, now: Described) -> Iterator[str]:
    for name in ("at", "backend", "network", "base_root", "machine", "pullwright"):
        old, new = getattr(then, name), getattr(now, name)
        if old != new:
            yield f"{name.replace('_', ' ')} was {old or 'none'}, and is {new or 'none'}"
    if then.setup != now.setup:
        yield f"what was set up beforehand was {then.setup[:12] or 'nothing'}, and is {now.setup[:12] or 'nothing'}"
    if then.limits != now.limits:
        yield "the sandbox's limits are others"
    yield from _named("is a variable that was set then, and is not now", set(then.variables) - set(now.variables))
    yield from _named("ran then, and is not here", set(then.toolchains) - set(now.toolchains))
    yield from _named("is here, and did not run then", set(now.toolchains) - set(then.toolchains))


def _named(what: str, names: set[str]) -> Iterator[str]:
    yield from (f"{name}: {what}" for name in sorted(names)[:MOST])
    if len(names) > MOST:
        yield f"{len(names) - MOST} more: {what}"


def _counts(tests: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in tests.items()) or "no tests known by name"
