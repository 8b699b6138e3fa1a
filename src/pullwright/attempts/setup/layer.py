"""What a turn is given of setup: layers of the cache, and what belongs to them inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec


class SetupLayer(msgspec.Struct, frozen=True, kw_only=True):
    """Setup layers below a turn's workspace and home.

    `folders` are those of the cache (topmost first: maintenance's, then setup's). `bins` are folders of programs inside, put
    first on PATH; `env` variables that belong to them. `hash` is another one for another layer.
    """

    folders: tuple[Path, ...]
    bins: tuple[str, ...] = ()
    env: dict[str, str] = {}
    hash: str = ""

    @property
    def homes(self) -> tuple[Path, ...]:
        """What lies below the sandbox's home."""
        return tuple(folder / "home" for folder in self.folders)


def homes_of(setup: SetupLayer | None) -> tuple[Path, ...]:
    """The same where there may be none."""
    return setup.homes if setup is not None else ()


def with_setup(setup: SetupLayer | None, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that commands start with, with what was set up found first."""
    if setup is None:
        return dict(env)
    path = ":".join((*setup.bins, env.get("PATH", "/usr/local/bin:/usr/bin:/bin")))
    return {**env, **setup.env, "PATH": path}
