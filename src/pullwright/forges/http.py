"""HTTP to a forge: one client, patience where asking again is safe, and errors by what their reader does next.

What is asked again: a request that never arrived; one that the forge did not take up (429, 403 for its rate limit); and, when
it changes nothing or may be repeated (GET, PUT, PATCH, DELETE), one that was cut or answered by 502, 503 or 504. A POST that
may have arrived is never sent twice: its effect is looked for by whoever asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from pullwright.forges.forge import Refused, Why
from pullwright.protocol.errors import AskAdministrator, FixSettings, NotFound, PullwrightError, TryAgainLater

Record = TypeVar("Record")
Headers = Callable[[], Awaitable[Mapping[str, str]]]
"""The headers that sign a request, made anew for each: a token may have been renewed."""

TRIES = 4
FIRST_PAUSE = 0.5
LONGEST_WAIT = 90.0
MOST_PAGES = 50
LARGEST = 32_000_000
PASSING = frozenset({502, 503, 504})
SAFE = frozenset({"GET", "PUT", "PATCH", "DELETE"})


class ForgeHttp:
    """Calls to one forge's REST API at `base` (no slash at its end). `secrets` are never shown in an error.

    `forget`, where there is one, drops a token that the forge has just refused; the request is sent once more with a new one.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        base: str,
        headers: Headers,
        secrets: Callable[[], Sequence[str]],
        forget: Callable[[], None] | None = None,
    ) -> None:
        self.client = client
        self.base = base.rstrip("/")
        self._headers = headers
        self._secrets = secrets
        self._forget = forget

    async def get(self, path: str, kind: type[Record], **params: str | int) -> Record:
        """A resource as a record."""
        return self._decode(await self.send("GET", path, params=params), kind, path)

    async def find(self, path: str, kind: type[Record], **params: str | int) -> Record | None:
        """A resource, or None when there is none."""
        try:
            return await self.get(path, kind, **params)
        except NotFound:
            return None

    async def write(self, method: str, path: str, kind: type[Record], body: object) -> Record:
        """Change something and read the answer."""
        return self._decode(await self.send(method, path, json=body), kind, path)

    async def pages(self, path: str, kind: type[Record], **params: str | int) -> AsyncIterator[Record]:
        """All pages of a list. The next one is followed only on the same server."""
        url: str = path
        for _ in range(MOST_PAGES):
            answer = await self.send("GET", url, params=params if url == path else {})
            yield self._decode(answer, kind, path)
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            if urlsplit(following).netloc != urlsplit(self.base).netloc:
                raise AskAdministrator(f"{self._where(path)} names another server for its next page")
            url = following

    async def send(
        self, method: str, path: str, *, json: object = None, params: Mapping[str, str | int] | None = None
    ) -> httpx.Response:
        """One request, with patience. Raises as the forge protocol says for every answer but 2xx and 3xx."""
        url = path if path.startswith(("http://", "https://")) else self.base + path
        began = time.monotonic()
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            pause = FIRST_PAUSE * 2**attempt
            try:
                answer = await self._once(method, url, json, params)
                if answer.status_code == 401 and self._forget is not None:
                    self._forget()
                    answer = await self._once(method, url, json, params)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                if last:
                    raise self._unreached(path, error) from None
            except httpx.TransportError as error:
                if last or method not in SAFE:
                    raise self._unreached(path, error) from None
            else:
                wait = _asked_to_wait(answer)
                if wait is not None:
                    if last or time.monotonic() - began + wait > LONGEST_WAIT:
                        raise TryAgainLater(
                            f"{self._where(path)} allows no further request for {wait:.0f} seconds", fix="Wait, and try again."
                        )
                    pause = wait
                elif answer.status_code not in PASSING or method not in SAFE:
                    return self._checked(answer, path)
                elif last:
                    raise TryAgainLater(f"{self._where(path)} answered {answer.status_code}")
            await asyncio.sleep(pause)
        raise AssertionError

    async def tail(self, path: str, size: int) -> str:
        """The last `size` bytes of a text such as a log. A redirect is followed, without our credential."""
        answer = await self.send("GET", path)
        if answer.is_redirect:
            url = answer.headers.get("location", "")
            try:
                async with self.client.stream("GET", url, follow_redirects=False) as stream:
                    kept = b""
                    async for chunk in stream.aiter_bytes():
                        kept = (kept + chunk)[-size:]
            except httpx.HTTPError as error:
                raise self._unreached(path, error) from None
            return kept.decode("utf-8", "replace")
        return answer.content[-size:].decode("utf-8", "replace")

    async def _once(self, method: str, url: str, json: object, params: Mapping[str, str | int] | None) -> httpx.Response:
        headers = dict(await self._headers())
        content = None if json is None else msgspec.json.encode(json)
        if content is not None:
            headers["content-type"] = "application/json"
        request = self.client.build_request(method, url, content=content, params=params or None, headers=headers)
        answer = await self.client.send(request, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise AskAdministrator(f"{self._where(url)} sent more than {LARGEST} bytes")
        finally:
            await answer.aclose()
        kept = [(name, value) for name, value in answer.headers.multi_items() if name != "content-encoding"]
        return httpx.Response(answer.status_code, headers=kept, content=bytes(body), request=request)

    def _checked(self, answer: httpx.Response, path: str) -> httpx.Response:
        status = answer.status_code
        if status < 400:
            return answer
        said = self.hide(reason(answer))
        raise failure(status, f"{self._where(path)}: {said}" if said else f"{self._where(path)} answered {status}", said)

    def _decode(self, answer: httpx.Response, kind: type[Record], path: str) -> Record:
        if answer.is_redirect:
            raise FixSettings(f"{self._where(path)} has moved", fix="Give the connection or project its new address.")
        try:
            return msgspec.json.decode(answer.content, type=kind, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TryAgainLater(f"{self._where(path)} did not answer as documented: {self.hide(str(error))[:200]}") from None

    def hide(self, text: str) -> str:
        """The text without any secret of this connection."""
        for secret in self._secrets():
            if secret:
                text = text.replace(secret, "[secret]")
        return text

    def _where(self, path: str) -> str:
        shown = urlsplit(path).path if path.startswith("http") else path.partition("?")[0]
        return f"{urlsplit(self.base).netloc}{shown}"

    def _unreached(self, path: str, error: Exception) -> PullwrightError:
        return TryAgainLater(f"{self._where(path)} could not be reached: {self.hide(str(error)) or type(error).__name__}")


def failure(status: int, message: str, said: str) -> PullwrightError:
    """The error that a status stands for."""
    if status == 401:
        return AskAdministrator(message, fix="The forge does not accept the connection's credential: renew it.")
    if status == 403:
        return AskAdministrator(message, fix="Give the connection's account (or App) the right for this.")
    if status in (404, 410):
        return NotFound(message, fix="See that it exists and that the connection's account may see it.")
    if status >= 500:
        return TryAgainLater(message)
    return Refused(message, why=_why(status, said))


def _why(status: int, said: str) -> Why:
    text = said.lower()
    if "draft" in text or "work in progress" in text:
        return "draft"
    if status == 409 or "branch was modified" in text or "out of date" in text or "sha does not match" in text:
        return "conflict" if "conflict" in text and "sha" not in text else "moved"
    if "conflict" in text or "not mergeable" in text:
        return "conflict"
    if status in (405, 406) or any(word in text for word in ("protected", "required", "approv", "rule", "not allowed")):
        return "protected"
    return "invalid"


class _Said(msgspec.Struct):
    message: Any = ""
    error: Any = ""
    errors: Any = ()


def reason(answer: httpx.Response) -> str:
    """What the forge says about its refusal, in one line."""
    try:
        said = msgspec.json.decode(answer.content, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer.text[:200] if answer.headers.get("content-type", "").startswith("text/plain") else ""
    parts = [part if isinstance(part, str) else msgspec.json.encode(part).decode() for part in (said.message, said.error) if part]
    if said.errors:
        parts.append(msgspec.json.encode(said.errors).decode())
    return " ".join(" ".join(parts).split())[:600]


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """Seconds until the forge takes further requests; None when it does not say that it is limiting us."""
    headers = answer.headers
    spent = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0"
    limited = answer.status_code == 429 or (
        answer.status_code == 403 and (spent or "retry-after" in headers or "rate limit" in reason(answer).lower())
    )
    if not limited:
        return None
    if (after := headers.get("retry-after", "")).isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))
    if spent and reset.isdigit():
        return max(1.0, float(reset) - time.time() + 1)
    return 60.0 if answer.status_code == 403 else 2.0
