"""A unix socket that a host's process made where the sandbox can see it: what SECURITY.md says of it is so."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scene import AT, PYTHON, Scene
from users import USERS, place, run_as

from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Mount, SandboxSpec

CONNECT = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nprint('connected')"


@contextlib.contextmanager
def listening(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield


async def asked(spec: SandboxSpec, path: str) -> bytes:
    async with backend("linux").open(spec) as sandbox:
        return (await sandbox.exec(Command(argv=(str(PYTHON), "-I", "-c", CONNECT, path), timeout=20))).output


@pytest.mark.parametrize("user", USERS)
def test_a_socket_in_the_checkout_below_an_overlay_cannot_be_connected(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            with listening(folder / "lower/s"):
                with socket.socket(socket.AF_UNIX) as control:
                    control.connect(str(folder / "lower/s"))
                assert b"ConnectionRefusedError" in await asked(scene.spec, f"{AT}/s")

        run_as(user, body)


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("user", USERS)
def test_a_socket_in_a_folder_that_is_shown_itself_can_be(user: str, writable: bool) -> None:
    """No kernel before Landlock's ABI for named sockets tells them apart from other files: it is documented instead."""
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            spec = msgspec.structs.replace(
                scene.spec, mounts=(*scene.spec.mounts, Mount(path=folder / "outside", at="/shown", writable=writable))
            )
            with listening(folder / "outside/s"):
                assert await asked(spec, "/shown/s") == b"connected\n"
            plain = scene.plain
            with listening(folder / "project/s"):
                assert await asked(plain, f"{AT}/s") == b"connected\n"

        run_as(user, body)
