"""Processes that will not end, floods, forged results: what an attempt needs its own way to win and to be judged."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scene import PYTHON, Scene, leftovers
from users import USERS, place, run_as

from pullwright.protocol.policy import Limits
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec

pytestmark = pytest.mark.parametrize("user", USERS)


def python(code: str, **more: object) -> Command:
    return Command(argv=(str(PYTHON), "-I", "-c", code), **({"timeout": 60} | more))  # type: ignore[arg-type]


def limited(spec: SandboxSpec, **limits: int) -> SandboxSpec:
    known = {"memory_bytes": 512 << 20, "processes": 128, "disk_bytes": 256 << 20}
    import msgspec

    return msgspec.structs.replace(spec, limits=Limits(**(known | limits)))


DAEMON = (
    "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.execvp('sleep', ['sleep', '300'])"
)
SEEN = Command(argv=("sh", "-c", "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done 2>/dev/null"))


def test_a_daemon_outlives_its_command_and_not_its_sandbox(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(scene.spec) as sandbox:
                assert (await sandbox.exec(python(DAEMON))).ok
                for _ in range(50):  # the control: it is there
                    if b"sleep 300" in (seen := await sandbox.exec(SEEN)).output:
                        break
                assert b"sleep 300" in seen.output
            assert leftovers(folder) == []

        run_as(user, body)


def test_killing_a_command_kills_its_daemons(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                process = await sandbox.start(python(DAEMON))
                await process.wait()
                await process.kill()
                seen = await sandbox.exec(SEEN)
                assert b"sleep 300" not in seen.output

        run_as(user, body)


def test_a_timeout_kills_the_whole_tree(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                done = await sandbox.exec(Command(argv=("sh", "-c", "(setsid sleep 301 &) ; sleep 302"), timeout=0.5))
                assert done.why == "timeout"
                assert done.exit_code is None
                seen = await sandbox.exec(Command(argv=("sh", "-c", "cat /proc/[0-9]*/comm")))
                assert b"sleep" not in seen.output

        run_as(user, body)


KILL_PARENT = (
    "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(0.2)\nprint('lived', flush=True)\nos._exit(0)"
)


def test_a_command_that_kills_its_shepherd_wins_no_success(user: str) -> None:
    """Outside the same code outlives its killed parent and ends as it likes."""
    with place(user) as folder:

        async def body() -> None:
            outside = subprocess.run(
                ["sh", "-c", f'{PYTHON} -I -c "$0"; echo never', KILL_PARENT], capture_output=True, check=False
            )
            assert outside.returncode == -signal.SIGKILL
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                done = await sandbox.exec(python(KILL_PARENT))
                assert done.why == "killed"
                assert done.exit_code is None
                again = await sandbox.exec(Command(argv=("true",)))
                assert again.ok

        run_as(user, body)


def test_killing_everything_within_reach_leaves_the_init_at_work(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                await sandbox.exec(Command(argv=("sh", "-c", "kill -9 -1; kill -9 1")))
                assert (await sandbox.exec(Command(argv=("echo", "alive")))).output == b"alive\n"

        run_as(user, body)


def test_a_stopped_shepherd_is_killed_in_the_end(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                stop = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(300)"
                done = await sandbox.exec(python(stop, timeout=0.5))
                assert done.why == "timeout"

        run_as(user, body)


def test_a_command_gets_no_descriptor_but_its_own(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                done = await sandbox.exec(python("import os; print(sorted(os.listdir('/proc/self/fd')))"))
                assert done.output.strip() == b"['0', '1', '2', '3']"  # 3 lists the folder itself

        run_as(user, body)


FORK = """
import os, time
made = 0
try:
    while made < {n}:
        if os.fork() == 0: time.sleep(300)
        made += 1
except OSError: print('refused', flush=True)
print(made, flush=True)
os._exit(0)
"""


def test_a_fork_bomb_meets_its_ceiling(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(limited(scene.spec, processes=300)) as sandbox:
                assert b"refused" not in (await sandbox.exec(python(FORK.format(n=80)))).output  # the control
            async with backend("linux").open(limited(scene.spec, processes=64)) as sandbox:
                process = await sandbox.start(python(FORK.format(n=80)))
                done = await process.wait()
                assert done is not None
                assert b"refused" in done.output
                await process.kill()
                bomb = await sandbox.exec(Command(argv=("bash", "-c", "f() { f | f & }; f; sleep 20"), timeout=1.5))
                assert bomb.why == "timeout"
                assert (await sandbox.exec(Command(argv=("echo", "alive")))).output == b"alive\n"
            assert leftovers(folder) == []

        run_as(user, body)


EAT = "import time\nkept = [bytearray(b'x') * (1 << 20) for _ in range({megabytes})]\nprint('ate', flush=True)\ntime.sleep(1.5)"


def test_memory_has_a_ceiling(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(limited(scene.spec, memory_bytes=1 << 30)) as sandbox:
                assert (await sandbox.exec(python(EAT.format(megabytes=300)))).ok  # the control
            async with backend("linux").open(limited(scene.spec, memory_bytes=128 << 20)) as sandbox:
                done = await sandbox.exec(python(EAT.format(megabytes=300)))
                assert not done.ok
                assert done.why in ("out-of-memory", "killed")
                assert (await sandbox.exec(Command(argv=("echo", "alive")))).ok

        run_as(user, body)


FILL = """
import time
for i in range({n}):
    open(f'f{{i}}', 'wb').write(bytes({size} << 20))
print('filled')
time.sleep(1.5)
"""


def test_disk_has_a_ceiling(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(limited(scene.spec, disk_bytes=200 << 20)) as sandbox:
                assert (await sandbox.exec(python(FILL.format(n=3, size=8)))).ok  # the control
            async with backend("linux").open(limited(scene.spec, disk_bytes=40 << 20)) as sandbox:
                many = await sandbox.exec(python(FILL.format(n=12, size=8)))
                assert many.why == "killed"
                one = await sandbox.exec(python(FILL.format(n=1, size=48)))
                assert not one.ok
            for path in scene.upper.iterdir():
                path.unlink()

        run_as(user, body)


def test_an_output_flood_is_bounded_in_memory(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            keep = folder / "kept"
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                line = "head -c 200000000 /dev/zero"
                done = await sandbox.exec(Command(argv=("sh", "-c", line), timeout=60, keep=keep, keep_bytes=1 << 20))
            assert done.output_bytes == 200_000_000
            assert len(done.output) <= 256 << 10
            assert keep.stat().st_size == 1 << 20
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10

        run_as(user, body)


def test_memory_file_systems_are_bounded(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(limited(Scene(folder).spec, memory_bytes=64 << 20)) as sandbox:
                for path in ("/", "/run", "/dev", "/etc", "/var", "/home"):
                    assert not (await sandbox.exec(Command(argv=("touch", f"{path}/harm")))).ok, path
                assert not (await sandbox.exec(Command(argv=("dd", "if=/dev/zero", "of=/dev/shm/f", "bs=1M", "count=100")))).ok

        run_as(user, body)


HARMS = (
    "echo x > new",
    "echo x >> a.txt",
    "truncate -s 0 a.txt",
    "chmod 600 a.txt",
    "touch a.txt",
    "ln a.txt c",
    "mkdir d",
    "mv a.txt b",
    "rm b",
)
"""In this order each works: the last ones take away what the others need."""


def test_a_read_only_command_changes_nothing(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(scene.spec) as sandbox:
                for harm in HARMS[:-1]:
                    assert not (await sandbox.exec(Command(argv=("sh", "-c", harm), read_only=True))).ok, harm
                reading = await sandbox.exec(Command(argv=("sh", "-c", "cat a.txt; echo ok > /tmp/t"), read_only=True))
                assert reading.ok
                assert list(scene.upper.iterdir()) == []
                for harm in HARMS:  # the control
                    assert (await sandbox.exec(Command(argv=("sh", "-c", harm)))).ok, harm

        run_as(user, body)


def test_protected_parts_of_a_plain_folder_are_read_only(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            async with backend("linux").open(scene.plain) as sandbox:
                assert (
                    await sandbox.exec(Command(argv=("sh", "-c", "echo x > free && mkdir h && echo x > h/pre-commit")))
                ).ok  # the control
                for harm in (
                    "echo x > .git/hooks/pre-commit",
                    "mv .git moved",
                    "rm -rf .git/hooks",
                    "ln -s /tmp .git/l",
                    "chmod 777 .git",
                ):
                    assert not (await sandbox.exec(Command(argv=("sh", "-c", harm)))).ok, harm
            assert list((folder / "project/.git/hooks").iterdir()) == []
            assert os.stat(folder / "project/free").st_uid == os.geteuid()

        run_as(user, body)


KILLED = """
import asyncio, sys
sys.path[:0] = {path!r}
from pathlib import Path
from scene import Scene
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command
async def main():
    async with backend("linux").open(Scene(Path({place!r})).spec) as sandbox:
        await sandbox.start(Command(argv=("sh", "-c", "setsid sleep 300 & sleep 300")))
        await sandbox.exec(Command(argv=("sh", "-c", "mkdir -p /tmp/a/b $HOME/c; echo x > /tmp/a/b/f; chmod 000 /tmp/a")))
        print("up", flush=True)
        await asyncio.sleep(300)
asyncio.run(main())
"""


def test_kill_dash_nine_of_pullwright_leaves_nothing(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            tests = str(Path(__file__).parent)
            code = KILLED.format(path=[tests, *sys.path], place=str(folder))
            child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            assert any("process" in line for line in leftovers(folder))  # the control
            child.kill()
            child.wait()
            child.stdout.close()
            end = time.monotonic() + 20
            while leftovers(folder) and time.monotonic() < end:
                await asyncio.sleep(0.05)
            assert leftovers(folder) == []

        run_as(user, body)
