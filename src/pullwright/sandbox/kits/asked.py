"""Which toolchains a project has files for: the others are nothing that its agent needs to hear of."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

_FILES = {
    "node": ("package.json",),
    "bun": ("package.json",),
    "deno": ("deno.json", "deno.jsonc", "package.json"),
    "cargo": ("Cargo.toml",),
    "go": ("go.mod", "go.work"),
    "java": ("pom.xml", "build.gradle", "build.gradle.kts", ".java"),
    "maven": ("pom.xml",),
    "gradle": ("build.gradle", "build.gradle.kts"),
    "ruby": ("Gemfile", "Rakefile", ".gemspec"),
    "php": ("composer.json", ".php"),
    "perl": ("Makefile.PL", "cpanfile", ".pl", ".pm"),
    "docker": ("Dockerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "cmake": ("CMakeLists.txt",),
}
_C = ("CMakeLists.txt", "meson.build", ".c", ".cc", ".cpp", ".cxx", ".h", ".pyx")
_FOLDERS = 40
_NAMES = 5_000


class Asked:
    """The names in a project's root and in the folders below it, a bounded number."""

    def __init__(self, project: Path) -> None:
        names, folders = _names(project)
        for folder in folders[:_FOLDERS]:
            names |= _names(project / folder)[0]
        self._names = names
        self._suffixes = {PurePath(name).suffix for name in names}

    def for_tool(self, name: str) -> bool:
        """True when a file of the project is for this tool, or when the tool is none that is known here."""
        wanted = _C if name in ("cc", "gcc", "clang") else _FILES.get(name)
        return wanted is None or any(one in self._suffixes if one.startswith(".") else one in self._names for one in wanted)


def _names(folder: Path) -> tuple[set[str], list[str]]:
    """Names in a folder, and those of its folders that are the project's own; nothing where it cannot be read."""
    names: set[str] = set()
    folders: list[str] = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                names.add(entry.name)
                if not entry.name.startswith(".") and entry.name != "node_modules" and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                if len(names) >= _NAMES:
                    break
    except OSError:
        pass
    return names, sorted(folders)
