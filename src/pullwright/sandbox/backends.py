"""The backends by name; each is imported only when it is asked for."""

from __future__ import annotations

import importlib
import sys
from typing import cast

from pullwright.protocol.errors import FixSettings
from pullwright.sandbox.sandbox import Backend

_CLASSES = {
    "linux": ("pullwright.sandbox.linux.backend", "LinuxBackend"),
    "gvisor": ("pullwright.sandbox.gvisor", "GvisorBackend"),
    "container": ("pullwright.sandbox.container", "ContainerBackend"),
    "seatbelt": ("pullwright.sandbox.seatbelt", "SeatbeltBackend"),
    "folder": ("pullwright.sandbox.folder", "FolderBackend"),
}
NAMES = tuple(_CLASSES)


def default_backend() -> str:
    """The backend of this platform: `linux`, or `seatbelt` on macOS."""
    return "seatbelt" if sys.platform == "darwin" else "linux"


def backend(name: str = "") -> Backend:
    """The backend of that name, this platform's own when empty. Raises `FixSettings` for an unknown name."""
    found = _CLASSES.get(name or default_backend())
    if found is None:
        raise FixSettings(f"there is no sandbox backend {name!r}", fix=f"use one of {', '.join(NAMES)}")
    module, kind = found
    return cast(Backend, getattr(importlib.import_module(module), kind)())
