"""Looking into the sandbox of a running attempt: its files, a terminal, the ports of servers in it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import msgspec
from fastapi import Path as Port
from fastapi import Query
from starlette.responses import Response

from pullwright.server.inside.doorway import METHODS, PREFIX, through
from pullwright.server.inside.screen import KEYS, Screen
from pullwright.server.inside.tickets import looked_at_again
from pullwright.server.problems import Refusal
from pullwright.server.routing import Call, Routes
from pullwright.server.streams.socket import Socket
from pullwright.tasks.inside.visiting import View, ask, entered, find, look, record
from pullwright.tasks.inside.words import Content, Entry, Folder, ListFolder, OpenPort, OpenTerminal, ReadFile

ROUTES = Routes("Inside")
MOST = 16 << 20
"""Bytes of a file that can be had whole."""
BYTES = {"application/octet-stream": {"type": "string"}}

Path = Annotated[str, Query(max_length=4096, description="In the workspace, relative to it.")]


class FolderView(msgspec.Struct, frozen=True):
    """A folder of the workspace: folders first, by name. `left_out`: there are more."""

    entries: tuple[Entry, ...]
    left_out: bool


class PortView(msgspec.Struct, frozen=True):
    """Where an opened port is found, on this server."""

    url: str


@ROUTES.get("/api/v1/attempts/{attempt}/inside")
async def look_inside(call: Call, attempt: str) -> View:
    """Whether the attempt's sandbox can be looked into, and the ports that something in it listens on."""
    return await look(call.service, call.actor, attempt)


@ROUTES.get("/api/v1/attempts/{attempt}/inside/files")
async def inside_files(call: Call, attempt: str, path: Path = "") -> FolderView:
    """A folder of the workspace as it is now."""
    where = await find(call.service, call.actor, attempt, "task.read")
    folder = await ask(call.service, where, ListFolder(path=path), Folder)
    return FolderView(folder.entries, folder.left_out)


@ROUTES.get("/api/v1/attempts/{attempt}/inside/file", gives=BYTES, also=(413,))
async def inside_file(
    call: Call,
    attempt: str,
    path: Path = "",
    most: Annotated[int, Query(ge=0, le=MOST, description="Only so many bytes of its beginning; 0: the whole.")] = 0,
) -> Response:
    """A file of the workspace as it is now. `X-File-Size` tells how large the whole is; secrets that are known are taken out."""
    where = await find(call.service, call.actor, attempt, "task.read")
    content = await ask(call.service, where, ReadFile(path=path, most=most or MOST), Content)
    if not most and content.size > MOST:
        raise Refusal(413, f"the file has {content.size} bytes, and {MOST} can be had", fix="Look at it in a terminal.")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}",
        "X-File-Size": str(content.size),
    }
    return Response(content.data, headers=headers, media_type="application/octet-stream")


@ROUTES.post("/api/v1/attempts/{attempt}/inside/ports/{port}", status=201)
async def open_inside_port(call: Call, attempt: str, port: Annotated[int, Port(ge=1, le=65535)]) -> PortView:
    """Open a port of the sandbox to a browser: an address for it, which is to be kept as a key is. It holds while the caller may
    steer the attempt, and the attempt runs; nothing of the caller's sign-in reaches the server there."""
    where = await find(call.service, call.actor, attempt, "task.steer")
    async with entered(call.service, where, OpenPort(port=port, by=call.actor.name)):
        await record(call.service, call.actor, where, "inside.port", port=port)
    ticket = call.desk.tickets.issue(attempt, port, call.address, looked_at_again(call))
    return PortView(f"{PREFIX}{ticket}/")


ROUTES.passage(PREFIX + "{ticket}/{path:path}", METHODS, through)


async def _may_enter(call: Call) -> None:
    await find(call.service, call.actor, call.request.path_params["attempt"], "task.steer")


@ROUTES.socket("/api/v1/attempts/{attempt}/inside/terminal", before=_may_enter)
async def inside_terminal(socket: Socket) -> None:
    """A shell in the sandbox (`inside.screen`); `?columns=&rows=` is the screen's size. It ends with the socket."""
    socket.room = KEYS  # at once: what is typed while the shell is opened waits, too
    call, asked = socket.call, socket.call.request
    where = await find(call.service, call.actor, asked.path_params["attempt"], "task.steer")
    columns, rows = (_number(asked.query_params.get(name, "")) for name in ("columns", "rows"))
    terminal = OpenTerminal(by=call.actor.name, columns=columns or 80, rows=rows or 24)
    async with entered(call.service, where, terminal) as (_, line):
        await record(call.service, call.actor, where, "inside.terminal")
        await Screen(socket, line, where.attempt).run()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 4 else 0
