"""Images and oversized strings leave an event before it is logged, and come back byte for byte.

A JSON string token in an event's line is replaced by `"pullwright-artifact:NAME"`:

    every data URL of an image                        images/DIGEST.png      the image itself
    in a line above `LARGEST`, strings above `LONG`   strings/DIGEST.json    the token as it stood
    a string that looks like a reference already      strings/DIGEST.json    so that nobody can forge one

The token, not the text, is what is kept: a model must be sent the same bytes again after a resume.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import msgspec

from pullwright.log.log import Artifacts
from pullwright.protocol.errors import LogDamaged
from pullwright.protocol.events import Event, decode, encode
from pullwright.protocol.items import Item

LARGEST = 256 << 10
"""The largest line that keeps all its strings, in bytes."""

LONG = 16 << 10
"""In a larger line, strings above this leave."""

REFERENCE = b'"pullwright-artifact:'

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_IMAGE = re.compile(rb'"data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)"')
_IMAGE_START = b'"data:image/'


def detach(event: Event, artifacts: Artifacts) -> Event:
    """The event as it may be logged; the same object where there is nothing to move (the usual case)."""
    line = encode(event)
    large = len(line) > LARGEST
    if not large and _IMAGE_START not in line and REFERENCE not in line:
        return event

    def move(found: re.Match[bytes]) -> bytes:
        token = found[0]
        if token.startswith(_IMAGE_START):
            return _keep_image(token, artifacts)
        if (large and len(token) > LONG) or token.startswith(REFERENCE):
            return _keep_token(token, artifacts)
        return token

    return decode(_TOKEN.sub(move, line))


def _keep_image(token: bytes, artifacts: Artifacts) -> bytes:
    if match := _IMAGE.fullmatch(token):
        try:
            image = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            return _keep_token(token, artifacts)
        if base64.b64encode(image) == match[2]:
            return _keep(f"images/{_digest(image)}.{match[1].decode()}", image, artifacts)
    return _keep_token(token, artifacts)


def _keep_token(token: bytes, artifacts: Artifacts) -> bytes:
    return _keep(f"strings/{_digest(token)}.json", token, artifacts)


def _keep(name: str, data: bytes, artifacts: Artifacts) -> bytes:
    artifacts.put(name, data)
    return REFERENCE + name.encode() + b'"'


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def attach(raw: bytes, artifacts: Artifacts) -> bytes:
    """The JSON as it was before `detach`. Raises `LogDamaged` when an artifact is gone."""
    if REFERENCE not in raw:
        return raw

    def restore(found: re.Match[bytes]) -> bytes:
        token = found[0]
        if not token.startswith(REFERENCE):
            return token
        name = token[len(REFERENCE) : -1].decode()
        try:
            data = artifacts.get(name)
        except KeyError:
            raise LogDamaged(f"the artifact {name} that an event refers to is gone") from None
        if name.startswith("images/"):
            kind = name.rpartition(".")[2].encode()
            return b'"data:image/' + kind + b";base64," + base64.b64encode(data) + b'"'
        return data

    return _TOKEN.sub(restore, raw)


def restored(raw: msgspec.Raw, artifacts: Artifacts) -> Item:
    """The item of a logged event, whole again."""
    return Item(attach(bytes(raw), artifacts))
