"""Where Pullwright keeps things on this machine: XDG's folders, or all below `PULLWRIGHT_HOME`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Folders(msgspec.Struct, frozen=True):
    """`state` holds sessions, trust and crash reports; `cache` what can be made again; `config` the person's settings."""

    state: Path
    cache: Path
    config: Path

    @property
    def sessions(self) -> Path:
        """One folder for each session."""
        return self.state / "sessions"

    @property
    def config_file(self) -> Path:
        """The person's settings."""
        return self.config / "config.toml"


def folders(env: Mapping[str, str] | None = None) -> Folders:
    """The folders that `env` (the process's environment) asks for. Makes none of them."""
    env = os.environ if env is None else env
    if home := env.get("PULLWRIGHT_HOME"):
        base = Path(home).absolute()
        return Folders(base / "state", base / "cache", base / "config")
    user = Path(env.get("HOME") or Path.home())

    def xdg(name: str, default: str) -> Path:
        # The specification: a relative path counts as unset.
        value = env.get(name, "")
        return (Path(value) if value.startswith("/") else user / default) / "pullwright"

    return Folders(xdg("XDG_STATE_HOME", ".local/state"), xdg("XDG_CACHE_HOME", ".cache"), xdg("XDG_CONFIG_HOME", ".config"))
