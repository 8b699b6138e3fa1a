"""The rule that whole turns are held to does find a prefix that moved."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import msgspec
import pytest

from prefixes import assert_announced, beginnings
from pullwright.log.files import FileLog
from pullwright.log.recorder import Recorder
from pullwright.models.mock.server import Received
from pullwright.protocol.events import PrefixSent


def sent(head: str, *items: str) -> Received:
    body = f'{{"instructions":"{head}","input":[{",".join(items)}]}}'
    return Received(method="POST", path="/v1/responses", headers={}, body=body.encode())


def log_with(folder: Path, prefixes: int) -> Path:
    async def write(log: FileLog) -> None:
        recorder = Recorder(log, clock=itertools.count(1.0).__next__)
        await recorder.record(
            *(PrefixSent(reason="start", model="m", instructions="a", tools=msgspec.Raw(b"[]")) for _ in range(prefixes))
        )

    with FileLog.create(folder, "s") as log:
        asyncio.run(write(log))
    return folder / "log.jsonl"


GROWN = [sent("a", "1"), sent("a", "1", "2"), sent("a", "1", "2"), sent("a", "1", "2", "3")]


def test_what_grows_is_one_prefix(tmp_path: Path) -> None:
    assert len(beginnings(GROWN)) == 1
    assert_announced(GROWN, [log_with(tmp_path, 1)])


@pytest.mark.parametrize("moved", [sent("b", "1", "2", "3", "4"), sent("a", "1", "9", "3"), sent("a", "1", "2"), sent("a", "2")])
def test_a_change_of_head_history_or_length_has_to_be_announced(tmp_path: Path, moved: Received) -> None:
    with pytest.raises(AssertionError, match="2 prefixes were sent, 1 announced"):
        assert_announced([*GROWN, moved], [log_with(tmp_path / "one", 1)])
    assert_announced([*GROWN, moved], [log_with(tmp_path / "two", 2)])
