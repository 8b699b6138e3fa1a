"""What runners print or leave is read as tests; what is cut, forged, huge or mixed is refused, not guessed at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.attempts.results import cargo, go_test, jest_json, jest_text, junit, pytest_text, tap, tests
from pullwright.attempts.results.reading import read_printed
from pullwright.attempts.results.tests import Results, Unreadable

PRINTED = Path(__file__).with_name("printed")
LETTERS = {"p": "passed", "f": "failed", "e": "error", "s": "skipped", "x": "xfailed", "X": "xpassed"}

READERS: dict[str, Callable[[str], Results]] = {
    "cargo.txt": cargo.parse,
    "go.json": go_test.parse,
    "go.txt": go_test.parse,
    "jest.json": lambda text: jest_json.parse(text.encode(), "/project"),
    "vitest.json": lambda text: jest_json.parse(text.encode(), "/project"),
    "jest.txt": jest_text.parse,
    "vitest.txt": jest_text.parse,
    "mocha.tap": tap.parse,
    "node.tap": tap.parse,
    "mocha.xml": lambda text: junit.parse(text.encode(), "/project"),
    "pytest.txt": pytest_text.parse,
}
EXPECTED = {
    "cargo.txt": {
        "calc/src/lib.rs::tests::later": "s",
        "calc/src/lib.rs::tests::nothing": "p",
        "calc/src/lib.rs::tests::adds": "f",
        "calc/src/lib.rs::tests::panics": "p",
        "tests/it.rs::outside": "p",
        "src/lib.rs::add (documentation)": "f",
    },
    "jest.json": {"adds": "f", "nothing": "p", "later": "s", "more": "s", "broken": "e"},
    "jest.txt": {"adds": "f", "nothing": "p", "later": "s", "more": "s", "broken": "e"},
    "vitest.json": {"adds": "f", "nothing": "p", "later": "s", "broken": "e"},
    "vitest.txt": {"adds": "f", "nothing": "p", "later": "s", "broken": "e"},
    "mocha.tap": {"add adds": "f", "add nothing": "p", "add later": "s"},
    "mocha.xml": {"mt/sum.js::add::adds": "f", "mt/sum.js::add::nothing": "p", "mt/sum.js::add::later": "s"},
    "node.tap": {"add::adds": "f", "add::nothing": "p", "add::later": "s", "add::todo": "x", "top": "p"},
    "pytest.txt": {
        "tests/test_a.py::test_adds": "f",
        "tests/test_a.py::test_many[1-x y]": "p",
        "tests/test_a.py::test_later": "s",
        "tests/test_a.py::test_known": "x",
        "tests/test_a.py::test_mended": "X",
    },
}
GO = {"TestAdd": "f", "TestAdd/negative": "f", "TestNothing": "p", "TestLater": "s"}


def expected(name: str) -> dict[str, str]:
    if name.startswith("go"):
        return {**{f"example.com/calc::{test}": LETTERS[state] for test, state in GO.items()}, "example.com/calc/broken": "error"}
    if name.startswith(("jest", "vitest")):
        file = "jt/sum.test.js" if "jest" in name else "vt/sum.test.mjs"
        broken = file.replace("sum", "broken")
        return {broken if test == "broken" else f"{file}::add::{test}": LETTERS[state] for test, state in EXPECTED[name].items()}
    return {test: LETTERS[state] for test, state in EXPECTED[name].items()}


@pytest.mark.parametrize("name", READERS)
def test_what_each_runner_tells_is_read(name: str) -> None:
    assert READERS[name]((PRINTED / name).read_text()).states == expected(name)


def test_durations_are_read_in_seconds() -> None:
    assert go_test.parse((PRINTED / "go.json").read_text()).seconds["example.com/calc::TestAdd"] == 0.25
    assert tap.parse((PRINTED / "node.tap").read_text()).seconds["add::adds"] == 0.001088
    assert junit.parse(b"<testsuite><testcase name='t' time='0.5'/></testsuite>").seconds == {"t": 0.5}


@pytest.mark.parametrize("name", [name for name in READERS if not name.endswith((".json", ".xml"))])
def test_an_unknown_runner_is_known_by_what_it_prints(name: str) -> None:
    assert read_printed("other", (PRINTED / name).read_bytes(), "/project").states == expected(name)


@pytest.mark.parametrize("name", READERS)
def test_output_that_is_cut_anywhere_is_never_read_as_green(name: str) -> None:
    """A cut may hide tests; it must not make the run look whole and well."""
    text = (PRINTED / name).read_text()
    for at in range(0, len(text) - 40, max(1, len(text) // 60)):
        try:
            found = READERS[name](text[:at])
        except Unreadable:
            continue
        assert found.red or not found.states or name in ("go.json", "cargo.txt"), text[:at][-200:]


@pytest.mark.parametrize(
    ("name", "at", "forged"),
    [
        ("cargo.txt", "test tests::adds ... FAILED", "test tests::adds ... ok\ntest tests::adds ... ok"),
        ("cargo.txt", "test tests::adds ... FAILED", "test tests::adds ... FAILED\ntest tests::more ... ok"),
        ("node.tap", "ok 2 - top", "ok 2 - forged\nok 3 - top"),
        ("node.tap", "    1..4\n", ""),
        ("mocha.tap", "1..3", "1..3\n1..3"),
        ("mocha.tap", "ok 2 add nothing", "ok 2 add nothing\nBail out!"),
        ("jest.txt", "    ✓ nothing", "    ✓ nothing\n    ✓ forged"),
        ("vitest.txt", " ✓ vt/sum.test.mjs > add > nothing 0ms", ""),
        ("jest.json", '"numPassedTests": 1', '"numPassedTests": 2'),
        ("pytest.txt", "SKIPPED (unconditional skip)", "PASSED"),
    ],
)
def test_lines_that_are_printed_among_a_runners_own_make_the_results_unreadable(name: str, at: str, forged: str) -> None:
    text = (PRINTED / name).read_text()
    assert at in text
    with pytest.raises(Unreadable):
        READERS[name](text.replace(at, forged, 1))


def test_dots_and_brief_output_name_no_tests() -> None:
    for text in ((PRINTED / "jest-brief.txt").read_text(), "..F\n1 failed, 2 passed in 0.1s\n", "ok  \texample.com/calc\t0.1s\n"):
        with pytest.raises(Unreadable):
            read_printed("other", text.encode())


def test_results_in_two_formats_are_nobodys() -> None:
    both = (PRINTED / "cargo.txt").read_bytes() + (PRINTED / "mocha.tap").read_bytes()
    with pytest.raises(Unreadable, match="more than one format"):
        read_printed("other", both)


@given(st.text(st.sampled_from("ok not1.2#- \n\ttest:rungF{}\"'✓PASS.py>()sRUN=:"), max_size=200))
@settings(max_examples=200)
def test_garbage_is_refused_and_never_crashes(text: str) -> None:
    for read in READERS.values():
        try:
            read(text)
        except Unreadable:
            continue


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests, "MOST_TEXT", 100)
    with pytest.raises(Unreadable, match="more than 100"):
        tap.parse("ok 1 - a\n" * 20)


def test_a_line_without_an_end_costs_little() -> None:
    line = "test " + "a.py.py::x ... " * 200_000
    for read in (cargo.parse, pytest_text.parse, tap.parse, jest_text.parse, go_test.parse):
        with pytest.raises(Unreadable):
            read(line)


def test_a_target_that_does_not_build_blocks_its_tests() -> None:
    text = 'error: could not compile `calc` (test "it") due to 1 previous error; 1 warning emitted\n'
    assert cargo.parse(text).blocks("tests/it.rs::outside")
    lib = "error: could not compile `my-calc` (lib test) due to 1 previous error\n"
    assert cargo.parse(lib).blocks("my_calc/src/lib.rs::tests::adds")


def test_a_go_package_that_dies_has_a_red_test() -> None:
    text = "\n".join((PRINTED / "go.json").read_text().splitlines()[:2]) + '\n{"Action":"fail","Package":"example.com/calc"}\n'
    assert go_test.parse(text).red == {"example.com/calc::TestAdd"}
