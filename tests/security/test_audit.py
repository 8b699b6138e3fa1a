"""What an audit found: each attack first wins where its guard is missing."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from scene import PYTHON, Scene
from users import USERS, place, run_as

from pullwright.cli.settings.toml_file import parse_layer
from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import Limits
from pullwright.sandbox.backends import backend
from pullwright.sandbox.commanded import roots
from pullwright.sandbox.linux import arguments
from pullwright.sandbox.sandbox import Command
from pullwright.workspace.checkouts import remove_tree
from pullwright.workspace.ignore import translate
from pullwright.workspace.snapshot import snapshot
from pullwright.workspace.upper import _open_file

THIEF = """
import os, struct
while True:
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            path = f"/proc/{pid}/fd/3"
            if pid == os.getpid() or not os.readlink(path).startswith("pipe:"):
                continue
            kept = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(kept, struct.pack("=cxxxiIxxxxQ", b"X", 0, 0, 0))
            open("/tmp/won", "a").write(f"{pid} ")
        except OSError:
            pass
"""
"""Takes the third descriptor of whatever runs, and says on it that the command ended well."""

VICTIM = "import os, time\nr, w = os.pipe()\nos.dup2(r, 3)\ntime.sleep(0.5)"


@pytest.mark.parametrize("user", USERS)
def test_no_command_can_say_how_another_one_ended(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                thief = await sandbox.start(Command(argv=(str(PYTHON), "-I", "-c", THIEF)))
                await sandbox.exec(Command(argv=(str(PYTHON), "-I", "-c", VICTIM)))  # the control: what it can reach it takes
                assert await sandbox.read("/tmp/won")
                await asyncio.sleep(0.2)  # the thief may be about to boast of it once more
                await sandbox.remove("/tmp/won")
                path = ":".join(f"/missing/{number}" for number in range(2000))  # long on its way to the program
                for _ in range(15):
                    slow = await sandbox.exec(Command(argv=("sh", "-c", "exit 3"), env={"PATH": f"{path}:/usr/bin:/bin"}))
                    assert slow.exit_code == 3
                assert await sandbox.stat("/tmp/won") is None
                ended = await sandbox.exec(Command(argv=("sleep", "60"), timeout=0.2))
                assert ended.why == "timeout"
                await thief.kill()

        run_as(user, body)


FILL = """
import mmap, os, sys, time
def fill(fd):
    for _ in range(100):
        os.write(fd, bytes(1 << 20))
"""
WAYS_TO_HIDE = {
    "removed": "fd = os.open('f', os.O_RDWR | os.O_CREAT); os.unlink('f'); fill(fd)",
    "mapped": "fd = os.open('/tmp/f', os.O_RDWR | os.O_CREAT); fill(fd); kept = mmap.mmap(fd, 100 << 20)\n"
    "os.unlink('/tmp/f'); os.close(fd)",
    "closed": "os.mkdir('d'); fd = os.open('d/f', os.O_RDWR | os.O_CREAT); os.chmod('d', 0); fill(fd); os.close(fd)",
    "deep": "for _ in range(30):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\nfill(os.open('f', os.O_RDWR | os.O_CREAT))",
}


@pytest.mark.parametrize("way", WAYS_TO_HIDE)
@pytest.mark.parametrize("user", USERS)
def test_no_way_to_hide_what_is_written_passes_the_limit_of_the_disk(user: str, way: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            scene = Scene(folder)
            command = Command(argv=(str(PYTHON), "-I", "-c", f"{FILL}{WAYS_TO_HIDE[way]}\ntime.sleep(3)"))
            for limit, why in ((400 << 20, ""), (100 << 20, "killed")):  # the control first
                spec = msgspec.structs.replace(scene.spec, limits=Limits(disk_bytes=limit))
                async with backend("linux").open(spec) as sandbox:
                    ended = await sandbox.exec(command)
                    assert ended.why == why, ended.output
                for left in scene.upper.iterdir():
                    remove_tree(left)

        run_as(user, body)


WRITES_MEMORY = """
import os, sys
os.listdir(f"/proc/{sys.argv[1]}/fd")
try:
    os.close(os.open(f"/proc/{sys.argv[1]}/mem", os.O_RDWR))
    print("won")
except PermissionError:
    os.kill(int(sys.argv[1]), 15)
    print("only ended it")
"""


@pytest.mark.skipif(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1, reason="a kernel without Landlock")
@pytest.mark.parametrize("user", USERS)
def test_a_command_can_see_and_end_another_one_and_not_rewrite_it(user: str) -> None:
    with place(user) as folder:

        async def body() -> None:
            with subprocess.Popen(["sleep", "60"]) as victim:
                attack = [sys.executable, "-I", "-c", WRITES_MEMORY, str(victim.pid)]
                attacker = await asyncio.create_subprocess_exec(*attack, stdout=subprocess.PIPE)
                said, _ = await attacker.communicate()
                if os.geteuid() == 0:  # else Yama may forbid it to a sibling
                    assert said == b"won\n"
                victim.kill()
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                running = await sandbox.start(Command(argv=("sh", "-c", "echo $$; exec sleep 60")))
                while not (pid := running.new_output(20)[0]):
                    await asyncio.sleep(0.01)
                done = await sandbox.exec(Command(argv=(str(PYTHON), "-I", "-c", WRITES_MEMORY, pid.decode().strip())))
                assert done.output == b"only ended it\n"
                ended = await running.wait(10)
                assert ended is not None
                assert ended.signal == "SIGTERM"
                score = await sandbox.exec(Command(argv=("sh", "-c", "cat /proc/self/oom_score_adj /proc/1/oom_score_adj")))
                of_commands, of_init = map(int, score.output.split())
                assert of_commands >= 300
                assert of_init == int(Path("/proc/self/oom_score_adj").read_text())

        run_as(user, body)


def test_a_hostile_ignore_pattern_costs_no_time() -> None:
    naive = re.compile(b".*a" * 5 + b"b")  # the control: steps grow with the power of the stars
    assert _steps_like(naive, 40) > 8 * _steps_like(naive, 20)
    for pattern, name in ((b"*a" * 30 + b"b", b"a" * 250), (b"**/a/" * 30 + b"b", b"a/" * 200 + b"a")):
        expression = translate(pattern, path=b"/" in pattern)
        assert expression is not None
        assert re.compile(expression, re.DOTALL).fullmatch(name) is None


def test_a_huge_ignore_file_counts_with_its_first_lines_only_and_that_is_said(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "-q")
    git(project, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")

    async def body() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "cache", folder=tmp_path / "s") as workspace:
            upper = workspace.overlay.upper
            (upper / ".gitignore").write_text("early\n" + "x*y\n" * 20_000 + "late\n")
            for name in ("early", "late"):
                (upper / name).touch()
            seen = await workspace.checkpoint()
            assert seen is not None
            assert seen.paths == (".gitignore", "late")
            assert [".gitignore" in notice for notice in workspace.notices] == [True]
            (upper / "more").touch()
            await workspace.checkpoint()
            assert len(workspace.notices) == 1

    asyncio.run(body())


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def _steps_like(pattern: re.Pattern[bytes], size: int) -> float:
    import time

    before = time.process_time()
    for _ in range(5):
        pattern.fullmatch(b"a" * size)
    return time.process_time() - before


def deep(folder: Path, depth: int) -> None:
    code = f"import os\nfor _ in range({depth}):\n    os.mkdir('d'); os.chdir('d')\nopen('f', 'w').close()"
    subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, check=True)


def test_deep_folders_and_files_of_holes_stop_no_checkpoint(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for words in (("init", "-q"), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *words], cwd=project, check=True)

    async def body() -> None:
        async with await snapshot(project, ref=None, local=True, cache=tmp_path / "cache", folder=tmp_path / "s") as workspace:
            deep(workspace.overlay.upper, 1500)
            (workspace.overlay.upper / "new").write_text("new")
            with (workspace.overlay.upper / "holes").open("wb") as file:
                file.truncate(1 << 40)
            seen = await workspace.checkpoint()
            assert seen is not None
            assert seen.paths == ("new",)
            assert len(workspace.notices) == 2
            await workspace.restore(workspace.start_tree)
            assert not (workspace.overlay.upper / "d").exists()

    asyncio.run(body())


def test_a_tree_of_any_depth_and_mode_is_removed_and_no_link_followed(tmp_path: Path) -> None:
    import shutil

    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("kept")
    hostile = tmp_path / "hostile"
    (hostile / "closed/in").mkdir(parents=True)
    (hostile / "link").symlink_to(tmp_path / "kept")
    (hostile / "closed/link").symlink_to(tmp_path / "kept")
    os.mkfifo(hostile / "closed/in/pipe")
    (hostile / "closed").chmod(0)
    deep(hostile, 1500)
    if sys.version_info < (3, 13):
        with pytest.raises((RecursionError, OSError)):  # the control
            shutil.rmtree(hostile)
    remove_tree(hostile)
    assert not hostile.exists()
    assert (tmp_path / "kept/file").read_text() == "kept"
    remove_tree(hostile)


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 50_000, "x = " + "{a=" * 15_000, "a" + ".a" * 60_000 + " = 1", "x = " + "9" * 5_000, " " * 100_000 + "x"],
    ids=["arrays", "tables", "dots", "digits", "blanks"],
)
def test_a_hostile_settings_file_is_an_error_like_any_other(text: str) -> None:
    with pytest.raises(FixSettings):
        parse_layer(text, "config.toml", "project file")


@pytest.mark.parametrize("user", USERS)
def test_a_command_that_ran_out_of_time_never_ended_well(user: str) -> None:
    """Its children are killed first: a shell would go on after them, and end with 0 before it is killed itself."""
    with place(user) as folder:

        async def body() -> None:
            async with backend("linux").open(Scene(folder).spec) as sandbox:
                line = "trap '' TERM; for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait; exit 0"
                commands = [Command(argv=("sh", "-c", line), timeout=0.3) for _ in range(8)]
                for ended in await asyncio.gather(*map(sandbox.exec, commands)):
                    assert (ended.why, ended.exit_code, ended.ok) == ("timeout", None, False)

        run_as(user, body)


def test_what_is_shown_of_etc_holds_no_private_keys() -> None:
    private = ["ssl/private", "pki/tls/private", "pki/nssdb", "pki/entitlement", "pki/rpm-gpg-private", "shadow", "ssh"]
    for chosen in (arguments._CHOSEN, roots._CHOSEN):
        assert "pki/tls/certs" in chosen
        assert not [name for name in private if any(name == shown or name.startswith(f"{shown}/") for shown in chosen)]


def test_a_file_that_cannot_be_read_for_now_is_not_taken_as_removed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    folder = os.open(tmp_path, os.O_RDONLY)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for other in (b"missing", b"link", b"pipe", b"file/below"):
            assert _open_file(other, folder) is None
        lowest = os.dup(folder)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
        with pytest.raises(OSError, match="Too many open files"):
            _open_file(b"file", folder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        os.close(folder)
