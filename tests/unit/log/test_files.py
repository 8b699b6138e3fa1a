"""The log on files: whole batches only, one writer, cheap however long."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.log.files import FileLog
from pullwright.protocol.errors import FixMachine, FixSettings, LogConflict, LogDamaged
from pullwright.protocol.events import Event, Noticed


def notices(*texts: str) -> list[Event]:
    return [Noticed(level="info", text=text) for text in texts]


def texts(log: FileLog, after: int = 0) -> list[str]:
    return [event.text for event in log.read(after) if isinstance(event, Noticed)]


async def fill(log: FileLog, *batches: list[str]) -> None:
    for batch in batches:
        await log.append(notices(*batch), expected_seq=log.last_seq, generation=log.generation)


def test_appended_events_are_numbered_and_read_back(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, ["a", "b"], ["c"]))
        assert log.last_seq == 3
        assert [event.seq for event in log.read()] == [1, 2, 3]
    with FileLog.open(tmp_path / "s") as log:
        assert log.session == "s"
        assert log.last_seq == 3
        assert texts(log, after=1) == ["b", "c"]
        assert texts(log, after=3) == []


def test_a_log_is_made_once_and_opened_only_where_it_is(tmp_path: Path) -> None:
    FileLog.create(tmp_path / "s", "s").close()
    with pytest.raises(FixSettings, match="exists already"):
        FileLog.create(tmp_path / "s", "s")
    with pytest.raises(FixSettings, match="no session"):
        FileLog.open(tmp_path / "t")


def test_a_stale_writer_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as one, FileLog.open(tmp_path / "s") as two:
            await one.append(notices("a"), expected_seq=0, generation=1)
            with pytest.raises(LogConflict, match="not 0"):
                await two.append(notices("x"), expected_seq=0, generation=1)
            await two.append(notices("b"), expected_seq=1, generation=2)
            with pytest.raises(LogConflict, match="newer writer"):
                await one.append(notices("c"), expected_seq=2, generation=1)
            assert texts(one) == ["a", "b"]

    asyncio.run(main())


def test_one_living_writer_claims_a_session(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as one:
        assert one.claim() == 1
        with FileLog.open(tmp_path / "s") as two:
            assert two.claimed
            with pytest.raises(LogConflict, match="another process"):
                two.claim()
    with FileLog.open(tmp_path / "s") as three:
        assert not three.claimed
        assert three.claim() == 2


BATCHES = st.lists(st.lists(st.text(max_size=10), min_size=1, max_size=2), min_size=1, max_size=3)


@settings(max_examples=12, deadline=None)
@given(BATCHES, st.binary(max_size=3))
def test_torn_at_every_byte_the_whole_batches_stay(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    ends = {0: 0}  # size of the file -> events in it
    with FileLog.create(folder, "s") as log:
        for batch in batches:
            asyncio.run(fill(log, batch))
            ends[log.path.stat().st_size] = log.last_seq
    whole = (folder / "log.jsonl").read_bytes()
    everything = [text for batch in batches for text in batch]
    for size in range(len(whole) + 1):
        kept = max(end for end in ends if end <= size)
        (folder / "log.jsonl").write_bytes(whole[:size] + (junk.replace(b"\n", b"") if size != kept else b""))
        with FileLog.open(folder) as log:
            assert texts(log) == everything[: ends[kept]]
            asyncio.run(fill(log, ["next"]))
            assert texts(log) == [*everything[: ends[kept]], "next"]


def test_what_was_torn_is_kept_aside(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, ["a"]))
        with log.path.open("ab") as file:
            file.write(b'{"type":"noticed","seq":2,"le')
        assert texts(log) == ["a"], "a reader neither sees it nor cuts it"
        assert log.path.read_bytes().endswith(b'"le')
        asyncio.run(fill(log, ["b"]))
        assert texts(log) == ["a", "b"]
        assert b'"seq":2,"le' in (tmp_path / "s" / "log.torn").read_bytes()


def test_blocks_of_zeros_after_a_power_cut_are_torn_too(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, ["a"]))
        with log.path.open("ab") as file:
            file.write(bytes(5000) + b"\n")
    with FileLog.open(tmp_path / "s") as log:
        asyncio.run(fill(log, ["b"]))
        assert texts(log) == ["a", "b"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda line: b"x" * len(line), "line 2 of the log is unreadable"),
        (lambda line: line.replace(b'"seq":2', b'"seq":7'), "line 2 of the log holds event 7"),
        (lambda line: line.replace(b'"noticed"', b'"from_tomorrow"'), "line 2 .* does not know"),
    ],
)
def test_an_unreadable_middle_is_named(tmp_path: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, ["a"], ["b"], ["c"]))
        first, second, third = log.path.read_bytes().splitlines(keepends=True)
        log.path.write_bytes(first + damage(second[:-1]) + b"\n" + third)
    with FileLog.open(tmp_path / "s") as log:
        assert log.last_seq == 3
        with pytest.raises(LogDamaged, match=message) as caught:
            list(log.read())
        assert caught.value.fix


def test_a_newer_versions_last_event_is_never_cut_off(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, ["a"]))
        with log.path.open("ab") as file:
            file.write(b'{"type":"from_tomorrow","seq":2}\n')
        assert log.last_seq == 2
        asyncio.run(fill(log, ["b"]))
        assert b"from_tomorrow" in log.path.read_bytes()


def test_newlines_between_json_tokens_do_not_break_lines(tmp_path: Path) -> None:
    import msgspec

    from pullwright.protocol.events import ItemAdded

    raw = msgspec.Raw(b'{\n "type": "message",\n "role": "user", "content": "x\\ny"}')
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(log.append([ItemAdded(source="user", item=raw)], expected_seq=0, generation=0))
        (event,) = log.read()
        assert isinstance(event, ItemAdded)
        assert msgspec.json.decode(event.item) == msgspec.json.decode(raw)


WRITER = """
import asyncio, sys
from pathlib import Path
from pullwright.log.files import FileLog
from pullwright.protocol.events import Noticed
async def main():
    log = FileLog.open(Path(sys.argv[1]))
    generation, seq = log.claim(), log.last_seq
    while True:
        events = [Noticed(level="info", text=str(seq + n) * 50) for n in range(3)]
        seq = await log.append(events, expected_seq=seq, generation=generation)
        print(seq, flush=True)
asyncio.run(main())
"""


def test_what_was_appended_survives_kill_9(tmp_path: Path) -> None:
    FileLog.create(tmp_path / "s", "s").close()
    for _ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "s")], stdout=subprocess.PIPE)
        assert writer.stdout
        seen = [int(writer.stdout.readline()) for _ in range(random.randint(1, 40))][-1]
        os.kill(writer.pid, signal.SIGKILL)
        seen = int((writer.stdout.read().splitlines() or [seen])[-1])
        writer.wait()
        writer.stdout.close()
        with FileLog.open(tmp_path / "s") as log:
            assert log.last_seq >= seen
            assert log.last_seq % 3 == 0, "a batch is whole or not there"
            assert len(list(log.read())) == log.last_seq


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    script = """
import asyncio, resource, signal, sys
from pathlib import Path
from pullwright.log.files import FileLog
from pullwright.protocol.errors import FixMachine
from pullwright.protocol.events import Noticed
log = FileLog.create(Path(sys.argv[1]), "s")
def put(text):
    asyncio.run(log.append([Noticed(level="info", text=text)], expected_seq=log.last_seq, generation=0))
put("a")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    put("b" * 5000)
except FixMachine as error:
    print("refused", error.fix != "")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
put("c")
print([event.text for event in log.read()])
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "s")], capture_output=True, text=True, check=True)
    assert done.stdout == "refused True\n['a', 'c']\n"
    assert FixMachine  # what the child saw


def test_tail_follows_this_and_other_processes(tmp_path: Path) -> None:
    async def main() -> list[str]:
        seen: list[str] = []
        with FileLog.create(tmp_path / "s", "s") as log, FileLog.open(tmp_path / "s") as other:
            await fill(log, ["a"])

            async def follow() -> None:
                async for event in log.tail():
                    assert isinstance(event, Noticed)
                    seen.append(event.text)
                    if event.text == "end":
                        return

            async with asyncio.TaskGroup() as group:
                group.create_task(follow())
                await asyncio.sleep(0)
                await fill(log, ["b"])
                await fill(other, ["c"], ["end"])
        return seen

    assert asyncio.run(asyncio.wait_for(main(), 20)) == ["a", "b", "c", "end"]


def test_a_long_log_opens_and_resumes_by_number_without_reading_it_all(tmp_path: Path) -> None:
    with FileLog.create(tmp_path / "s", "s") as log:
        asyncio.run(fill(log, *[[f"{n} " * 30 for n in range(1000)] for _ in range(100)]))
    began = time.perf_counter()
    with FileLog.open(tmp_path / "s") as log:
        assert log.last_seq == 100_000
        last = next(iter(log.read(after=99_990)))
        few = time.perf_counter() - began
        began = time.perf_counter()
        everything = sum(1 for _ in log.read())
        whole = time.perf_counter() - began
    assert last.seq == 99_991
    assert everything == 100_000
    assert few < whole / 10


def test_sync_reaches_the_disk(tmp_path: Path) -> None:
    async def main() -> None:
        with FileLog.create(tmp_path / "s", "s") as log:
            await fill(log, ["a"])
            log.artifacts.put("outputs/one.txt", b"x")
            await log.sync()
            await log.sync()

    asyncio.run(main())
