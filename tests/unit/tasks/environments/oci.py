"""Images made by hand, to be as wrong as they like."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Sequence
from pathlib import Path

Entry = tuple[str, bytes | str | None] | tarfile.TarInfo
"""A name, and content (bytes), a link's target (str), or None for a folder."""

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def layer(*entries: Entry) -> bytes:
    """A layer's tar."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry, io.BytesIO(b"x" * entry.size))
                continue
            name, what = entry
            info = tarfile.TarInfo(name)
            info.mode, info.mtime = 0o755, 1_000_000_000
            if what is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(what, str):
                info.type, info.linkname = tarfile.SYMTYPE, what
            else:
                info.size = len(what)
            tar.addfile(info, io.BytesIO(what if isinstance(what, bytes) else b""))
    return data.getvalue()


def special(name: str, kind: bytes, link: str = "", mode: int = 0o644, size: int = 0) -> tarfile.TarInfo:
    """An entry of a rarer kind."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, size
    return info


def blob(folder: Path, data: bytes) -> dict[str, object]:
    """A blob, and how it is referred to."""
    digest = hashlib.sha256(data).hexdigest()
    place = folder / "blobs/sha256"
    place.mkdir(parents=True, exist_ok=True)
    (place / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def layout(folder: Path, layers: Sequence[bytes], *, packed: bool = True, machine: str = MACHINE) -> Path:
    """An OCI layout folder."""
    blobs = [blob(folder, gzip.compress(data) if packed else data) for data in layers]
    manifest = blob(folder, json.dumps({"schemaVersion": 2, "layers": blobs}).encode())
    manifest["platform"] = {"os": "linux", "architecture": machine}
    other = {"digest": f"sha256:{'0' * 64}", "size": 1, "platform": {"os": "linux", "architecture": "s390x"}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [other, manifest]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return folder


def packed(folder: Path, path: Path) -> Path:
    """A folder as a tar."""
    with tarfile.open(path, "w") as tar:
        tar.add(folder, arcname=".")
    return path


def saved(path: Path, layers: Sequence[bytes]) -> Path:
    """What `docker save` wrote before it wrote layouts; a layer that is there twice is a link."""
    ids = [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in layers]
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": ids}}).encode()
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    files = {"config.json": config, "manifest.json": json.dumps([{"Config": "config.json", "Layers": names}]).encode()}
    with tarfile.open(path, "w") as tar:
        for name, data in {**files, **dict(zip(names, layers, strict=True))}.items():
            first = names[layers.index(data)] if data in layers else name
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if first != name:
                info.type, info.linkname, info.size = tarfile.SYMTYPE, f"../{first}", 0
            tar.addfile(info, io.BytesIO(data))
    return path
