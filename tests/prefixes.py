"""The prompt's prefix never moves: every request that a mock server got goes on from an earlier one, byte for byte.

assert_announced(requests, logs)    a request that goes on from none needs a `PrefixSent` of its own in one of the logs

Used by every test that runs whole turns or the program itself, after its own checks, so that no change of a sent prefix can
hide in a path that no test of the prefix thinks of: a retry, a resume, a question, an upgrade, an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pullwright.log.files import FileLog
from pullwright.models.mock.server import Received
from pullwright.protocol.events import PrefixSent

END = b"]}"


def beginnings(requests: Iterable[Received]) -> list[bytes]:
    """The requests that go on from no earlier one: the same again and then more, up to the closing brackets."""
    ends: list[bytes] = []
    begun: list[bytes] = []
    for request in requests:
        body = request.body
        if (
            request.method != "POST"
            or not body.endswith(END)
            or not any(b'"%s":[' % name in body for name in (b"input", b"messages"))
        ):
            continue
        before = [end for end in ends if body.startswith(end.removesuffix(END))]
        if not before:
            begun.append(body)
        ends = [*(end for end in ends if end not in before), body]
    return begun


def announced(logs: Iterable[Path]) -> list[PrefixSent]:
    """The new prefixes that logs (`log.jsonl`) tell of. A fork's copy of its parent's events says nothing new."""
    found: dict[tuple[float, str], PrefixSent] = {}
    for path in logs:
        with FileLog.open(path.parent) as log:
            for event in log.read():
                if isinstance(event, PrefixSent):
                    found[event.time, event.turn] = event
    return list(found.values())


def assert_announced(requests: Iterable[Received], logs: Iterable[Path]) -> None:
    """Fail when requests begin anew more often than the logs say. Without a log (removed, or elsewhere) there is nothing to hold
    them against."""
    kept = list(logs)
    if not kept:
        return
    begun, told = beginnings(requests), announced(kept)
    starts = [body[:300] + b" ... " + body[-200:] for body in begun]
    assert len(begun) <= len(told), (
        f"{len(begun)} prefixes were sent, {len(told)} announced ({[event.reason for event in told]}): {starts}"
    )
