"""Tokens estimated from bytes, and corrected by what the provider counts.

A token of prose or code is about four bytes; we start at 3.2 so as not to be far too low, and an image counts
1,600 tokens whatever its bytes. After each answer the rate follows the provider's own count.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pullwright.models.model import ModelRequest
from pullwright.protocol.items import Item

BYTES_PER_TOKEN = 3.2
IMAGE_TOKENS = 1600
_IMAGE = b'"data:image/'
_FEW = 32
"""A list of fewer items is weighed as it is; that of a conversation is remembered, and only what is new is weighed."""

_encode = msgspec.json.Encoder().encode


class Estimator:
    """Estimates requests of one model."""

    def __init__(self) -> None:
        self._scale = 1.0
        self._tools: tuple[object, int] = ((), 0)
        self._weighed: list[Item] = []
        self._weight = (0, 0)

    def estimate(self, request: ModelRequest) -> int:
        """Input tokens of `request`, tool schemas included."""
        return round(self._plain(request) * self._scale) + 1

    def learn(self, request: ModelRequest, counted: int) -> None:
        """The provider counted `request` at `counted` input tokens."""
        self._learn(self._plain(request), counted)

    def _learn(self, plain: float, counted: int) -> None:
        if counted > 0 and plain > 0:
            self._scale = min(max(counted / plain, 0.4), 2.5)

    def of_size(self, size: int, images: int) -> int:
        """Input tokens of so many bytes of text and schemas, and so many images."""
        return round(_tokens(size, images) * self._scale) + 1

    def learn_of_size(self, size: int, images: int, counted: int) -> None:
        """The provider counted so much at `counted` input tokens."""
        self._learn(_tokens(size, images), counted)

    def of_text(self, size: int) -> int:
        """Tokens of `size` bytes that the model wrote."""
        return round(size / BYTES_PER_TOKEN) if size else 0

    def _plain(self, request: ModelRequest) -> float:
        if self._tools[0] != request.tools:
            self._tools = (request.tools, len(_encode(request.tools)))
        size, images = self._items(request.items)
        return _tokens(len(request.instructions.encode()) + self._tools[1] + size, images)

    def _items(self, items: Sequence[Item]) -> tuple[int, int]:
        """Bytes of all items without their images, and how many images. A conversation grows: a step costs what it adds."""
        if len(items) < _FEW:
            return weigh(items)
        known = len(self._weighed)
        if list(items[:known]) != self._weighed:
            self._weighed, self._weight, known = [], (0, 0), 0
        fresh = items[known:]
        size, images = weigh(fresh)
        self._weighed += fresh
        self._weight = (self._weight[0] + size, self._weight[1] + images)
        return self._weight


def _tokens(size: int, images: int) -> float:
    return size / BYTES_PER_TOKEN + images * IMAGE_TOKENS


def weigh(items: Sequence[Item]) -> tuple[int, int]:
    """Bytes of all items without their images, and how many images."""
    size = images = 0
    for item in items:
        raw = item.raw
        size += len(raw)
        at = raw.find(_IMAGE)
        while at >= 0:
            end = raw.find(b'"', at + 1)
            size -= end - at
            images += 1
            at = raw.find(_IMAGE, end)
    return size, images
