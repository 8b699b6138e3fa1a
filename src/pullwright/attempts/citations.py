"""The files and lines that an answer cites, held against the files: is the file there, and has it those lines?

    cited(message) -> Place…                 `path:line`, `path:first-last`, `path#L1-L9` in a text, each once
    await check(message, files, at) -> Citation…

Whether the lines say what the answer says, nobody but a reader can tell; that they are there can be told. What only looks like a
citation (`localhost:8080`, `example.com:443`) is none unless a file of that name is there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import msgspec

from pullwright.protocol.events import Citation
from pullwright.workspace.files import Files

MOST = 200
LARGEST = 16 << 20
_CITED = re.compile(
    r"(?<![\w/@:.#+-])(?P<path>(?:/|\./)?(?:[\w.@+-]+/)*[\w.@+-]*\w)(?:#L|:L?)(?P<first>\d{1,7})(?::\d+)?(?:[-–]L?(?P<last>\d{1,7}))?"
)
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.(com|org|net|io|dev|local|test|example|invalid|internal)|localhost|[\d.]+", re.IGNORECASE)


class Place(msgspec.Struct, frozen=True):
    """What a text names: a path and its lines, the last one included."""

    path: str
    first: int
    last: int


def cited(message: str) -> Iterator[Place]:
    """The places that a text cites, at most `MOST`."""
    seen: set[Place] = set()
    for match in _CITED.finditer(message):
        first = int(match["first"])
        place = Place(match["path"], first, int(match["last"] or first))
        if place not in seen and len(seen) < MOST:
            seen.add(place)
            yield place


async def check(message: str, files: Files, at: str = "") -> tuple[Citation, ...]:
    """Each citation of an answer, and how it stands. Paths below the workspace's place `at` are told from there."""
    tree = files.start_tree
    known = set(await files.paths(tree))
    lines: dict[str, list[bytes]] = {}
    found: list[Citation] = []
    for place in cited(message):
        path = _plain(place.path, at)
        if path not in known:
            if _is_citation(path):
                found.append(Citation(path=path, first=place.first, last=place.last, standing="no such file"))
            continue
        if path not in lines:
            data = await files.read_file(tree, path) or b""
            lines[path] = data.splitlines() if len(data) <= LARGEST else []
        here = lines[path]
        if not 1 <= place.first <= place.last <= len(here):
            found.append(Citation(path=path, first=place.first, last=place.last, standing="no such line", lines=len(here)))
            continue
        digest = hashlib.sha256(b"\n".join(here[place.first - 1 : place.last])).hexdigest()
        found.append(Citation(path=path, first=place.first, last=place.last, standing="there", lines=len(here), sha256=digest))
    return tuple(dict.fromkeys(found))


def _plain(path: str, at: str) -> str:
    return path.removeprefix(f"{at.rstrip('/')}/" if at else "").removeprefix("./")


def _is_citation(path: str) -> bool:
    """Whether a name that no file has was meant as one: it has a folder or an ending, and is no host."""
    if _HOST.fullmatch(path):
        return False
    return "/" in path or bool(re.search(r"\.[A-Za-z]\w{0,9}$", path))
