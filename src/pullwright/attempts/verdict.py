"""What four clean runs say together.

    judge(runs, …) -> Judgement

    contradicted    a test that was green is red, a test of the change is red, or the agent says "tests pass" and they do not
    verified        at least one test went from red to green by the source alone or by source and a new test, nothing got worse
    not-verified    everything else: no such test, only exit codes, unreadable results, a flagged part would be needed

A test counts as red-to-green when it is red without the change's source and green with it, test file and runner
configuration being the same in both runs. So a test that was weakened until it passes proves nothing by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from pullwright.attempts.junit import Results
from pullwright.protocol.outcomes import Verdict

RunName = Literal["base", "base+new-tests", "change+base-tests", "change"]
_NONE = Results({})


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One clean run. `results` is None where only the exit code is known; `trouble` says why, if that was not the plan."""

    tree: str
    exit_code: int | None
    results: Results | None = None
    trouble: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, one sentence on why, and the tests that it rests on."""

    verdict: Verdict
    why: str
    red_to_green: tuple[str, ...] = ()
    newly_failing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def judge(
    runs: Mapping[RunName, Ran],
    *,
    weakened: frozenset[str] = frozenset(),
    runner_edited: bool = False,
    claims_green: bool = False,
) -> Judgement:
    """Judge the four runs. `weakened` are test files whose edit is flagged, `runner_edited` says that the change's own
    test-runner configuration was left out, `claims_green` that the agent's last message says that the tests pass."""
    if all(run.results is not None for run in runs.values()):
        return _by_tests(runs, weakened, runner_edited, claims_green)
    return _by_exit_codes(runs, runner_edited, claims_green)


def _unstable(runs: Mapping[RunName, Ran]) -> set[str]:
    """Tests that ended differently in two runs of the very same tree."""
    found: set[str] = set()
    ordered = list(runs.values())
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if one.tree == other.tree:
                left, right = (run.results or _NONE for run in (one, other))
                names = left.states.keys() | right.states.keys()
                found |= {name for name in names if left.states.get(name) != right.states.get(name)}
    return found


def _by_tests(runs: Mapping[RunName, Ran], weakened: frozenset[str], runner_edited: bool, claims_green: bool) -> Judgement:
    base, new, old, full = (runs[name].results or _NONE for name in ("base", "base+new-tests", "change+base-tests", "change"))
    unstable = _unstable(runs)
    gone = {name for name in base.green - full.states.keys() if not full.blocks(name)}
    by_source = base.red & old.green
    by_new_tests = {
        name
        for name in full.green
        if (name in new.red or (name not in new.states and new.blocks(name))) and not _in(name, weakened)
    }
    red_to_green = (by_source | by_new_tests) - full.red - unstable
    worse_with_own = {name for name in full.red if name not in base.red} | {name for name in base.green if full.blocks(name)}
    worse_with_old = {name for name in base.green if name in old.red or (name not in old.states and old.blocks(name))}
    rewritten = (worse_with_old & full.green) - unstable
    worse = (worse_with_own | (worse_with_old - full.green)) - unstable
    still_red = (full.red & base.red) - unstable
    flags = _notes(unstable, base.green & full.within("skipped"), rewritten)
    verdict, why = _verdict(
        worse, only_own=not worse_with_old - full.green - unstable, rewritten=rewritten, red_to_green=red_to_green,
        still_red=still_red, green=len(full.green), runner_edited=runner_edited, claims_green=claims_green,
    )  # fmt: skip
    return Judgement(
        verdict=verdict,
        why=why,
        red_to_green=tuple(sorted(red_to_green)),
        newly_failing=tuple(sorted(worse)),
        removed=tuple(sorted(gone)),
        flags=flags,
    )


def _verdict(
    worse: set[str],
    *,
    only_own: bool,
    rewritten: set[str],
    red_to_green: set[str],
    still_red: set[str],
    green: int,
    runner_edited: bool,
    claims_green: bool,
) -> tuple[Verdict, str]:
    if worse and runner_edited and only_own:
        return "not-verified", (
            f"{_count(worse)} red with the base's test-runner configuration, which the change edits; nothing else got worse"
        )
    if worse:
        return "contradicted", f"{_count(worse)} red that {'was' if len(worse) == 1 else 'were'} not red on the base"
    if still_red and claims_green:
        return "contradicted", f"the last message says that the tests pass, but {_count(still_red)} red as on the base"
    if rewritten:
        return "not-verified", f"{_count(rewritten)} green only because the change rewrites what it expects"
    tail = f"; {_count(still_red)} red as on the base" if still_red else ""
    if not red_to_green:
        return "not-verified", f"no test went from red to green ({green} green){tail}"
    return "verified", f"{_count(red_to_green, verb=False)} went from red to green, nothing got worse ({green} green){tail}"


def _by_exit_codes(runs: Mapping[RunName, Ran], runner_edited: bool, claims_green: bool) -> Judgement:
    base, old, full = runs["base"], runs["change+base-tests"], runs["change"]
    trouble = next((f"{name}: {run.trouble}" for name, run in runs.items() if run.trouble), "only exit codes are known")
    codes = f"exit code {_code(base)} on the base, {_code(full)} with the change"
    if full.exit_code != 0 and base.exit_code == 0 and not runner_edited:
        return Judgement(verdict="contradicted", why=f"the tests succeed on the base and fail with the change: {codes}")
    if full.exit_code not in (0, 126, 127) and claims_green and not full.trouble:
        return Judgement(verdict="contradicted", why=f"the last message says that the tests pass, but they do not: {codes}")
    if old.exit_code != 0 and base.exit_code == 0:
        return Judgement(verdict="not-verified", why=f"the base's tests fail against the change; {codes}")
    return Judgement(verdict="not-verified", why=f"{codes}; {trouble}")


def _code(run: Ran) -> str:
    return "none (killed)" if run.exit_code is None else str(run.exit_code)


def _in(test: str, files: frozenset[str]) -> bool:
    """True when a test lies in one of the files, as far as its name tells."""
    file = test.partition("::")[0]
    return file in files or any(path.removesuffix(".py").replace("/", ".") in (file, test.rpartition(".")[0]) for path in files)


def _notes(unstable: set[str], skipped: set[str], rewritten: set[str]) -> tuple[str, ...]:
    notes: list[str] = []
    for names, what in (
        (unstable, "ended differently in two runs of the same files; left out"),
        (skipped, "passed on the base and is skipped by the change"),
        (rewritten, "of the base fails against the change's source; the change rewrites it"),
    ):
        notes += [f"{name}: {what}" for name in sorted(names)[:20]]
        if len(names) > 20:
            notes.append(f"{len(names) - 20} more tests: {what}")
    return tuple(notes)


def _count(names: set[str], *, verb: bool = True) -> str:
    count = len(names)
    text = f"{count} test" if count == 1 else f"{count} tests"
    return f"{text} {'is' if count == 1 else 'are'}" if verb else text
