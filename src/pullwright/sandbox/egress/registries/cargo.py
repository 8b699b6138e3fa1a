"""cargo's registries."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pullwright.sandbox.egress.registries.index import Found, Index, answer_of, page, parse_index

_MANIFEST = '[package]\nname = "ask"\nversion = "0.1.0"\nedition = "2018"\n[dependencies]\nlibc = "0.2"\n[lib]\npath = "lib.rs"\n'


def configured(environ: Mapping[str, str]) -> Found:
    """What config.toml and variables say. Where the default source is not replaced, `ask` finds out cargo's own."""
    folder = Path(environ.get("CARGO_HOME") or Path(environ.get("HOME", "/nonexistent")) / ".cargo")
    config = _config(folder)
    sources, registries = _table(config, "source"), _table(config, "registries")
    urls = [str(_table(sources, name).get("registry", "")) for name in sources]
    urls += [str(_table(registries, name).get("index", "")) for name in registries]
    urls += [value for name, value in environ.items() if name.startswith("CARGO_REGISTRIES_") and name.endswith("_INDEX")]
    indexes = tuple(index for url in urls if (index := parse_index(url)) is not None)
    replaced = "replace-with" in _table(sources, "crates-io")
    notes = (
        ("cargo's source replacement is not passed on: the project's own .cargo/config.toml has to name it",) if replaced else ()
    )
    cargo = shutil.which("cargo", path=environ.get("PATH"))

    async def ask() -> Sequence[Index]:
        found = [] if replaced or cargo is None else await _asked_for(cargo, environ)
        for index in [*indexes, *found]:
            found += await _downloads(index)
        return found

    return Found(indexes, {}, notes, ask if cargo is not None or indexes else None)


async def _asked_for(cargo: str, environ: Mapping[str, str]) -> list[Index]:
    """Let cargo fetch through a proxy that refuses, and note whom it asked for: cargo has no command that says so."""
    asked: list[Index] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(5):
                words = (await reader.readuntil(b"\r\n\r\n")).split()
            if words[0] == b"CONNECT" and (index := parse_index(f"https://{words[1].decode('latin-1')}/")) is not None:
                asked.append(index)
            writer.write(b"HTTP/1.1 403 Asked\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Cargo.toml").write_text(_MANIFEST)
            (Path(folder) / "lib.rs").write_text("")
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            own = {"CARGO_HTTP_PROXY": url, "CARGO_NET_RETRY": "0", "CARGO_HOME": f"{folder}/home", "HTTPS_PROXY": url}
            kept = {"RUSTUP_HOME": environ.get("RUSTUP_HOME") or str(Path(environ.get("HOME", "/")) / ".rustup")}
            # An empty CARGO_HOME, else a filled cache would answer and nobody be asked.
            await answer_of((cargo, "fetch", "--quiet", "--manifest-path", f"{folder}/Cargo.toml"), {**environ, **kept, **own})
    return list(dict.fromkeys(asked))


async def _downloads(index: Index) -> list[Index]:
    """Where a sparse index says that its crates are downloaded from."""
    if index.loopback_port is not None or index.authorization:
        return []
    with contextlib.suppress(ValueError):
        config: Any = json.loads(await page(index.url.rstrip("/") + "/config.json"))
        if isinstance(config, dict) and isinstance(place := cast("dict[str, Any]", config).get("dl"), str):
            found = parse_index(place.partition("{")[0])
            return [found] if found is not None else []
    return []


def _config(folder: Path) -> dict[str, Any]:
    import tomllib

    for name in ("config.toml", "config"):
        try:
            return tomllib.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            continue
    return {}


def _table(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = config.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
