"""One connection to the service: requests, problems as errors of ours, events as they come.

with Api(server) as api:
    task = api.post("/tasks", order, Task)
    for seq, event in api.events(path, after=seq): ...
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from pullwright import __version__
from pullwright.cli.tasks.records import Problem
from pullwright.cli.tasks.server import Server
from pullwright.cli.tasks.socket import answers
from pullwright.protocol import errors

T = TypeVar("T")
PREFIX = "/api/v1"
TRIES = 4
"""Times that a request is sent which cannot do harm twice: reading, and what carries a key of its own."""
KINDS: dict[int, type[errors.PullwrightError]] = {
    400: errors.FixSettings,
    401: errors.MissingCredential,
    403: errors.AskAdministrator,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.FixSettings,
    422: errors.FixSettings,
    429: errors.TryAgainLater,
    503: errors.TryAgainLater,
}


class Api:
    """The service at `server`. Use as a context manager: it holds one connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        headers = {"User-Agent": f"pullwright/{__version__}"} | ({"Authorization": f"Bearer {server.key}"} if server.key else {})
        transport = httpx.HTTPTransport(uds=str(server.socket)) if server.socket else None
        self._client = httpx.Client(
            base_url=server.url, headers=headers, transport=transport, timeout=60.0, trust_env=not server.socket
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, kind: type[T], **query: object) -> T:
        """Read something."""
        return msgspec.json.decode(self.raw("GET", path, query=query), type=kind)

    def post(self, path: str, body: object, kind: type[T], *, key: str = "") -> T:
        """Have something done. With an idempotency `key` twice is once, so it is sent anew when the connection breaks."""
        return msgspec.json.decode(self.raw("POST", path, body=body, key=key), type=kind)

    def send(self, method: str, path: str, body: object = None) -> bytes:
        """Have something done whose answer is not read."""
        return self.raw(method, path, body=body)

    def raw(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        content: bytes | None = None,
        media: str = "application/json",
        key: str = "",
    ) -> bytes:
        """One request's answer. Raises what the problem stands for, and `TryAgainLater` where nobody answers."""
        data = content if content is not None else msgspec.json.encode(body) if body is not None else None
        headers = {"Content-Type": media} if data is not None else {}
        headers |= {"Idempotency-Key": key} if key else {}
        params: Any = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        tries = TRIES if key or method == "GET" else 1
        for left in reversed(range(tries)):
            try:
                self._reachable()
                response = self._client.request(method, PREFIX + path, params=params, content=data, headers=headers)
            except httpx.TransportError as error:
                if not left:
                    raise self._silent(error) from None
                time.sleep(0.3 * (tries - left))
                continue
            if response.status_code != 503 or not left:
                return self._checked(response)
            time.sleep(0.5 * (tries - left))
        raise errors.Bug("a request was sent without being answered")

    def version(self) -> str:
        """The version of Pullwright that answers; empty where it does not say."""
        self._reachable()
        response = self._client.get("/readyz")
        try:
            return str(msgspec.json.decode(response.content, type=dict[str, object]).get("version", ""))
        except msgspec.DecodeError:
            return ""

    def _reachable(self) -> None:
        """Raise where nobody listens at the socket: httpcore forgets to close one that it could not connect."""
        if self.server.socket is not None and not answers(self.server.socket):
            raise httpx.ConnectError(f"nobody listens at {self.server.socket}")

    def _checked(self, response: httpx.Response) -> bytes:
        if response.is_success:
            return response.content
        raise self.problem(response.status_code, response.content)

    def problem(self, status: int, content: bytes) -> errors.PullwrightError:
        """The error that an answer which is no success stands for."""
        try:
            told = msgspec.json.decode(content, type=Problem)
        except msgspec.DecodeError:
            told = Problem(detail=f"the server answers {status}")
        kind = KINDS.get(status, errors.TryAgainLater)
        fix = told.fix
        if status == 401:
            fix = f"pullwright login --server {self.server.url}"
        return kind(told.detail or told.title, fix=fix)

    def _silent(self, error: Exception) -> errors.TryAgainLater:
        where = f"see {self.server.log}" if self.server.log else f"check that {self.server.url} is the server, and that it runs"
        return errors.TryAgainLater(f"the server does not answer ({type(error).__name__}: {error})", fix=where)

    # --- events ----------------------------------------------------------------------------------

    def events(self, path: str, *, after: int = 0, **query: object) -> Generator[tuple[str, str, bytes]]:
        """Server-sent events as (id, kind, data) until the server ends the stream; empty ones are heartbeats.

        Raises `httpx.TransportError` when the connection breaks: whoever reads comes again with the last id.
        """
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(after)} if after else {})
        params: Any = {name: value for name, value in {**query, "after": after or None}.items() if value not in (None, "")}
        timeout = httpx.Timeout(30.0, read=60.0)
        self._reachable()
        with self._client.stream("GET", PREFIX + path, params=params, headers=headers, timeout=timeout) as response:
            if not response.is_success:
                raise self.problem(response.status_code, response.read())
            yield from _frames(response.iter_lines())


def _frames(lines: Iterator[str]) -> Iterator[tuple[str, str, bytes]]:
    """Frames of an event stream (WHATWG HTML, "Server-sent events")."""
    number, kind, data = "", "message", list[str]()
    for line in lines:
        if line.startswith(":"):
            yield "", "heartbeat", b""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            number = value
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif not line:
            if data:
                yield number, kind, "\n".join(data).encode()
            number, kind, data = "", "message", list[str]()
