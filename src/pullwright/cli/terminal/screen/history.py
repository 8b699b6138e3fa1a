"""What the person sent before: one file for each project, for them alone, bounded, nothing twice.

    History(path, limit)     entries, oldest first
    history.add(text)        at the end; kept on disk
    Recall(history)          stepping through it with Up and Down, the unsent text kept at the end

A line that begins with a space is not kept (the shells' custom for secrets), nor one longer than `LONGEST`.
Two terminals in one project append to the same file: each entry is one line of JSON, written with one write.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

LONGEST = 20_000


def history_file(state: Path, project: Path) -> Path:
    """Where the history of `project` lies below the state folder."""
    return state / "history" / f"{hashlib.sha256(os.fsencode(project)).hexdigest()[:16]}.jsonl"


class History:
    """The entries. Damaged lines are skipped; a disk that cannot be written to loses the history, not the prompt."""

    def __init__(self, path: Path | None, limit: int = 10_000) -> None:
        self._path, self._limit = path, limit
        self._entries: dict[str, None] | None = None

    @property
    def entries(self) -> list[str]:
        """All that is known, oldest first; read at the first use."""
        return list(self._loaded())

    def _loaded(self) -> dict[str, None]:
        if self._entries is None:
            self._entries = {}
            lines = list(self._read())
            for text in lines:
                self._put(text)
            if len(lines) > 2 * self._limit or len(lines) > len(self._entries) + 1_000:
                self._rewrite()
        return self._entries

    def _read(self) -> Iterator[str]:
        if self._path is None or self._limit == 0:
            return
        with suppress(OSError), self._path.open("rb") as file:
            for line in file:
                with suppress(msgspec.DecodeError):
                    yield msgspec.json.decode(line, type=str)

    def _put(self, text: str) -> None:
        assert self._entries is not None
        self._entries.pop(text, None)
        self._entries[text] = None
        while len(self._entries) > self._limit:
            del self._entries[next(iter(self._entries))]

    def add(self, text: str) -> None:
        """Remember what was sent, unless it is not to be kept."""
        entries = self._loaded()
        if not text.strip() or text.startswith(" ") or len(text) > LONGEST or self._limit == 0:
            return
        if next(reversed(entries), None) == text:
            return
        self._put(text)
        if self._path is not None:
            with suppress(OSError):
                self._write(self._path, os.O_APPEND, msgspec.json.encode(text) + b"\n")

    def clear(self) -> None:
        """Forget everything, here and on disk."""
        self._entries = {}
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _rewrite(self) -> None:
        assert self._path is not None
        assert self._entries is not None
        new = self._path.with_suffix(f".{os.getpid()}.new")
        with suppress(OSError):
            self._write(new, os.O_TRUNC, b"".join(msgspec.json.encode(text) + b"\n" for text in self._entries))
            new.replace(self._path)

    @staticmethod
    def _write(path: Path, how: int, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def search(self, words: str) -> list[str]:
        """Entries in which each of `words` occurs, whatever its case; the latest first."""
        wanted = words.lower().split()
        return [text for text in reversed(self._loaded()) if all(word in text.lower() for word in wanted)]


class Recall:
    """A walk through the history. What was being written is its last stop."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._entries: list[str] = []
        self._at: int | None = None
        self._draft = ""

    def earlier(self, text: str) -> str | None:
        """What was sent before the entry that shows (`text`, perhaps edited); None at the beginning."""
        if self._at is None:
            self._entries, self._draft = self._history.entries, text
            self._at = len(self._entries)
        if self._at == 0:
            return None
        self._at -= 1
        return self._entries[self._at]

    def later(self) -> str | None:
        """What was sent after it, at last what was being written; None when one is there already."""
        if self._at is None:
            return None
        self._at += 1
        if self._at < len(self._entries):
            return self._entries[self._at]
        self._at = None
        return self._draft

    def forget(self) -> None:
        """Something was sent: the walk begins anew."""
        self._at = None
