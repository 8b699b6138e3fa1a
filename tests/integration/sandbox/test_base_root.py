"""A real Debian as the base root, and the same as an image unpacks: without what only a running system has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from users import USERS, place, run_as

from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("base-root"),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("debootstrap") is None, reason="needs root and debootstrap"),
]
MADE_BY_THE_SYSTEM = ("proc", "dev", "sys", "run", "tmp", "home")


@pytest.fixture(scope="module")
def roots() -> Iterator[dict[str, Path]]:
    """A root made by debootstrap, and an unpacked image of it."""
    with place("root") as folder:
        folder.chmod(0o755)
        debian, image = folder / "debian", folder / "image"
        packages = ("--variant=minbase", "--include=python3")
        made = subprocess.run(["debootstrap", *packages, "bookworm", str(debian)], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
        (debian / "etc/only-here").write_text("the image's\n")
        subprocess.run(["cp", "-al", str(debian), str(image)], check=True)
        (image / "etc/resolv.conf").unlink(missing_ok=True)
        (image / "etc/resolv.conf").symlink_to("/run/systemd/resolve/stub-resolv.conf")  # as many images have it
        for name in MADE_BY_THE_SYSTEM:
            shutil.rmtree(image / name)
        yield {"debian": debian, "image": image}


def state_of(root: Path) -> str:
    """Every path with its mode, owner, size and time of change."""
    found = ["find", str(root), "-printf", "%p %m %U %G %s %C@\n"]
    return subprocess.run(found, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", ["debian", "image"])
def test_commands_run_on_it_and_leave_it_as_it_was(roots: dict[str, Path], kind: str, user: str) -> None:
    root = roots[kind]
    before = state_of(root)
    with place(user) as folder:

        async def body() -> None:
            for name in ("lower", "upper", "work"):
                (folder / name).mkdir()
            (folder / "lower/a.py").write_text("import json, ssl, sqlite3, ctypes; print(json.dumps(1 + 1))\n")
            tree = OverlayTree(lowers=(folder / "lower",), upper=folder / "upper", work=folder / "work")
            spec = SandboxSpec(folder=folder / "attempt", tree=tree, at="/work/project", base_root=root)
            async with backend("linux").open(spec) as sandbox:

                async def run(line: str, **more: tuple[int, int]) -> str:
                    done = await sandbox.exec(Command(argv=("bash", "-c", line), timeout=60, **more))
                    return done.output.decode().strip()

                assert await run("python3 a.py") == "2"
                assert await run("python3 -m pip --version 2>&1 | grep -c 'No module'") == "1"
                assert await run("cat /etc/only-here; id -un; id -u; echo ~; cat /proc/1/comm") == (
                    "the image's\npullwright\n1000\n/home/pullwright\ninit"
                )
                assert await run("command -v git curl gcc || echo none") == "none", "nothing of the host's"
                assert (
                    await run("echo x > new.txt; mkdir d; python3 -m compileall -q .; rm a.py; ls") == "__pycache__\nd\nnew.txt"
                )
                for harm in ("touch /usr/x", "touch /etc/x", "touch /x", "rm -rf /etc/only-here", "mkdir /opt/x"):
                    assert "ead-only" in await run(f"{harm} 2>&1"), harm
                assert await run("echo x > /tmp/x && echo x > ~/x && echo x > /dev/null && head -c 3 /dev/zero | wc -c") == "3"
                assert await run("test -t 0 && stty size", terminal=(81, 25)) == "25 81"
            assert (folder / "upper/new.txt").read_text() == "x\n"

        run_as(user, body)
        assert not list((folder / "attempt").iterdir())
    assert state_of(root) == before
