"""Local model servers that answer on their usual ports. Only this machine's loopback is tried, no key is sent, no proxy asked."""

from __future__ import annotations

import errno
import ipaddress
import select
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from pullwright.cli.setup.found import Found, counted
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import named
from pullwright.models.catalog import provider as catalogued

LOCAL = ("ollama", "lmstudio", "vllm", "llamacpp")
WITHIN = 0.3
"""Seconds that the local servers get, all at once."""
AT_ONCE = 0.05
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - what OLLAMA_HOST says of a server; it is not bound here
"""Hosts that a server listens on, and nobody calls."""


class Address(msgspec.Struct, frozen=True):
    """Where a server of this kind would be. `said` is what the environment says of it; `own` is the address that has to be
    written down where that says only where the server listens.
    """

    name: str
    url: str
    said: Mapping[str, str] = {}
    own: str = ""


def answering(env: Mapping[str, str]) -> list[Found]:
    """The servers that answer within `WITHIN` seconds on their usual ports, or where their variable says."""
    places = [address for name in LOCAL if (address := address_of(name, env)) and is_loopback(address.url)]
    there = [address for address in places if _listens(address.url)]
    if not there:  # nothing to load the client for
        return []
    import asyncio

    return asyncio.run(_answering(there))


def address_of(name: str, env: Mapping[str, str]) -> Address | None:
    """The address of a server of this kind; None where its variable holds none."""
    entry = catalogued(name)
    said = {variable: env[variable] for variable in entry.base_url_env if env.get(variable)}
    value = next(iter(said.values()), "")
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if value and host not in EVERYWHERE:
        return Address(name, url, said)
    return Address(name, entry.base_url, own=entry.base_url if value else "")


def _listens(url: str) -> bool:
    """Whether somebody may listen there: on the loopback a connection is refused at once, or not at all."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        try:
            if one.connect_ex((host, port)) not in (0, errno.EINPROGRESS):
                return False
            select.select([], [one], [], AT_ONCE)
            return one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        except OSError:
            return False


async def _answering(places: Sequence[Address]) -> list[Found]:
    import asyncio

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(address)) for address in places]
    found: dict[str, Found] = {}
    for address, task in zip(places, tasks, strict=True):
        if one := task.result():
            found.setdefault(place(address.url), one)
    return list(found.values())


async def _one(address: Address) -> Found | None:
    """The server, when it is one that lists models: something else may listen there."""
    import asyncio

    from pullwright.models.choice import ModelChoice
    from pullwright.models.open import list_models
    from pullwright.protocol.errors import ModelRefused, PullwrightError

    sign_in = SignIn(provider=address.name, base_url=address.own)
    try:
        async with asyncio.timeout(WITHIN):
            choice = ModelChoice(provider=address.name, model="", base_url=address.own)
            names = tuple(await list_models(choice, environ=address.said))
    except ModelRefused:
        return Found(sign_in, named(address.name), f"at {place(address.url)}, wants a key", locked=True)
    except (PullwrightError, TimeoutError, ValueError):
        return None
    hint = f"at {place(address.url)}, {counted(len(names), 'model')}"
    return Found(msgspec.structs.replace(sign_in, names=names, checked=True), named(address.name), hint)


def is_loopback(url: str) -> bool:
    """True when the address is this machine's own loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def place(url: str) -> str:
    """`127.0.0.1:11434`."""
    return urlsplit(url).netloc
