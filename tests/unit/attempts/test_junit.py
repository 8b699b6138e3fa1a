"""JUnit files come from code that nobody has judged: they are read without expanding, bounded, and not believed alone."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts import unittest_junit
from pullwright.attempts.results import junit, tests
from pullwright.attempts.results.junit import Results, Unreadable, parse
from pullwright.attempts.results.tests import disagreement

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuites><testsuite><testcase classname="c" name="&b;"/></testsuite></testsuites>"""

names = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)
)
states = st.sampled_from(["passed", "failed", "error", "skipped"])
TAGS = {"passed": "", "failed": "<failure message='no'/>", "error": "<error message='no'/>", "skipped": "<skipped/>"}


def suite(cases: list[tuple[str, str]]) -> bytes:
    rows = [f"<testcase classname='m' name={quoteattr(name)}>{TAGS[state]}</testcase>" for name, state in cases]
    return f"<testsuites><testsuite>{''.join(rows)}</testsuite></testsuites>".encode()


@given(st.dictionaries(names, states, max_size=8))
def test_what_is_written_is_read(cases: dict[str, str]) -> None:
    results = parse(suite(list(cases.items())))
    assert results.states == {f"m::{name}": state for name, state in cases.items()}
    assert sum(results.counts().values()) == len(cases)


@given(st.lists(states, min_size=1, max_size=5))
def test_a_test_named_twice_has_its_worst_state(given_states: list[str]) -> None:
    worst = max(given_states, key=["passed", "skipped", "failed", "error"].index)
    assert parse(suite([("t", state) for state in given_states])).states == {"m::t": worst}


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes(data: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(b"\x01" + data)


def test_an_entity_expands_elsewhere_and_is_refused_here() -> None:
    expanded = ElementTree.fromstring(BOMB)  # the control: a plain parser does expand it
    case = expanded.find(".//testcase")
    assert case is not None
    assert len(case.attrib["name"]) == 100
    with pytest.raises(Unreadable, match="entity"):
        parse(BOMB)


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b"<html/>", "outermost"),
        (b"<testsuites>" + b"<testsuite>" * 40 + b"</testsuite>" * 40 + b"</testsuites>", "deeper"),
        (b"<testsuites><testcase name='a'><testcase name='b'/></testcase></testsuites>", "inside"),
        (b"<testsuites><testsuite>", "well-formed"),
        (b"", "well-formed"),
    ],
)
def test_what_is_no_result_file_is_refused_with_its_reason(xml: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse(xml)


def test_size_and_number_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = suite([(f"t{number}", "passed") for number in range(20)])
    assert len(parse(many).states) == 20
    monkeypatch.setattr(tests, "MOST_TESTS", 10)
    with pytest.raises(Unreadable, match="more than 10 tests"):
        parse(many)
    monkeypatch.setattr(junit, "LARGEST", 10)
    with pytest.raises(Unreadable, match="bytes"):
        parse(many)


def test_file_and_exit_code_must_agree() -> None:
    good, bad, empty = Results({"t": "passed"}), Results({"t": "failed"}), Results({})
    assert not disagreement(good, 0)
    assert not disagreement(bad, 1)
    assert not disagreement(empty, 5)
    assert "exit code 0" in disagreement(bad, 0)
    assert "exit code 1" in disagreement(good, 1)
    assert disagreement(good, None)


TESTS = """
import unittest
class A(unittest.TestCase):
    def test_ok(self): pass
    def test_bad(self): self.assertEqual(1, 2, "x\\x01<\\u00e9>")
    def test_err(self): raise ValueError("x")
    @unittest.skip("no")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_xfail(self): self.fail()
    @unittest.expectedFailure
    def test_xpass(self): pass
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(i, 1)
"""


@pytest.fixture
def unittests(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text(TESTS)
    (tmp_path / "tests/test_broken.py").write_text("import nothing_of_that_name\n")
    return tmp_path


def test_the_unittest_program_tells_every_state(unittests: Path) -> None:
    argv = [sys.executable, unittest_junit.__file__, "results.xml", "discover", "-s", "tests"]
    ended = subprocess.run(argv, cwd=unittests, capture_output=True)
    results = parse((unittests / "results.xml").read_bytes())
    test = "tests/test_a.py::A::test_"
    assert ended.returncode == 1
    assert not disagreement(results, ended.returncode)
    assert results.states == {
        f"{test}ok": "passed",
        f"{test}bad": "failed",
        f"{test}err": "error",
        f"{test}skip": "skipped",
        f"{test}xfail": "skipped",
        f"{test}xpass": "failed",
        f"{test}sub": "failed",
        "test_broken": "error",
    }
    assert results.blocks("tests/test_broken.py::B::test_x")
    assert not results.blocks("tests/test_a.py::A::test_ok")


def test_pytest_and_the_unittest_program_name_a_test_alike(unittests: Path) -> None:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=p.xml", "-o", "junit_family=xunit1"]
    subprocess.run([*argv, "--continue-on-collection-errors"], cwd=unittests, capture_output=True)
    subprocess.run(
        [sys.executable, unittest_junit.__file__, "u.xml", "discover", "-s", "tests"], cwd=unittests, capture_output=True
    )
    by_pytest, by_unittest = parse((unittests / "p.xml").read_bytes()), parse((unittests / "u.xml").read_bytes())
    shared = {name for name in by_unittest.states if "::" in name}
    assert shared == {name for name in by_pytest.states if "::" in name}
    assert by_pytest.blocks("tests/test_broken.py::test_x")


def test_a_result_file_that_lies_there_already_is_not_overwritten(unittests: Path) -> None:
    (unittests / "results.xml").write_text("forged")
    argv = [sys.executable, unittest_junit.__file__, "results.xml", "discover", "-s", "tests"]
    assert subprocess.run(argv, cwd=unittests, capture_output=True).returncode == 1
    assert (unittests / "results.xml").read_text() == "forged"
