"""Folders, files and ports of a sandbox, as its user sees them.

Whatever is read is read inside, so that a link ends where it ends inside, and never in a file of the host's. On top of that only
the workspace is shown: a path whose end lies elsewhere is refused. That keeps a viewer to the project; it keeps nothing from an
agent, which can copy into the workspace whatever it can read.
"""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from pullwright.sandbox.sandbox import Command, Sandbox
from pullwright.tasks.inside.words import Content, Entry, Folder, Ports, Refused
from pullwright.tools.tool import Bench

MOST_ENTRIES = 2000
PROXY_PORT = 3128
"""The way out of the sandbox listens here; its rules are the agent's, not those of who looks in."""
PATIENCE = 10.0

_WHERE = r"""printf '%s\0' "$(readlink -f -- "$1")" "$(readlink -f -- "$2")" """
_LIST = r"""exec 2>/dev/null
cd -P -- "$1" || exit 1
if find . -maxdepth 0 -printf ''; then exec find . -mindepth 1 -maxdepth 1 -printf '%y %s %T@ %f\0'; fi
for name in * .[!.]* ..?*; do [ -e "$name" ] || [ -L "$name" ] || continue
  if [ -L "$name" ]; then kind=l; elif [ -d "$name" ]; then kind=d; elif [ -f "$name" ]; then kind=f; else kind=o; fi
  printf '%s %s %s\0' "$kind" "$(stat -c '%s %Y' -- "$name")" "$name"
done"""
"""A folder's entries, with NUL behind each; the loop is for a `find` that prints no formats."""
_LISTENING = re.compile(r"^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A ", re.MULTILINE)
_KINDS: dict[str, Literal["file", "folder", "link"]] = {"f": "file", "d": "folder", "l": "link"}


async def list_folder(sandbox: Sandbox, path: str) -> Folder | Refused:
    """What lies in a folder of the workspace, folders first."""
    real = await _real(sandbox, path)
    if isinstance(real, Refused):
        return real
    stat = await sandbox.stat(real)
    if stat is None or stat.kind != "folder":
        return Refused(why=f"{path} is no folder", missing=True)
    lines = [line for line in await _told(sandbox, "sh", "-c", _LIST, "sh", real) if line.count(" ") >= 3]
    entries = sorted(map(_entry, lines), key=lambda one: (one.kind != "folder", one.name))
    return Folder(entries=tuple(entries[:MOST_ENTRIES]), left_out=len(entries) > MOST_ENTRIES)


async def read_file(bench: Bench, path: str, most: int) -> Content | Refused:
    """A file's beginning, without secrets that are known."""
    sandbox = bench.sandbox
    real = await _real(sandbox, path)
    if isinstance(real, Refused):
        return real
    stat = await sandbox.stat(real)
    if stat is None or stat.kind != "file":
        return Refused(why=f"{path} is no file", missing=True)
    try:
        data = await sandbox.read(real, 0, most)
    except OSError as error:
        return Refused(why=f"{path} cannot be read: {error.strerror}", missing=isinstance(error, FileNotFoundError))
    return Content(data=bench.redact(data), size=stat.size)


async def list_ports(sandbox: Sandbox) -> Ports:
    """The ports that something inside listens on, and that may be opened. Source: /proc/net/tcp, state 0A (Linux's proc(5))."""
    (told, *_) = await _told(sandbox, "cat", "/proc/net/tcp", "/proc/net/tcp6")
    found = {int(port, 16) for port in _LISTENING.findall(told)}
    return Ports(at=sandbox.at, ports=tuple(sorted(port for port in found if may_open(sandbox, port))))


def may_open(sandbox: Sandbox, port: int) -> bool:
    """Whether the port is the sandbox's own. The way out, and a service of the host's that was let in, are for the agent."""
    return port != PROXY_PORT and port not in sandbox.spec.network.host_ports


async def _real(sandbox: Sandbox, path: str) -> str | Refused:
    """Where a path of the workspace ends inside. Refused where that is not in the workspace."""
    if "\0" in path:
        return Refused(why="a path has no NUL in it")
    asked = posixpath.normpath(posixpath.join(sandbox.at, path))
    if not _within(asked, sandbox.at):
        return Refused(why=f"{path} is not in the workspace", missing=True)
    real, root, *_ = await _told(sandbox, "sh", "-c", _WHERE, "sh", asked, sandbox.at)
    if not real:
        return Refused(why=f"there is no {path}", missing=True)
    if not _within(real, root or sandbox.at):
        return Refused(
            why=f"{path} leads out of the workspace", fix="Open a terminal to look at what lies elsewhere.", missing=True
        )
    return real


async def _told(sandbox: Sandbox, *argv: str) -> list[str]:
    """What a small program says, at its NULs."""
    told: list[bytes] = []
    await sandbox.exec(Command(argv=argv, cwd="/", timeout=PATIENCE), told.append)
    return b"".join(told).decode(errors="replace").split("\0")


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root.rstrip('/')}/")


def _entry(line: str) -> Entry:
    kind, size, changed, name = line.split(" ", 3)
    return Entry(name=name, kind=_KINDS.get(kind, "other"), size=int(size or 0), changed=float(changed or 0))
