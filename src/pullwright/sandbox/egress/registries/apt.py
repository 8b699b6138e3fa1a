"""apt's sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pullwright.sandbox.egress.registries.index import Found, parse_index

_ONE_LINE = re.compile(r"^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)", re.MULTILINE)
_DEB822 = re.compile(r"^URIs:\s*(.+(?:\n[ \t]+.+)*)", re.MULTILINE | re.IGNORECASE)


def configured(environ: Mapping[str, str], folder: Path = Path("/etc/apt")) -> Found:
    """What sources.list and sources.list.d say, in both of apt's formats. apt has no default, so there is nothing to ask."""
    indexes = [index for url in dict.fromkeys(_urls(folder)) if (index := parse_index(url)) is not None]
    return Found(tuple(indexes))


def _urls(folder: Path) -> Iterator[str]:
    for path in (folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))):
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        if path.suffix == ".sources":
            for match in _DEB822.finditer(text):
                yield from (url for url in match[1].split() if not url.startswith("#"))
        elif path.suffix == ".list":
            yield from _ONE_LINE.findall(text)
