"""A server's list of tools, taken as far as it is reasonable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.tools.mcp.definitions import LARGEST, Definition
from pullwright.tools.mcp.untrusted import is_plain, line

if TYPE_CHECKING:
    from mcp import Client

MOST = 500
"""Tools of one server."""
PAGES = 50
TOGETHER = 2 << 20
"""Bytes of all definitions of one server."""


async def list_tools(client: Client) -> tuple[dict[str, Definition], list[str]]:
    """Name -> definition, sorted; and in words what was left out. Raises what `mcp` raises."""
    from mcp_types import PaginatedRequestParams

    found: dict[str, Definition] = {}
    left_out: list[str] = []
    cursor: str | None = None
    size = 0
    for _ in range(PAGES):
        page = await client.session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        for tool in page.tools:
            one = Definition(name=tool.name, description=tool.description or "", schema=tool.input_schema)
            weight = len(one.raw)
            if why := _why_not(one, weight, found):
                left_out.append(why)
            elif len(found) >= MOST or size + weight > TOGETHER:
                return dict(sorted(found.items())), [*left_out[:10], f"it has more than {len(found)} tools; the rest is left out"]
            else:
                found[one.name] = one
                size += weight
        if not page.next_cursor or page.next_cursor == cursor:
            break
        cursor = page.next_cursor
    else:
        left_out.append(f"its list has more than {PAGES} pages; the rest is left out")
    more = [f"and {len(left_out) - 10} more"] if len(left_out) > 10 else []
    return dict(sorted(found.items())), [*left_out[:10], *more]


def _why_not(one: Definition, weight: int, found: dict[str, Definition]) -> str:
    if not is_plain(one.name):
        return f"a tool whose name cannot be shown ({line(repr(one.name), 60)})"
    if one.name in found:
        return f"a second tool {one.name}"
    if weight > LARGEST:
        return f"{one.name}, whose definition has {weight:,} bytes"
    return ""
