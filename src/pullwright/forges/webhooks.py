"""Webhooks: is it from the forge, and what does it tell.

    verify(kind, headers, raw, secret, now)      on the raw bytes, in constant time; Delivery, or `Forbidden`
    parse(kind, delivery, raw, bot=…)            the events in it; nothing when they are our own doing or of no concern

The delivery id is not signed by every forge, so that a body that somebody got hold of could be sent again under another one:
`Delivery.digest` is what a delivery is told by.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

import msgspec

from pullwright.forges.events import CheckFailed, ForgeEvent, PullMerged
from pullwright.forges.gitea import webhooks as gitea
from pullwright.forges.github import webhooks as github
from pullwright.forges.gitlab import webhooks as gitlab
from pullwright.protocol.errors import ChangeRequest, Forbidden

Kind = Literal["github", "gitlab", "gitea"]
TOLERANCE = 300.0
"""Seconds that a signed time may be off."""
SIGNING = "whsec_"
"""What the secrets of Standard Webhooks begin with."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is genuine: the forge's id for it (or the digest), the event's name, the body's SHA-256."""

    id: str
    event: str
    digest: str


def verify(kind: Kind, headers: Mapping[str, str], raw: bytes, secret: str, now: float) -> Delivery:
    """Check the signature. Raises `Forbidden` when there is none, it is wrong or too old, or no secret is set."""
    named = {name.lower(): value for name, value in headers.items()}
    if not secret:
        raise Forbidden("no webhook secret is set for this connection", fix="Set one here and at the forge.")
    if kind == "gitlab":
        _verify_gitlab(named, raw, secret, now)
    else:
        _verify_hmac(named, raw, secret)
    digest = hashlib.sha256(raw).hexdigest()
    event = next((named[name] for name in EVENT_HEADERS[kind] if named.get(name)), "")
    identity = next((named[name] for name in ID_HEADERS[kind] if named.get(name)), digest)
    return Delivery(id=identity[:128], event=event[:64], digest=digest)


def parse(kind: Kind, delivery: Delivery, raw: bytes, *, bot: str = "") -> tuple[ForgeEvent, ...]:
    """What a delivery tells. `bot` is the login whose doings are our own. Raises `ChangeRequest` for what is no such payload."""
    reader = {"github": github.read, "gitlab": gitlab.read, "gitea": gitea.read}[kind]
    try:
        events = reader(delivery.event, raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ChangeRequest(f"the {delivery.event or 'webhook'} payload is not as {kind} documents it: {error}") from None
    return tuple(event for event in events if not _our_own(event, bot))


def _our_own(event: ForgeEvent, bot: str) -> bool:
    """A failed check is told in the name of whoever pushed, which is us: it counts all the same. So does a merge."""
    return bool(bot) and not isinstance(event, CheckFailed | PullMerged) and event.actor.lower() == bot.lower()


EVENT_HEADERS: Mapping[Kind, tuple[str, ...]] = {
    "github": ("x-github-event",),
    "gitlab": ("x-gitlab-event",),
    "gitea": ("x-gitea-event", "x-forgejo-event", "x-gogs-event", "x-github-event"),
}
ID_HEADERS: Mapping[Kind, tuple[str, ...]] = {
    "github": ("x-github-delivery",),
    "gitlab": ("webhook-id", "idempotency-key", "x-gitlab-webhook-uuid"),
    "gitea": ("x-gitea-delivery", "x-forgejo-delivery", "x-github-delivery"),
}
FORGED = "the webhook's signature is not right"
FIX = "See that the secret at the forge is the connection's webhook secret."


def _verify_hmac(headers: Mapping[str, str], raw: bytes, secret: str) -> None:
    """`X-Hub-Signature-256: sha256=…` (GitHub; Gitea and Forgejo send it too, and the bare digest under their own names)."""
    given = headers.get("x-hub-signature-256", "")
    bare = next((headers[name] for name in ("x-gitea-signature", "x-forgejo-signature") if headers.get(name)), "")
    given = given.removeprefix("sha256=") if given.startswith("sha256=") else bare
    if not given:
        raise Forbidden("the webhook is not signed", fix="Set the connection's webhook secret at the forge.")
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise Forbidden(FORGED, fix=FIX)


def _verify_gitlab(headers: Mapping[str, str], raw: bytes, secret: str, now: float) -> None:
    """A signing secret (`whsec_…`) must have signed id, time and body; any other is sent along as it is."""
    if not secret.startswith(SIGNING):
        given = headers.get("x-gitlab-token", "")
        if not hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace")):
            raise Forbidden("the webhook's token is not right" if given else "the webhook carries no token", fix=FIX)
        return
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    try:
        key = base64.b64decode(secret.removeprefix(SIGNING), validate=True)
        off = abs(now - int(stamp))
    except (binascii.Error, ValueError):
        raise Forbidden("the webhook is not signed, or its signing secret is no `whsec_…`", fix=FIX) from None
    expected = base64.b64encode(hmac.new(key, f"{identity}.{stamp}.".encode() + raw, hashlib.sha256).digest())
    given = [word.partition(",") for word in headers.get("webhook-signature", "").split()]
    if not any(v == "v1" and hmac.compare_digest(expected, value.encode("utf-8", "replace")) for v, _, value in given):
        raise Forbidden(FORGED, fix=FIX)
    if off > TOLERANCE:
        raise Forbidden("the webhook is too old, or a clock is wrong", fix="Set the clocks of both machines.")
