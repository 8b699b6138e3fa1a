"""What stays when launch itself is killed: it is removed at the next opening, and never while it lives."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scene import Scene, leftovers
from users import USERS, place, run_as

from pullwright.sandbox.backends import backend
from pullwright.sandbox.linux.limits import PREFIX
from pullwright.sandbox.linux.sweep import sweep_groups
from pullwright.sandbox.sandbox import Command

HELD = """
import asyncio, sys
sys.path[:0] = {path!r}
from pathlib import Path
from scene import Scene
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command
async def main():
    async with backend("linux").open(Scene(Path({place!r}), make=False).spec) as sandbox:
        await sandbox.start(Command(argv=("sh", "-c", "setsid sleep 300 & while :; do echo x > /tmp/$((i=i+1)); done")))
        line = "mkdir -p /tmp/a/b $HOME/c; echo x > /tmp/a/b/f; mkdir -p $HOME/c/deep/er; chmod 000 /tmp/a"
        await sandbox.exec(Command(argv=("sh", "-c", line)))
        print("up", flush=True)
        await asyncio.sleep(300)
asyncio.run(main())
"""


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another Pullwright that holds a sandbox open in the scene's folder."""
    code = HELD.format(path=[str(Path(__file__).parent), *sys.path], place=str(folder))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        try:
            yield child
        finally:
            child.kill()


def below(pid: int) -> list[int]:
    """Everything that descends from a process, nearest first."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return found[1:]


def groups_of(pid: int) -> set[Path]:
    """The cgroups of ours that a process is in."""
    found: set[Path] = set()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if Path(path).name.startswith(PREFIX):
            for root in (Path("/sys/fs/cgroup", controllers.split(",")[0]), Path("/sys/fs/cgroup")):
                if (root / path.lstrip("/")).is_dir():
                    found.add(root / path.lstrip("/"))
    return found


@pytest.mark.parametrize("user", USERS)
def test_what_a_killed_launch_left_is_removed_when_its_folder_is_opened_again(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            with opened(folder) as child:
                launch, *rest = below(child.pid)
                groups = groups_of(rest[-1])
                for pid in (launch, *rest[:1], child.pid):
                    os.kill(pid, signal.SIGKILL)
                child.wait()
            assert (scene.spec.folder / "tmp/a").exists(), "the control: nobody was left to remove it"
            assert all(group.exists() for group in groups)
            sweep_groups.cache_clear()  # as a new process
            async with backend("linux").open(scene.spec) as sandbox:
                seen = await sandbox.exec(Command(argv=("sh", "-c", "ls -A /tmp $HOME")))
                assert set(seen.output.split()) <= {b"/home/pullwright:", b"/tmp:", folder.name.encode()}, "but for the mount"
            assert leftovers(folder) == []
            assert not any(group.exists() for group in groups)

        run_as(user, body)


@pytest.mark.parametrize("user", USERS)
def test_a_resume_waits_for_the_cleaning_up_of_the_pullwright_before_it(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            with opened(folder) as child:
                launch = below(child.pid)[0]
                os.kill(launch, signal.SIGSTOP)
                child.kill()
                child.wait()
            opening = asyncio.ensure_future(_write_and_read(scene))
            await asyncio.sleep(0.2)
            assert not opening.done(), "it lives"
            os.kill(launch, signal.SIGCONT)
            assert await opening == b"mine\n"
            assert leftovers(folder) == []

        run_as(user, body)


async def _write_and_read(scene: Scene) -> bytes:
    async with backend("linux").open(scene.spec) as sandbox:
        await sandbox.exec(Command(argv=("sh", "-c", "echo mine > /tmp/file")))
        await asyncio.sleep(0.2)
        return await sandbox.read("/tmp/file")


def test_only_an_unlocked_empty_group_of_our_name_is_swept(tmp_path: Path) -> None:
    names = ["pullwright-" + 16 * letter for letter in "abc"] + ["pullwright-other", "user.slice"]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / names[1] / "busy").touch()
    locked = os.open(tmp_path / names[2], os.O_RDONLY)
    try:
        fcntl.flock(locked, fcntl.LOCK_SH)
        assert sweep_groups(frozenset([tmp_path])) == (tmp_path / names[0],)
    finally:
        os.close(locked)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])


def test_looking_for_dead_groups_costs_next_to_nothing(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"system-{number}.slice").mkdir()
    start = time.perf_counter()
    sweep_groups(frozenset([tmp_path]))
    first = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(100):
        sweep_groups(frozenset([tmp_path]))
    assert time.perf_counter() - start < max(first, 0.001), "once in a process"
