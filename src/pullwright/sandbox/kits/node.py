"""Nodes: nvm, fnm, volta, n, and bun and deno."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

from pullwright.sandbox.kits.kit import Kit, Place, first_line, mounts_of, newest

_VERSION = re.compile(r"v?\d+(\.\d+){0,2}\Z")


def recognise(entry: Path, place: Place) -> Kit | None:
    """The kit of a PATH entry that a Node version manager, bun or deno put there."""
    nvm = Path(place.env.get("NVM_DIR") or place.home / ".nvm")
    if entry.is_relative_to(nvm / "versions" / "node"):
        return _nvm(nvm, entry, place)
    volta = Path(place.env.get("VOLTA_HOME") or place.home / ".volta")
    if entry == volta / "bin":
        return _volta(volta, place)
    if entry in (place.home / ".bun/bin", place.home / ".deno/bin"):
        name = entry.parent.name.removeprefix(".")
        return (
            Kit(bins=(str(entry),), mounts=mounts_of(entry), facts=(f"{name} at {entry / name}",))
            if place.runs(entry / name)
            else Kit()
        )
    # fnm's entry is a link of one shell's; what it leads to stays.
    real = entry.resolve()
    if "node-versions" in real.parts and real.parts[-2:] == ("installation", "bin") and place.below_home(real):
        return _node(real.parent, place)
    if entry == Path(place.env.get("N_PREFIX") or place.home / "n") / "bin" and place.runs(entry / "node"):
        return _node(entry.parent, place)
    return None


def version_of(program: Path) -> str:
    """A Node's version by the header that is installed beside it, else empty."""
    try:
        text = (program.resolve().parent.parent / "include/node/node_version.h").read_text("ascii", "replace")
    except OSError:
        return ""
    found = dict(re.findall(r"#define NODE_(MAJOR|MINOR|PATCH)_VERSION (\d+)", text))
    return ".".join(found[part] for part in ("MAJOR", "MINOR", "PATCH")) if len(found) == 3 else ""


def _nvm(nvm: Path, entry: Path, place: Place) -> Kit:
    """What .nvmrc or .node-version asks for when it is installed, else the version that PATH has."""
    for name in (".nvmrc", ".node-version"):
        wanted = first_line(place.text(place.project / name))
        if _VERSION.match(wanted):
            version = newest(nvm / "versions" / "node", "v" + wanted.removeprefix("v"))
            if version is not None and place.runs(version / "bin/node"):
                return _node(version, place)
    version = nvm / "versions" / "node" / entry.relative_to(nvm / "versions" / "node").parts[0]
    return _node(version, place)


def _node(prefix: Path, place: Place) -> Kit:
    node = prefix / "bin" / "node"
    if not place.runs(node):
        return Kit()
    named = re.search(r"v?(\d+\.\d+\.\d+)", str(prefix))
    version = version_of(node) or (named[1] if named else "")
    return Kit(bins=(str(prefix / "bin"),), mounts=mounts_of(prefix), facts=(f"node {version} at {node}".replace("  ", " "),))


def _volta(volta: Path, place: Place) -> Kit:
    """Volta's shims want to write into its own folder; the images that they lead to do not."""
    project = _table(_table(place.text(place.project / "package.json")).get("volta"))
    person = _table(place.text(volta / "tools/user/platform.json"))
    for wanted in (project.get("node"), _table(person.get("node")).get("runtime")):
        if isinstance(wanted, str) and _VERSION.match(wanted):
            kit = _node(volta / "tools/image/node" / wanted, place)
            if kit.bins:
                return kit
    return Kit()


def _table(value: object) -> dict[str, Any]:
    """A JSON object from text or an already parsed value; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
