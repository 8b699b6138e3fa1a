"""A registry's address, and the network rule that lets it in."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from pullwright.protocol.policy import NetworkRule
from pullwright.sandbox.egress.addresses import is_loopback


class Index(msgspec.Struct, frozen=True):
    """Where packages come from. `url` has no credentials; `authorization` is what goes with each request, if anything."""

    url: str
    host: str
    port: int
    authorization: str = ""

    @property
    def loopback_port(self) -> int | None:
        """The port, when the registry is a mirror on the host's own loopback: it is let in as a host port, not by the proxy."""
        if self.host == "localhost":
            return self.port
        with contextlib.suppress(ValueError):
            return self.port if is_loopback(self.host) else None
        return None


Ask = Callable[[], Coroutine[None, None, Sequence[Index]]]


class Found(msgspec.Struct, frozen=True):
    """What one tool's configuration says. `ask` is set when only the tool knows (more), and runs it."""

    indexes: tuple[Index, ...] = ()
    env: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    ask: Ask | None = None


def parse_index(url: str, authorization: str = "") -> Index | None:
    """An http(s) URL as an `Index`, None for anything else (a folder, a file:// index). Credentials are taken out of it."""
    scheme, _, rest = url.strip().removeprefix("sparse+").removeprefix("registry+").partition("://")
    parts = urlsplit(f"{scheme}://{rest}")
    try:
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return None
    if scheme not in ("http", "https") or not host:
        return None
    if parts.username is not None and not authorization:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    clean = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return Index(clean, host, port or (443 if scheme == "https" else 80), authorization if scheme == "https" else "")


def to_rule(index: Index) -> NetworkRule:
    """The rule that lets a registry in.

    The person's own configuration names the host, so it may lie at a private address (a company mirror). A registry
    that wants a credential is intercepted: the proxy adds it to reading requests, and it is never seen inside.
    """
    if not index.authorization:
        return NetworkRule(host=index.host, ports=(index.port,), allow_private=True)
    return NetworkRule(
        host=index.host,
        ports=(index.port,),
        kind="intercept",
        methods=("GET", "HEAD"),
        headers=(("authorization", index.authorization),),
        allow_private=True,
    )


async def answer_of(argv: Sequence[str], environ: Mapping[str, str], seconds: float = 20.0) -> str:
    """What a tool prints, asked in the root folder so that no project's file has a say; empty when it fails or hangs."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, cwd="/", env=dict(environ), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return ""
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return out.decode("utf-8", "replace") if process.returncode == 0 else ""


async def page(url: str, *, limit: int = 4 << 20, seconds: float = 20.0) -> str:
    """A page of a registry, fetched by the host itself (its proxies and roots apply); empty when it cannot be had."""

    def fetch() -> str:
        from urllib.request import Request, urlopen

        with urlopen(Request(url), timeout=seconds) as answer:  # noqa: S310 - the scheme was checked by parse_index
            return answer.read(limit).decode("utf-8", "replace")

    try:
        return await asyncio.to_thread(fetch)
    except (OSError, ValueError):
        return ""
