"""A journal is its process's while that lives; what it says can be read by whoever finds it left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.journal import SLOTS, Journal, take_left


def test_it_is_nobody_elses_while_it_is_held_and_goes_when_nothing_is_open(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, "server_1")
    slot = journal.begin("call_1", None)
    assert take_left(tmp_path) == []
    journal.free(slot)
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_written_is_left_for_the_next_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, "server_1")
    slots = [journal.begin(f"call_{number}", 1e-6 if number else None) for number in range(3 * SLOTS)]  # it grows
    assert len(set(slots)) == 3 * SLOTS
    for number, slot in enumerate(slots):
        journal.heard(slot, number)
    journal.first(slots[5], 0.25)
    usage = Usage(input=7, cached=1, cache_written=2, output=9, reasoning=3)
    journal.ended(slots[6], "completed", usage, None, 1.5)
    journal.free(slots[7])
    journal.close()
    (left,) = take_left(tmp_path)
    assert take_left(tmp_path) == []  # whoever has it sees to it alone
    said = left.read()
    assert set(said) == {f"call_{number}" for number in range(3 * SLOTS) if number != 7}
    assert (said["call_5"].heard, said["call_5"].first_seconds, said["call_5"].token_usd) == (5, 0.25, pytest.approx(1e-6))
    ended = said["call_6"]
    assert (ended.status, ended.usage, ended.cost_usd, ended.seconds) == ("completed", usage, None, 1.5)
    assert (said["call_0"].first_seconds, said["call_0"].token_usd, said["call_0"].usage) == (None, None, None)
    left.remove()
    left.release()
    left.release()
    assert take_left(tmp_path) == []


def test_a_slot_that_is_used_again_says_nothing_of_before(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, "server_1")
    slot = journal.begin("call_1", 1.0)
    journal.heard(slot, 9)
    journal.ended(slot, "completed", Usage(input=1), 0.5, 1.0)
    journal.free(slot)
    assert journal.begin("call_2", None) == slot
    journal.close()
    (left,) = take_left(tmp_path)
    (said,) = left.read().values()
    assert (said.heard, said.token_usd, said.usage) == (0, None, None)
    left.release()
