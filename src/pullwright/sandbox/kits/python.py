"""Pythons: the project's venv, pyenv, uv, conda, and programs that pipx and uv installed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pullwright.sandbox.kits.kit import Kit, Place, mounts_of, newest, once
from pullwright.sandbox.sandbox import Mount

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_CONDA = re.compile(r"(mini|ana)conda\d?|mambaforge|(mini|micro|mamba)forge\d?|micromamba|\.conda|\.mamba", re.IGNORECASE)
_STORES = (
    (".pyenv", "versions"), (".local", "share", "uv", "python"), (".local", "share", "mise", "installs"),
    (".asdf", "installs"), (".local", "share", "hatch", "pythons"), (".rye", "py"),
)  # fmt: skip
_VENV_STORES = (
    (".virtualenvs",),
    (".local", "share", "virtualenvs"),
    (".cache", "pypoetry", "virtualenvs"),
    (".pyenv", "versions"),
)


def project_venv(place: Place) -> Kit | None:
    """The venv that lies in the project (.venv, venv), else the active one, unless that is Pullwright's own."""
    active = place.env.get("VIRTUAL_ENV")
    candidates = [place.project / ".venv", place.project / "venv"]
    if active and Path(active) not in candidates and Path(active).resolve() != Path(sys.prefix).resolve():
        candidates.append(Path(active))
    for folder in candidates:
        if (kit := _venv(folder, place)) is not None:
            return kit
    return None


def recognise(entry: Path, place: Place) -> Kit | None:
    """The kit of a PATH entry: pyenv's shims (as the version that they lead to), an interpreter's folder, pipx."""
    pyenv = Path(place.env.get("PYENV_ROOT") or place.home / ".pyenv")
    if entry.is_relative_to(pyenv) and not entry.is_relative_to(pyenv / "versions"):
        return _pyenv(pyenv, place) if entry == pyenv / "shims" else Kit()
    if entry == place.home / ".local/bin":
        return _programs(entry, place)
    if entry.name in ("bin", "condabin") and _is_store(entry.parent, place):
        return _interpreter(entry.parent, place)
    return None


def version_of(program: Path) -> str:
    """A version as far as the name behind a link says it: `3.11` for python3 -> python3.11, else empty."""
    match = re.search(r"python(\d+\.\d+)", program.resolve().name)
    return match[1] if match else ""


def _venv(folder: Path, place: Place) -> Kit | None:
    """A venv that is really one, and whose base lies where the person keeps Pythons: its pyvenv.cfg may be hostile."""
    try:
        real = folder.resolve(strict=True)
    except (OSError, RuntimeError):  # Not there, or a loop of links.
        return None
    inside = real.is_relative_to(place.project) and real != place.project
    is_active = str(folder) == place.env.get("VIRTUAL_ENV")
    if not (inside or is_active or any(place.below_home(real)[: len(store)] == store for store in _VENV_STORES)):
        return None
    config = dict(_settings(place.text(real / "pyvenv.cfg")))
    if "home" not in config or not (real / "bin").is_dir():
        return None
    base = Path(config["home"])
    kit = _interpreter(base.parent, place) if base.is_absolute() and base.name == "bin" else None
    if kit is None and not str(base).startswith("/usr/"):
        return None
    version = config.get("version") or config.get("version_info") or version_of(real / "bin" / "python")
    whose = "the project's environment" if inside else "the environment that is active"
    return Kit(
        bins=(str(folder / "bin"),),
        mounts=once((*(kit.mounts if kit else ()), *mounts_of(folder))),
        env={"VIRTUAL_ENV": str(folder)},
        python=", ".join(filter(None, (version, whose, "read-only"))),
    )


def _interpreter(prefix: Path, place: Place) -> Kit | None:
    """A Python's own folder: bin/python* and lib/python*, in one of the places where Pythons are kept."""
    if not _is_store(prefix, place) and not _is_store(prefix.resolve(), place):
        return None
    libraries = sorted(prefix.glob("lib/python3*"))
    python = prefix / "bin" / "python3"
    if not libraries or not place.runs(python):
        return None
    env = (
        {"CONDA_PREFIX": str(prefix)} if (prefix / "conda-meta").is_dir() and place.env.get("CONDA_PREFIX") == str(prefix) else {}
    )
    version = (
        match[0] if (match := re.search(r"\d+\.\d+\.\d+", prefix.resolve().name)) else libraries[-1].name.removeprefix("python")
    )
    return Kit(bins=(str(prefix / "bin"),), mounts=mounts_of(prefix), env=env, python=version)


def _is_store(prefix: Path, place: Place) -> bool:
    """True for one Python's folder in a known store: `~/.pyenv/versions/3.12.1`, a uv Python, a conda, a folder of /opt."""
    if ".." in prefix.parts:
        return False
    if (root := place.env.get("PYENV_ROOT")) and prefix.parent == Path(root) / "versions":
        return True
    if (prefix.parts[:2] == ("/", "opt") and len(prefix.parts) > 2) or prefix.parts[:3] == ("/", "nix", "store"):
        return True
    parts = place.below_home(prefix)
    if any(len(parts) > len(store) and parts[: len(store)] == store for store in _STORES):
        return True
    return (
        bool(parts)
        and _CONDA.fullmatch(parts[0]) is not None
        and len(parts) in (1, 3)
        and (len(parts) == 1 or parts[1] == "envs")
    )


def _pyenv(root: Path, place: Place) -> Kit:
    """The versions that pyenv's shims would choose here: PYENV_VERSION, .python-version upwards, the global one."""
    wanted = place.env.get("PYENV_VERSION", "").replace(":", " ").split()
    for folder in (place.project, *place.project.parents):
        if wanted or folder == place.home.parent:
            break
        wanted = place.text(folder / ".python-version").split()
    kits: list[Kit] = []
    for names in (wanted, place.text(root / "version").split()):
        for name in names:
            version = newest(root / "versions", name) if _VERSION.match(name) else None
            if version is not None and (kit := _interpreter(version, place)) is not None:
                kits.append(kit)
    return Kit(
        bins=tuple(folder for kit in kits for folder in kit.bins),
        mounts=once(mount for kit in kits for mount in kit.mounts),
        python=kits[0].python if kits else "",
    )


def _programs(folder: Path, place: Place) -> Kit:
    """What pipx and uv put into ~/.local/bin, program by program: the folder itself may hold anything."""
    stores = [place.home / ".local/share/pipx/venvs", place.home / ".local/pipx/venvs", place.home / ".local/share/uv/tools"]
    mounts: list[Mount] = []
    for entry in sorted(folder.iterdir())[:256] if folder.is_dir() else ():
        real = entry.resolve()
        store = next((store for store in stores if real.is_relative_to(store.resolve())), None)
        if store is not None and place.runs(real):
            venv = store.resolve() / real.relative_to(store.resolve()).parts[0]
            base = dict(_settings(place.text(venv / "pyvenv.cfg"))).get("home", "")
            kit = _interpreter(Path(base).parent, place) if base.endswith("/bin") else None
            mounts += [*mounts_of(venv), *(kit.mounts if kit else ()), Mount(path=real, at=str(entry))]
        elif entry.name in ("uv", "uvx") and place.runs(entry):
            mounts.append(Mount(path=real, at=str(entry)))
    programs = sorted({Path(mount.at).name for mount in mounts if Path(mount.at).parent == folder})
    facts = (f"in {folder}: {', '.join(programs[:20])}",) if programs else ()
    return Kit(bins=(str(folder),), mounts=once(mounts), facts=facts) if programs else Kit()


def _settings(text: str) -> list[tuple[str, str]]:
    return [
        (name.strip().lower(), value.strip())
        for name, equals, value in (line.partition("=") for line in text.splitlines())
        if equals
    ]
