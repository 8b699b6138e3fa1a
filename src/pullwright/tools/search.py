"""Searching contents and names, with ripgrep inside the sandbox; with git grep or grep where that is missing."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

import msgspec

from pullwright.protocol.items import Call, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.sandbox.sandbox import Command, Finished
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.exec import exec_reading
from pullwright.tools.output import MOST, keep_path
from pullwright.tools.ripgrep import AT
from pullwright.tools.tool import Bench, ToolResult

_LIMIT = 100
_TIMEOUT = 60.0
_MOST_BYTES = 16_000
_HIT = re.compile(rb"\d+:")
_FLAT_HIT = re.compile(rb"[^\n]+?:\d+:")
_NO_REGEX = re.compile("(?i)regex|invalid|unmatched|repetition")
_FILES = ("--no-config", "--hidden", "--glob=!.git", "--sort=path")
_RIPGREP = (*_FILES, "--heading", "--line-number", "--color=never", "--max-columns=300", "--max-columns-preview")
_GIT_GREP = ("git", "grep", "--untracked", "--heading", "--line-number", "--no-color", "-I")
_GREP = ("grep", "-rnHI", "--exclude-dir=.git")


class _Arguments(msgspec.Struct):
    pattern: str = ""
    paths: list[str] | str = []
    glob: str = ""
    ignore_case: bool = False
    context: int = 0
    limit: int = _LIMIT

    @property
    def places(self) -> list[str]:
        """Where to search; the workspace when empty."""
        return [self.paths] if isinstance(self.paths, str) else self.paths


class Search:
    """`search`: a regular expression in files, or names of files."""

    spec = ToolSpec(
        name="search",
        description="Search files by regex (ripgrep; ignored files left out). Without `pattern`: list files that match `glob`.",
        parameters={
            "type": "object",
            "properties": {
                "pattern": {"type": "string"},
                "paths": {"type": "array", "items": {"type": "string"}},
                "glob": {"type": "string", "description": "such as *.py, !docs/**"},
                "ignore_case": {"type": "boolean"},
                "context": {"type": "integer", "description": "lines around each hit"},
                "limit": {"type": "integer", "description": "hits shown, default 100"},
            },
        },
    )

    def effect(self, call: Call) -> Effect:
        """Searching reads."""
        return "read"

    def title(self, call: Call) -> str:
        """The pattern, or the names."""
        try:
            arguments, _ = read_arguments(call, _Arguments, self.spec)
        except WrongCall:
            return "a search"
        return arguments.pattern or f"files {arguments.glob or '*'}"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Search. A pattern that is no regular expression is looked for as plain text, and the answer says so."""
        try:
            arguments, note = read_arguments(call, _Arguments, self.spec)
            kept = keep_path(bench, call.call_id)
            try:
                text = await (_contents if arguments.pattern else _names)(bench, arguments, kept)
            finally:
                kept.unlink(missing_ok=True)
        except WrongCall as wrong:
            return wrong.result
        return ToolResult(output=bench.redact((note + text).encode(errors="replace")).decode(errors="replace"))


async def _run(bench: Bench, argv: list[str], kept: Path) -> Finished:
    return await exec_reading(bench, Command(argv=tuple(argv), timeout=_TIMEOUT, keep=kept, read_only=True))


async def _contents(bench: Bench, arguments: _Arguments, kept: Path, *, plain: bool = False) -> str:
    finished, hit = await _grep(bench, arguments, kept, plain=plain)
    if finished.why == "timeout":
        raise WrongCall(f"search: no end after {_TIMEOUT:g} s; name paths or a glob")
    output = kept.read_bytes() if kept.exists() else finished.output
    if finished.exit_code == 1 or (finished.exit_code == 0 and not output):
        return "no matches"
    if finished.exit_code != 0 and not any(hit.match(line) for line in output.split(b"\n")):
        said = output.decode(errors="replace").strip()[:500]
        if plain or not _NO_REGEX.search(said):
            raise WrongCall(f"search: {said}")
        found = await _contents(bench, arguments, kept, plain=True)
        return f"[not a valid regular expression; searched as plain text]\n{found}"
    return _bounded(output, hit, max(1, arguments.limit), cut=finished.output_bytes > len(output))


async def _grep(bench: Bench, arguments: _Arguments, kept: Path, *, plain: bool) -> tuple[Finished, re.Pattern[bytes]]:
    """Run the first of three programs that is there; and what a hit looks like in its output."""
    around = ["-C", str(arguments.context)] if arguments.context > 0 else []
    flags = [*around, *(["-i"] if arguments.ignore_case else []), *(["-F"] if plain else [])]
    where = arguments.places or ["."]
    glob = [f"--glob={arguments.glob}"] if arguments.glob else []
    for program in ("rg", AT):
        finished = await _run(bench, [program, *_RIPGREP, *glob, *flags, "-e", arguments.pattern, "--", *where], kept)
        if finished.why != "missing":
            return finished, _HIT
    extended = [] if plain else ["-E"]
    places = [*arguments.places, *([f":(glob)**/{arguments.glob}"] if arguments.glob else [])]
    finished = await _run(bench, [*_GIT_GREP, *extended, *flags, "-e", arguments.pattern, "--", *places], kept)
    if finished.why != "missing" and b"not a git repository" not in finished.head:
        return finished, _HIT
    include = [f"--include={arguments.glob}"] if arguments.glob else []
    return await _run(bench, [*_GREP, *include, *extended, *flags, "-e", arguments.pattern, "--", *where], kept), _FLAT_HIT


def _bounded(output: bytes, hit: re.Pattern[bytes], limit: int, *, cut: bool) -> str:
    """The first `limit` hits, within 16 kB (64 kB when more than 100 were asked for), and how many more there are."""
    most = MOST if limit > _LIMIT else _MOST_BYTES
    lines = [line.removeprefix(b"./") for line in output.split(b"\n")]
    shown: list[bytes] = []
    hits = size = 0
    for line in lines:
        is_hit = bool(hit.match(line))
        if (is_hit and hits == limit) or size + len(line) > most:
            break
        hits += is_hit
        size += len(line) + 1
        shown.append(line)
    more = sum(1 for line in lines[len(shown) :] if hit.match(line))
    text = b"\n".join(shown).decode(errors="replace").strip("\n")
    if not more and not cut:
        return text
    return f"{text}\n[{'more than ' if cut else ''}{more:,} more hits; narrow the search, or ask for them with `limit`]"


async def _names(bench: Bench, arguments: _Arguments, kept: Path) -> str:
    names = await _listed(bench, arguments, kept)
    if not names:
        return "no files"
    limit = max(1, arguments.limit)
    more = f"\n[{len(names) - limit:,} more files; narrow the glob, or ask for them with `limit`]" if len(names) > limit else ""
    return "\n".join(names[:limit]) + more


async def _listed(bench: Bench, arguments: _Arguments, kept: Path) -> list[str]:
    glob = [f"--glob={arguments.glob}"] if arguments.glob else []
    for program in ("rg", AT):
        finished = await _run(bench, [program, *_FILES, *glob, "--files", "--", *(arguments.places or ["."])], kept)
        if finished.why == "timeout":
            raise WrongCall(f"search: no end after {_TIMEOUT:g} s; name paths or a glob")
        if finished.why == "missing":
            continue
        if finished.exit_code not in (0, 1):
            raise WrongCall(f"search: {finished.output.decode(errors='replace').strip()[:500]}")
        output = kept.read_bytes() if kept.exists() else finished.output
        return [line.removeprefix("./") for line in output.decode(errors="replace").splitlines()]
    return await _walk(bench, arguments)


async def _walk(bench: Bench, arguments: _Arguments) -> list[str]:
    names: list[str] = []
    for place in arguments.places or [""]:
        below = await bench.sandbox.tree(place, 100_000)
        names += [f"{place.rstrip('/')}/{name}" if place else name for name in below]
    if not arguments.glob:
        return names
    return [name for name in names if any(fnmatch.fnmatch(part, arguments.glob) for part in (name, name.rpartition("/")[2]))]
