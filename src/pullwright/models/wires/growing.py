"""The growing list at the end of a body: each item is encoded once and its bytes are sent again.

    {"model":…,"tools":…,"input":[  item , item , item  ]}
    └── head, fixed in a prefix ──┘└── only ever grows ─┘

Everything but the list comes first, so the body of each call is that of the call before it, up to the closing
`]}`, and then what is new. A change of head, or items that do not continue the earlier ones, starts anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pullwright.protocol.items import Item

TAIL = b"]}"


class Transcript(Protocol):
    """Turns items into the list's JSON elements, one by one and in order."""

    def add(self, item: Item) -> list[bytes]:
        """The elements that are complete once `item` has come (none while it may still be joined by the next)."""
        ...

    def seal(self) -> list[bytes]:
        """The elements held back so far: the request is about to be sent, nothing may join them any more."""
        ...


class GrowingList:
    """A body under construction over the calls of one conversation."""

    def __init__(self, start: Callable[[], Transcript]) -> None:
        self._start = start
        self._transcript = start()
        self._head = b""
        self._items: list[Item] = []
        self._body = bytearray()

    def body(self, head: bytes, items: Sequence[Item]) -> bytes:
        """`head`, then all `items`, then the closing brackets. Costs what is new, and one copy."""
        known = len(self._items)
        if head != self._head or list(items[:known]) != self._items:
            self._transcript, self._head = self._start(), head
            self._items, self._body = [], bytearray(head)
            known = 0
        for item in items[known:]:
            self._append(self._transcript.add(item))
            self._items.append(item)
        self._append(self._transcript.seal())
        return bytes(self._body) + TAIL

    def _append(self, elements: list[bytes]) -> None:
        for element in elements:
            if not self._body.endswith(b"["):
                self._body += b","
            self._body += element
