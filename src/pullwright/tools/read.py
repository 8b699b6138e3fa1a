"""Files as text with line numbers, several in one call; images as images."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import re
from binascii import b2a_base64

import msgspec

from pullwright.protocol.items import Call, ImagePart, TextPart, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools import encoded
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.diff import split
from pullwright.tools.draft import digest, place
from pullwright.tools.output import LIMIT, MOST, honoured
from pullwright.tools.tool import Bench, ToolResult

_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
_LARGEST_IMAGE = 5 << 20
_LARGEST = 64 << 20
_RANGE = re.compile(r"(.+?):(\d+)(?:-(\d*))?")
_LONGEST_LINE = 4_000


class _Arguments(msgspec.Struct):
    paths: list[str] | str = []
    path: str = ""
    lines: str = ""
    limit: int | None = None

    @property
    def wanted(self) -> list[str]:
        """What to read: `path` or `path:first-last`."""
        if self.path:
            return [f"{self.path}:{self.lines}" if self.lines else self.path]
        return [self.paths] if isinstance(self.paths, str) else self.paths


class _Range(msgspec.Struct, frozen=True):
    """Lines `first` to `last` (1 is the first; None: to the end). `asked` when a range was given."""

    first: int = 1
    last: int | None = None
    asked: bool = False


class Read:
    """`read`: never needed to look at a file, but it numbers lines and shows images."""

    spec = ToolSpec(
        name="read",
        description="Read files with line numbers; images are shown, folders listed. Ranges: a.py:40-80, a.py:200-",
        parameters={
            "type": "object",
            "properties": {
                "paths": {"type": "array", "items": {"type": "string"}},
                "limit": {"type": "integer", "description": "bytes per file, default 16000 (64000 for a range), at most 64000"},
            },
            "required": ["paths"],
        },
    )

    def effect(self, call: Call) -> Effect:
        """Reading reads."""
        return "read"

    def title(self, call: Call) -> str:
        """The paths."""
        try:
            return ", ".join(read_arguments(call, _Arguments, self.spec)[0].wanted) or "a file"
        except WrongCall:
            return "a file"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Read them all; one that cannot be read says so in its place."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            wanted = arguments.wanted
            if not wanted:
                raise WrongCall('read: no path given. The right form: {"paths": ["a.py", "b.py:10-50"]}')
        except WrongCall as wrong:
            return wrong.result
        parts: list[TextPart | ImagePart] = []
        ok = True
        for want in wanted:
            try:
                parts += await _read(bench, want, arguments.limit, named=len(wanted) > 1)
            except WrongCall as wrong:
                ok = ok and len(wanted) > 1
                parts.append(TextPart(str(wrong)))
        return ToolResult(output=_joined(note, parts), ok=ok)


def _joined(note: str, parts: list[TextPart | ImagePart]) -> str | tuple[TextPart | ImagePart, ...]:
    if any(isinstance(part, ImagePart) for part in parts):
        return (TextPart(note), *parts) if note else tuple(parts)
    return note + "\n\n".join(part.text for part in parts if isinstance(part, TextPart))


async def _read(bench: Bench, want: str, limit: int | None, *, named: bool) -> list[TextPart | ImagePart]:
    path, lines = await _target(bench, want)
    data = await _bytes(bench, path)
    kind = next((kind for start, kind in _IMAGES.items() if data.startswith(start)), None)
    if kind is None and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    if kind:
        return _image(path, kind, data)
    bench.files[path] = digest(data)
    decoded = encoded.decode(data)
    if decoded is None:
        return [TextPart(f"{path}: a binary file, {len(data):,} bytes, beginning with {data[:16].hex(' ')}")]
    text = bench.redact(decoded[0].encode(errors="replace")).decode(errors="replace")
    shown = _numbered(path, split(text), lines, honoured(limit if limit is not None else MOST if lines.asked else LIMIT))
    return [TextPart(f"{path}:\n{shown}" if named else shown)]


async def _target(bench: Bench, want: str) -> tuple[str, _Range]:
    """The path, and the range if the end of `want` is one and no file is called so."""
    found = _RANGE.fullmatch(want)
    if found is None or await bench.sandbox.stat(place(bench, want)) is not None:
        return place(bench, want), _Range()
    first = max(1, int(found[2]))
    last = None if found[3] == "" else int(found[3]) if found[3] else first
    if last is not None and last < first:
        raise WrongCall(f"{want}: the range ends before it begins")
    return place(bench, found[1]), _Range(first, last, asked=True)


async def _bytes(bench: Bench, path: str) -> bytes:
    """A file's content. What lies below `outputs_at` comes from the scratch folder or the artifacts. Raises `WrongCall`."""
    if path.startswith(bench.outputs_at + "/"):
        kept = bench.scratch / posixpath.basename(path)
        if kept.is_file():
            return kept.read_bytes()
        with contextlib.suppress(KeyError, ValueError):  # from before the session moved here
            return await asyncio.to_thread(bench.artifacts.get, f"outputs/{kept.name}")
    stat = await bench.sandbox.stat(path)
    if stat is not None and stat.kind == "folder":
        raise WrongCall(await _listed(bench, path))
    if stat is not None and stat.size > _LARGEST:
        raise WrongCall(f"{path} has {stat.size:,} bytes; look at parts of it with a command")
    try:
        return await bench.sandbox.read(path, 0, _LARGEST)
    except FileNotFoundError:
        raise WrongCall(await _missing(bench, path)) from None
    except OSError as error:
        raise WrongCall(f"{path} cannot be read: {error.strerror or error}") from None


async def _listed(bench: Bench, path: str) -> str:
    names = await bench.sandbox.tree(path, 201)
    more = "\n… (more than 200; use search to list files)" if len(names) > 200 else ""
    return f"{path} is a folder:\n" + "\n".join(names[:200]) + more


async def _missing(bench: Bench, path: str) -> str:
    names = await bench.sandbox.tree("", 10_000)
    same = [name for name in names if posixpath.basename(name) == posixpath.basename(path)]
    import difflib

    near = same or difflib.get_close_matches(path, names, n=3, cutoff=0.7)
    return f"{path} does not exist" + (f"; there is {', '.join(near[:3])}" if near else "")


def _image(path: str, kind: str, data: bytes) -> list[TextPart | ImagePart]:
    if len(data) > _LARGEST_IMAGE:
        raise WrongCall(f"{path}: an image of {len(data):,} bytes; at most {_LARGEST_IMAGE:,} can be shown. Make a smaller copy.")
    url = f"data:image/{kind};base64,{b2a_base64(data, newline=False).decode()}"
    return [TextPart(f"{path}: {kind}, {len(data):,} bytes"), ImagePart(url)]


def _numbered(path: str, lines: list[str], wanted: _Range, limit: int) -> str:
    """The wanted lines behind their numbers, within `limit` bytes; how to get the rest when there is one."""
    total = len(lines)
    if not total:
        return "(empty)"
    if wanted.first > total:
        raise WrongCall(f"{path} has {total} lines; there is no line {wanted.first}")
    last = total if wanted.last is None else min(wanted.last, total)
    shown: list[str] = []
    size, number = 0, wanted.first
    while number <= last:
        line = lines[number - 1]
        if len(line) > _LONGEST_LINE:
            line = f"{line[:_LONGEST_LINE]} … ({len(line) - _LONGEST_LINE:,} more characters in this line)"
        entry = f"{number}\t{line}"
        size += len(entry.encode(errors="replace")) + 1
        if size > limit and shown:
            break
        shown.append(entry)
        number += 1
    text = "\n".join(shown)
    if number > last:
        return text
    rest = f'read {{"paths": ["{path}:{number}-{last}"]}}'
    return f"{text}\n[lines {wanted.first}-{number - 1} of {total}; cap {limit:,} bytes. The rest: {rest}]"
