"""Where no sandbox can be had, nothing runs, and what is raised names the fix: on real machines, as far as one can be had."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scene import Scene
from users import USERS, place, run_as

from pullwright.protocol.errors import FixMachine, NoIsolation, PullwrightError
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Mount, SandboxSpec

_CLONE_NEWUSER = 0x10000000
MARK = Command(argv=("sh", "-c", "echo ran > mark"))


async def refused(scene: Scene, spec: SandboxSpec) -> PullwrightError:
    """What opening raises; nothing has run and nothing is left in the attempt's folder."""
    with pytest.raises(PullwrightError) as caught:
        async with backend("linux").open(spec) as sandbox:
            await sandbox.exec(MARK)
    assert not list(scene.place.rglob("mark"))
    assert not spec.folder.is_dir() or not list(spec.folder.iterdir())
    return caught.value


def test_without_user_namespaces_nothing_runs_and_doctor_says_what_to_set() -> None:
    with place("ordinary") as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(scene.spec) as sandbox:  # the control
                assert (await sandbox.exec(MARK)).ok
            (scene.upper / "mark").unlink()
            assert ctypes.CDLL(None).unshare(_CLONE_NEWUSER) == 0
            Path("/proc/sys/user/max_user_namespaces").write_text("0")  # of this namespace alone
            error = await refused(scene, scene.spec)
            assert isinstance(error, NoIsolation)
            assert "user.max_user_namespaces" in error.fix
            found = {check.name: check for check in await backend("linux").checks()}
            assert "user.max_user_namespaces" in found["user namespaces"].fix
            assert "sandbox" not in found, "not even tried"

        run_as("ordinary", body)


def test_an_overlay_that_cannot_be_mounted_is_said() -> None:
    with place("ordinary") as folder, tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        os.chmod(elsewhere, 0o777)

        async def body() -> None:
            scene = Scene(folder)
            tree = scene.spec.tree
            assert isinstance(tree, OverlayTree)
            work = Path(elsewhere, "work")
            work.mkdir()
            apart = OverlayTree(lowers=tree.lowers, upper=tree.upper, work=work)  # two file systems
            error = await refused(scene, msgspec.structs.replace(scene.spec, tree=apart))
            assert isinstance(error, NoIsolation)
            assert "overlay" in str(error)
            assert "ext4" in error.fix

        run_as("ordinary", body)


@pytest.mark.skipif("root" not in USERS, reason="only as root files are shown under another uid")
def test_a_file_system_without_idmapped_mounts_is_said() -> None:
    with place("root") as folder:

        async def body() -> None:
            scene = Scene(folder)
            spec = msgspec.structs.replace(scene.spec, mounts=(Mount(path=Path("/proc/sys"), at="/shown", writable=True),))
            error = await refused(scene, spec)
            assert isinstance(error, NoIsolation)
            assert "idmapped mount of /proc/sys" in str(error)
            assert "do not run as root" in error.fix

        run_as("root", body)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("missing", ["bwrap", "init", "launch"])
def test_a_missing_program_is_said(user: str, missing: str) -> None:
    from pullwright.sandbox.linux import arguments, bubblewrap

    with place(user) as folder, pytest.MonkeyPatch.context() as patch:
        programs = folder / "bin"
        programs.mkdir()
        for name in {"init", "launch"} - {missing}:
            (programs / name).symlink_to("/usr/bin/true")
        patch.setattr(arguments, "_NATIVE", programs)
        patch.setattr(bubblewrap, "_wheel", lambda: None if missing == "bwrap" else bubblewrap.Bubblewrap(Path("/usr/bin/true")))
        patch.setattr(bubblewrap, "_system", lambda: None)

        async def body() -> None:
            bubblewrap.find_bubblewrap.cache_clear()
            scene = Scene(folder)
            error = await refused(scene, scene.spec)
            assert isinstance(error, FixMachine)
            assert missing in str(error)
            assert "install" in error.fix

        try:
            run_as(user, body)
        finally:
            bubblewrap.find_bubblewrap.cache_clear()
