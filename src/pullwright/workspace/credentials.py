"""Git's configuration without the credentials that people (and their CI) leave in it: for showing it inside a sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pullwright.workspace.config import LIMIT

IN_ADDRESS = re.compile(rb"(\bhttps?://)[^/@\s\"']+@")
KEYS = re.compile(
    rb"^[ \t]*[\w-]*(?:extraheader|password|passwd|passphrase|smtppass|secret|token|apikey)[\w-]*[ \t]*=", re.IGNORECASE
)


def without_credentials(text: bytes) -> bytes:
    """The configuration's text without user and password in addresses, and without values that are secrets by their key."""
    kept: list[bytes] = []
    dropping = False
    for line in text.splitlines(keepends=True):
        dropping = dropping or KEYS.match(line) is not None
        if not dropping:
            kept.append(IN_ADDRESS.sub(rb"\1", line))
        dropping = dropping and line.rstrip(b"\r\n").endswith(b"\\")
    return b"".join(kept)


def covers(configs: Iterable[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    """For each configuration file that holds a credential, itself and a copy without it, written below `folder`."""
    for number, config in enumerate(configs):
        try:
            with config.open("rb") as file:
                text = file.read(LIMIT)
        except OSError:
            continue
        clean = without_credentials(text)
        if clean != text:
            folder.mkdir(parents=True, exist_ok=True)
            copy = folder / f"{number}"
            copy.write_bytes(clean)
            copy.chmod(0o644)
            yield config, copy
