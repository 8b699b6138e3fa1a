"""The Linux sandbox at work: commands, terminals, files, ports, roots."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pullwright.protocol.errors import FixSettings, NoIsolation, SandboxLost
from pullwright.protocol.policy import NetworkPolicy
from pullwright.protocol.trees import OverlayTree, PlainTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.linux import doctor
from pullwright.sandbox.linux.sandbox import LinuxSandbox
from pullwright.sandbox.sandbox import Command, Mount, Sandbox, SandboxSpec


@pytest.fixture
def spec(tmp_path: Path) -> SandboxSpec:
    """An overlay with a file, a folder, a link and a script."""
    lower = tmp_path / "lower"
    (lower / "pkg").mkdir(parents=True)
    (lower / "a.txt").write_text("hello\n")
    (lower / "pkg/b.txt").write_text("b")
    (lower / "link").symlink_to("a.txt")
    (lower / "run.sh").write_text("#!/bin/sh\necho ran\n")
    (lower / "run.sh").chmod(0o755)
    for name in ("upper", "work"):
        (tmp_path / name).mkdir()
    tree = OverlayTree(lowers=(lower,), upper=tmp_path / "upper", work=tmp_path / "work")
    return SandboxSpec(folder=tmp_path / "attempt", tree=tree, at="/work/project", env={"GREETING": "hi"})


def sh(line: str, **more: object) -> Command:
    return Command(argv=("bash", "-c", line), **({"timeout": 30} | more))  # type: ignore[arg-type]


def inside(spec: SandboxSpec, body: object) -> None:
    async def main() -> None:
        async with backend("linux").open(spec) as sandbox:
            await body(sandbox)  # type: ignore[operator]

    asyncio.run(main())


def test_one_that_is_killed_while_it_opens_is_lost_and_the_machine_is_not_blamed(
    spec: SandboxSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = os.posix_spawn

    def killed(*words: Any, **more: Any) -> int:
        pid = spawn(*words, **more)
        os.kill(pid, signal.SIGKILL)
        return pid

    async def body(_: Sandbox) -> None:
        raise AssertionError("it opened")

    monkeypatch.setattr(os, "posix_spawn", killed)
    with pytest.raises(SandboxLost, match="killed while it opened"):
        inside(spec, body)


def test_commands_end_as_they_end(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        done = await sandbox.exec(sh("echo out; echo err >&2; echo $GREETING $HOME $PWD $EXTRA; exit 3", env={"EXTRA": "x"}))
        assert done.exit_code == 3
        assert done.output == b"out\nerr\nhi /home/pullwright /work/project x\n"
        assert done.sha256 == hashlib.sha256(done.output).hexdigest()
        assert (await sandbox.exec(Command(argv=("./run.sh",)))).output == b"ran\n"
        missing = await sandbox.exec(Command(argv=("no-such-program",)))
        assert (missing.exit_code, missing.why) == (127, "missing")
        refused = await sandbox.exec(Command(argv=("./a.txt",)))
        assert (refused.exit_code, refused.why) == (126, "not-executable")
        nowhere = await sandbox.exec(sh("pwd", cwd="/nowhere"))
        assert nowhere.why == "not-executable"
        assert b"no such folder" in nowhere.output
        killed = await sandbox.exec(sh("kill -SEGV $$"))
        assert (killed.exit_code, killed.signal, killed.why) == (None, "SIGSEGV", "")
        assert (await sandbox.exec(sh("cat", stdin=b"typed" * 100_000))).output_bytes == 500_000
        assert (await sandbox.exec(sh("cat"))).output == b""
        assert (await sandbox.exec(Command(argv=("printf", "%s", "x" * 100_000)))).output_bytes == 100_000

    inside(spec, body)


def test_a_command_may_open_its_own_streams_by_name(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        done = await sandbox.exec(sh("cat /dev/stdin > /dev/stdout; echo b | tee /dev/stderr > /dev/null", stdin=b"typed\n"))
        assert done.output == b"typed\nb\n"

    inside(spec, body)


def test_many_commands_at_once(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        results = await asyncio.gather(*(sandbox.exec(sh(f"sleep 0.0{n % 5}; echo {n}; exit {n}")) for n in range(40)))
        assert [(done.exit_code, done.output) for done in results] == [(n, b"%d\n" % n) for n in range(40)]
        assert sandbox.processes() == []

    inside(spec, body)


def test_a_background_server_outlives_its_command_and_answers(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        server = await sandbox.start(
            Command(argv=("/usr/bin/env", "python3", "-u", "-m", "http.server", "8123", "--bind", "127.0.0.1"))
        )
        assert [process.id for process in sandbox.processes()] == [server.id]
        for _ in range(200):
            try:
                fd = await sandbox.connect(8123)
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
        else:
            pytest.fail("never answered")
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd))
        writer.write(b"GET /a.txt HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"hello\n")
        writer.close()
        await writer.wait_closed()
        assert await server.wait(0.01) is None
        finished = await server.kill()
        assert finished.why == "killed"
        assert b"GET /a.txt" in finished.output
        with pytest.raises(ConnectionRefusedError):
            await sandbox.connect(8123)

    inside(spec, body)


def test_output_of_something_left_in_the_background_is_seen_later(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        process = await sandbox.start(sh("(sleep 0.3; echo later) & echo now"))
        finished = await process.wait()
        assert finished is not None
        assert finished.output == b"now\n"
        assert process.new_output(100) == (b"now\n", 0)
        seen = b""
        for _ in range(100):
            seen += process.new_output(100)[0]
            if seen:
                break
            await asyncio.sleep(0.02)
        assert seen == b"later\n"

    inside(spec, body)


def test_terminals(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        shell = await sandbox.start(Command(argv=("bash", "--norc", "-i"), terminal=(80, 24), env={"PS1": "$ ", "TERM": "dumb"}))

        async def until(text: bytes) -> bytes:
            seen = b""
            async with asyncio.timeout(20):
                while text not in seen:
                    seen += shell.new_output(65536)[0]
                    await asyncio.sleep(0.01)
            return seen

        await shell.write(b"tty; stty size\n")
        assert b"/dev/pts/" in await until(b"24 80")
        await shell.resize(100, 40)
        await shell.write(b"stty size\n")
        await until(b"40 100")
        await shell.write(b"echo begin; sleep 60\n")
        await until(b"\nbegin")
        await asyncio.sleep(0.2)
        await shell.signal("SIGINT")
        await shell.write(b"echo code=$?\n")
        await until(b"\ncode=130")
        await shell.write(b"exit 7\n")
        finished = await shell.wait(20)
        assert finished is not None
        assert finished.exit_code == 7

    inside(spec, body)


def test_stdin_left_open(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        process = await sandbox.start(Command(argv=("head", "-n2"), keep_stdin=True))
        await process.write(b"one\n")
        await process.write(b"two\n")
        finished = await process.wait(20)
        assert finished is not None
        assert finished.output == b"one\ntwo\n"
        closed = await sandbox.start(sh("sleep 5"))
        with pytest.raises(BrokenPipeError):
            await closed.write(b"x")

    inside(spec, body)


def test_cancelling_kills_the_tree(spec: SandboxSpec) -> None:
    async def body(sandbox: LinuxSandbox) -> None:
        task = asyncio.create_task(sandbox.exec(sh("setsid sleep 299 & sleep 299")))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await sandbox.exec(sh("cat /proc/[0-9]*/comm"))).output.count(b"sleep") == 0

    inside(spec, body)


def test_files(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        assert await sandbox.read("a.txt") == b"hello\n"
        assert await sandbox.read("/work/project/a.txt", offset=1, limit=3) == b"ell"
        await sandbox.write("run.sh", b"#!/bin/sh\necho changed\n")
        assert (await sandbox.exec(Command(argv=("./run.sh",)))).output == b"changed\n"
        await sandbox.write("deep/er/new", b"x" * 3_000_000, executable=True)
        found = await sandbox.stat("deep/er/new")
        assert found is not None
        assert (found.kind, found.size, found.executable) == ("file", 3_000_000, True)
        await sandbox.write("link", b"through")
        assert await sandbox.read("a.txt") == b"through"
        assert (await sandbox.stat("link")).kind == "link"  # type: ignore[union-attr]
        assert (await sandbox.stat("pkg")).kind == "folder"  # type: ignore[union-attr]
        assert await sandbox.stat("pkg/none/such") is None
        await sandbox.remove("pkg/b.txt")
        assert list(await sandbox.tree()) == ["a.txt", "deep/er/new", "link", "run.sh"]
        assert list(await sandbox.tree("deep")) == ["er/new"]
        assert len(await sandbox.tree(limit=2)) == 2
        for path, error in (("none", FileNotFoundError), ("pkg", IsADirectoryError), ("/etc/shadow", FileNotFoundError)):
            with pytest.raises(error):
                await sandbox.read(path)
        with pytest.raises(OSError, match=r"[Rr]ead-only|Permission"):
            await sandbox.write("/usr/x", b"")
        await sandbox.exec(sh("mkfifo pipe"))
        with pytest.raises(OSError, match="not a regular file"):
            await sandbox.read("pipe")

    inside(spec, body)
    upper = spec.tree.upper if isinstance(spec.tree, OverlayTree) else Path()
    assert {path.stat().st_uid for path in upper.rglob("*") if not path.is_symlink()} <= {os.geteuid()}


def test_what_an_attempt_wrote_is_there_when_its_sandbox_opens_again(spec: SandboxSpec) -> None:
    async def write(sandbox: Sandbox) -> None:
        assert (await sandbox.exec(sh("echo more >> a.txt; rm -r pkg; touch /tmp/t ~/h"))).ok

    async def read(sandbox: Sandbox) -> None:
        assert await sandbox.read("a.txt") == b"hello\nmore\n"
        assert await sandbox.stat("pkg") is None
        assert (await sandbox.exec(sh("ls -A /tmp ~ | grep -c '^[th]$'"))).output == b"0\n"

    inside(spec, write)
    inside(spec, read)


def test_access_read_only(spec: SandboxSpec) -> None:
    async def body(sandbox: Sandbox) -> None:
        assert not (await sandbox.exec(sh("echo x > a.txt"))).ok
        assert (await sandbox.exec(sh("cat a.txt; echo x > /tmp/x"))).ok

    inside(msgspec.structs.replace(spec, access="read-only"), body)


def test_access_read_only_with_a_tool_chain_inside_the_project(spec: SandboxSpec, tmp_path: Path) -> None:
    """A project's own venv is not in its checkout: a place has to be made for it before the workspace is read-only."""
    venv = tmp_path / "venv"
    venv.mkdir(mode=0o755)
    (venv / "tool").write_text("here\n")

    async def body(sandbox: Sandbox) -> None:
        assert (await sandbox.exec(sh("cat .venv/tool"))).output == b"here\n"
        assert not (await sandbox.exec(sh("echo x > .venv/tool || echo x > .venv/y || echo x > z"))).ok

    mounts = (*spec.mounts, Mount(path=venv, at=f"{spec.at}/.venv"))
    inside(msgspec.structs.replace(spec, access="read-only", mounts=mounts), body)


def test_full_access_is_the_persons_own_machine(spec: SandboxSpec, tmp_path: Path) -> None:
    outside = tmp_path / "outside"

    async def body(sandbox: Sandbox) -> None:
        done = await sandbox.exec(sh(f"echo x > {outside}; cat a.txt; id -u; echo over > a.txt; setsid sleep 298 &"))
        assert done.output == b"hello\n%d\n" % os.geteuid()

    at = tmp_path / "project"
    at.mkdir()
    inside(msgspec.structs.replace(spec, access="full-access", at=str(at)), body)
    assert outside.read_text() == "x\n"
    assert list(at.iterdir()) == []
    assert b"sleep\x00298" not in b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


def test_mounts_and_a_plain_folder(spec: SandboxSpec, tmp_path: Path) -> None:
    for name in ("tools", "cache", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "tools/t").write_text("tool")
    (tmp_path / "project/p").write_text("mine")
    (tmp_path / "project").chmod(0o700)

    async def body(sandbox: Sandbox) -> None:
        assert (await sandbox.exec(sh("cat /opt/tools/t && ! echo x > /opt/tools/t && echo y > /opt/cache/y && echo z >> p"))).ok

    mounts = (Mount(path=tmp_path / "tools", at="/opt/tools"), Mount(path=tmp_path / "cache", at="/opt/cache", writable=True))
    inside(
        msgspec.structs.replace(spec, mounts=mounts, tree=PlainTree(path=tmp_path / "project"), at=str(tmp_path / "project")),
        body,
    )
    assert (tmp_path / "project/p").read_text() == "minez\n"
    assert (tmp_path / "cache/y").stat().st_uid == os.geteuid()


def test_a_short_command_in_a_terminal_loses_no_output(spec: SandboxSpec) -> None:
    """It may have ended before its terminal has come to us, all the more where much goes on at once."""

    async def body(sandbox: Sandbox) -> None:
        for _ in range(4):
            asked = [sandbox.exec(Command(argv=("sh", "-c", "stty size"), terminal=(81, 25))) for _ in range(25)]
            assert {done.output for done in await asyncio.gather(*asked)} == {b"25 81\r\n"}

    inside(spec, body)


def test_a_base_root_instead_of_the_hosts(spec: SandboxSpec, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("usr/bin", "etc", "opt/own"):
        (root / name).mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    (root / "etc/passwd").write_text("image:x:5:5::/:/bin/sh\n")
    source = tmp_path / "hello.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("from the image"); return 0; }\n')
    subprocess.run(["cc", "-static", "-o", str(root / "usr/bin/hello"), str(source)], check=True)

    async def body(sandbox: Sandbox) -> None:
        assert (await sandbox.exec(Command(argv=("hello",)))).output == b"from the image\n"
        assert (await sandbox.exec(Command(argv=("/usr/bin/python3",)))).why == "missing"
        passwd = await sandbox.read("/etc/passwd")
        assert b"image:" in passwd
        assert b"pullwright:x:1000" in passwd
        with pytest.raises(OSError, match=r"[Rr]ead-only|Permission"):
            await sandbox.write("/opt/own/x", b"")

    inside(msgspec.structs.replace(spec, base_root=root), body)


@pytest.mark.parametrize("whole", [True, False], ids=["etc", "its files"])
def test_links_in_an_images_etc_show_nothing_of_the_host(spec: SandboxSpec, tmp_path: Path, whole: bool) -> None:
    """As root we would read what they point at; and a file cannot be bound over a link that points nowhere."""
    root, host = tmp_path / "root", tmp_path / "host"
    (root / "usr").mkdir(parents=True)
    host.mkdir()
    for name in ("passwd", "group", "hosts", "resolv.conf"):
        (host / name).write_text("planted secret\n")
    if whole:
        (root / "etc").symlink_to(host)
    else:
        (root / "etc").mkdir()
        for name in ("passwd", "group", "hosts"):
            (root / "etc" / name).symlink_to(host / name)
        (root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")

    async def body(sandbox: Sandbox) -> None:
        assert (await sandbox.read("/etc/passwd")).startswith(b"pullwright:x:1000")
        for name in ("group", "hosts", "resolv.conf"):
            assert b"planted" not in await sandbox.read(f"/etc/{name}")

    inside(msgspec.structs.replace(spec, base_root=root), body)


def test_host_ports_are_let_in_by_number(spec: SandboxSpec) -> None:
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"host says hello")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            opened = msgspec.structs.replace(spec, network=NetworkPolicy(host_ports=(port,)))
            async with backend("linux").open(opened) as sandbox:
                done = await sandbox.exec(sh(f"exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3"))
                assert done.output == b"host says hello"
                assert b"3128" in (await sandbox.exec(sh("echo $HTTPS_PROXY $https_proxy"))).output

    asyncio.run(main())


def test_a_sandbox_that_dies_is_an_exception_not_output(spec: SandboxSpec) -> None:
    async def body(sandbox: LinuxSandbox) -> None:
        process = await sandbox.start(sh("sleep 60"))
        sandbox.control.close()
        with pytest.raises(SandboxLost):
            await process.wait()
        with pytest.raises(SandboxLost):
            await sandbox.exec(sh("true"))

    inside(spec, body)


@pytest.mark.parametrize("at", ["relative", "/", "/usr", "/proc/x", "/a/../b"])
def test_a_workspace_lies_nowhere_else(spec: SandboxSpec, at: str) -> None:
    with pytest.raises(FixSettings):
        inside(msgspec.structs.replace(spec, at=at), None)


def test_a_missing_mount_names_itself(spec: SandboxSpec, tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="nothing-here"):
        inside(msgspec.structs.replace(spec, mounts=(Mount(path=tmp_path / "nothing-here"),)), None)


def test_twenty_at_once(spec: SandboxSpec, tmp_path: Path) -> None:
    def own(number: int) -> SandboxSpec:
        folder = tmp_path / str(number)
        for name in ("upper", "work"):
            (folder / name).mkdir(parents=True)
        assert isinstance(spec.tree, OverlayTree)
        tree = OverlayTree(lowers=spec.tree.lowers, upper=folder / "upper", work=folder / "work")
        return msgspec.structs.replace(spec, folder=folder / "attempt", tree=tree)

    async def one(number: int) -> bytes:
        async with backend("linux").open(own(number)) as sandbox:
            await sandbox.exec(sh(f"echo {number} > a.txt"))
            return await sandbox.read("a.txt")

    async def main() -> list[bytes]:
        return await asyncio.gather(*(one(number) for number in range(20)))

    assert asyncio.run(main()) == [b"%d\n" % number for number in range(20)]


def test_doctor_opens_a_sandbox_and_says_which_limits_are_hard() -> None:
    async def main() -> list[str]:
        checks = await backend("linux").checks()
        assert all(check.ok for check in checks if check.required), checks
        return [check.name for check in checks]

    names = asyncio.run(main())
    assert {"bubblewrap", "user namespaces", "sandbox", "memory limit", "process limit", "disk limit"} <= set(names)


def test_forbidden_user_namespaces_name_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "max").write_text("0\n")
    monkeypatch.setattr(doctor, "_USERNS", tmp_path / "max")
    error = doctor.explain("bwrap: No permissions to create new namespace")
    assert isinstance(error, NoIsolation)
    assert error.fix == "sudo sysctl -w user.max_user_namespaces=15000"


NO_NAMESPACES = """
import asyncio, ctypes, sys
from pathlib import Path
from pullwright.protocol.errors import NoIsolation
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec
Path("/proc/sys/user/max_user_namespaces").write_text("0")  # of a user namespace of our own
async def main():
    spec = SandboxSpec(folder=Path(sys.argv[1], "attempt"), tree=PlainTree(path=Path(sys.argv[1])), at="/work/p")
    try:
        async with backend("linux").open(spec) as sandbox:
            await sandbox.exec(Command(argv=("touch", "/work/p/ran")))
    except NoIsolation as error:
        print(error.fix)
asyncio.run(main())
"""


def test_without_user_namespaces_nothing_runs(tmp_path: Path) -> None:
    argv = ["unshare", "-Ur", sys.executable, "-c", NO_NAMESPACES, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "sysctl" in done.stdout, done.stderr
    assert not (tmp_path / "ran").exists()
