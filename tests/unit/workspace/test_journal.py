"""The journal loses nothing that was kept, whatever byte a crash stopped at."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.journal import NAME, Journal
from pullwright.workspace.objects import EMPTY_TREE, FILE, Entry, Objects


def name(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(name(b"1"), {name(b"a"): b"aa", name(b"b"): b""})
    journal.append(name(b"2"), {name(b"c"): b"c" * 70_000})
    assert journal.get(name(b"a")) == b"aa"
    journal.close()
    again = Journal(tmp_path)
    assert again.tree == name(b"2")
    assert [again.get(name(key)) for key in (b"a", b"b", b"c", b"d")] == [b"aa", b"", b"c" * 70_000, None]
    again.close()


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 200), flip=st.none() | st.integers(0, 199))
def test_a_torn_end_is_dropped_and_the_rest_kept(tmp_path_factory, cut: int, flip: int | None) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    ends = [0]
    for number in range(3):
        journal.append(name(b"%d" % number), {name(b"o%d" % number): b"data%d" % number})
        ends.append((folder / NAME).stat().st_size)
    journal.close()
    data = bytearray((folder / NAME).read_bytes()[:cut])
    if flip is not None and flip < len(data):
        data[flip] ^= 1
    (folder / NAME).write_bytes(data)
    whole = sum(end <= (min(cut, flip) if flip is not None and flip < cut else cut) for end in ends[1:])
    again = Journal(folder)
    assert again.tree == (name(b"%d" % (whole - 1)) if whole else "")
    again.append(name(b"next"), {name(b"new"): b"new"})
    again.close()
    last = Journal(folder)
    assert last.tree == name(b"next")
    assert last.get(name(b"new")) == b"new"
    last.close()


def test_a_loose_object_that_was_cut_short_is_mended_from_the_journal(tmp_path: Path) -> None:
    make_git_dir(tmp_path / "git")
    git = Git.own(tmp_path / "git")
    objects = Objects(tmp_path / "git/objects", git, Journal(tmp_path))
    blob = objects.write(b"blob", b"text\n")
    objects.keep(EMPTY_TREE)
    objects.settle()
    objects.close()
    loose = tmp_path / "git/objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"")
    again = Objects(tmp_path / "git/objects", git, Journal(tmp_path))
    assert again.read_blob(blob) == b"text\n"
    again.settle()
    assert git.call("cat-file", "blob", blob) == b"text\n"
    again.close()


def test_objects_are_those_that_git_would_write(tmp_path: Path) -> None:
    make_git_dir(tmp_path / "git")
    git = Git.own(tmp_path / "git")
    objects = Objects(tmp_path / "git/objects", git, Journal(tmp_path))
    blob = objects.write(b"blob", b"text\n")
    tree = objects.write_tree({b"a.b": Entry(FILE, blob), b"a": Entry(b"40000", objects.write_tree({b"x": Entry(FILE, blob)}))})
    objects.keep(tree)
    assert objects.write_tree({}) == EMPTY_TREE
    objects.settle()
    assert git.call("hash-object", "--stdin", stdin=b"text\n").decode().strip() == blob
    assert git.call("ls-tree", "-r", "--name-only", tree) == b"a.b\na/x\n"
    assert b"error" not in git.call("fsck", "--strict")
    assert objects.read(blob) == (b"blob", b"text\n")
    assert zlib.decompress(objects.loose(blob) or b"") == b"blob 5\0text\n"
    objects.close()
