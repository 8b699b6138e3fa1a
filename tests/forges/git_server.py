"""Git over HTTP as a forge serves it: bare repositories below a folder, a password on every request, protected branches.

The smart protocol is dulwich's. Whatever else comes goes to `fallback`, a WSGI application: the forge's REST.
"""

from __future__ import annotations

import base64
import logging
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.repo import Repo
from dulwich.server import DictBackend, ReceivePackHandler, UploadPackHandler
from dulwich.web import GunzipFilter, HTTPGitApplication, LimitedInputFilter

from repositories import git

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]
Check = Callable[[str, str, str, bool], bool]
"""`(repository, username, password, writes)`: whether that is let in."""


class Repositories(DictBackend):
    """The bare repositories of a folder, by `/owner/name.git`."""

    def __init__(self, folder: Path) -> None:
        super().__init__({})
        self.folder = folder
        self.protected: set[tuple[str, str]] = set()  # ("owner/name", branch)
        self.pushed: list[tuple[str, str, str]] = []  # ("owner/name", ref, new commit), in order
        self.after_push: Callable[[str, str, str, str], None] | None = None  # slug, ref, old, new: before git is answered

    def open_repository(self, path: Any) -> Any:
        name = (path.decode() if isinstance(path, bytes) else path).strip("/")
        folder = self.folder / name
        if not folder.is_dir():
            from dulwich.errors import NotGitRepository

            raise NotGitRepository(name)
        return Repo(str(folder))

    def path(self, slug: str) -> Path:
        return self.folder / f"{slug}.git"

    def create(self, slug: str, source: Path | None = None) -> Path:
        """A bare repository, with what `source` has."""
        path = self.path(slug)
        path.mkdir(parents=True)
        git(path, "init", "-q", "--bare", "-b", "main")
        if source is not None:
            git(source, "push", "-q", str(path), "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
        return path


def _receiving(repositories: Repositories) -> type[ReceivePackHandler]:
    class Receiving(ReceivePackHandler):
        def __init__(self, backend: Any, args: Any, proto: Any, **more: Any) -> None:
            super().__init__(backend, args, proto, **more)
            self._slug = str(args[0] if isinstance(args[0], str) else args[0].decode()).strip("/").removesuffix(".git")

        def _on_update(self, ref: Any, oldsha: Any, newsha: Any) -> Any:
            branch = ref.decode().removeprefix("refs/heads/")
            if (self._slug, branch) in repositories.protected:
                return b"protected branch hook declined"
            repositories.pushed.append((self._slug, ref.decode(), newsha.decode()))
            return None

        def _apply_pack(self, refs: Any) -> Iterator[tuple[bytes, bytes]]:
            commands = {ref: (old, new) for old, new, ref in refs}
            for name, status in super()._apply_pack(refs):
                if status == b"ok" and name in commands and repositories.after_push is not None:
                    old, new = commands[name]
                    repositories.after_push(self._slug, name.decode(), old.decode(), new.decode())
                yield name, status

        def handle(self) -> None:
            try:
                super().handle()
            finally:
                self.repo.close()

    return Receiving


class _Uploading(UploadPackHandler):
    def handle(self) -> None:
        try:
            super().handle()
        finally:
            self.repo.close()


def _basic(environ: Environ) -> tuple[str, str]:
    kind, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    user, _, password = base64.b64decode(value).decode().partition(":")
    return user, password


def git_app(repositories: Repositories, check: Check, fallback: App | None = None) -> App:
    """The WSGI application."""
    handlers: dict[bytes, Any] = {b"git-receive-pack": _receiving(repositories), b"git-upload-pack": _Uploading}
    app = LimitedInputFilter(GunzipFilter(HTTPGitApplication(repositories, handlers=handlers)))

    def serve(environ: Environ, start: Start) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        slug, dot_git, rest = path.strip("/").partition(".git/")
        if not dot_git or not rest.startswith(("info/refs", "git-")):
            if fallback is not None:
                return fallback(environ, start)
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Not Found"]
        user, password = _basic(environ)
        writes = "git-receive-pack" in environ.get("QUERY_STRING", "") + rest
        if not check(slug, user, password, writes):
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="double"'), ("Content-Type", "text/plain")])
            return [b"Unauthorized"]
        if not repositories.path(slug).is_dir():
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Not Found"]
        return app(environ, start)

    return serve


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"

    def get_environ(self) -> Environ:
        """With the path as it was sent: WSGI decodes it, and GitLab's hold encoded slashes."""
        return {**super().get_environ(), "RAW_PATH": self.path.partition("?")[0]}

    def log_message(self, *_args: Any) -> None:
        return


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Serve on a free port of the loopback; gives the address."""
    logging.getLogger("dulwich").setLevel(logging.CRITICAL)
    with make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
