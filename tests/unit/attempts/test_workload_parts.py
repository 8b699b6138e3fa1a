"""The parts of the templates' checks: faults, leftovers, manifests, lines that ran, changelogs, the order of a triage."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.workloads import v8
from pullwright.attempts.workloads.changelogs import read
from pullwright.attempts.workloads.definitions import gone
from pullwright.attempts.workloads.leftovers import classify
from pullwright.attempts.workloads.manifests import Manifests, fits, inconsistent, raised
from pullwright.attempts.workloads.mutants import chosen, mutants
from pullwright.attempts.workloads.renames import Renames
from pullwright.attempts.workloads.triage import order
from pullwright.cli.render.progress import Progress
from pullwright.protocol.events import CommandRan, Event, FilesChanged, PlanStep, PlanUpdated, ToolFinished, ToolStarted

SOURCE = '''\
"""Seven is the number."""


def most(things, limit: int = 3):
    """The largest, up to 10."""
    if not things:
        return None
    if len(things) > limit and "ä" in things:
        return max(things) + 1
    return sorted(things) or (True
        and things[0] == 7)
'''


def test_faults_sit_where_they_say_and_change_nothing_else() -> None:
    found = mutants("m.py", SOURCE, range(100))
    assert {f"{one}" for one in found} == {
        "m.py:6: not things -> things",
        "m.py:8: len(things) > limit -> len(things) <= limit",
        'm.py:8: len(things) > limit and "ä" in things -> len(things) > limit or "ä" in things',
        'm.py:8: "ä" in things -> "ä" not in things',
        "m.py:9: return max(things) + 1 -> return None",
        "m.py:9: max(things) + 1 -> max(things) - 1",
        "m.py:9: 1 -> 2",
        "m.py:10: return sorted(things) or (True and things[0] == 7) -> return None",
        "m.py:10: sorted(things) or (True and things[0] == 7) -> sorted(things) and (True and things[0] == 7)",
        "m.py:10: True -> False",
        "m.py:11: True and things[0] == 7 -> True or things[0] == 7",
        "m.py:11: things[0] == 7 -> things[0] != 7",
        "m.py:11: 0 -> 1",
        "m.py:11: 7 -> 8",
    }
    for one in found:
        ast.parse(one.text)
        assert one.text.count("\n") == SOURCE.count("\n") or "return None" in one.after
        assert "Seven is the number" in one.text
    assert mutants("m.py", SOURCE, {6}) == [one for one in found if one.line == 6]


def test_a_choice_of_faults_is_even_and_always_the_same() -> None:
    every = mutants("m.py", SOURCE, range(100))
    some = chosen(every, 5)
    assert some == chosen(list(reversed(every)), 5)
    assert {one.line for one in some} == {6, 8, 9, 10, 11}
    assert len(chosen(every, 100)) == len(every)


@given(st.text(max_size=200))
def test_no_text_breaks_the_mutator(text: str) -> None:
    mutants("m.py", text, range(100))


def test_names_come_from_the_prompt_and_the_last_message() -> None:
    renames = Renames.of(
        "Please rename the class `Foo` to `Bar`, and `a.b` -> `a.c`.", "Done.\n\n- Removed: old_one\nKept: Foo (alias)"
    )
    assert renames.gone == {"Foo": "Bar", "a.b": "a.c", "old_one": ""}
    assert renames.kept == {"Foo"}
    assert renames.applied("Foo, Food, xa.b a.b") == "Bar, Food, xa.b a.c"


def test_a_name_in_code_comment_and_string_is_told_apart() -> None:
    python = 'import add\n# add\nx = "add" + f"{add}"\n"""\nadd\n"""\nprint("add")  # x\n'
    lines = {number: line for number, line in enumerate(python.splitlines(), 1) if "add" in line}
    assert classify("m.py", python, "add", lines) == {1: "code", 2: "comment", 3: "code", 5: "string", 7: "string"}
    script = {1: "add(1) // add", 2: "  // add", 3: "say('add')", 4: " * add"}
    assert classify("m.ts", "", "add", script) == {1: "code", 2: "comment", 3: "string", 4: "comment"}
    assert classify("README.md", "", "add", {1: "add"}) == {1: "text"}


def test_definitions_that_are_gone_in_several_languages() -> None:
    before = ["def old():\n  class Inner: pass\n", "export async function load() {}\npub(crate) fn stay() {}\ntype Kind = 1\n"]
    after = ["def new():\n  pass\n", "pub fn stay() {}\n# class Inner was here\n"]
    assert gone(before, after) == ["Inner", "Kind", "load", "old"]


PYPROJECT = (
    '[project]\ndependencies = ["Left_Pad>=2,<3", "other"]\n[tool.poetry.dependencies]\npython = "^3.11"\nthird = "^1.2"\n'
)
PACKAGES = (("left-pad", "{}"), ("other", "1"), ("third", "1.9"))
POETRY = "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version in PACKAGES)
PACKAGE = '{"dependencies": {"left": "^2.0.0"}, "devDependencies": {"jest": "29"}}'
NPM = (
    '{"packages": {"": {}, "node_modules/left": {"version": "2.3.1"}, "node_modules/a/node_modules/left": {"version": "1.0.0"}}}'
)
CARGO = '[dependencies]\nserde = "1.0"\ntokio = { version = "1.2", features = [] }\n'
CARGO_LOCK = '[[package]]\nname = "serde"\nversion = "1.0.200"\n[[package]]\nname = "tokio"\nversion = "1.40.0"\n'


def test_a_lock_file_that_fits_and_ones_that_do_not() -> None:
    good = Manifests.of(
        {"pyproject.toml": PYPROJECT, "poetry.lock": POETRY.format("2.5"), "Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}
    )
    assert inconsistent(good) == ([], 2)
    old = Manifests.of({"pyproject.toml": PYPROJECT, "poetry.lock": POETRY.format("1.5")})
    assert inconsistent(old) == (["left-pad >=2,<3 is asked for, poetry.lock has 1.5"], 1)
    missing = Manifests.of({"package.json": PACKAGE, "package-lock.json": NPM})
    assert inconsistent(missing) == (["jest is asked for and not in package-lock.json"], 1)
    assert [str(one) for one in raised(old, good)][-1] == "left-pad 1.5 -> 2.5 in poetry.lock"


def test_files_that_cannot_be_read_have_no_dependencies() -> None:
    broken = {"pyproject.toml": "[", "package.json": "[1]", "Cargo.lock": "package = 3", "poetry.lock": "\0"}
    assert all(names == {} for names in Manifests.of(broken).files.values())


@pytest.mark.parametrize(
    ("version", "constraint", "fit"),
    [
        ("2.1", ">=2,<3", True),
        ("3.0", ">=2,<3", False),
        ("1.9.1", "~=1.4", True),
        ("2.0", "~=1.4", False),
        ("2.3.1", "^2.0.0", True),
        ("3.0.0", "^2.0.0", False),
        ("2.0", "==2.0.*", True),
        ("1.2.3", "==1.2", True),
        ("git+x", ">=1", True),
    ],
)
def test_versions_against_constraints(version: str, constraint: str, fit: bool) -> None:
    assert fits(version, constraint) is fit


def test_lines_that_ran_by_what_v8_writes() -> None:
    text = "function f(a) {\n  if (a) {\n    return 1;\n  }\n  return '𝒳';\n}\nf(0);\n"
    whole, inner = len(text.encode("utf-16-le")) // 2, text.index("{\n    return")
    ranges = [
        {"startOffset": 0, "endOffset": whole, "count": 1},
        {"startOffset": inner, "endOffset": text.index("}\n  return") + 1, "count": 0},
    ]
    script = {"url": "file:///w/m.js", "functions": [{"ranges": ranges}]}
    profile = msgspec.json.encode({"result": [script, {"url": "node:fs", "functions": []}]})
    assert v8.lines([profile, b"broken"], "/w", {"m.js": text}.get) == {"m.js": ({1, 2, 5, 7}, {3})}


def test_our_tracer_counts_what_ran_and_ends_as_the_tests_did(tmp_path: Path) -> None:
    (tmp_path / "calc.py").write_text("def sign(a):\n    if a < 0:\n        return -1\n    return 1\n")
    (tmp_path / "unused.py").write_text("x = 1\n")
    (tmp_path / "test_calc.py").write_text(
        "import unittest\nfrom calc import sign\n\n\nclass T(unittest.TestCase):\n"
        "    def test(self):\n        self.assertEqual(sign(2), 2)\n"
    )
    tracer = Path(v8.__file__).with_name("tracing.py")
    ran = subprocess.run(
        [sys.executable, str(tracer), "lines.json", "unittest", "-q"], cwd=tmp_path, capture_output=True, check=False
    )
    assert ran.returncode == 1
    files = msgspec.json.decode((tmp_path / "lines.json").read_bytes())["files"]
    assert files["calc.py"] == {"executed_lines": [1, 2, 4], "missing_lines": [3]}
    assert files["unused.py"] == {"executed_lines": [], "missing_lines": [1]}


def numbered(*events: Event) -> list[Event]:
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events, 1)]


def ran(command: str, code: int, size: int = 9) -> CommandRan:
    return CommandRan(call_id="c", command=command, cwd="/", exit_code=code, output_bytes=size)


def test_a_changelog_counts_as_read_only_when_something_came_of_it() -> None:
    started = ToolStarted(call_id="r", name="read", effect="read", title="lib/CHANGES.rst")
    events = numbered(started, ToolFinished(call_id="r", name="read", ok=True), ran("head -50 docs/changelog.md", 0))
    assert read(events).events == (1, 3)
    failed = numbered(
        started, ToolFinished(call_id="r", name="read", ok=False), ran("cat CHANGELOG.md", 1), ran("git log --changes", 0)
    )
    assert read(failed).state == "noted"


def test_the_order_of_a_triage() -> None:
    test, source = (FilesChanged(call_id="e", paths=(path,), diff="") for path in ("tests/test_a.py", "a.py"))
    assert order(numbered(test, ran("pytest -q", 1), source, ran("pytest", 0))).state == "passed"
    assert order(numbered(test, ran("pytest -q", 0), source, ran("pytest", 1))).state == "failed"
    assert order(numbered(ran("pytest -q", 127), source)).state == "failed"
    assert order(numbered(test, ran("pytest -q", 1))).state == "passed"


def test_a_long_plan_is_told_by_how_far_it_is() -> None:
    steps = tuple(PlanStep(f"src/{number}: 20 files", "done" if number < 3 else "pending") for number in range(40))
    assert Progress().lines(PlanUpdated(plan=steps)) == ["    plan: 3/40 done · 60/800 files"]


def test_a_condition_that_is_turned_round_is_shown_without_what_it_decides() -> None:
    (found,) = mutants("m.py", "def f(x):\n    if x:\n        # yes\n        raise KeyError\n", {2})
    assert str(found) == "m.py:2: x -> not (x)"
