"""The toolchains that commands inside may use, found in a few milliseconds and without running anything.

    toolchains(project, env)
    ├── the project's own venv, else the active one     kits/python.py
    └── each entry of the person's PATH                 kits/: python, node, compiled, prefixes
        ├── a system folder                             kept
        ├── a recognised toolchain                      kept (or replaced by what its shims lead to), its folder mounted read-only
        └── anything else, such as ~/bin                dropped

The home itself is never mounted. What the project says (.python-version, .nvmrc, pyvenv.cfg) only chooses among the
toolchains that the person has; it cannot name a folder.

`PYTHONDONTWRITEBYTECODE=1` is set: a bytecode file is matched to its source by size and whole seconds, and an agent
edits and runs within one second, so that a stale file would run and be taken for evidence. It also keeps `__pycache__`
out of changes. The price is that a project's own modules are compiled in each run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pullwright.sandbox.kits.kit import Kit, Place, once
from pullwright.sandbox.sandbox import Mount

SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_SYSTEM = ("/usr/", "/bin/", "/sbin/")
_EVERYDAY = ("make", "cc", "gcc", "clang", "cmake", "perl", "ruby", "php", "docker")


class Toolchains(msgspec.Struct, frozen=True, kw_only=True):
    """Read-only `mounts`, the whole `env` that commands start with (the backend adds HOME and the like), and `facts`:
    short sentences for the model, each true by what was seen on disk: which Python runs, and what else the project has
    files for."""

    mounts: tuple[Mount, ...]
    env: dict[str, str]
    facts: tuple[str, ...]


def toolchains(project: Path, env: Mapping[str, str]) -> Toolchains:
    """The toolchains for a project, by the person's environment (`PATH`, `HOME`, `VIRTUAL_ENV`…).

    Never raises for what it finds: a toolchain that cannot be read is one that is not there.
    """
    from pullwright.sandbox.kits import compiled, python

    place = Place(project.resolve(), env)
    kits: list[Kit] = []
    path: list[str] = []
    if (venv := python.project_venv(place)) is not None:
        kits.append(venv)
        path += venv.bins
    for entry in env.get("PATH", "").split(":"):
        if not entry.startswith("/") or _in_venv_of_pullwright(entry, env, venv):
            continue
        if (entry + "/").startswith(_SYSTEM):
            path.append(entry)
            continue
        kit = _first_kit(Path(entry), place)
        if kit is not None:
            kits.append(kit)
            path += kit.bins
    path += SYSTEM_PATH
    kits.append(compiled.from_variables(place))
    path += kits[-1].bins
    merged = {name: value for kit in reversed(kits) for name, value in kit.env.items()}
    path = list(dict.fromkeys(path))
    return Toolchains(
        mounts=once(mount for kit in kits for mount in kit.mounts),
        env={**_plain_variables(), **merged, "PATH": ":".join(path)},
        facts=_facts(kits, path, place),
    )


def _first_kit(entry: Path, place: Place) -> Kit | None:
    from pullwright.sandbox.kits import compiled, node, prefixes, python

    for recognise in (python.recognise, node.recognise, compiled.recognise, prefixes.recognise):
        try:
            if (kit := recognise(entry, place)) is not None:
                return kit
        except (OSError, RuntimeError):  # A folder that may not be read, or a loop of links.
            continue
    return None


def _plain_variables() -> dict[str, str]:
    """What any command wants to know, and nothing of the person's."""
    return {
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _in_venv_of_pullwright(entry: str, env: Mapping[str, str], chosen: Kit | None) -> bool:
    """True for the `bin` of an active venv that was not chosen as the project's: it is Pullwright's own, or another project's."""
    active = env.get("VIRTUAL_ENV")
    return bool(active) and entry == f"{active}/bin" and (chosen is None or entry not in chosen.bins)


def _facts(kits: list[Kit], path: list[str], place: Place) -> tuple[str, ...]:
    """One line on the Python that runs, and those on tools that the project has files for."""
    from pullwright.sandbox.kits.asked import Asked

    asked = Asked(place.project)
    facts = [fact for kit in kits for fact in kit.facts]
    if not any(fact.startswith("node ") for fact in facts):
        facts.append(_system_node(path, place))
    facts = [_python(kits, path, place), *(fact for fact in facts if asked.for_tool(fact.split(" ", 1)[0]))]
    inside = [folder for folder in path if (folder + "/").startswith(_SYSTEM)]
    there = [name for name in _EVERYDAY if asked.for_tool(name) and any(place.runs(Path(folder, name)) for folder in inside)]
    if there:
        facts.append("also installed: " + ", ".join(there))
    return tuple(dict.fromkeys(filter(None, facts)))


def _python(kits: list[Kit], path: list[str], place: Place) -> str:
    """Which program `python` is; where there is none, which `python3` is. Of the others nothing is said."""
    from pullwright.sandbox.kits.python import version_of

    for name in ("python", "python3"):
        for program in (Path(folder, name) for folder in path):
            if not place.runs(program):
                continue
            known = next((kit.python for kit in kits if kit.python and str(program.parent) in kit.bins), "")
            shown = program.relative_to(place.project) if program.is_relative_to(place.project) else program
            words = [known or version_of(program), "there is no `python`" if name == "python3" else ""]
            said = ", ".join(filter(None, words))
            return f"{name} is {shown}{f' ({said})' if said else ''}"
    return ""


def _system_node(path: list[str], place: Place) -> str:
    from pullwright.sandbox.kits.node import version_of

    for folder in path:
        program = Path(folder, "node")
        if (folder + "/").startswith(_SYSTEM) and place.runs(program):
            return f"node {version_of(program)} at {program}".replace("  ", " ")
    return ""
