"""What a parameter may be: each function takes click's context and gives (value, help) in the order to be shown."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import msgspec

Pair = tuple[str, str]
Values = Callable[[click.Context], Iterable[Pair]]

NEWEST = 30
REFS = 2000
_HEAD = 64 << 10


def words(*values: str) -> Values:
    """These words."""
    return lambda _: [(value, "") for value in values]


def of_setting(name: str) -> Values:
    """The words that a setting may be."""

    def values(_: click.Context) -> Iterable[Pair]:
        from pullwright.cli.settings.keys import KEYS, choices

        return [(value, "") for value in choices(KEYS[name])]

    return values


def settings(context: click.Context) -> Iterable[Pair]:
    """The names of all settings; those below a provider or a server once for each that is known."""
    from pullwright.cli.settings.keys import KEYS

    tables = {"providers.*": [name for name, _ in providers(context)], "mcp.servers.*": [name for name, _ in servers(context)]}
    for name, key in KEYS.items():
        table, star, rest = name.partition("*")
        yield from ((f"{table}{one}{rest}", key.help) for one in tables.get(table + star, [])) if star else ((name, key.help),)


def value_of_setting(context: click.Context) -> Iterable[Pair]:
    """What the setting that is named before it may be."""
    from pullwright.cli.settings.keys import choices, find_key

    name = str(context.params.get("key") or "")
    key = find_key(name)
    if name == "model" or name.startswith("models."):
        return models(context)
    if name == "provider":
        return providers(context)
    return [(value, "") for value in (choices(key) or (["true", "false"] if key.type is bool else []))] if key else []


def providers(_: click.Context) -> Iterable[Pair]:
    """The catalogue's providers, and the person's own."""
    from pullwright.cli.settings.load import load
    from pullwright.models import catalog

    own = load().settings.providers
    return [(name, "") for name in dict.fromkeys([*catalog.providers(), *own]) if name != "scripted"]


def servers(context: click.Context) -> Iterable[Pair]:
    """The MCP servers that are configured."""
    from pullwright.cli.project import find_project
    from pullwright.cli.settings.load import load

    found = load(find_project(_directory(context))).settings.mcp.servers
    return [(name, server.url or server.command) for name, server in found.items()]


def models(_: click.Context) -> Iterable[Pair]:
    """The classes, what they stand for, and the models that providers listed lately."""
    from pullwright.cli.completing.seen import recall
    from pullwright.cli.folders import folders
    from pullwright.models import catalog

    yield "fast", "quick and cheap"
    yield "deep", "thinks longer"
    named: dict[str, str] = {}
    for name, entry in catalog.providers().items():
        if name != "scripted":
            named |= {f"{name}/{one.model}": word for word, one in (("fast", entry.fast), ("deep", entry.deep)) if one.model}
    for provider, listed in recall(folders()).items():
        for model in listed:
            named.setdefault(f"{provider}/{model}", "")
    yield from named.items()


def agents(context: click.Context) -> Iterable[Pair]:
    """The custom agents, with what each is for."""
    from pullwright.cli.extending.extensions import extensions
    from pullwright.cli.project import find_project
    from pullwright.cli.settings.load import load

    return [(one.name, one.description) for one in extensions(load(find_project(_directory(context)))).personas]


def sessions(context: click.Context) -> Iterable[Pair]:
    """The newest sessions, those of this project first, with what was asked."""
    from pullwright.cli.folders import folders
    from pullwright.cli.project import find_project

    folder = folders().sessions
    found: list[tuple[int, str]] = []
    for one in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append(((one / "log.jsonl").stat().st_mtime_ns, one.name))
        except OSError:
            continue
    project = str(find_project(_directory(context)) or "")
    here: list[Pair] = []
    elsewhere: list[Pair] = []
    for _, name in sorted(found, reverse=True)[:NEWEST]:
        its, title = _beginning(folder / name / "log.jsonl")
        (here if its == project else elsewhere).append((name, title))
    return [*here, *elsewhere]


class _Input(msgspec.Struct):
    type: str = ""
    text: str = ""


class _Event(msgspec.Struct):
    """The little of an event that is told here: the log's own types take 40 ms to import."""

    project: str = ""
    input: _Input = msgspec.field(default_factory=_Input)


def _beginning(log: Path) -> tuple[str, str]:
    """A session's project and the first line of its first prompt, from the log's first lines."""
    from pullwright.cli.render.clean import one_line

    project = ""
    with log.open("rb") as file:
        lines = file.read(_HEAD).split(b"\n")
    for line in lines[:20]:
        with contextlib.suppress(msgspec.DecodeError):
            event = msgspec.json.decode(line, type=_Event)
            project = project or event.project
            if event.input.type == "prompt":
                return project, one_line(event.input.text, 60)
    return project, ""


def refs(context: click.Context) -> Iterable[Pair]:
    """Branches, tags and remote branches, read from the files of `.git`."""
    from pullwright.cli.project import find_project

    project = find_project(_directory(context))
    if project is None:
        return []
    found: dict[str, None] = {"HEAD": None}
    for git in _git_folders(project / ".git"):
        for kind in ("heads", "tags", "remotes"):
            base = git / "refs" / kind
            for at, _, names in os.walk(base):
                found |= {(Path(at) / name).relative_to(base).as_posix(): None for name in names}
                if len(found) > REFS:
                    break
        found |= dict.fromkeys(_packed(git / "packed-refs"))
    return [(name, "") for name in found if not name.endswith("/HEAD")]


def _git_folders(git: Path) -> list[Path]:
    """The git folder, and of a linked worktree the one that it shares."""
    if git.is_dir():
        return [git]
    own = Path(git.parent, git.read_text().removeprefix("gitdir:").strip())
    common = own / "commondir"
    return [own, (own / common.read_text().strip()).resolve()] if common.is_file() else [own]


def _packed(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with path.open("rb") as file:
        text = file.read(4 << 20).decode("utf-8", "replace")
    names = [line.partition(" ")[2] for line in text.splitlines() if line[:1] not in ("#", "^")]
    return [name.split("/", 2)[2] for name in names if name.startswith("refs/") and name.count("/") >= 2][:REFS]


def _directory(context: click.Context) -> Path:
    """What `-C` says, else here."""
    return Path(context.params.get("directory") or ".")
