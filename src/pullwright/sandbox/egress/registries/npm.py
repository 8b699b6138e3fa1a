"""npm's registries."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pullwright.sandbox.egress.registries.index import Found, Index, answer_of, parse_index

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def configured(environ: Mapping[str, str]) -> Found:
    """What variables and the person's and system's .npmrc say. Where no registry is named, `ask` asks npm."""
    options: dict[str, str] = {}
    for path in _files(environ):
        options.update(_read(path, environ))
    for name, value in environ.items():
        if name.lower() == "npm_config_registry" and value:
            options["registry"] = value
    scoped = [value for name, value in options.items() if name.startswith("@") and name.endswith(":registry")]
    main = parse_index(options.get("registry", ""), _authorization(options.get("registry", ""), options))
    others = (parse_index(url, _authorization(url, options)) for url in scoped)
    indexes = [index for index in (main, *others) if index is not None]
    env = {"NPM_CONFIG_REGISTRY": main.url} if main is not None else {}
    notes = tuple(
        f"npm's {name} is not passed on: the project's own .npmrc has to name it" for name in options if name.startswith("@")
    )
    npm = shutil.which("npm", path=environ.get("PATH"))
    if main or npm is None:
        return Found(tuple(indexes), env, notes)

    async def ask() -> Sequence[Index]:
        index = parse_index((await answer_of((npm, "config", "get", "registry"), environ)).strip())
        return (index,) if index is not None else ()

    return Found(tuple(indexes), env, notes, ask)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    yield from (Path("/usr/etc/npmrc"), Path("/usr/local/etc/npmrc"), Path("/etc/npmrc"))
    if named := environ.get("NPM_CONFIG_GLOBALCONFIG"):
        yield Path(named)
    yield Path(environ.get("NPM_CONFIG_USERCONFIG") or Path(environ.get("HOME", "/nonexistent")) / ".npmrc")


def _read(path: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            value = _VARIABLE.sub(lambda match: environ.get(match[1], match[0]), value.strip().strip("\"'"))
            yield name.strip(), value


def _authorization(url: str, options: Mapping[str, str]) -> str:
    """The credential that `//host/path/:_authToken` and its kind name for this registry; the longest path wins."""
    where = url.partition(":")[2]
    best = ""
    answer = ""
    for name, value in options.items():
        place, _, kind = name.rpartition(":")
        if not place.startswith("//") or not where.startswith(place.rstrip("/")) or len(place) < len(best):
            continue
        if kind == "_authToken":
            best, answer = place, f"Bearer {value}"
        elif kind == "_auth":
            best, answer = place, f"Basic {value}"
    return answer
