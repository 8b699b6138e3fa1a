"""Toolchains of compiled languages: rustup and cargo, go, Java by sdkman or JAVA_HOME."""

from __future__ import annotations

import re
from pathlib import Path

from pullwright.sandbox.kits.kit import Kit, Place, first_line, mounts_of, once


def recognise(entry: Path, place: Place) -> Kit | None:
    """The kit of a PATH entry of cargo, go or sdkman."""
    if entry == Path(place.env.get("CARGO_HOME") or place.home / ".cargo") / "bin":
        return _rust(entry, place)
    sdkman = Path(place.env.get("SDKMAN_DIR") or place.home / ".sdkman")
    if entry.is_relative_to(sdkman / "candidates") and entry.name == "bin":
        return _candidate(entry, place)
    if entry.name == "bin" and _is_go(entry.parent, place):
        return _go(entry.parent, place)
    return None


def from_variables(place: Place) -> Kit:
    """JAVA_HOME and GOROOT, where they name such a toolchain outside the system's folders."""
    kits: list[Kit] = []
    java = Path(place.env.get("JAVA_HOME") or "/nonexistent")
    if (java / "release").is_file() and place.runs(java / "bin/java"):
        kits.append(_java(java, place))
    go = Path(place.env.get("GOROOT") or "/nonexistent")
    if _is_go(go, place):
        kits.append(_go(go, place))
    return Kit(
        bins=tuple(folder for kit in kits for folder in kit.bins),
        mounts=once(mount for kit in kits for mount in kit.mounts),
        env={name: value for kit in kits for name, value in kit.env.items()},
        facts=tuple(fact for kit in kits for fact in kit.facts),
    )


def _rust(entry: Path, place: Place) -> Kit:
    """cargo's programs and rustup's toolchains; not CARGO_HOME itself, which has credentials and must be writable."""
    if not place.runs(entry / "cargo"):
        return Kit()
    rustup = Path(place.env.get("RUSTUP_HOME") or place.home / ".rustup")
    default = re.search(r'^default_toolchain\s*=\s*"([^"]+)"', place.text(rustup / "settings.toml"), re.MULTILINE)
    if default is None or not (rustup / "toolchains").is_dir():
        return Kit(bins=(str(entry),), mounts=mounts_of(entry), facts=(f"cargo at {entry / 'cargo'}",))
    return Kit(
        bins=(str(entry),),
        mounts=once((*mounts_of(entry), *mounts_of(rustup))),
        env={"RUSTUP_HOME": str(rustup)},
        facts=(f"cargo at {entry / 'cargo'} (rustup toolchain {default[1]})",),
    )


def _candidate(entry: Path, place: Place) -> Kit:
    """One sdkman candidate: `candidates/java/current/bin`."""
    folder = entry.parent
    if folder.parent.name == "java" and place.runs(folder / "bin/java"):
        return _java(folder, place)
    return Kit(bins=(str(entry),), mounts=mounts_of(folder), facts=(f"{folder.parent.name} at {entry}",))


def _java(folder: Path, place: Place) -> Kit:
    version = re.search(r'^JAVA_VERSION="([^"]+)"', place.text(folder / "release"), re.MULTILINE)
    return Kit(
        bins=(str(folder / "bin"),),
        mounts=() if str(folder).startswith("/usr/") else mounts_of(folder),
        env={"JAVA_HOME": str(folder)},
        facts=(f"java {version[1] if version else ''} at {folder / 'bin/java'}".replace("  ", " "),),
    )


def _is_go(folder: Path, place: Place) -> bool:
    """True for a Go distribution: VERSION says `go1.x`, and the program is there."""
    return place.text(folder / "VERSION", 64).startswith("go1") and place.runs(folder / "bin/go")


def _go(folder: Path, place: Place) -> Kit:
    version = first_line(place.text(folder / "VERSION", 256)).removeprefix("go")
    return Kit(
        bins=(str(folder / "bin"),),
        mounts=() if str(folder).startswith("/usr/") else mounts_of(folder),
        env={"GOROOT": str(folder)},
        facts=(f"go {version} at {folder / 'bin/go'}",),
    )
