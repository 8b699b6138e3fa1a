"""What the clean runs say together.

    judge(runs, …) -> Judgement

    contradicted    a test that was green is red, a test of the change is red, or the agent says "tests pass" and they do not
    verified        at least one test went from red to green by the source alone or by source and a new test, nothing got worse
    not-verified    everything else: no such test, only exit codes, unreadable results, a flagged part would be needed

A test counts as red-to-green when it is red without the change's source and green with it, test file and runner
configuration being the same in both runs. So a test that was weakened until it passes proves nothing by construction.
A test whose edit is flagged counts only when the base's own version of it is green with the change, so that what was
taken out of it hides nothing. And a base test that is red with the change's source, but that the change rewrites,
skips or removes, keeps the whole from being verified, whatever else is proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from pullwright.attempts.results.tests import Results
from pullwright.protocol.outcomes import Verdict

RunName = Literal["base", "base+new-tests", "change+base-tests", "change"]
_NONE = Results({})


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One clean run. `results` is None where only the exit code is known; `trouble` says why, if that was not the plan.

    `only` are the files or tests that the run was limited to (empty: everything), `reused` says that the run is one
    of an earlier turn.
    """

    tree: str
    exit_code: int | None
    results: Results | None = None
    trouble: str = ""
    only: tuple[str, ...] = ()
    reused: bool = False

    def covers(self, test: str) -> bool:
        """Whether a test belongs to what was run."""
        return not self.only or test.partition("::")[0] in self.only or function_of(test) in self.only


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, one sentence on why, and the tests that it rests on; the rest as in `protocol.events.Verified`."""

    verdict: Verdict
    why: str
    red_to_green: tuple[str, ...] = ()
    newly_failing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    slower: tuple[str, ...] = ()


def function_of(test: str) -> str:
    """A test's name without its parameters."""
    return test.partition("[")[0]


def judge(
    runs: Mapping[RunName, Ran],
    *,
    again: Sequence[Ran] | None = (),
    weakened: Mapping[str, str] | None = None,
    inline: Mapping[str, str] | None = None,
    evades: str = "",
    runner_edited: bool = False,
    claims_green: bool = False,
) -> Judgement:
    """Judge the four runs. `again` are second runs of the same trees; None asks for a judgement before there are any,
    else what a limited or reused run says must be confirmed by them. `weakened` are files and tests whose edit
    is flagged, and why; `inline` the same for tests that stand among the source, `evades` what in the source looks at who runs
    it; `runner_edited` says that the change's own test-runner configuration was left out, `claims_green` that the agent's last
    message says that the tests pass."""
    if all(run.results is not None for run in runs.values()) and not _told_apart(runs.values()):
        found = _by_tests(runs, again, weakened or {}, inline or {}, runner_edited, claims_green)
    else:
        found = _by_exit_codes(runs, again or (), runner_edited, claims_green)
    if evades and found.verdict == "verified":
        why = f"the tests cannot be believed before somebody has looked: {evades}; {found.why}"
        return msgspec.structs.replace(found, verdict="not-verified", why=why)
    return found


def _told_apart(runs: Iterable[Ran]) -> bool:
    """Whether the runs' results were read in different formats: then the change made its runner print another one."""
    return len({run.results.form for run in runs if run.results is not None and run.results.states}) > 1


def _unstable(runs: Iterable[Ran]) -> set[str]:
    """Tests that ended differently in two runs of the very same tree."""
    found: set[str] = set()
    ordered = [run for run in runs if run.results is not None]
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if one.tree == other.tree and one is not other:
                left, right = (run.results or _NONE for run in (one, other))
                names = {name for name in left.states.keys() | right.states.keys() if one.covers(name) and other.covers(name)}
                found |= {name for name in names if left.states.get(name) != right.states.get(name)}
    return found


def _seen_again(tests: set[str], first: Ran, again: Iterable[Ran], state: Literal["red", "green"]) -> set[str]:
    """Those of `tests` that a second run of the first one's tree shows in the same state."""
    runs = [run.results for run in again if run.tree == first.tree and run is not first and run.results is not None]
    if state == "green":
        return {name for name in tests if any(name in results.green for results in runs)}
    return {name for name in tests if any(_is_red(name, results) for results in runs)}


def _is_red(test: str, results: Results) -> bool:
    """Whether a test is red, or its file could not be loaded."""
    return test in results.red or (test not in results.states and results.blocks(test))


class _Proofs(msgspec.Struct, frozen=True):
    """Tests that went from red to green: by the source alone, by source and an edit of the test, and those of the latter that
    do not count, with the reason."""

    by_source: set[str]
    by_new_tests: set[str]
    left_out: dict[str, str]


def _proofs(
    runs: Mapping[RunName, Ran], again: Sequence[Ran] | None, weakened: Mapping[str, str], inline: Mapping[str, str]
) -> _Proofs:
    base, new, old, full = (runs[name].results or _NONE for name in ("base", "base+new-tests", "change+base-tests", "change"))
    left_out = {name: reason for name in base.red & old.green if (reason := _flag(name, inline)[1])}
    by_source = (base.red & old.green) - left_out.keys()
    candidates = {name for name in full.green if _is_red(name, new)}
    if again is not None and runs["base"].reused:
        by_source = _seen_again(by_source, runs["base"], again, "red")
    versions: dict[str, set[str]] = {}
    for name in base.states:
        versions.setdefault(function_of(name), set()).add(name)
    by_new: set[str] = set()
    for name in candidates - left_out.keys():
        single, reason = _flag(name, weakened)
        own = versions.get(function_of(name), set())
        if not reason or (own <= old.green and (own or not single)):
            by_new.add(name)
        elif name not in by_source:
            left_out[name] = reason
    if again is not None and runs["base+new-tests"].only:  # else a test that is red only when it runs alone would count
        by_new = _seen_again(by_new, runs["change"], again, "green")
    return _Proofs(by_source, by_new, left_out)


def _by_tests(
    runs: Mapping[RunName, Ran],
    again: Sequence[Ran] | None,
    weakened: Mapping[str, str],
    inline: Mapping[str, str],
    runner_edited: bool,
    claims_green: bool,
) -> Judgement:
    base, new, old, full = (runs[name].results or _NONE for name in ("base", "base+new-tests", "change+base-tests", "change"))
    unstable = _unstable((*runs.values(), *(again or ())))
    gone = {name for name in base.green - full.states.keys() if not full.blocks(name)}
    proofs = _proofs(runs, again, weakened, inline)
    red_to_green = (proofs.by_source | proofs.by_new_tests) - full.red - unstable
    worse_with_own = {name for name in full.red if name not in base.red} | {name for name in base.green if full.blocks(name)}
    worse_with_old = {name for name in base.green if name in old.red or (name not in old.states and old.blocks(name))}
    rewritten = (worse_with_old & full.green) - unstable
    worse = (worse_with_own | (worse_with_old - full.green)) - unstable
    still_red = (full.red & base.red) - unstable
    hidden = _hidden(base, new, old, full, proofs) - unstable
    skipped = ((base.green | base.red) & full.within("skipped", "xfailed")) - unstable
    verdict, why = _verdict(
        worse, only_own=not worse_with_old - full.green - unstable, rewritten=rewritten, red_to_green=red_to_green,
        still_red=still_red, green=len(full.green), runner_edited=runner_edited, claims_green=claims_green,
        hidden=hidden, left_out=proofs.left_out,
    )  # fmt: skip
    return Judgement(
        verdict=verdict,
        why=why,
        red_to_green=tuple(sorted(red_to_green)),
        newly_failing=tuple(sorted(worse)),
        removed=tuple(sorted(gone)),
        flags=_notes(rewritten, hidden),
        skipped=tuple(sorted(skipped)),
        flaky=tuple(sorted(unstable)),
    )


def _hidden(base: Results, new: Results, old: Results, full: Results, proofs: _Proofs) -> set[str]:
    """Tests that are red on the base and, as the base has them, with the change too, but no longer in the change itself.

    Not among them: a test that the change mends together with the source, which is proved by `by_new_tests`; and entries
    of whole files, which are no tests.
    """
    red = {name for name in base.red & old.red if "::" in name}
    return {name for name in red - full.red if name not in proofs.by_new_tests and not full.blocks(name)}


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
    hidden: set[str],
    left_out: Mapping[str, str],
) -> tuple[Verdict, str]:
    if worse and runner_edited and only_own:
        return "not-verified", (
            f"{_count(worse)} red with the base's test-runner configuration, which the change edits; nothing else got worse"
        )
    if worse:
        return "contradicted", f"{_count(worse)} red that {'was' if len(worse) == 1 else 'were'} not red on the base"
    if still_red and claims_green:
        return "contradicted", f"the last message says that the tests pass, but {_count(still_red)} red as on the base"
    if left_out and (rewritten or hidden or not red_to_green):
        name = min(left_out)
        return "not-verified", (
            f"{name} went from red to green, but its edit is flagged ({left_out[name]}) and the base's own version of it "
            "is not green with the change, so it does not count"
        )
    if rewritten:
        return "not-verified", f"{_count(rewritten)} green only because the change rewrites what it expects"
    if hidden:
        return (
            "not-verified",
            f"{_count(hidden)} still red with the change as the base has it; the change rewrites, skips or removes it",
        )
    tail = f"; {_count(still_red)} red as on the base" if still_red else ""
    if not red_to_green:
        return "not-verified", f"no test went from red to green ({green} green){tail}"
    return "verified", f"{_count(red_to_green, verb=False)} went from red to green, nothing got worse ({green} green){tail}"


def _by_exit_codes(runs: Mapping[RunName, Ran], again: Sequence[Ran], runner_edited: bool, claims_green: bool) -> Judgement:
    base, old, full = runs["base"], runs["change+base-tests"], runs["change"]
    trouble = next((f"{name}: {run.trouble}" for name, run in runs.items() if run.trouble), "only exit codes are known")
    codes = f"exit code {_code(base)} on the base, {_code(full)} with the change"
    if any(run.tree == first.tree and run.exit_code != first.exit_code for run in again for first in (base, full)):
        return Judgement(verdict="not-verified", why=f"{codes}, but a second run of the same files ended differently")
    if full.exit_code != 0 and base.exit_code == 0 and not runner_edited:
        return Judgement(verdict="contradicted", why=f"the tests succeed on the base and fail with the change: {codes}")
    if full.exit_code not in (0, 126, 127) and claims_green and not full.trouble:
        return Judgement(verdict="contradicted", why=f"the last message says that the tests pass, but they do not: {codes}")
    if old.exit_code != 0 and base.exit_code == 0:
        return Judgement(verdict="not-verified", why=f"the base's tests fail against the change; {codes}")
    return Judgement(verdict="not-verified", why=f"{codes}; {trouble}")


def _code(run: Ran) -> str:
    return "none (killed)" if run.exit_code is None else str(run.exit_code)


def _flag(test: str, weakened: Mapping[str, str]) -> tuple[bool, str]:
    """Why a test's edit is flagged (empty: it is not), and whether that was said of this test alone or of its file.

    Where a name does not tell the file, all flags that may mean it are taken to.
    """
    function, file = function_of(test), test.partition("::")[0]
    if function in weakened:
        return True, weakened[function]
    if file in weakened:
        return False, weakened[file]
    for part, reason in weakened.items():
        path, _, inner = part.partition("::")
        if _may_mean(file, path) and (not inner or path.endswith(".py") or inner in re.split("::|/", test)):
            return False, reason
    return False, ""


_PATH = re.compile(r".+\.(py|rs|go|rb|ex|exs|php|java|kt|scala|swift|dart|cs|[cm]?[jt]sx?)")


def _may_mean(named: str, file: str) -> bool:
    """Whether what stands before a test's `::` may be of the flagged `file`: a path, a module, a package, or neither."""
    if _PATH.fullmatch(named):
        return f"/{named}".endswith(f"/{file}") or f"/{file}".endswith(f"/{named}")
    if file.endswith(".py"):
        module = file.removesuffix(".py").replace("/", ".")
        return named == module or named.startswith(f"{module}.")
    if file.endswith(".go"):
        folder = file.rpartition("/")[0]
        return not folder or f"/{named}".endswith(f"/{folder}")
    return True


def _notes(rewritten: set[str], hidden: set[str]) -> tuple[str, ...]:
    notes: list[str] = []
    for names, what in (
        (rewritten, "of the base fails against the change's source; the change rewrites it"),
        (hidden, "of the base is red with and without the change's source; the change rewrites, skips or removes it"),
    ):
        notes += [f"{name}: {what}" for name in sorted(names)[:20]]
        if len(names) > 20:
            notes.append(f"{len(names) - 20} more tests: {what}")
    return tuple(notes)


def _count(names: set[str], *, verb: bool = True) -> str:
    count = len(names)
    text = f"{count} test" if count == 1 else f"{count} tests"
    return f"{text} {'is' if count == 1 else 'are'}" if verb else text
