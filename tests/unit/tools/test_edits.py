"""Edits land whole or leave no trace, keep what they were not asked to change, and answer with the result."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import Workbench, text_of

from pullwright.protocol.events import FilesChanged
from pullwright.protocol.items import CustomCall, FunctionCall
from pullwright.tools.apply_patch import ApplyPatch
from pullwright.tools.diff import hunks, regions
from pullwright.tools.edit import Edit
from pullwright.tools.patch import Chunk, apply
from pullwright.tools.read import Read
from pullwright.tools.write import Write


def test_the_answer_is_the_new_region_with_line_numbers(work: Workbench) -> None:
    work.files({"a.py": "".join(f"line {n}\n" for n in range(1, 21))})
    result = work.run(Edit(), edits=[{"path": "a.py", "old": "line 10\n", "new": "ten\nand a half\n"}])
    assert text_of(result) == "a.py:\n8\tline 8\n9\tline 9\n10\tten\n11\tand a half\n12\tline 11\n13\tline 12"


def test_of_a_long_insertion_only_the_ends_are_told(work: Workbench) -> None:
    work.files({"a.py": "one\ntwo\n"})
    added = "".join(f"new {n}\n" for n in range(1, 31))
    text = text_of(work.run(Edit(), edits=[{"path": "a.py", "old": "one\n", "new": "one\n" + added}]))
    assert text == (
        "a.py:\n1\tone\n2\tnew 1\n3\tnew 2\n4\tnew 3\n… (24 lines as given)\n29\tnew 28\n30\tnew 29\n31\tnew 30\n32\ttwo"
    )


@given(st.lists(st.sampled_from("abc"), max_size=80), st.lists(st.sampled_from("abcd"), max_size=80))
def test_what_is_told_of_a_change_is_what_is_there(old: list[str], new: list[str]) -> None:
    text = regions("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), longest=10)
    for line in filter(None, text.splitlines()):
        number, tab, content = line.partition("\t")
        assert line.startswith("…") or (tab and new[int(number) - 1] == content)
    assert len(text.splitlines()) <= len(new) + 2 * len(hunks(old, new))


def test_several_edits_over_several_files_in_order(work: Workbench) -> None:
    work.files({"a": "one\n", "b": "two\n"})
    result = work.run(
        Edit(),
        edits=[
            {"path": "a", "old": "one", "new": "1"},
            {"path": "b", "old": "two", "new": "2"},
            {"path": "a", "old": "1", "new": "uno"},
        ],
    )
    assert result.ok
    assert work.tree() == {"a": b"uno\n", "b": b"2\n"}
    (event,) = work.events
    assert isinstance(event, FilesChanged)
    assert event.paths == ("a", "b")
    assert (event.added, event.removed) == (2, 2)
    assert event.diff == "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-one\n+uno\n--- a/b\n+++ b/b\n@@ -1,1 +1,1 @@\n-two\n+2\n"


def test_one_miss_leaves_all_files(work: Workbench) -> None:
    work.files({"a": "one\n", "b": "two\n"})
    result = work.run(Edit(), edits=[{"path": "a", "old": "one", "new": "1"}, {"path": "b", "old": "three", "new": "2"}])
    assert not result.ok
    assert work.tree() == {"a": b"one\n", "b": b"two\n"}
    assert not work.events


def test_more_than_one_place_is_refused_with_the_lines(work: Workbench) -> None:
    work.files({"a": "x = 1\ny\nx = 1\n"})
    result = work.run(Edit(), edits=[{"path": "a", "old": "x = 1", "new": "x = 2"}])
    assert "occurs 2 times (lines 1, 3)" in text_of(result)
    assert work.run(Edit(), edits=[{"path": "a", "old": "x = 1", "new": "x = 2", "all": True}]).ok
    assert work.tree() == {"a": b"x = 2\ny\nx = 2\n"}


@pytest.mark.parametrize(
    ("there", "old", "new", "after"),
    [
        ("a  \nb\n", "a\nb", "c", "c\n"),
        ("say “hi”\n", 'say "hi"', "bye", "bye\n"),
        (
            "def f():\n        x = 1\n        y = 2\n",
            "x = 1\ny = 2",
            "x = 3\nif x:\n    y = 4",
            "def f():\n        x = 3\n        if x:\n            y = 4\n",
        ),
        ("if a:\n\tx = 1\n\ty = 2\n", "    x = 1\n    y = 2", "    x = 2", "if a:\n\tx = 2\n"),
        ("a\nb\nc", "c", "d", "a\nb\nd"),
        ("a \nb\nc", "a\nb\n", "", "c"),
    ],
    ids=["trailing", "quotes", "indentation", "tabs", "no-final-newline", "deletion"],
)
def test_matching_forgives_and_fits_in(work: Workbench, there: str, old: str, new: str, after: str) -> None:
    work.files({"a": there})
    result = work.run(Edit(), edits=[{"path": "a", "old": old, "new": new}])
    assert result.ok, result.output
    assert work.tree()["a"].decode() == after


def test_a_miss_shows_the_nearest_region_and_two_offer_the_whole_file(work: Workbench) -> None:
    work.files({"a.py": "import os\n\ndef total(items):\n    return sum(item.price for item in items)\n"})
    wrong = {"path": "a.py", "old": "def totals(items):\n    return sum(item.prices for item in items)", "new": "x"}
    first = text_of(work.run(Edit(), edits=[wrong]))
    assert "3\tdef total(items):\n4\t    return sum(item.price for item in items)" in first
    assert "`write`" not in first
    assert "miss 2 on this file: write the whole file with `write`" in text_of(work.run(Edit(), edits=[wrong]))
    assert work.run(Edit(), edits=[{"path": "a.py", "old": "import os", "new": "import re"}]).ok
    assert "`write`" not in text_of(work.run(Edit(), edits=[wrong])), "a landed edit starts the count again"


@pytest.mark.parametrize(
    "data",
    [
        b"one\r\ntwo\r\n",
        b"\xef\xbb\xbfone\r\ntwo",
        "one\ntwö\n".encode("latin-1"),
        "\ufeffone\ntwo\n".encode("utf-16-le"),
        b"one\r\nmixed\ntwo\r\n",
    ],
    ids=["crlf", "bom-crlf", "latin-1", "utf-16", "mixed"],
)
def test_what_was_not_edited_keeps_its_bytes(work: Workbench, data: bytes) -> None:
    work.files({"a": data})
    encoding = "utf-16-le" if b"\0" in data else "latin-1"
    assert work.run(Edit(), edits=[{"path": "a", "old": "one", "new": "1"}]).ok
    assert work.tree()["a"] == data.decode(encoding).replace("one", "1").encode(encoding)


def test_new_lines_end_as_the_files_do(work: Workbench) -> None:
    work.files({"a": b"one\r\ntwo\r\n"})
    assert work.run(Edit(), edits=[{"path": "a", "old": "one\ntwo", "new": "1\n2\n3"}]).ok
    assert work.tree()["a"] == b"1\r\n2\r\n3\r\n"


def test_a_character_that_the_encoding_lacks_is_refused(work: Workbench) -> None:
    data = "naïve\n".encode("latin-1")
    work.files({"a": data})
    result = work.run(Edit(), edits=[{"path": "a", "old": "na", "new": "→"}])
    assert "latin-1" in text_of(result)
    assert work.tree()["a"] == data


def test_modes_are_kept_and_binaries_left_alone(work: Workbench) -> None:
    work.files({"run.sh": "#!/bin/sh\necho 1\n", "x.bin": b"\0\1\2"})
    (work.root / "run.sh").chmod(0o755)
    assert work.run(Edit(), edits=[{"path": "run.sh", "old": "1", "new": "2"}]).ok
    assert (work.root / "run.sh").stat().st_mode & 0o111
    assert work.patch("*** Begin Patch\n*** Update File: run.sh\n*** Move to: bin/run.sh\n*** End Patch").ok
    assert (work.root / "bin/run.sh").stat().st_mode & 0o111
    assert "binary" in text_of(work.run(Edit(), edits=[{"path": "x.bin", "old": "a", "new": "b"}]))


def test_an_edit_goes_through_a_link_and_a_link_is_not_moved(work: Workbench) -> None:
    work.files({"real": "one\n"})
    (work.root / "link").symlink_to("real")
    assert work.run(Edit(), edits=[{"path": "link", "old": "one", "new": "1"}]).ok
    assert (work.root / "link").is_symlink()
    assert (work.root / "real").read_text() == "1\n"
    assert not (work.root / "real").stat().st_mode & 0o111, "a link's mode is not its file's"
    for patch in ("*** Delete File: link", "*** Update File: link\n*** Move to: other"):
        assert "is a link" in text_of(work.patch(f"*** Begin Patch\n{patch}\n*** End Patch"))
    assert (work.root / "link").is_symlink()


def test_a_failing_write_puts_everything_back(work: Workbench) -> None:
    before = {"a": "one\n", "b": "two\n", "c": "three\n"}
    work.files(before)
    edits = [{"path": name, "old": text.strip(), "new": "changed"} for name, text in before.items()]
    work.sandbox.refuse_write = lambda path: OSError(28, "No space left on device") if path == "c" else None
    result = work.run(Edit(), edits=edits)
    assert "c cannot be written: No space left" in text_of(result)
    assert "Nothing was changed" in text_of(result)
    assert work.tree() == {name: text.encode() for name, text in before.items()}
    assert not work.events


def test_a_failing_patch_puts_back_what_it_deleted_and_made(work: Workbench) -> None:
    work.files({"gone": "x\n", "moved": "y\n", "z": "z\n"})
    before = work.tree()
    patch = (
        "*** Begin Patch\n*** Delete File: gone\n*** Update File: moved\n*** Move to: there\n@@\n-y\n+Y\n"
        "*** Add File: made\n+new\n*** Update File: z\n@@\n-z\n+Z\n*** End Patch"
    )
    refused = ["z"]
    work.sandbox.refuse_write = lambda path: OSError(13, "Permission denied") if refused and path == refused[0] else None
    assert not work.patch(patch).ok
    assert work.tree() == before
    refused.clear()
    assert work.patch(patch).ok
    assert work.tree() == {"there": b"Y\n", "made": b"new\n", "z": b"Z\n"}


@pytest.mark.parametrize("when", range(4))
def test_cancelled_at_any_write_no_half_of_a_change_stays(work: Workbench, when: int) -> None:
    before = {"a": "one\n", "b": "two\n", "c": "three\n"}
    work.files(before)

    async def main() -> None:
        edits = [{"path": name, "old": text.strip(), "new": "changed"} for name, text in before.items()]
        task = asyncio.create_task(work.call(Edit(), edits=edits))
        writes = 0

        async def cancel(path: str) -> None:
            nonlocal writes
            if writes == when:
                task.cancel()
            writes += 1
            await asyncio.sleep(0.005)

        work.sandbox.before_write = cancel
        if when == 3:
            assert (await task).ok
            return
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    changed = dict.fromkeys(before, b"changed\n")
    assert work.tree() == (changed if when == 3 else {name: text.encode() for name, text in before.items()})
    assert len(work.events) == (when == 3)


def test_somebody_elses_change_is_noticed(work: Workbench) -> None:
    work.files({"a": "one\ntwo\n"})
    work.run(Read(), paths=["a"])
    assert "changed since" not in text_of(work.run(Edit(), edits=[{"path": "a", "old": "one", "new": "1"}]))
    work.files({"a": "1\ntwo\nby hand\n"})
    said = text_of(work.run(Edit(), edits=[{"path": "a", "old": "two", "new": "2"}]))
    assert "a changed since you last saw it" in said
    assert work.tree()["a"] == b"1\n2\nby hand\n"


def test_a_write_never_silently_replaces_somebody_elses_change(work: Workbench) -> None:
    work.files({"a": "one\n"})
    work.run(Read(), paths=["a"])
    work.files({"a": "by hand\n"})
    refused = work.run(Write(), path="a", content="mine\n")
    assert not refused.ok
    assert "not overwritten" in text_of(refused)
    assert work.tree()["a"] == b"by hand\n"
    assert text_of(work.run(Write(), path="a", content="mine\n")) == "a: replaced, 1 line"


def test_write_makes_folders_and_keeps_line_ends(work: Workbench) -> None:
    assert text_of(work.run(Write(), path="x/y/z.txt", content="1\n2\n")) == "x/y/z.txt: written, 2 lines"
    work.files({"w.txt": b"a\r\nb\r\n"})
    assert work.run(Write(), path="w.txt", content="c\nd\n").ok
    assert work.tree() == {"x/y/z.txt": b"1\n2\n", "w.txt": b"c\r\nd\r\n"}
    assert "is a folder" in text_of(work.run(Write(), path="x", content=""))


def test_a_secret_that_was_not_shown_is_not_written_over(tmp_path: Path) -> None:
    work = Workbench(tmp_path, secrets=["s3cr3t-value"])
    work.files({"conf": "key=s3cr3t-value\na=1\n"})
    shown = text_of(work.run(Read(), paths=["conf"]))
    assert "s3cr3t" not in shown
    assert not work.run(Write(), path="conf", content="key=[redacted]\na=2\n").ok
    result = work.run(Edit(), edits=[{"path": "conf", "old": "a=1", "new": "a=2"}])
    assert result.ok
    assert "s3cr3t" not in text_of(result) + repr(work.events)
    assert work.tree()["conf"] == b"key=s3cr3t-value\na=2\n"


def test_read_only_access_changes_nothing(tmp_path: Path) -> None:
    work = Workbench(tmp_path, access="read-only")
    work.files({"a": "one\n"})
    assert "read-only" in text_of(work.run(Edit(), edits=[{"path": "a", "old": "one", "new": "1"}]))
    assert work.tree() == {"a": b"one\n"}


def test_a_patch_may_come_as_a_functions_string(work: Workbench) -> None:
    import json

    patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"
    call = FunctionCall(call_id="c", name="apply_patch", arguments=json.dumps({"input": patch}))
    assert asyncio.run(ApplyPatch().run(call, work.bench)).ok
    assert ApplyPatch().title(call) == "a"
    assert ApplyPatch().title(CustomCall(call_id="c", name="apply_patch", input="nonsense")) == "a patch"


def test_a_large_diff_is_cut_in_the_event_and_whole_beside_it(work: Workbench) -> None:
    work.run(Write(), path="big", content="".join(f"{n}\n" for n in range(20_000)))
    (event,) = work.events
    assert isinstance(event, FilesChanged)
    assert len(event.diff) == 20_000
    assert work.artifacts.get(event.artifact).count(b"\n") == 20_003


LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=8),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, st.data())
def test_a_patch_made_from_two_texts_makes_the_second(before: list[str], fresh: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    after = before[:start] + fresh + before[end:]
    chunk = Chunk(
        [],
        [(" ", line) for line in before[:start]]
        + [("-", line) for line in before[start:end]]
        + [("+", line) for line in fresh]
        + [(" ", line) for line in before[end:]],
    )
    text = "".join(line + "\n" for line in before)
    assert apply("f", text, [chunk])[0] == "".join(line + "\n" for line in after)


TREE = st.dictionaries(st.sampled_from("abcd"), st.text("xy\n", min_size=1, max_size=6), min_size=1)
EDITS = st.lists(
    st.fixed_dictionaries(
        {"path": st.sampled_from("abcde"), "old": st.text("xyz\n", max_size=3), "new": st.text("pq\n", max_size=3)}
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(TREE, EDITS, st.sampled_from([None, *"abcd"]))
def test_any_edits_land_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, str], edits: list[dict[str, str]], broken: str | None
) -> None:
    work = Workbench(tmp_path_factory.mktemp("any"))
    work.files({**tree})
    before = work.tree()
    work.sandbox.refuse_write = lambda path: (
        OSError(5, "broken") if path == broken and work.tree().get(path) == before.get(path) else None
    )
    result = work.run(Edit(), edits=edits)
    assert result.ok or work.tree() == before
    assert bool(work.events) == (work.tree() != before)
