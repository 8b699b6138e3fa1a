"""What the model sees of a command's output: head and tail, an exact count of what is left out, and where the whole is.

The whole, redacted, is an artifact; while the session lasts it can be read inside below `Bench.outputs_at` as well.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path

import msgspec

from pullwright.sandbox.sandbox import Finished
from pullwright.tools.tool import Bench

LIMIT = 16_000
"""Bytes of one command's output that go to the model when no other limit is asked for."""

MOST = 64_000
"""The largest limit that is honoured."""

KEEP = 16 << 20
"""Bytes of one command's output that are kept as an artifact."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
_NAME = re.compile(r"[^A-Za-z0-9_-]")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Output as the model sees it, and what the log says of the whole (redacted): its size, digest, and artifact."""

    text: str
    output_bytes: int
    sha256: str
    artifact: str = ""


def keep_path(bench: Bench, call_id: str, number: int = 0) -> Path:
    """A fresh, empty file in the scratch folder for a command's whole output; made at once, so that it is nobody else's."""
    stem = _NAME.sub("", call_id)[-16:] or "output"
    stem = f"{stem}-{number}" if number else stem
    for again in itertools.count(2):
        path = bench.scratch / f"{stem}.txt"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            stem = f"{stem.partition('.')[0]}.{again}"
            continue
        return path
    raise AssertionError


def honoured(limit: int | None) -> int:
    """The limit that holds when `limit` was asked for."""
    return LIMIT if limit is None else max(1, min(limit, MOST))


def show(bench: Bench, finished: Finished, kept: Path, limit: int) -> Shown:
    """Redact and bound a finished command's output; keep the whole as an artifact.

    The kept file is rewritten when it held a secret, and removed when the model sees the whole anyway.
    """
    whole = _whole(finished, kept)
    if whole is None:
        return _flood(bench, finished, kept, limit)
    clean = bench.redact(whole)
    artifact = bench.artifacts.put(f"outputs/{kept.name}", clean) if clean else ""
    text = bounded(clean, len(clean), limit, _inside(bench, kept))
    if len(clean) <= limit:
        kept.unlink(missing_ok=True)
    elif clean != whole or not kept.exists():
        kept.write_bytes(clean)
    digest = finished.sha256 if clean == whole else hashlib.sha256(clean).hexdigest()
    return Shown(text=text, output_bytes=len(clean), sha256=digest, artifact=artifact)


def _whole(finished: Finished, kept: Path) -> bytes | None:
    """All of the output; None when not all of it was kept."""
    if len(finished.head) + len(finished.tail) == finished.output_bytes:
        return finished.output
    try:
        return kept.read_bytes() if kept.stat().st_size == finished.output_bytes else None
    except FileNotFoundError:
        return None


def _flood(bench: Bench, finished: Finished, kept: Path, limit: int) -> Shown:
    """More than is kept: the artifact is the beginning, and the end as far as memory held it."""
    beginning = kept.read_bytes() if kept.exists() else finished.head
    left_out = finished.output_bytes - len(beginning) - len(finished.tail)
    clean = bench.redact(beginning + _gap(left_out) + finished.tail if left_out > 0 else beginning)
    kept.write_bytes(clean)
    artifact = bench.artifacts.put(f"outputs/{kept.name}", clean)
    where = f"{_inside(bench, kept)} (its first {len(beginning):,} bytes and its end)"
    parts = bench.redact(finished.head) + bench.redact(finished.tail)
    return Shown(
        text=bounded(parts, finished.output_bytes, limit, where),
        output_bytes=finished.output_bytes,
        sha256=finished.sha256,
        artifact=artifact,
    )


def _gap(count: int) -> bytes:
    return f"\n[… {count:,} bytes were not kept …]\n".encode()


def _inside(bench: Bench, kept: Path) -> str:
    return f"{bench.outputs_at}/{kept.name}"


def bounded(data: bytes, total: int, limit: int, where: str, *, fixed: bool = False) -> str:
    """`data` as text, at most `limit` bytes of it: its beginning and end, cut at lines where there are any near.

    `total` counts what `data` stands for; `where` names the file that holds the whole. `fixed` says that no larger limit can be
    asked for.
    """
    if total <= limit and len(data) <= limit:
        return readable(data)
    half = max(1, limit // 2)
    head, tail = data[:half], data[-half:]
    if (cut := head.rfind(b"\n")) >= half // 2:
        head = head[: cut + 1]
    if 0 <= (cut := tail.find(b"\n")) < half // 2:
        tail = tail[cut + 1 :]
    left_out = total - len(head) - len(tail)
    lines = f" ({data[len(head) : len(data) - len(tail)].count(10):,} lines)" if len(data) == total else ""
    more = "" if fixed else f", up to {MOST:,} with `limit`"
    note = (
        f"[… {left_out:,} of {total:,} bytes{lines} left out; cap {limit:,}{more}. "
        f'The whole: {where}, e.g. read {{"paths": ["{where.split(" ")[0]}:1-200"]}} …]'
    )
    return f"{readable(head).rstrip()}\n{note}\n{readable(tail)}"


def readable(data: bytes) -> str:
    """Output as text for a model: escape sequences out, of an overwritten line only what remained."""
    text = data.decode(errors="replace")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return text
