"""Tests inside the source are told from it only where that is sure; then each side's go with the other's source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.attempts.inline import split

SOURCE = "pub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n\n"
TESTS = (
    "#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 1), 2);\n    }\n}\n"
)


def test_a_module_at_the_end_is_the_files_tests() -> None:
    found = split(SOURCE + TESTS)
    assert found is not None
    assert (found.source, found.tests) == (SOURCE, TESTS)


def test_a_file_without_tests_is_all_source() -> None:
    found = split(SOURCE)
    assert found is not None
    assert (found.source, found.tests) == (SOURCE, "")


@pytest.mark.parametrize(
    "text",
    [
        TESTS + SOURCE,
        SOURCE + TESTS + "const X: u8 = 1;\n",
        SOURCE + TESTS + TESTS,
        SOURCE + "#[test]\nfn adds() {}\n",
        SOURCE + "#[cfg(test)]\nmod tests;\n",
        SOURCE + TESTS.removesuffix("}\n"),
    ],
)
def test_what_cannot_be_told_apart_stays_whole(text: str) -> None:
    assert split(text) is None


@given(st.text(st.sampled_from("#[cfg(test)]\nmod x {}")), st.text(max_size=30))
def test_halves_are_the_whole(head: str, tail: str) -> None:
    text = head + tail + TESTS
    found = split(text)
    assert found is None or found.source + found.tests == text
