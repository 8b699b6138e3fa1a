"""Running a setup script in a fresh sandbox, and keeping what it made.

    set_up(order) -> Made
    ├── in the cache already          nothing is run
    ├── another is making it now      waited for; its failure is ours
    └── else                          checkout ─▶ sandbox ─▶ script ─▶ sift ─▶ search for secrets ─▶ a layer in the cache

Killed at any moment it leaves no half layer: what is being made lies beside its place and is renamed when it is whole.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from pullwright.attempts.setup.inputs import Inputs
from pullwright.attempts.setup.making import Making
from pullwright.attempts.setup.order import SetupOrder
from pullwright.protocol.errors import SetupFailed
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.checkouts import Checkout, check_out
from pullwright.workspace.git import Git
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.objects import Objects
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.repository import Repository
from pullwright.workspace.setups.kept import Layer, Setups

__all__ = ["Base", "Made", "OnBegin", "OnLog", "base_of", "kept", "set_up"]

Result = TypeVar("Result")

PAUSE = 0.1
"""Seconds between two looks at a layer that another is making."""

OnLog = Callable[[bytes], None]
"""Called in the event loop with what the script says, without secrets; must return at once."""
OnBegin = Callable[[str], Awaitable[None]]


class Made(msgspec.Struct, frozen=True):
    """A layer, held until its `release`; whether it was made just now; the script's log where it was."""

    layer: Layer
    fresh: bool
    log: bytes = b""


class Base:
    """A commit as set-up sees it: its tree, its checkout (held until `release`), its files."""

    def __init__(self, mirror: Mirror, checkout: Checkout, commit: str, tree: str) -> None:
        self.mirror = mirror
        self.checkout = checkout
        self.commit = commit
        self.tree = tree

    def release(self) -> None:
        """Let the checkout go."""
        self.checkout.release()


class _Failed(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a failure, for those who waited for it."""

    at: float
    message: str
    fix: str
    line: int


def open_base(project: Path, cache: Path, commit: str) -> Base:
    """The commit's checkout and tree. Blocking; raises `FixRepository`."""
    repository = Repository.find(project)
    mirror = Mirror(cache, str(repository.common_dir))
    checkout = check_out(repository, cache, mirror, commit, repository.branch or "main")
    try:
        return Base(mirror, checkout, commit, tree_of(mirror, commit))
    except BaseException:
        checkout.release()
        raise


async def base_of(project: Path, cache: Path, commit: str) -> Base:
    """The same, in a thread."""
    return await in_thread(open_base, project, cache, commit)


def tree_of(mirror: Mirror, commit: str) -> str:
    """The tree of a commit in a mirror."""
    objects = Objects(mirror.objects, Git.own(mirror.folder))  # reads only
    try:
        return objects.commit_tree(commit)
    finally:
        objects.close()


async def set_up(
    order: SetupOrder,
    base: Base,
    on_log: OnLog = lambda _: None,
    on_begin: OnBegin | None = None,
    *,
    believe: float = 0.0,
    again: bool = False,
) -> Made:
    """The layer of an order, made when it is not there; `on_begin` is awaited with its key before a script is run.

    A failure of the last `believe` seconds is not tried again. `again` makes it anew, beside a layer that is in use. Raises
    `SetupFailed`, `FixSettings` (with secrets left in it, or a sandbox that cannot be had), `FixRepository`.
    """
    setups, since = Setups(order.cache), time.time() - believe
    key = await _key(order, base, setups, again=again)
    told = False
    while True:
        if (found := setups.find(key)) is not None:
            return Made(found, fresh=False)
        _raise_failure(setups.folder / f"{key}.failed", since)
        alone = setups.alone(key)
        if alone is None:
            if not told:
                on_log(b"another attempt is setting this up now: waiting for it\n")
                told = True
            await asyncio.sleep(PAUSE)
            continue
        log = None
        try:
            if not (setups.folder / key / "meta").exists():
                if on_begin is not None:
                    await on_begin(key)
                log = await _make(order, base, setups, key, on_log)
        finally:
            alone.release()
        if log is not None and (found := setups.find(key)) is not None:
            await in_thread(setups.evict, key)
            return Made(found, fresh=True, log=log)


async def kept(order: SetupOrder, base: Base) -> Layer | None:
    """The layer of an order where it is there already, held until its `release`. Runs nothing."""
    setups = Setups(order.cache)
    return setups.find(await _key(order, base, setups, again=False))


async def _key(order: SetupOrder, base: Base, setups: Setups, *, again: bool) -> str:
    """What the layer is kept under. `again`: one that is not there, or is beside the one that is in use."""
    inputs = Inputs(base.mirror, order.cache, order.script, order.files)
    key = order.key({} if order.below is not None else await in_thread(inputs.locks, base.tree), base.tree)
    if again and not await in_thread(setups.remove, key) and (setups.folder / key / "meta").exists():
        key += "-again"
        await in_thread(setups.remove, key)
    return key


async def _make(order: SetupOrder, base: Base, setups: Setups, key: str, on_log: OnLog) -> bytes:
    folder = await in_thread(setups.begin, key)
    failed = setups.folder / f"{key}.failed"
    making = Making(order, base.checkout.tree, base.mirror.objects, folder)
    try:
        await in_thread(_with_objects, base, making.hold_below)
        log = await making.run(on_log)
        meta = await in_thread(_with_objects, base, making.sift)
        await in_thread(setups.put, key, making.made, meta)
        failed.unlink(missing_ok=True)
    except SetupFailed as error:
        told = _Failed(at=time.time(), message=str(error), fix=error.fix, line=error.line)
        failed.write_bytes(msgspec.json.encode(told))
        raise
    finally:
        making.release()
        await asyncio.shield(asyncio.to_thread(remove_tree, folder))
    return log


def _with_objects(base: Base, work: Callable[[Objects, str], Result]) -> Result:
    objects = Objects(base.mirror.objects, Git.own(base.mirror.folder))
    try:
        return work(objects, base.tree)
    finally:
        objects.close()


def _raise_failure(path: Path, since: float) -> None:
    """Raise what another's run ended with since then."""
    try:
        told = msgspec.json.decode(path.read_bytes(), type=_Failed)
    except (OSError, msgspec.DecodeError):
        return
    if told.at >= since:
        raise SetupFailed(told.message, fix=told.fix, line=told.line)
