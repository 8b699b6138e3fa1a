"""A file as it lies in the person's work tree, from what git keeps of it: line endings and encodings as their settings say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pullwright.workspace.git import Git
from pullwright.workspace.objects import LINK, SUBMODULE, Entry, Objects
from pullwright.workspace.placing import SOMETHING_ELSE, Found

ATTRIBUTES = ("text", "eol", "ident", "working-tree-encoding")
UNSET = (b"unspecified", b"unset")


class Conversion:
    """For the paths `paths` of the work tree that `git`, a git folder of ours, looks at. `settings` are the person's."""

    def __init__(self, git: Git, objects: Objects, settings: Mapping[str, str], paths: Sequence[bytes]) -> None:
        self._git = git
        self._objects = objects
        self._modes_count = settings.get("core.filemode", "true") != "false"
        self._converted = self._find(settings, paths)

    def _find(self, settings: Mapping[str, str], paths: Sequence[bytes]) -> set[bytes]:
        if not paths:
            return set()
        out = self._git.call("check-attr", "-z", "--stdin", *ATTRIBUTES, stdin=b"".join(path + b"\0" for path in paths))
        words = out.split(b"\0")
        found: dict[bytes, dict[bytes, bytes]] = {}
        for path, name, value in zip(words[0::3], words[1::3], words[2::3], strict=False):
            found.setdefault(path, {})[name] = value
        windows = settings.get("core.autocrlf") == "true" or settings.get("core.eol") == "crlf"
        return {path for path, values in found.items() if windows or _converts(values)}

    def to_disk(self, path: bytes, entry: Entry | None) -> Found:
        """What is to lie at the path."""
        if entry is None:
            return None
        if entry.mode == SUBMODULE:
            return SOMETHING_ELSE
        if entry.mode == LINK or path not in self._converted:
            return entry.mode, self._objects.read_blob(entry.oid)
        self._objects.settle()
        name = path.decode("utf-8", "surrogateescape")
        return entry.mode, self._git.call("cat-file", "--filters", f"--path={name}", entry.oid)

    def is_same(self, path: bytes, here: Found, entry: Entry | None) -> bool:
        """Whether what lies at the path is what git keeps as `entry`."""
        if here is None or entry is None:
            return here is None and entry is None
        same_kind = (here[0] == LINK) == (entry.mode == LINK) and here != SOMETHING_ELSE
        if not same_kind or (self._modes_count and here[0] != entry.mode):
            return False
        whole = b"blob %d\0" % len(here[1]) + here[1]
        if hashlib.sha1(whole, usedforsecurity=False).hexdigest() == entry.oid:
            return True
        if here[0] == LINK or path not in self._converted:
            return False
        name = path.decode("utf-8", "surrogateescape")
        return self._git.call("hash-object", "--stdin", f"--path={name}", stdin=here[1]).decode().strip() == entry.oid


def _converts(values: Mapping[bytes, bytes]) -> bool:
    encoded = values.get(b"working-tree-encoding", b"unset") not in UNSET
    return encoded or values.get(b"eol") == b"crlf" or values.get(b"ident", b"unset") not in UNSET
