"""Hunk by hunk: all is the proposal, none is the file as it was, some is exactly those."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli.terminal.screen.hunks import compose, lines_of, pieces, replaced
from pullwright.cli.terminal.screen.reviewing import parts_of, results
from pullwright.protocol.previews import FilePreview

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "d\x0c\n", "é\n"]), max_size=12)
TEXTS = st.tuples(LINES, st.sampled_from(["", "end", "\r"])).map(lambda made: "".join(made[0]) + made[1])


@given(TEXTS, TEXTS)
def test_all_is_the_proposal_and_none_is_what_was(before: str, after: str) -> None:
    count = len(pieces(before, after))
    assert compose(before, after, range(count)) == after
    assert compose(before, after, ()) == before
    assert "".join(lines_of(before)) == before


@given(TEXTS, TEXTS, st.data())
def test_each_hunk_is_taken_or_left_alone(before: str, after: str, data: st.DataObject) -> None:
    found = pieces(before, after)
    taken = data.draw(st.sets(st.integers(0, max(0, len(found) - 1)), max_size=len(found))) if found else set[int]()
    made = compose(before, after, taken)
    assert made is not None
    old, at, expected = lines_of(before), 0, ""
    for number, piece in enumerate(found):
        expected += "".join(old[at : piece.hunk.old[0]]) + "".join(piece.after if number in taken else piece.before)
        at = piece.hunk.old[1]
    assert made == expected + "".join(old[at:])


@given(TEXTS, TEXTS)
def test_what_is_left_is_what_was_not_taken(before: str, after: str) -> None:
    """Taking the first hunk, then all that is still proposed, comes to the proposal."""
    found = pieces(before, after)
    if len(found) > 1:
        made = compose(before, after, {0})
        assert made is not None
        assert len(pieces(made, after)) <= len(found)
        assert compose(made, after, range(len(found))) == after


def test_a_file_that_comes_or_goes_is_one_decision() -> None:
    assert compose(None, "new\n", ()) is None
    assert compose(None, "new\n", {0}) == "new\n"
    assert compose("old\n", None, {0}) is None
    assert compose("old\n", None, ()) == "old\n"


def test_hunks_that_a_person_changed_stand_as_they_left_them() -> None:
    before, after = "1\n2\n3\n4\n5\n", "1\ntwo\n3\n4\nfive\n"
    file = FilePreview("x", before, after)
    parts = parts_of([file])
    assert [part.piece.before for part in parts] == [("2\n",), ("5\n",)]
    parts[0].taken, parts[0].text = True, "zwei\n"
    parts[1].taken = False
    assert results([file], parts) == {"x": "1\nzwei\n3\n4\n5\n"}
    parts[1].taken = True
    assert results([file], parts) == {"x": "1\nzwei\n3\n4\nfive\n"}
    assert replaced(before, [(parts[1].piece, "")]) == "1\n2\n3\n4\n"


def test_files_of_which_nothing_was_taken_are_not_touched() -> None:
    files = [
        FilePreview("new", None, "text\n"),
        FilePreview("gone", "text\n", None),
        FilePreview("image", None, None, binary=True),
    ]
    parts = parts_of(files)
    assert len(parts) == 2
    assert results(files, parts) == {}
    parts[1].taken = True
    assert results(files, parts) == {"gone": None}
    parts[0].taken = True
    assert results(files, parts) == {"new": "text\n", "gone": None}
    parts[0].text = "mine\n"
    assert results(files, parts) == {"new": "mine\n", "gone": None}
