"""What the proxy says no with.

NotServed               this connection or request goes no further; `status` and `text` say why
├── Refused             a rule forbids it, or none allows it: 403
├── Malformed           not HTTP that can be judged safely: 400, 431
└── Unreachable         allowed, but the other side does not answer: 502, 504
"""

from __future__ import annotations

from http import HTTPStatus


class NotServed(Exception):
    """This connection or request goes no further. `reason` is one sentence, `fix` says how to allow it."""

    status = 403

    def __init__(self, reason: str, *, fix: str = "", status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
        self.status = status or self.status

    def text(self, where: str) -> str:
        """The body of the answer, plain text for people and models."""
        verb = "refused" if self.status < 500 else "could not reach"
        lines = [f"Pullwright's egress proxy {verb} {printable(where) or 'this request'}.", f"Reason: {self.reason}."]
        if self.fix:
            lines.append(f"To allow it: {self.fix}.")
        return "\n".join(lines) + "\n"

    def response(self, where: str) -> bytes:
        """A whole HTTP/1.1 answer that closes the connection; the status line has the reason too: some tools show only that."""
        body = self.text(where).encode()
        phrase = printable(self.reason)[:120] or HTTPStatus(self.status).phrase
        head = (
            f"HTTP/1.1 {self.status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nX-Pullwright-Egress: refused\r\nConnection: close\r\n\r\n"
        )
        return head.encode("ascii", "replace") + body


class Refused(NotServed):
    """A rule forbids it, or no rule allows it."""

    status = 403


class Malformed(NotServed):
    """What came is not HTTP that can be judged without guessing."""

    status = 400


class Unreachable(NotServed):
    """It is allowed, but the other side does not answer."""

    status = 502


def printable(text: str) -> str:
    """Text that came from inside, safe to put into one line of a head, a log or a terminal."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:300])
