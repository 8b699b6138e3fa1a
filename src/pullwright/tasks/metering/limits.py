"""How much a key asks in a minute: a window of 60 seconds that slides.

What this process lets in is counted here, so that of requests that come at once none is let in too many; what other server
processes let in is counted from their rows. Between processes a few can come in at the same moment.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

import msgspec

from pullwright.protocol.errors import ChangeRequest, TooMany
from pullwright.tasks.store.calls import Minute

SPAN = 60.0
NOBODY = Minute()


class Asked:
    """A request that was let in: when, and its tokens (estimated, until it has ended)."""

    def __init__(self, window: Window, at: float, tokens: int) -> None:
        self._window = window
        self.at = at
        self.tokens = tokens

    def correct(self, tokens: int) -> None:
        """Its tokens are known better."""
        if self._window.has(self):
            self._window.tokens += tokens - self.tokens
        self.tokens = tokens


class Window:
    """What was let in of one key in the last minute: `asked` in order, `tokens` of them all, `waiting` those without a call."""

    def __init__(self) -> None:
        self.asked: deque[Asked] = deque()
        self.waiting: deque[Asked] = deque()
        self.tokens = 0

    def add(self, at: float, tokens: int) -> None:
        """Let one in."""
        asked = Asked(self, at, tokens)
        self.asked.append(asked)
        self.waiting.append(asked)
        self.tokens += tokens

    def slide(self, since: float) -> None:
        """Forget what is older."""
        while self.asked and self.asked[0].at <= since:
            self.tokens -= self.asked.popleft().tokens
        while self.waiting and self.waiting[0].at <= since:
            self.waiting.popleft()

    def has(self, asked: Asked) -> bool:
        """Whether it counts still."""
        return bool(self.asked) and asked.at >= self.asked[0].at


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What a key may ask in a minute; None: without limit."""

    requests: int | None = None
    tokens: int | None = None


class Windows:
    """The last minute of every key with a limit."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._keys: dict[str, Window] = {}

    @property
    def since(self) -> float:
        """When the minute that counts now began."""
        return self._clock() - SPAN

    def take(self, key_id: str, limit: Limit, tokens: int, others: Minute = NOBODY) -> dict[str, str]:
        """Let a request in, and say what is left, as `x-ratelimit-…` headers. `others`: what other processes let in.

        Raises `TooMany` with the seconds until there is room, and `ChangeRequest` for what is larger than a whole minute's.
        """
        if limit.tokens is not None and tokens > limit.tokens:
            raise ChangeRequest(
                f"the request has about {tokens:,} tokens, and the key may send {limit.tokens:,} a minute",
                fix="Send less at once, or ask for a key with a higher limit.",
                code="request_too_large",
                status=413,
            )
        window = self._window(key_id)
        room = _Room(window, others, limit, self._clock())
        if wait := room.wait(tokens):
            what = "requests" if room.requests_left < 1 else "tokens"
            most = limit.requests if what == "requests" else limit.tokens
            raise TooMany(
                f"the key's limit of {most:,} {what} a minute is reached",
                fix=f"Wait {math.ceil(wait)} s.",
                retry_after=wait,
                limits=room.headers(),
            )
        window.add(self._clock(), tokens)
        self._keys[key_id] = window
        return room.headers()

    def begin(self, key_id: str, tokens: int) -> Asked | None:
        """The request that a call is begun for, now that its tokens are known better; None: the key has no limit."""
        window = self._keys.get(key_id)
        if window is None or not window.waiting:
            return None
        asked = window.waiting.popleft()
        asked.correct(tokens)
        return asked

    def _window(self, key_id: str) -> Window:
        for known in [key_id, next(iter(self._keys), key_id)]:  # one other key's as well: who asks no more is forgotten
            if (window := self._keys.get(known)) is not None:
                window.slide(self.since)
                if not window.asked:
                    del self._keys[known]
        return self._keys.get(key_id) or Window()


class _Room:
    """What is left of a minute."""

    def __init__(self, window: Window, others: Minute, limit: Limit, now: float) -> None:
        self._window = window
        self._others = others
        self._limit = limit
        self._now = now

    @property
    def requests_left(self) -> float:
        if self._limit.requests is None:
            return math.inf
        return max(0, self._limit.requests - len(self._window.asked) - self._others.calls)

    @property
    def tokens_left(self) -> float:
        if self._limit.tokens is None:
            return math.inf
        return max(0, self._limit.tokens - self._window.tokens - self._others.tokens)

    def wait(self, tokens: int) -> float:
        """Seconds until a request with so many tokens fits; 0: it does now."""
        requests, left = self.requests_left, self.tokens_left
        if requests >= 1 and left >= tokens:
            return 0.0
        for asked in self._window.asked:
            requests, left = requests + 1, left + asked.tokens
            if requests >= 1 and left >= tokens:
                return self._until(asked.at)
        return self._until(self._others.last or self._now)

    def headers(self) -> dict[str, str]:
        """In OpenAI's words. What is reset is all there again once the last request is a minute ago."""
        last = max(self._window.asked[-1].at if self._window.asked else 0.0, self._others.last)
        told: dict[str, str] = {}
        kinds = (("requests", self._limit.requests, self.requests_left), ("tokens", self._limit.tokens, self.tokens_left))
        for name, most, left in kinds:
            if most is not None:
                told[f"x-ratelimit-limit-{name}"] = str(most)
                told[f"x-ratelimit-remaining-{name}"] = str(int(left))
                told[f"x-ratelimit-reset-{name}"] = span(self._until(last) if last else 0.0)
        return told

    def _until(self, at: float) -> float:
        return max(0.001, at + SPAN - self._now)


def span(seconds: float) -> str:
    """A time as Go writes it, which is how these headers have it: `120ms`, `1s`, `6m0s`."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))}ms"
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
