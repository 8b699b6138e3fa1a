"""Changes to several files that land together or not at all.

draft = Draft(bench)
text = await draft.text(path)      the file as it will be after what was drafted so far
draft.put(path, text)              · draft.remove(path) · draft.move(path, to)
draft.diff()                       what would change
await draft.land(call_id)          writes, or puts everything back; logs `FilesChanged`
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import posixpath
from collections.abc import Collection

import msgspec

from pullwright.protocol.errors import SandboxLost
from pullwright.protocol.events import FilesChanged
from pullwright.sandbox.sandbox import Command
from pullwright.tools import encoded
from pullwright.tools.arguments import WrongCall
from pullwright.tools.diff import unified
from pullwright.tools.encoded import Form
from pullwright.tools.exec import exec_reading
from pullwright.tools.tool import Bench

DIFF_LIMIT = 20_000
_LARGEST = 10 << 20


class Version(msgspec.Struct, frozen=True):
    """A file's content at one time; `data` None means that there is no such file, `text` None that it is binary.

    An edit goes through a link to its file; a `link` itself is neither removed nor moved.
    """

    data: bytes | None
    text: str | None
    form: Form = Form()
    executable: bool | None = None
    link: bool = False


_NOTHING = Version(None, None)


def place(bench: Bench, path: str) -> str:
    """A path as everything here names it: relative to the workspace where it lies in it, else absolute. Raises `WrongCall`."""
    if not path.strip() or "\0" in path:
        raise WrongCall("a path is needed: relative to the workspace, or absolute")
    full = posixpath.normpath(posixpath.join(bench.sandbox.at, path))
    return posixpath.relpath(full, bench.sandbox.at) if full.startswith(bench.sandbox.at.rstrip("/") + "/") else full


def digest(data: bytes) -> str:
    """What `Bench.files` keeps of a file's content."""
    return hashlib.sha256(data).hexdigest()


class Draft:
    """What one edit call is about to do. Nothing is written before `land`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.before: dict[str, Version] = {}
        self.after: dict[str, Version] = {}
        self.moved: dict[str, str] = {}
        self.notes: list[str] = []
        self.links: dict[str, str] = {}
        """Paths that are links, each with the file that an edit of it changes."""
        self._touched: list[str] = []

    async def version(self, path: str) -> Version:
        """The file as drafted so far. Raises `WrongCall` for what is no regular file or is too large to edit."""
        if path not in self.after:
            self.before[path] = self.after[path] = await self._load(path)
        return self.after[path]

    async def _load(self, path: str) -> Version:
        stat = await self._bench.sandbox.stat(path)
        if stat is None:
            return _NOTHING
        if stat.kind == "folder":
            raise WrongCall(f"{path} is a folder")
        if stat.size > _LARGEST:
            raise WrongCall(f"{path} has {stat.size:,} bytes, too much for an edit; change it with a command")
        try:
            data = await self._bench.sandbox.read(path, 0, _LARGEST + 1)
        except OSError as error:
            raise WrongCall(f"{path} cannot be read: {error.strerror or error}") from None
        if stat.kind == "link":
            self.links[path] = await self._target(path)
        self._notice(path, data)
        decoded = encoded.decode(data)
        text, form = decoded or (None, Form())
        return Version(data, text, form, stat.executable, stat.kind == "link")

    async def _target(self, path: str) -> str:
        command = Command(argv=("readlink", "-f", "--", path), timeout=10.0)
        name = (await exec_reading(self._bench, command)).output.decode(errors="replace").strip()
        return place(self._bench, name) if name else "a file that cannot be named"

    def _notice(self, path: str, data: bytes) -> None:
        seen = self._bench.files.get(path)
        if seen is not None and seen != digest(data):
            self.notes.append(f"[{path} changed since you last saw it: by a command, or by somebody else]")

    async def text(self, path: str) -> str:
        """The file's text as drafted so far. Raises `WrongCall` when it is missing or binary."""
        version = await self.version(path)
        if version.data is None:
            raise WrongCall(f"{path} does not exist")
        if version.text is None:
            raise WrongCall(f"{path} is a binary file; change it with a command")
        return version.text

    def put(self, path: str, text: str) -> None:
        """The file will hold `text`, in the encoding and line ends it has. `version(path)` was asked for before."""
        was = self.after[path]
        try:
            data = encoded.encode(text, was.form)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise WrongCall(
                f"{path} is written in {was.form.encoding}, which has no {character!r}; convert the file first"
            ) from None
        self.after[path] = msgspec.structs.replace(was, data=data, text=text)

    def remove(self, path: str) -> None:
        """The file will be gone (one put there later has its form). `version(path)` was asked for before."""
        if self.after[path].link:
            raise WrongCall(f"{path} is a link: remove or move it with a command. Nothing was changed.")
        self.after[path] = msgspec.structs.replace(self.after[path], data=None, text=None)

    def move(self, path: str, to: str) -> None:
        """The file will be called `to`. `version` of both was asked for before."""
        moved = self.after[path]
        self.remove(path)
        self.after[to] = moved
        self.moved[to] = path

    @property
    def paths(self) -> list[str]:
        """What will be different, in the order it was drafted."""
        return [path for path, version in self.after.items() if version.data != self.before[path].data]

    async def land(self, call_id: str) -> None:
        """Write everything, or nothing when one part fails or the call is cancelled. Raises `WrongCall`, `SandboxLost`.

        The writing itself is not interrupted half-way: a cancelled call waits until it is done, then puts it back.
        """
        if self._bench.access == "read-only":
            raise WrongCall("this session is read-only: nothing was changed")
        if changed := await self._changed():
            raise WrongCall(f"{changed} was changed by somebody else in this moment. Nothing was changed; read it again.")
        writing = asyncio.create_task(self._write())
        try:
            problem = await asyncio.shield(writing)
            if not problem:
                await self._record(call_id)
        except BaseException:
            await self._undo(writing)
            raise
        if problem:
            await self._undo(writing)
            raise WrongCall(f"{problem}. Nothing was changed.")
        for path in self.paths:
            self._bench.misses.pop(path, None)
            data = self.after[path].data
            if data is None:
                self._bench.files.pop(path, None)
            else:
                self._bench.files[path] = digest(data)

    async def _changed(self) -> str:
        """The first file that does not hold what it held when it was drafted; empty when none does."""
        for path in self.paths:
            stat = await self._bench.sandbox.stat(path)
            was = self.before[path].data
            if (stat is None) != (was is None):
                return path
            if was is not None and await self._bench.sandbox.read(path, 0, _LARGEST + 1) != was:
                return path
        return ""

    async def _undo(self, writing: asyncio.Task[str]) -> None:
        undoing = asyncio.create_task(self._put_back(writing))
        while not undoing.done():
            try:
                await asyncio.shield(undoing)
            except asyncio.CancelledError:  # asked again: still not half-way
                continue
            except SandboxLost:
                return

    async def _write(self) -> str:
        """Write what was drafted, up to the first problem; that in words."""
        for path in self.paths:
            self._touched.append(path)
            try:
                await self._make(path, self.after[path], instead_of=self.before[path])
            except OSError as error:
                return f"{path} cannot be written: {error.strerror or error}"
        return ""

    async def _put_back(self, writing: asyncio.Task[str]) -> None:
        """As it was before, last write first; goes on past what cannot be put back. Folders that were made stay."""
        await asyncio.wait([writing])
        if writing.exception() is None:
            for path in reversed(self._touched):
                with contextlib.suppress(OSError):
                    await self._make(path, self.before[path], instead_of=self.after[path])

    async def _make(self, path: str, version: Version, *, instead_of: Version) -> None:
        """Write or remove one file; a file that is there keeps its mode, a new one gets the version's."""
        if version.data is not None:
            await self._bench.sandbox.write(path, version.data, version.executable if instead_of.data is None else None)
        else:
            with contextlib.suppress(FileNotFoundError):
                await self._bench.sandbox.remove(path)

    def diff(self, only: Collection[str] | None = None) -> tuple[str, int, int]:
        """A unified diff of the whole (or of `only` these paths), redacted, and the lines added and removed."""
        added = removed = 0
        parts: list[str] = []
        for path in self.paths if only is None else only:
            if path in self.moved.values():
                continue
            part, more, less = self._part(path)
            parts.append(part)
            added, removed = added + more, removed + less
        return self._bench.redact("".join(parts).encode(errors="replace")).decode(errors="replace"), added, removed

    async def _record(self, call_id: str) -> None:
        if not self.paths:
            return
        diff, added, removed = self.diff()
        artifact = ""
        if len(diff) > DIFF_LIMIT:
            artifact = self._bench.artifacts.put(f"diffs/{digest(diff.encode())[:16]}.diff", diff.encode())
            diff = diff[:DIFF_LIMIT]
        await self._bench.record(
            FilesChanged(call_id=call_id, paths=tuple(self.paths), diff=diff, added=added, removed=removed, artifact=artifact)
        )

    def _part(self, path: str) -> tuple[str, int, int]:
        was = self.moved.get(path, "")
        old, new = self.before[was or path], self.after[path]
        if (old.data is not None and old.text is None) or (new.data is not None and new.text is None):
            return f"Binary file {path} changed\n", 0, 0
        return unified(path, old.text if old.data is not None else None, new.text if new.data is not None else None, was)
