"""The folder of one `pullwright sandbox`, removed at its end; and at the next start, where it was killed before that.

Whoever works in one holds its lock, and a launch that outlives its Pullwright for a moment holds that of `attempt` in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pullwright.workspace.removal import remove_tree

_PREFIX = "sandbox-"


@contextmanager
def scratch(state: Path) -> Iterator[Path]:
    """A new folder below `state`, after what dead ones left there is gone. What cannot be removed stays without a word."""
    state.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        with contextlib.ExitStack() as entry:
            _lock(state / "sandbox.lock", entry, wait=True)  # a new folder is not locked for a moment
            dead = [path for path in state.glob(f"{_PREFIX}*") if _is_dead(path, held)]
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=state))
            _lock(folder, held)
        for path in dead:
            with contextlib.suppress(OSError):
                remove_tree(path)
        try:
            yield folder
        finally:
            with contextlib.suppress(OSError):
                remove_tree(folder)


def _is_dead(path: Path, held: contextlib.ExitStack) -> bool:
    """Whether nobody works in a folder; then it is locked, so that nobody else removes it at the same time."""
    if not path.is_dir() or path.is_symlink() or not _lock(path, held):
        return False
    attempt = path / "attempt"
    with contextlib.ExitStack() as looked:
        return not attempt.is_dir() or _lock(attempt, looked)


def _lock(path: Path, stack: contextlib.ExitStack, *, wait: bool = False) -> bool:
    """Lock a folder or file until the stack is left. False when another one has it, or where there are no locks."""
    with contextlib.suppress(OSError):
        flags = os.O_RDONLY | os.O_DIRECTORY if path.is_dir() else os.O_RDWR | os.O_CREAT
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        stack.callback(os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    return False
