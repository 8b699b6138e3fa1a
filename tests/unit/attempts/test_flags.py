"""What weakens a test is flagged, test by test; layout, order and additions are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.attempts.asserts import changed_tests, read
from pullwright.attempts.composition import Parts, compose
from pullwright.attempts.flags import flags
from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.objects import EMPTY_TREE, FILE, Entry, Objects

OLD = """import unittest


class Ranges(unittest.TestCase):
    def test_reversed(self):
        for args, expected in [((7,), [6])]:
            self.assertEqual(list(reversed(numeric_range(*args))), expected)

    def test_bad(self):
        with self.assertRaises(TypeError):
            numeric_range()


def test_a():
    assert a() == 2


def check(x):
    assert x
"""
WRAPPED = OLD.replace(
    "            self.assertEqual(list(reversed(numeric_range(*args))), expected)",
    """            with self.subTest(args=args):
                self.assertEqual(
                    list(
                        reversed(numeric_range(*args)),
                    ),
                    expected,
                )""",
).replace("[((7,), [6])]", "[((7,), [6]), ((0,), [])]")
REVERSED = "Ranges::test_reversed"


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[Objects]:
    make_git_dir(tmp_path / "git")
    found = Objects(tmp_path / "git/objects", Git.own(tmp_path / "git"))
    found.write(b"tree", b"")
    yield found
    found.close()


def parts(objects: Objects, old: str, new: str | None, path: str = "tests/test_a.py") -> Parts:
    def tree(text: str | None) -> str:
        entry = None if text is None else Entry(FILE, objects.write(b"blob", text.encode()))
        return compose(objects, EMPTY_TREE, {path.encode(): entry})

    return Parts.of(objects, tree(old), tree(new))


def weakened(objects: Objects, new: str | None, old: str = OLD, path: str = "tests/test_a.py") -> dict[str, str]:
    texts, found = flags(objects, parts(objects, old, new, path))
    assert len(texts) == len(found)
    assert all(text.startswith(f"{path}: ") for text in texts)
    return {name.removeprefix(path): reason for name, reason in found.items()}


def test_an_assertion_that_is_wrapped_and_moved_under_a_with_is_the_same_one(objects: Objects) -> None:
    assert weakened(objects, WRAPPED) == {}


@pytest.mark.parametrize(
    ("old", "new", "part", "reason"),
    [
        ("    assert a() == 2", "    a()", "::test_a", "1 assertion removed, 0 added"),
        ("    assert a() == 2", "    assert a() in (1, 2)", "::test_a", "1 assertion rewritten"),
        ("    assert a() == 2", "    pytest.skip()\n    assert a() == 2", "::test_a", "1 skip or expected failure added"),
        ("def test_a", "@pytest.mark.xfail\ndef test_a", "::test_a", "1 skip or expected failure added"),
        ("def test_a", "def _a", "::test_a", "1 test removed, 0 added"),
        ("def test_a():\n    assert a() == 2", "def test_b():\n    pass", "::test_a", "1 test removed, 1 added"),
        ("class Ranges", "@unittest.skip('')\nclass Ranges", "", "1 skip or expected failure added"),
        ("class Ranges", "pytestmark = pytest.mark.skip\nclass Ranges", "", "1 skip or expected failure added"),
        ("    assert x", "    return x", "", "1 assertion removed, 0 added"),
        ("assertRaises(TypeError)", "assertRaises(Exception)", "::Ranges::test_bad", "1 assertion rewritten"),
    ],
)
def test_a_weakening_is_said_of_the_test_it_concerns(objects: Objects, old: str, new: str, part: str, reason: str) -> None:
    assert old in OLD
    assert weakened(objects, OLD.replace(old, new)) == {part: reason}


def test_an_assertion_that_is_wrapped_and_loosened_is_flagged(objects: Objects) -> None:
    assert weakened(objects, WRAPPED.replace("                    expected,", "                    list(expected),"))


def test_what_is_added_moved_or_renamed_is_not_flagged(objects: Objects) -> None:
    assert weakened(objects, OLD + "\ndef test_b():\n    assert a() != 3\n") == {}
    assert weakened(objects, OLD.replace("def test_a", "def test_renamed")) == {}
    assert weakened(objects, OLD.replace("def test_a():", "def test_a() -> None:\n    'Words.'\n    assert b()")) == {}


def test_a_deleted_file_and_one_that_cannot_be_read_are_flagged_whole(objects: Objects) -> None:
    assert weakened(objects, None) == {"": "deletes a test file"}
    assert weakened(objects, "def broken(:\n") == {"": "3 tests removed, 0 added, 4 assertions removed, 0 added"}


def test_other_languages_are_compared_without_white_space(objects: Objects) -> None:
    old = "test('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n"
    wrapped = "test('adds', () => {\n  if (x) {\n    expect(\n      add(1, 2)\n    ).toBe(3);\n  }\n});\n"
    assert weakened(objects, wrapped, old, "test/a.test.js") == {}
    assert weakened(objects, old.replace("(3)", "(4)"), old, "test/a.test.js") == {"::adds": "1 assertion rewritten"}
    assert weakened(objects, old.replace("test(", "test.skip("), old, "test/a.test.js")
    assert weakened(objects, old.replace("  expect(add(1, 2)).toBe(3);\n", ""), old, "test/a.test.js")


@pytest.mark.parametrize(
    ("new", "names"),
    [
        (WRAPPED, (REVERSED,)),
        ("import pytest\n" + WRAPPED, (REVERSED,)),
        (OLD + "\n\nclass More(Ranges):\n    def test_b(self):\n        assert b()\n", ("More::test_b",)),
        (OLD.replace("    assert x", "    assert not x"), ()),
        (OLD.replace("class Ranges", "X = 1\nclass Ranges"), ()),
        (OLD.replace("class Ranges(unittest.TestCase)", "class Ranges(Other)"), ()),
    ],
)
def test_changed_tests_are_named_when_nothing_else_changed(objects: Objects, new: str, names: tuple[str, ...]) -> None:
    (difference,) = parts(objects, OLD, new).tests
    assert changed_tests(objects, difference) == names


def test_what_is_no_python_is_not_read() -> None:
    assert read("def test(:") is None
    assert read("\0") is None
    assert read("x = " + "(" * 5_000) is None
