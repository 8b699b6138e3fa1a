"""Which definitions of tools were permitted, for a server in a project; kept in the person's own folder.

The first definitions that a configured server gives are permitted by configuring it. One that is new or different later is not
offered, and a call of it does not reach the server, before the person has permitted it.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from pathlib import Path

import msgspec

from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.untrusted import visible


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is kept of one server in one project. `tools` were permitted; `waiting` differ from that or are new; `gone` were
    permitted and not listed the last time."""

    project: str
    server: str
    tools: dict[str, Definition] = {}
    waiting: dict[str, Definition] = {}
    gone: tuple[str, ...] = ()

    @property
    def offered(self) -> list[Definition]:
        """What was permitted and is still so."""
        return [one for name, one in self.tools.items() if name not in self.waiting and name not in self.gone]


class Pins:
    """The records below `folder`, one file each. A damaged one counts as none permitted: everything waits."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._folder = folder
        self._project = project

    def get(self, server: McpServer) -> Record | None:
        """What was permitted of a server; None when it was never seen here."""
        try:
            return msgspec.json.decode(self._path(server).read_bytes(), type=Record)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError):
            return Record(project=str(self._project), server=server.name)

    def compare(self, server: McpServer, found: dict[str, Definition]) -> Record:
        """Keep what a server says now: all of it permitted when it was never seen, else what differs waits."""
        known = self.get(server)
        if known is None:
            known = Record(project=str(self._project), server=server.name, tools=found)
            self._write(server, known)
            return known
        waiting = {name: one for name, one in found.items() if name not in known.tools or known.tools[name].digest != one.digest}
        gone = tuple(name for name in known.tools if name not in found)
        if (waiting, gone) != (known.waiting, known.gone):
            known.waiting, known.gone = waiting, gone
            self._write(server, known)
        return known

    def permit(self, server: McpServer, found: dict[str, Definition], names: set[str] | None = None) -> Record:
        """Permit what a server says now, all of it or only `names`; what it no longer has is forgotten."""
        known = self.compare(server, found)
        taken = {name: one for name, one in found.items() if name not in known.waiting or names is None or name in names}
        kept = {name: one for name, one in known.tools.items() if name in found}
        known.tools = dict(sorted({**kept, **taken}.items()))
        known.waiting = {name: one for name, one in known.waiting.items() if name not in taken}
        known.gone = ()
        self._write(server, known)
        return known

    def forget(self, server: McpServer) -> None:
        """As if it had never been seen here."""
        self._path(server).unlink(missing_ok=True)

    def _path(self, server: McpServer) -> Path:
        name = hashlib.sha256(f"{self._project}\0{server.identity}".encode("utf-8", "surrogateescape")).hexdigest()[:40]
        return self._folder / f"{name}.json"

    def _write(self, server: McpServer, record: Record) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(server)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(record))
        fresh.replace(path)


def difference(before: Definition | None, now: Definition) -> str:
    """What a definition says otherwise than the permitted one, as a diff that can be shown anywhere."""
    old = [visible(one)[:400] for one in before.pretty()] if before else []
    new = [visible(one)[:400] for one in now.pretty()]
    if old == new:
        return "(it differs only in characters that cannot be seen, or far to the right)"
    return "\n".join(list(difflib.unified_diff(old, new, "permitted", "now", lineterm="", n=2))[:400])
