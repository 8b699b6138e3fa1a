"""Between a file as it lies in the person's work tree and what git keeps of it: line endings, `$Id$` and encodings.

Git converts, as the person's settings and the attributes say, but only what there is to convert, and from its standard input:
it opens no file of the work tree itself, where an agent's command could put a link in the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pullwright.workspace.git import Git
from pullwright.workspace.objects import FILE, LINK, SUBMODULE, Entry, Objects
from pullwright.workspace.placing import SOMETHING_ELSE, Found

ATTRIBUTES = ("text", "crlf", "eol", "ident", "working-tree-encoding")
UNSET = (b"unspecified", b"unset")
Values = dict[bytes, bytes]


class Conversion:
    """For the paths `paths` of the work tree that `git`, a git folder of ours, looks at. `settings` are the person's."""

    def __init__(self, git: Git, objects: Objects, settings: Mapping[str, str], paths: Sequence[bytes]) -> None:
        self._git = git
        self._objects = objects
        self._modes_count = settings.get("core.filemode", "true") != "false"
        self._ending = settings.get("core.autocrlf", "false")
        self._windows = self._ending == "true" or settings.get("core.eol") == "crlf"
        self._values: dict[bytes, Values] = self._ask(paths) if paths else {}

    def _ask(self, paths: Iterable[bytes]) -> dict[bytes, Values]:
        out = self._git.call("check-attr", "-z", "--stdin", *ATTRIBUTES, stdin=b"".join(path + b"\0" for path in paths))
        words = out.split(b"\0")
        found: dict[bytes, Values] = {}
        for path, name, value in zip(words[0::3], words[1::3], words[2::3], strict=False):
            if value not in UNSET:
                found.setdefault(path, {})[name] = value
        return found

    def taken(self, path: bytes, found: Found, before: Entry | None) -> Entry | None:
        """What git keeps of what was found at a path, written to the objects; `before` is what it kept last."""
        if found is None or found == SOMETHING_ELSE:
            return None
        mode, data = found
        if mode != LINK and not self._modes_count:
            mode = before.mode if before is not None and before.mode != LINK else FILE
        if mode == LINK or not self._is_cleaned(path, data):
            return Entry(mode, self._objects.write(b"blob", data))
        oid = self._hash(path, data, "-w")
        self._objects.adopt(oid)
        return Entry(mode, oid)

    def to_disk(self, path: bytes, entry: Entry | None) -> Found:
        """What is to lie at the path."""
        if entry is None:
            return None
        if entry.mode == SUBMODULE:
            return SOMETHING_ELSE
        if entry.mode == LINK or not self._is_smudged(path):
            return entry.mode, self._objects.read_blob(entry.oid)
        self._objects.settle()
        return entry.mode, self._git.call("cat-file", "--filters", f"--path={_text(path)}", entry.oid)

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
        return here[0] != LINK and self._is_cleaned(path, here[1]) and self._hash(path, here[1]) == entry.oid

    def _hash(self, path: bytes, data: bytes, *more: str) -> str:
        return self._git.call("hash-object", *more, "--stdin", f"--path={_text(path)}", stdin=data).decode().strip()

    def _is_cleaned(self, path: bytes, data: bytes) -> bool:
        """Whether git may keep other bytes than these."""
        values = self._values.get(path, {})
        if b"working-tree-encoding" in values or (b"ident" in values and b"$Id" in data):
            return True
        return b"\r\n" in data and (
            self._ending in ("true", "input") or any(name in values for name in (b"text", b"crlf", b"eol"))
        )

    def _is_smudged(self, path: bytes) -> bool:
        """Whether other bytes may lie in the work tree than git keeps."""
        values = self._values.get(path, {})
        return self._windows or values.get(b"eol") == b"crlf" or b"ident" in values or b"working-tree-encoding" in values


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
