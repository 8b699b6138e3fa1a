"""Base roots: what a sandbox's system is.

    host             the host's /usr and chosen parts of /etc
    folder:NAME      a root file system that the server's administrator put into `roots/` of the service's data folder
    image:NAME       an OCI image there (a layout folder or a tar, also of `docker save`), unpacked into the cache
    image:REFERENCE  the same, pulled from a registry first, where skopeo or podman is installed

Folders and image files are looked for in `roots/` alone: an environment is written by a project's administrators, who must not
be able to have the host's own files shown inside.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.environments.images.pulling import pulled
from pullwright.tasks.environments.images.unpacked import unpacked
from pullwright.tasks.environments.makings import Say

FOLDER = "roots"


class Root(msgspec.Struct, frozen=True):
    """A base root: its folder (None: the host's), and a name that is another one for other content."""

    path: Path | None = None
    name: str = "host"


async def find_root(data: Path, cache: Path, wanted: str, say: Say) -> Root:
    """The base root that an environment names. Raises `FixSettings` with what there is, `FixMachine` without a tool to pull."""
    kind, _, name = wanted.strip().partition(":")
    if kind in ("", "host") and not name:
        return Root()
    if kind == "folder" and name:
        path = _inside(data / FOLDER, name)
        if path is None or not (path / "usr").is_dir():
            raise FixSettings(f"there is no root file system {name!r}", fix=_known(data / FOLDER))
        status = path.stat()
        return Root(path, f"folder {path.name} {status.st_ino} {status.st_mtime_ns}")
    if kind == "image" and name:
        path = _inside(data / FOLDER, name)
        if path is None and name.startswith(("/", ".")):
            raise FixSettings(f"there is no image {name!r}", fix=_known(data / FOLDER))
        image = await unpacked(path or await pulled(name, cache, say), cache, say)
        return Root(image.root, f"image {image.digest}")
    raise FixSettings(f"{wanted!r} is no base root", fix="Use `host`, `folder:NAME` or `image:NAME`.")


def _inside(folder: Path, name: str) -> Path | None:
    """What the administrator's folder has under a name or a path in it; links that they made may lead out of it."""
    path = Path(name)
    if path.is_absolute():
        if not path.is_relative_to(folder):
            return None
        path = path.relative_to(folder)
    if ".." in path.parts or not path.parts:
        return None
    found = folder / path
    return found if found.exists() else None


def _known(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    there = f"; there are: {', '.join(names[:20])}" if names else ""
    return f"An administrator of the server puts it into {folder}{there}."
