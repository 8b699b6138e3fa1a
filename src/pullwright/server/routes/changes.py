"""The files of an attempt's change, for who reviews it: their lines, what stands around them, their pictures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from pullwright.server import changed
from pullwright.server.changed import ChangedFile, FileLines
from pullwright.server.kept import kept
from pullwright.server.routing import Call, Routes
from pullwright.server.squeezed import squeezed
from pullwright.tasks.store.rows.results import Side

ROUTES = Routes("Attempts")
PICTURE: dict[str, Any] = {"type": "string", "format": "binary"}

Path = Annotated[str, Query(max_length=4096, description="A file's name on that side of the change.")]
OnSide = Annotated[Side, Query(description="The change's (new), or the base's (old).")]


@ROUTES.get("/api/v1/attempts/{attempt}/files", answers=list[ChangedFile])
async def files(
    call: Call,
    attempt: str,
    since: Annotated[str, Query(max_length=64, description="A head that somebody reviewed: only what is new since.")] = "",
    path: Annotated[str, Query(max_length=4096, description="That file alone, however large it is.")] = "",
) -> Response:
    """The files of the attempt's change, each with its part of the diff."""
    found = await kept(call, attempt)
    told = await (changed.files_since(found, since, path) if since else changed.all_files(found, path))
    return await squeezed(call.request, told)


@ROUTES.get("/api/v1/attempts/{attempt}/file")
async def file_lines(
    call: Call,
    attempt: str,
    path: Path = "",
    side: OnSide = "new",
    first: Annotated[int, Query(alias="from", ge=1, le=10_000_000)] = 1,
    last: Annotated[
        int, Query(alias="to", ge=1, le=10_000_000, description="At most 2000 lines are given.")
    ] = changed.MOST_LINES,
) -> FileLines:
    """Lines of a changed file, to read what stands around a change."""
    return await changed.file_lines(await kept(call, attempt), path, side, first, last)


@ROUTES.get("/api/v1/attempts/{attempt}/file/image", gives={"image/png": PICTURE, "image/jpeg": PICTURE})
async def file_image(call: Call, attempt: str, path: Path = "", side: OnSide = "new") -> Response:
    """A changed picture: PNG, JPEG, GIF or WebP, known by its content. Nothing that a browser could run."""
    data, kind = await changed.file_image(await kept(call, attempt), path, side)
    return Response(data, headers={"Cache-Control": "no-store"}, media_type=kind)
