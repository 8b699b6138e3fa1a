"""Another `sequence_number` in an event, the rest of its bytes as they are."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

_NUMBER = re.compile(rb'"sequence_number"\s*:\s*(?:-?\d+|null)(?=\s*[,}])')
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def numbered(data: bytes, kind: str, number: int, *, typed: bool, counted: bool) -> bytes:
    """The JSON object `data` as an event of type `kind` with our number, on one line.

    `typed` and `counted` say whether it has a type and a number of its own. In a string a quote has a backslash before it, so
    what matches is a key; where it is not plain whose, the whole is decoded and encoded again.
    """
    if b"\n" in data:
        data = data.replace(b"\n", b" ")  # between tokens alone: in a string it would be escaped
    ours = b'"sequence_number":%d' % number
    if typed and counted and data.count(b'"sequence_number"') == 1:
        changed, times = _NUMBER.subn(ours, data)
        if times == 1:
            return changed
    elif typed and not counted and data[:1] == b"{":
        return b"{" + ours + b"," + data[1:]
    fields = cast("dict[str, Any]", _decode(data))
    return _encode({**fields, "type": kind, "sequence_number": number})
