"""Standard Webhooks (standardwebhooks.com): secrets, and the headers by which a receiver knows that it is told by us.

What is signed is `id.timestamp.body`: HMAC-SHA256, in base64, after `v1,`; several signatures (of a new secret and the one
before) stand with a space between them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A fresh one, as the receiver is given it."""
    return PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()


def signed_headers(secrets: Sequence[str], message_id: str, now: float, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent now."""
    timestamp = str(int(now))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, f"{message_id}.{timestamp}.".encode() + body) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
