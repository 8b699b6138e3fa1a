"""What a turn is given of setup: layers of the cache, and what belongs to them inside."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

HOME = "/home/pullwright"
_VERSION = re.compile(r"(?m)^version\s*=\s*(\S+)")


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

    def outside(self, at: str) -> dict[str, Path]:
        """`bins` as they lie in the cache, the workspace being at `at` inside: to look at, not to run."""
        found: dict[str, Path] = {}
        for name in self.bins:
            for root, part in ((f"{at}/", "tree"), (f"{HOME}/", "home")):
                if name.startswith(root):
                    places = [folder / part / name.removeprefix(root) for folder in self.folders]
                    found[name] = next((place for place in places if place.is_dir()), places[-1])
        return found


def homes_of(setup: SetupLayer | None) -> tuple[Path, ...]:
    """The same where there may be none."""
    return setup.homes if setup is not None else ()


def facts_with(setup: SetupLayer | None, at: str, facts: Sequence[str]) -> tuple[str, ...]:
    """What is known of the tools, with the Python that setup made in place of the one that it hides."""
    for name, place in setup.outside(at).items() if setup is not None else ():
        if os.path.lexists(place / "python"):
            known = _VERSION.search(_text(place.parent / "pyvenv.cfg"))
            said = ", ".join(([known[1]] if known else []) + ["made by the project's setup"])
            python = f"python is {name.removeprefix(f'{at}/')}/python ({said})"
            return (python, *(fact for fact in facts if not fact.startswith(("python is ", "python3 is "))))
    return tuple(facts)


def _text(path: Path) -> str:
    """A small file's text; empty where it is none. It was made inside: a link is not followed."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            return stream.read(4_096).decode("utf-8", "replace")
    except OSError:
        return ""


def with_setup(setup: SetupLayer | None, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that commands start with, with what was set up found first."""
    if setup is None:
        return dict(env)
    path = ":".join((*setup.bins, env.get("PATH", "/usr/local/bin:/usr/bin:/bin")))
    return {**env, **setup.env, "PATH": path}
