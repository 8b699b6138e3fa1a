"""The OpenAPI document on standard output, of a server that was opened for it alone: `python -m pullwright.server.described`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from pullwright.server.config import ServerConfig
from pullwright.server.opening import open_server
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.service import Service


async def described() -> bytes:
    """The document, its keys in order."""
    with tempfile.TemporaryDirectory() as folder:
        config = ServiceConfig(data=Path(folder) / "data", cache=Path(folder) / "cache", models={})
        async with Service.open(config) as service, open_server(service, ServerConfig()) as app:
            return msgspec.json.encode(app.openapi(), order="deterministic")


if __name__ == "__main__":
    sys.stdout.buffer.write(asyncio.run(described()))
