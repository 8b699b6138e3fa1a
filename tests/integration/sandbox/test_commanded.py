"""The container and gVisor backends: one set of promises, kept by both. Slow: each opens real sandboxes."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from egress_world import World, open_world, rule
from pullwright.protocol.policy import NetworkPolicy
from pullwright.protocol.trees import OverlayTree, PlainTree, Tree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.commanded.sandbox import CommandedSandbox
from pullwright.sandbox.sandbox import Command, Mount, NetworkDecision, SandboxSpec

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PROGRAMS = {"container": "podman", "gvisor": "runsc"}


@pytest.fixture(params=sorted(PROGRAMS))
def name(request: pytest.FixtureRequest) -> str:
    if os.geteuid() != 0:
        pytest.skip("opened as root only")
    if shutil.which(PROGRAMS[request.param]) is None:
        pytest.skip(f"{PROGRAMS[request.param]} is not installed")
    return request.param


def overlay(folder: Path) -> OverlayTree:
    lower, upper, work = folder / "lower", folder / "upper", folder / "work"
    for path in (lower, upper, work):
        path.mkdir(parents=True)
    (lower / "tracked").write_text("from below\n")
    (lower / "sub").mkdir()
    (lower / "sub/one").write_text("1")
    (lower / ".git").mkdir()
    (lower / ".git/HEAD").write_text("ref")
    return OverlayTree(lowers=(lower,), upper=upper, work=work)


def spec(folder: Path, tree: Tree, **more: object) -> SandboxSpec:
    attempt = folder / "attempt"
    attempt.mkdir(exist_ok=True)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **more.pop("env", {})}  # type: ignore[dict-item]
    return SandboxSpec(folder=attempt, tree=tree, at="/work/project", env=env, **more)  # type: ignore[arg-type]


def inside(name: str, what: SandboxSpec, use: Callable[[CommandedSandbox], Awaitable[None]]) -> list[NetworkDecision]:
    decisions: list[NetworkDecision] = []

    async def go() -> None:
        async with backend(name).open(what, decisions.append) as sandbox:
            await use(sandbox)  # type: ignore[arg-type]

    asyncio.run(go())
    return decisions


def sh(line: str, **more: object) -> Command:
    return Command(argv=("bash", "-c", line), timeout=30, **more)  # type: ignore[arg-type]


def test_commands_and_files(name: str, tmp_path: Path) -> None:
    tree = overlay(tmp_path)

    async def use(sandbox: CommandedSandbox) -> None:
        finished = await sandbox.exec(sh("pwd; cat tracked; echo new > made; exit 3"))
        assert (finished.exit_code, finished.output) == (3, b"/work/project\nfrom below\n")
        assert (await sandbox.exec(Command(argv=("no-such-program",)))).why == "missing"
        assert (await sandbox.exec(Command(argv=("cat",), stdin=b"typed"))).output == b"typed"
        assert (await sandbox.exec(sh("echo $HOME $X; touch ~/a /tmp/b", env={"X": "y z"}))).output == b"/home/pullwright y z\n"
        assert await sandbox.read("tracked", 5, 5) == b"below"
        await sandbox.write("deep/er/file", b"\x00\xff", executable=True)
        assert await sandbox.read("deep/er/file") == b"\x00\xff"
        found = await sandbox.stat("deep/er/file")
        assert found is not None
        assert (found.kind, found.size, found.executable) == ("file", 2, True)
        assert await sandbox.stat("nothing") is None
        assert await sandbox.tree() == ["deep/er/file", "made", "sub/one", "tracked"]
        await sandbox.remove("sub/one")
        with pytest.raises(FileNotFoundError):
            await sandbox.read("sub/one")
        with pytest.raises(IsADirectoryError):
            await sandbox.read("sub")

    inside(name, spec(tmp_path, tree), use)
    assert (tree.upper / "made").read_text() == "new\n"
    assert (tree.lowers[0] / "sub/one").read_text() == "1", "a lower is never changed"
    assert sorted(path.name for path in (tmp_path / "attempt").iterdir()) == []


def test_nothing_of_the_host_is_seen(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    (shown := tmp_path / "shown").mkdir()
    assert secret.read_text(), "control: outside it can be read"
    mounts = (Mount(path=shown),)

    async def use(sandbox: CommandedSandbox) -> None:
        for line in (
            f"cat {secret}", "cat /etc/shadow", "ls -A /root | grep .", "ls /home | grep -v pullwright",
            f"touch {shown}/x", "touch /usr/x", "touch /x",
            "ls /proc/1/root/home/ 2>/dev/null | grep -v pullwright", "mount -t tmpfs x /mnt", "chroot / true",
            "mknod /tmp/d b 8 0",
            f"kill -0 {os.getpid()}",
            "exec 3<>/dev/tcp/127.0.0.1/22", "curl -sS -m 2 http://192.0.2.1/",
        ):  # fmt: skip
            assert not (await sandbox.exec(sh(line))).ok, line
        assert (await sandbox.exec(sh("grep CapEff /proc/self/status"))).output.split()[-1].strip(b"0") == b""

    inside(name, spec(tmp_path, overlay(tmp_path), mounts=mounts), use)


def test_a_timeout_and_a_kill_end_the_whole_tree(name: str, tmp_path: Path) -> None:
    async def use(sandbox: CommandedSandbox) -> None:
        tree = "setsid sleep 987 & sleep 987 & sleep 987"
        seen = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f; echo; done 2>/dev/null | grep -c '^sleep 987'"
        running = await sandbox.start(sh(tree))
        while (await sandbox.exec(sh(seen))).output != b"3\n":
            await asyncio.sleep(0.05)
        assert [process.id for process in sandbox.processes()] == [running.id]
        assert (await running.kill()).why == "killed"
        assert (await sandbox.exec(sh(seen))).output == b"0\n"
        finished = await sandbox.exec(Command(argv=("bash", "-c", tree), timeout=0.7))
        assert (finished.why, finished.exit_code) == ("timeout", None)
        assert (await sandbox.exec(sh(seen))).output == b"0\n"
        task = asyncio.create_task(sandbox.exec(sh(tree)))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await sandbox.exec(sh(seen))).output == b"0\n"
        await sandbox.start(sh("sleep 987"))

    inside(name, spec(tmp_path, overlay(tmp_path)), use)
    assert subprocess.run(["pgrep", "-xf", "sleep 987"], check=False, capture_output=True).stdout == b"", (
        "none outlives its sandbox"
    )


def test_read_only_commands_and_read_only_sandboxes_cannot_write(name: str, tmp_path: Path) -> None:
    async def use(sandbox: CommandedSandbox) -> None:
        assert (await sandbox.exec(sh("echo a > new"))).ok, "control"
        assert not (await sandbox.exec(sh("echo b > new", read_only=True))).ok
        assert (await sandbox.exec(sh("cat new tracked", read_only=True))).output == b"a\nfrom below\n"

    inside(name, spec(tmp_path, overlay(tmp_path)), use)

    async def look(sandbox: CommandedSandbox) -> None:
        assert not (await sandbox.exec(sh("echo b > new"))).ok

    inside(name, spec(tmp_path, overlay(tmp_path / "two"), access="read-only"), look)


def test_a_plain_tree_is_changed_in_place_but_for_what_is_protected(name: str, tmp_path: Path) -> None:
    lower = overlay(tmp_path).lowers[0]
    (lower / ".git/config").write_text("secret\n")
    (tmp_path / "clean").write_text("clean\n")
    tree = PlainTree(path=lower, instead=((lower / ".git/config", tmp_path / "clean"),))

    async def use(sandbox: CommandedSandbox) -> None:
        assert (await sandbox.exec(sh("echo a > new"))).ok
        assert not (await sandbox.exec(sh("echo a > .git/hook"))).ok
        assert (await sandbox.exec(sh("cat .git/config"))).output == b"clean\n"

    inside(name, spec(tmp_path, tree), use)
    assert (tree.path / "new").read_text() == "a\n"


def test_a_terminal(name: str, tmp_path: Path) -> None:
    async def use(sandbox: CommandedSandbox) -> None:
        shell = await sandbox.start(sh("test -t 0 && echo is-tty; stty size; read x; echo got-$x", terminal=(100, 30)))
        await asyncio.sleep(0.5)
        await shell.write(b"word\n")
        finished = await shell.wait(10)
        assert finished is not None
        assert b"is-tty" in finished.output
        assert b"30 100" in finished.output
        assert b"got-word" in finished.output

    inside(name, spec(tmp_path, overlay(tmp_path)), use)


def test_a_server_inside_can_be_reached(name: str, tmp_path: Path) -> None:
    async def use(sandbox: CommandedSandbox) -> None:
        with pytest.raises(ConnectionRefusedError):
            await sandbox.connect(8765)
        ready = asyncio.Event()
        server = (
            "import socket; s=socket.create_server(('127.0.0.1',8765)); print('up',flush=True); "
            "c,_=s.accept(); c.sendall(c.recv(9)[::-1])"
        )
        await sandbox.start(Command(argv=("/usr/bin/python3", "-c", server)), lambda data: ready.set())
        async with asyncio.timeout(20):
            await ready.wait()
        import socket

        with socket.socket(fileno=await sandbox.connect(8765)) as sock:
            sock.setblocking(True)
            sock.settimeout(10)
            await asyncio.to_thread(sock.sendall, b"abc")
            assert await asyncio.to_thread(sock.recv, 9) == b"cba"

    inside(name, spec(tmp_path, overlay(tmp_path)), use)


def test_the_network_is_what_the_rules_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_world(tmp_path) as world:
        server = world.http("localhost", port=8085)
        resolve_to(world, monkeypatch)

        async def use(sandbox: CommandedSandbox) -> None:
            good = await sandbox.exec(sh("curl -sS -m 5 --noproxy '' http://mirror.test:8085/"))
            assert b"hello" in good.output, good.output
            assert b"403" in (await sandbox.exec(sh("curl -sSi -m 5 http://other.test/"))).output
            assert not (await sandbox.exec(sh(f"curl -sS -m 2 --noproxy '*' http://{server.address}:8085/"))).ok

        world.names["mirror.test"] = (server.address,)
        policy = NetworkPolicy(rules=(rule("mirror.test", ports=(8085,)),))
        decisions = inside(name, spec(tmp_path, overlay(tmp_path), network=policy), use)
    assert [(decision.host, decision.allowed) for decision in decisions] == [("mirror.test", True), ("other.test", False)]


def resolve_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend makes its own proxy: its resolver is the process's, which knows this world's names for once."""
    monkeypatch.setattr("pullwright.sandbox.egress.dialer.resolve_by_host", world.resolve)


def test_when_pullwright_is_killed_nothing_is_left(name: str, tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r}); sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from test_commanded import backend, overlay, sh, spec
from pathlib import Path
async def go():
    folder = Path({str(tmp_path)!r})
    async with backend({name!r}).open(spec(folder, overlay(folder))) as sandbox:
        await sandbox.start(sh("exec sleep 986"))
        print("open", flush=True)
        await asyncio.sleep(60)
asyncio.run(go())
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    child.kill()
    child.wait()
    child.stdout.close()
    for _ in range(100):
        left = subprocess.run(["pgrep", "-f", f"{tmp_path}|^sleep 986"], capture_output=True, text=True, check=False).stdout
        mounts = Path("/proc/mounts").read_text().count(str(tmp_path))
        if not left and not mounts:
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert left == ""
    assert mounts == 0
