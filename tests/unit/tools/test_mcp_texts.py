"""What a server says, in whatever words: harmless, bounded, and told apart. And what is kept of it."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.protocol.items import FunctionCall
from pullwright.tools.mcp.connection import Connection
from pullwright.tools.mcp.definitions import DESCRIPTION, Definition
from pullwright.tools.mcp.flood import Flooded, Lines, Meter
from pullwright.tools.mcp.names import parted
from pullwright.tools.mcp.pins import Pins
from pullwright.tools.mcp.schemas import DEEPEST, LARGEST, Unusable, bounded_schema
from pullwright.tools.mcp.search import McpCall, McpSearch
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tool import McpTool
from pullwright.tools.mcp.untrusted import line, visible

SERVER = McpServer(name="s", command="x")
HIDDEN = ("Cf", "Co", "Cs", "Zl", "Zp")

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
known = ("type", "properties", "items", "anyOf", "$ref", "$defs", "required", "enum", "description", "pattern", "x-own")
keywords = st.sampled_from(known) | st.text(max_size=8)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(keywords, inner, max_size=5)


schemas = st.recursive(scalars, nested, max_leaves=60)


@given(st.text())
def test_nothing_that_cannot_be_seen_is_left(text: str) -> None:
    left = visible(text)
    bad = [char for char in left if char not in "\n\t" and unicodedata.category(char) == "Cc"]
    assert bad == []
    # Signs that Unicode counts as format but that are drawn (Arabic, Kaithi, shorthand, hieroglyphs) stay.
    hidden = {char for char in left if unicodedata.category(char) in HIDDEN}
    assert all("\u0600" <= char <= "\u08e2" or "\U000110bd" <= char <= "\U0001343f" for char in hidden)
    assert visible(left) == left
    assert "\n" not in line(text, 50)
    assert len(line(text, 50)) <= 50


@given(schemas.filter(lambda value: isinstance(value, dict)))
def test_any_schema_is_bounded_and_stays_json(schema: dict[str, Any]) -> None:
    try:
        offered, _ = bounded_schema(schema)
    except Unusable:
        return
    assert offered["type"] == "object"
    assert isinstance(offered["properties"], dict)
    assert len(json.dumps(offered, ensure_ascii=False).encode("utf-8", "replace")) <= 2 * LARGEST
    assert "x-own" not in offered
    text = json.dumps(offered, ensure_ascii=False)
    assert visible(text) == text


def test_a_schema_goes_no_deeper_than_is_offered() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"a": deep}}
    offered, _ = bounded_schema(deep)
    depth = 0
    while offered.get("properties"):
        offered, depth = offered["properties"]["a"], depth + 1
    assert depth <= DEEPEST + 1


@given(st.text(min_size=1, max_size=200), st.text(max_size=2000))
def test_any_name_is_offered_as_one_that_every_provider_takes(name: str, description: str) -> None:
    one = Definition(name=name, description=description)
    offered = one.offered_as(SERVER)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", offered)
    assert parted(offered)
    try:
        spec = one.spec(SERVER)
    except Unusable:
        return
    assert spec.description.startswith("[from MCP server s]")
    assert len(spec.description) <= DESCRIPTION + 30


def test_names_that_look_alike_once_changed_stay_apart() -> None:
    names = ["a.b", "a/b", "a b", "a_b", "x" * 100, "x" * 101]
    assert len({Definition(name=name).offered_as(SERVER) for name in names}) == len(names)


@given(st.lists(st.binary(max_size=40)))
def test_lines_are_the_same_wherever_they_are_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces) + b"\n"
    lines = Lines(Meter())
    got = [each for piece in (*pieces, b"\n") for each in lines.feed(piece)]
    assert got == [each for each in whole.split(b"\n") if each.strip()]


def test_a_line_and_a_flow_have_an_end() -> None:
    with pytest.raises(Flooded, match="message of more than"):
        Lines(Meter(between=1000), longest=10).feed(b"x" * 11)
    meter = Meter(between=100)
    lines = Lines(meter)
    lines.feed(b"a\n" * 40)
    meter.call()
    lines.feed(b"a\n" * 40)
    with pytest.raises(Flooded, match="unasked"):
        lines.feed(b"a\n" * 40)


def tools(*named: str) -> dict[str, McpTool]:
    async def never() -> Any: ...

    connection = Connection(SERVER, never)
    made = [McpTool(connection, Definition(name=name, description=f"Does {name}. Works on tickets.")) for name in named]
    return {tool.spec.name: tool for tool in made}


def ask(asked: Any, /, **arguments: Any) -> str:
    call = FunctionCall(call_id="c", name=asked.spec.name, arguments=json.dumps(arguments))
    return str(asyncio.run(asked.run(call, None)).output)


def test_a_search_finds_by_name_before_description_and_stays_short() -> None:
    many = tools("create_ticket", "close_ticket", *(f"other_{number}" for number in range(200)))
    search = McpSearch(many, ["s"])
    assert ask(search, query="create ticket").startswith("mcp__s__create_ticket\n")
    assert "No tool matches 'zebra'" in ask(search, query="zebra")
    for query in ("", "tickets", "zebra"):
        assert len(ask(search, query=query)) < 9_000
    call = McpCall(many)
    assert "find its name with mcp_search" in ask(call, tool="create_ticket")
    assert len(json.dumps([search.spec.description, call.spec.description, search.spec.parameters, call.spec.parameters])) < 700


def test_a_record_that_is_damaged_permits_nothing(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins", tmp_path)
    found = {"a": Definition(name="a")}
    pins.compare(SERVER, found)
    assert set(pins.get(SERVER).tools) == {"a"}  # type: ignore[union-attr]
    (path,) = (tmp_path / "pins").iterdir()
    path.write_text("{")
    pins.compare(SERVER, found)
    record = pins.get(SERVER)
    assert record
    assert (set(record.tools), set(record.waiting)) == (set(), {"a"})


def test_what_was_permitted_holds_for_one_project_and_one_way_to_the_server(tmp_path: Path) -> None:
    found = {"a": Definition(name="a")}
    Pins(tmp_path / "pins", tmp_path / "one").compare(SERVER, found)
    assert Pins(tmp_path / "pins", tmp_path / "two").get(SERVER) is None
    assert Pins(tmp_path / "pins", tmp_path / "one").get(McpServer(name="s", command="y")) is None


def test_a_tool_that_went_and_came_back_as_another_waits(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins", tmp_path)
    pins.compare(SERVER, {"a": Definition(name="a")})
    pins.compare(SERVER, {})
    pins.compare(SERVER, {"a": Definition(name="a", description="Now with keys.")})
    record = pins.get(SERVER)
    assert record
    assert set(record.waiting) == {"a"}


def test_a_tool_that_is_not_listed_any_more_is_not_offered_and_comes_back_as_it_was(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins", tmp_path)
    both = {name: Definition(name=name) for name in ("a", "b")}
    for found, offered in ((both, ["a", "b"]), ({"a": both["a"]}, ["a"]), (both, ["a", "b"])):
        pins.compare(SERVER, found)
        record = pins.get(SERVER)
        assert record
        assert [one.name for one in record.offered] == offered
        assert record.waiting == {}
