"""Items have ids that do not change, and are listed in pages."""

from __future__ import annotations

import json

import pytest

from pullwright.protocol.errors import NotFound
from pullwright.protocol.items import Item
from pullwright.tasks.responses.items import packed, page_of, unpacked, with_ids

ITEMS = [
    Item(b'{"type":"message","role":"user","content":"a"}'),
    Item(b'{"type":"function_call_output","call_id":"c","output":"b","id":"fco_1"}'),
    Item(b'{"type":"something_new", "x" : 1.0}'),
]


def test_packed_items_come_back_byte_for_byte() -> None:
    assert [item.raw for item in unpacked(packed(ITEMS))] == [item.raw for item in ITEMS]
    assert unpacked(b"[]") == []


def test_an_item_keeps_its_id_and_gets_one_that_is_always_the_same() -> None:
    ids = [one.id for one in with_ids(ITEMS, "resp_abc")]
    assert ids == ["msg_abc_0", "fco_1", "item_abc_2"]
    assert [one.id for one in with_ids(ITEMS, "resp_abc")] == ids
    assert with_ids(ITEMS, "resp_abc")[2].fields == {"type": "something_new", "x": 1.0, "id": "item_abc_2"}


def test_pages_go_through_the_list_once_in_either_order() -> None:
    listed = with_ids([Item(json.dumps({"type": "message", "n": n}).encode()) for n in range(7)], "resp_abc")
    for order in ("asc", "desc"):
        seen: list[int] = []
        after = ""
        while True:
            page = page_of(listed, order=order, after=after, limit=3)
            seen += [item["n"] for item in page.data]
            if not page.has_more:
                break
            after = page.last_id or ""
        assert seen == sorted(range(7), reverse=order == "desc")
    with pytest.raises(NotFound):
        page_of(listed, order="asc", after="msg_other", limit=3)
