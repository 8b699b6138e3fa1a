"""pip's and uv's indexes."""

from __future__ import annotations

import configparser
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

from pullwright.sandbox.egress.registries.index import Found, Index, answer_of, page, parse_index

_DEFAULTS = "from pip._internal.models.index import PyPI as d; print(d.simple_url); print('https://' + d.file_storage_domain)"
_LINK = re.compile(r"""href=["']?(https?://[^"'\s>#]+)""")


def configured(environ: Mapping[str, str]) -> Found:
    """What variables, pip.conf and uv.toml say. Where no main index is named, `ask` asks pip for its own."""
    options = _pip_options(environ)
    main = options.get("index-url", [])
    more = [*options.get("extra-index-url", []), *options.get("find-links", [])]
    uv_main, uv_more = _uv_indexes(environ)
    indexes = [index for url in [*main, *more, *uv_main, *uv_more] if (index := parse_index(url)) is not None]
    folders = [url for url in [*main, *more] if "://" not in url or url.startswith("file:")]
    notes = tuple(f"pip is configured for {url}, a folder of this machine: not shown inside" for url in folders)
    env: dict[str, str] = {}
    for variable, urls in (
        ("PIP_INDEX_URL", main), ("PIP_EXTRA_INDEX_URL", options.get("extra-index-url", [])),
        ("UV_DEFAULT_INDEX", uv_main or main), ("UV_INDEX", uv_more or options.get("extra-index-url", [])),
    ):  # fmt: skip
        clean = [index.url for url in urls if (index := parse_index(url)) is not None]
        if clean:
            env[variable] = " ".join(clean)

    async def ask() -> Sequence[Index]:
        return await _asked(environ, indexes, default=not (main or uv_main))

    return Found(tuple(indexes), env, notes, ask)


async def _asked(environ: Mapping[str, str], known: Sequence[Index], *, default: bool) -> Sequence[Index]:
    """pip's own default where none is configured, and the hosts that the indexes' pages link their files from."""
    found: list[Index] = []
    if default:
        for python in dict.fromkeys(filter(None, (sys.executable, shutil.which("python3", path=environ.get("PATH"))))):
            answer = await answer_of((python, "-I", "-c", _DEFAULTS), environ)
            found = [index for line in answer.split() if (index := parse_index(line)) is not None]
            if found:
                break
    for index in [one for one in known if not one.authorization and one.loopback_port is None]:
        where = index.url.rstrip("/") + "/pip/"
        links = {urljoin(where, link) for link in _LINK.findall(await page(where))}
        found += [linked for link in sorted(links) if (linked := parse_index(link)) is not None]
    return tuple({(index.host, index.port): index for index in found}.values())


def _pip_options(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """`index-url`, `extra-index-url` and `find-links`: files first, variables over them."""
    options: dict[str, list[str]] = {}
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text("utf-8", "replace"))
        except (OSError, configparser.Error):
            continue
        for section in ("global", "download", "install"):
            for name in ("index-url", "extra-index-url", "find-links"):
                if parser.has_option(section, name):
                    options[name] = parser.get(section, name).split()
    for name in ("index-url", "extra-index-url", "find-links"):
        value = environ.get("PIP_" + name.upper().replace("-", "_"))
        if value:
            options[name] = value.split()
    return options


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME", "/nonexistent"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield from (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), Path("/Library/Application Support/pip/pip.conf"))
    yield from (home / ".pip/pip.conf", home / "Library/Application Support/pip/pip.conf", config / "pip/pip.conf")
    if named := environ.get("PIP_CONFIG_FILE"):
        yield Path(named)


def _uv_indexes(environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """uv's main and further indexes."""
    main = [value for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL") if (value := environ.get(name))]
    more = [value.rpartition("=")[2] for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL") for value in environ.get(name, "").split()]
    home = Path(environ.get("HOME", "/nonexistent"))
    for path in (Path("/etc/uv/uv.toml"), Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv/uv.toml"):
        for url, is_default in _uv_file(path):
            (main if is_default else more).append(url)
    return main, more


def _uv_file(path: Path) -> Iterator[tuple[str, bool]]:
    import tomllib

    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(config.get("index-url"), str):
        yield config["index-url"], True
    index: Any = config.get("index")
    for entry in cast("list[Any]", index) if isinstance(index, list) else ():
        if isinstance(entry, dict) and isinstance(url := cast("dict[str, Any]", entry).get("url"), str):
            yield url, bool(cast("dict[str, Any]", entry).get("default"))
