"""Which server the tasks are on: the setting `server.url`, else the local service of this person.

A server's key is kept by `pullwright login --server URL` under the name `server:URL`, or given as PULLWRIGHT_SERVER_KEY.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from pullwright.protocol.errors import FixSettings, MissingCredential

KEY = "PULLWRIGHT_SERVER_KEY"
UNIX = "unix:"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where the service answers. `socket` is the local service's; `log` is its log file, for errors."""

    url: str
    key: str = ""
    socket: Path | None = None
    log: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is this person's own, at a socket."""
        return self.socket is not None


def chosen(url: str = "", env: Mapping[str, str] | None = None) -> Server:
    """The server: `url` where it is given, else the settings', else the local one, started when it does not run."""
    from pullwright.cli.settings.load import load

    url = url or load().settings.server.url
    if not url:
        from pullwright.cli.tasks.local import running

        return running()
    if url.startswith(UNIX):
        return at_socket(Path(url.removeprefix(UNIX).removeprefix("//")).expanduser().absolute())
    return remote(url, os.environ if env is None else env)


def at_socket(path: Path) -> Server:
    """A service on this machine, at the socket in its data folder: whoever may open that needs no key. Raises `FixSettings`."""
    from pullwright.cli.tasks.socket import answers

    if not answers(path):
        raise FixSettings(f"no service answers at {path}", fix="name the `server.sock` of a running service's data folder")
    return Server(url="http://localhost", socket=path)


def remote(url: str, env: Mapping[str, str]) -> Server:
    """The server at a URL with its key. Raises `FixSettings` for what is no URL, `MissingCredential` when no key is kept."""
    from pullwright.cli.credentials import Credentials
    from pullwright.cli.folders import folders

    url = checked(url)
    key = env.get(KEY, "") or Credentials(folders(env)).get(name_of(url))
    if not key:
        raise MissingCredential(f"no key for {url} is kept here", fix=f"pullwright login --server {url}   (or set {KEY})")
    return Server(url=url, key=key)


def checked(url: str) -> str:
    """A server's URL without what does not belong to it. A key goes over plain http to this machine alone."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise FixSettings(f"{url!r} is no server's address", fix="give it as https://HOST[:PORT]")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise FixSettings(f"{url} would send your key unencrypted", fix="use https")
    return parts.geturl()


def name_of(url: str) -> str:
    """The name under which a server's key is kept."""
    return f"server:{url}"
