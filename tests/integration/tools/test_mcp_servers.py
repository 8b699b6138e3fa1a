"""Servers that other people wrote, from PyPI and npm: over their pipes and over HTTP, inside the sandbox and on the host."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mcp_world import AT, World, everything, from_pypi, sandboxed, world
from pullwright.protocol.items import ImagePart
from pullwright.tools.mcp.servers import McpServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the Linux sandbox")


def repository(folder: Path) -> None:
    folder.mkdir(parents=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    (folder / "a.txt").write_text("one\n")
    for line in ("init -q -b main", "config user.name Pat", "config user.email pat@example.org", "add -A", "commit -q -m Begin"):
        subprocess.run(["git", *line.split()], cwd=folder, env=env, check=True)


def inside(tmp_path: Path, servers: list[McpServer], use: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), sandboxed(tmp_path) as sandbox, world(tmp_path, servers, sandbox) as it:
            await use(it)

    asyncio.run(main())


def test_a_server_of_pypi_over_its_pipes_works_on_the_workspace_inside(tmp_path: Path) -> None:
    repository(tmp_path / "lower")
    server = from_pypi("mcp_server_git", "git", "--repository", AT, reading=("git_log", "git_status"))

    async def use(it: World) -> None:
        offered = await it.offer()
        assert {"mcp__git__git_log", "mcp__git__git_commit", "mcp__git__git_diff"} <= set(offered)
        assert "Begin" in await it("mcp__git__git_log", repo_path=AT)
        await it.bench.sandbox.write("a.txt", b"two\n")
        assert "+two" in await it("mcp__git__git_diff_unstaged", repo_path=AT)
        wrong = await it.result("mcp__git__git_log", repo_path="/nowhere")
        assert not wrong.ok

    inside(tmp_path, [server], use)


def test_a_server_inside_has_the_sandboxs_policy(tmp_path: Path) -> None:
    """The same server, told to say what it sees: none of the host's variables, and no way out."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
    subprocess.run([sys.executable, "-c", code], check=True)  # outside it is reached

    async def use(it: World) -> None:
        await it.offer()
        said = await it("mcp__everything__get-env")
        assert "PULLWRIGHT_HOME" in os.environ
        assert "PULLWRIGHT_HOME" not in said
        assert '"HOME"' in said
        finished = await it.bench.sandbox.exec(_command(code))
        assert not finished.ok

    with listening:
        inside(tmp_path, [everything("stdio", tools=("get-env", "echo"))], use)


def _command(code: str) -> object:
    from pullwright.sandbox.sandbox import Command

    return Command(argv=(sys.executable, "-c", code))


def test_a_server_inside_is_spoken_to_over_http_through_the_sandbox(tmp_path: Path) -> None:
    server = everything(
        "streamableHttp",
        env={"PORT": "3901"},
        url="http://127.0.0.1:3901/mcp",
        tools=("echo", "get-sum", "get-tiny-image", "get-structured-content"),
    )

    async def use(it: World) -> None:
        offered = await it.offer()
        assert offered == [
            "mcp__everything__echo",
            "mcp__everything__get-structured-content",
            "mcp__everything__get-sum",
            "mcp__everything__get-tiny-image",
        ]
        assert await it("mcp__everything__echo", message="hello") == "[from MCP server everything]\nEcho: hello"
        image = (await it.result("mcp__everything__get-tiny-image")).output
        assert any(isinstance(part, ImagePart) and part.image_url.startswith("data:image/png;base64,") for part in image)
        assert "listening on port 3901" in await it.connections.all["everything"].errors()
        with pytest.raises(ConnectionRefusedError):  # nothing of it is on the host
            socket.create_connection(("127.0.0.1", 3901), 1)

    inside(tmp_path, [server], use)


def test_many_tools_stay_behind_a_search(tmp_path: Path) -> None:
    async def use(it: World) -> None:
        assert await it.offer() == ["mcp_call", "mcp_search"]
        found = await it("mcp_search", query="echo message")
        assert found.startswith("mcp__everything__echo\n")
        assert "[from MCP server everything]" in found
        assert "Echo: hi" in await it("mcp_call", tool="mcp__everything__echo", arguments={"message": "hi"})
        assert "find its name with mcp_search" in await it("mcp_call", tool="echo", arguments={})
        assert "mcp__everything__get-sum" in await it("mcp_search")

    inside(tmp_path, [everything("stdio")], use)


def test_a_server_on_the_hosts_loopback_over_http(tmp_path: Path) -> None:
    """The connection is ours; nothing of it passes the sandbox."""
    command = everything("streamableHttp")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"PATH": os.environ["PATH"], "PORT": str(port)}
    running = subprocess.Popen(
        [command.command, *command.args], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    server = McpServer(name="web", url=f"http://127.0.0.1:{port}/mcp", where="host", tools=("echo",))

    async def main() -> None:
        async with asyncio.timeout(30), world(tmp_path, [server]) as it:
            assert await it.offer() == ["mcp__web__echo"]
            assert "Echo: hi" in await it("mcp__web__echo", message="hi")

    try:
        assert running.stderr
        while "listening" not in running.stderr.readline():
            assert running.poll() is None
        asyncio.run(main())
    finally:
        running.kill()
        running.communicate()


def test_a_server_that_is_not_there_is_a_notice_and_the_others_work(tmp_path: Path) -> None:
    missing = McpServer(name="gone", command="no-such-program-at-all")

    async def use(it: World) -> None:
        assert await it.offer() == ["mcp__time__convert_time", "mcp__time__get_current_time"]
        assert "UTC" in await it("mcp__time__get_current_time", timezone="UTC")
        assert "MCP server gone: there is no such program inside the sandbox" in it.told

    inside(tmp_path, [missing, from_pypi("mcp_server_time", "time")], use)


def test_a_command_that_would_fetch_its_program_says_what_helps(tmp_path: Path) -> None:
    """Most servers are configured with `npx` or `uvx`, which have nothing to fetch from in a sandbox without network."""
    fake = tmp_path / "lower/npx"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'npm error ENOTFOUND' >&2\nexit 1\n")
    fake.chmod(0o755)
    server = McpServer(name="n", command=f"{AT}/npx", args=("-y", "some-server"))

    async def use(it: World) -> None:
        assert await it.offer() == []
        assert "the sandbox's network is off: install the server" in it.told[0]

    inside(tmp_path, [server], use)
