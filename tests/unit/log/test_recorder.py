"""The one writer: an event is shown only after it is logged; images and long strings never reach the log."""

import asyncio
import base64
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.detached import LARGEST, attach, detach, restored
from pullwright.log.files import FileLog
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import Bug, LogConflict, LogDamaged
from pullwright.protocol.events import Compacted, Event, InputReceived, ItemAdded, Noticed, decode, encode, raw_item
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.items import Item, user_message
from pullwright.protocol.live import Live, Progress

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def url(data: bytes = PNG, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def notice(text: str) -> Noticed:
    return Noticed(level="info", text=text)


def test_events_are_stamped_logged_then_shown(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log:
            recorder = Recorder(log, log.claim(), clock=lambda: 12.5)
            seen: list[tuple[Event | Live, int]] = []
            stop = recorder.watch(lambda frame: seen.append((frame, log.last_seq)))
            recorder.turn, recorder.step = "turn_1", 3
            recorder.post(notice("posted"))
            assert not seen
            recorder.show(Progress("checking out"))
            await recorder.record(notice("recorded"))
            stop()
            await recorder.record(notice("unseen"))
            assert [(getattr(frame, "seq", 0), there) for frame, there in seen] == [(0, 0), (1, 2), (2, 2)]
            first = next(iter(log.read()))
            assert (first.seq, first.time, first.turn, first.step) == (1, 12.5, "turn_1", 3)
            assert recorder.seq == log.last_seq == 3
            await recorder.sync()

    asyncio.run(main())


def test_a_broken_watcher_is_taken_off_and_the_work_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log:
            recorder = Recorder(log)
            seen: list[Event | Live] = []

            def broken(frame: Event | Live) -> None:
                raise BrokenPipeError

            recorder.watch(broken)
            recorder.watch(seen.append)
            await recorder.record(notice("a"))
            await recorder.record(notice("b"))
            texts = [event.text for event in log.read() if isinstance(event, Noticed)]
            assert texts[0] == "a"
            assert "BrokenPipeError" in texts[1]
            assert texts[2:] == ["b"]
            assert len(seen) == 3

    asyncio.run(main())


def test_what_could_not_be_logged_stays_in_line(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log:
            recorder = Recorder(log)
            seen: list[Event | Live] = []
            recorder.watch(seen.append)
            append, log.append = log.append, _full  # type: ignore[method-assign]
            with pytest.raises(OSError, match="full"):
                await recorder.record(notice("a"))
            assert not seen
            log.append = append  # type: ignore[method-assign]
            await recorder.record(notice("b"))
            assert [event.text for event in log.read() if isinstance(event, Noticed)] == ["a", "b"]

    async def _full(*_: object, **__: object) -> int:
        raise OSError("full")

    asyncio.run(main())


def test_an_older_recorder_is_fenced_off(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log, FileLog.open(tmp_path / "s") as other:
            old, new = Recorder(log, 1), Recorder(other, 2)
            await old.record(notice("old"))
            new = Recorder(other, 2)
            await new.record(notice("new"))
            with pytest.raises(LogConflict):
                await old.record(notice("too late"))

    asyncio.run(main())


def test_many_tasks_record_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log:
            recorder = Recorder(log)
            async with asyncio.TaskGroup() as group:
                for n in range(50):
                    group.create_task(recorder.record(notice(str(n))))
            assert sorted(event.text for event in log.read() if isinstance(event, Noticed)) == sorted(map(str, range(50)))

    asyncio.run(main())


def test_images_become_artifacts_and_come_back(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path)
    item = user_message("look", [url(), url(b"RIFFxxxxWEBP", "webp")])
    logged = detach(ItemAdded(source="user", item=raw_item(item)), artifacts)
    assert isinstance(logged, ItemAdded)
    assert b"base64" not in encode(logged)
    assert [artifacts.get(name) for name in artifacts.names() if name.endswith("png")] == [PNG]
    assert restored(logged.item, artifacts) == item


def test_a_prompts_images_and_compacted_items_leave_too(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path)
    prompt = detach(InputReceived(input=Prompt(id="i", text="x", images=(url(),))), artifacts)
    compacted = detach(
        Compacted(how="masked", tokens_before=2, tokens_after=1, items=(raw_item(user_message("x", [url()])),)), artifacts
    )
    assert len(encode(prompt)) + len(encode(compacted)) < 800


def test_a_gigantic_event_keeps_its_short_strings(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path)
    item = (
        user_message("short")
        if False
        else Item(json.dumps({"type": "message", "role": "user", "content": "x" * 3_000_000, "k": "v"}).encode())
    )
    logged = detach(ItemAdded(source="user", item=raw_item(item)), artifacts)
    assert isinstance(logged, ItemAdded)
    assert len(encode(logged)) < 1000
    assert b'"k":"v"' in encode(logged).replace(b" ", b"")
    assert restored(logged.item, artifacts) == item


def test_an_ordinary_event_is_the_same_object(tmp_path: Path) -> None:
    event = ItemAdded(source="user", item=raw_item(user_message("x" * 1000)))
    assert detach(event, FolderArtifacts(tmp_path)) is event


def test_a_reference_cannot_be_forged(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path)
    artifacts.put("outputs/secret.txt", b'"of another"')
    item = user_message("pullwright-artifact:outputs/secret.txt")
    logged = detach(ItemAdded(source="user", item=raw_item(item)), artifacts)
    assert isinstance(logged, ItemAdded)
    assert restored(logged.item, artifacts) == item


def test_a_lost_artifact_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogDamaged, match=r"images/gone\.png"):
        attach(b'"pullwright-artifact:images/gone.png"', FolderArtifacts(tmp_path))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from([url(), url(PNG, "gif"), "data:image/x;base64,??", "pullwright-artifact:a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.booleans(), st.booleans())
def test_any_item_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, value: object, ascii_only: bool, large: bool
) -> None:
    artifacts = FolderArtifacts(tmp_path_factory.getbasetemp() / "any-item")
    body = {"type": "other", "value": value, "more": ['é\\"' * 20_000, "y" * LARGEST] if large else []}
    raw = json.dumps(body, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    logged = detach(ItemAdded(source="model", item=msgspec.Raw(raw)), artifacts)
    line = encode(logged)
    assert isinstance(logged, ItemAdded)
    assert len(line) < LARGEST
    assert b'"data:image/' not in line
    read = decode(line)
    assert isinstance(read, ItemAdded)
    assert restored(read.item, artifacts).raw == raw


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "a/.tmp", "x\0y", "z" * 300])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    with pytest.raises(ValueError, match="not an artifact"):
        artifacts.put(name, b"")
    with pytest.raises(KeyError):
        artifacts.get(name)


def test_artifacts_are_replaced_listed_and_bounded(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path / "artifacts", cap=10)
    assert artifacts.names() == []
    artifacts.put("b/two", b"1")
    artifacts.put("a", b"1")
    artifacts.put("a", b"2")
    assert artifacts.get("a") == b"2"
    assert artifacts.names() == ["a", "b/two"]
    with pytest.raises(Bug):
        artifacts.put("c", b"x" * 11)
    with pytest.raises(KeyError):
        artifacts.get("c")
