"""The egress proxy as the way out of the real Linux sandbox: what a rule names is reached, and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "security"))
from test_egress_tools import make_bare_repository, make_npm_package, make_wheel
from users import USERS, place, run_as

from egress_world import World, open_world, read_all, rule
from pullwright.protocol.policy import NetworkPolicy
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, Mount, NetworkDecision, SandboxSpec

PIP = f"{sys.executable} -m pip install --no-cache-dir --isolated --disable-pip-version-check --retries 0 --target there"
NPM = "npm install --no-audit --no-fund --fetch-retries 0 --registry"


@pytest.fixture(params=USERS)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The backend makes its own proxy, with the host's variables and resolver: both are this world's for once. Its servers
    run in this process; the sandbox is opened as `world.user`."""
    with place(request.param) as folder, open_world(folder) as world:
        world.user = request.param
        monkeypatch.setattr("pullwright.sandbox.egress.dialer.resolve_by_host", world.resolve)
        monkeypatch.setenv("SSL_CERT_FILE", str(world.roots.file))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        yield world


def run(world: World, policy: NetworkPolicy, *lines: str) -> tuple[list[bytes], list[NetworkDecision]]:
    """Each line's output, and what the proxy decided."""
    told = world.folder / "told"

    async def body() -> None:
        decisions: list[NetworkDecision] = []
        folders = [world.folder / "sandboxed" / name for name in ("lower", "upper", "work", "attempt")]
        for folder in folders:
            folder.mkdir(parents=True)
        tree = OverlayTree(lowers=(folders[0],), upper=folders[1], work=folders[2])
        env = {"PATH": os.pathsep.join(dict.fromkeys(str(Path(path).parent) for path in ("/usr/bin/env", "/bin/sh", *npm())))}
        mounts = tuple(
            Mount(path=path) for path in {Path(sys.prefix), Path(sys.base_prefix), *(path.parents[1] for path in npm())}
        )
        spec = SandboxSpec(folder=folders[3], tree=tree, at="/work/project", network=policy, env=env, mounts=mounts)
        async with backend("linux").open(spec, decisions.append) as sandbox:
            outputs = [(await sandbox.exec(Command(argv=("bash", "-c", line), timeout=60))).output for line in lines]
        told.write_bytes(msgspec.msgpack.encode((outputs, decisions)))

    run_as(world.user, body)
    return msgspec.msgpack.decode(told.read_bytes(), type=tuple[list[bytes], list[NetworkDecision]])


def npm() -> list[Path]:
    """npm, where it lies outside /usr."""
    found = shutil.which("npm")
    return [Path(found)] if found and not found.startswith("/usr/") else []


@pytest.mark.parametrize("kind", ["tunnel", "intercept"])
def test_what_a_rule_names_is_reached_and_nothing_else(world: World, kind: str) -> None:
    server = world.https("allowed.test")
    outputs, decisions = run(
        world,
        NetworkPolicy(rules=(rule("allowed.test", kind=kind),)),
        "curl -sS -m 10 https://allowed.test/",
        "curl -sS -m 10 https://denied.test/ 2>&1",
        f"curl -sS -m 5 -k --noproxy '*' https://{server.address}/ 2>&1",
        "getent hosts allowed.test || echo no-names-inside",
        "curl -sS -m 5 --noproxy '*' http://127.0.0.1:3128/ 2>&1 | head -2",
    )
    assert outputs[0] == b"hello from allowed.test"
    assert b"403" in outputs[1]
    assert b"hello" not in outputs[2], "there is no way around the proxy"
    assert outputs[3] == b"no-names-inside\n"
    assert b"egress proxy refused" in outputs[4]
    assert [(decision.host, decision.allowed) for decision in decisions[:2]] == [("allowed.test", True), ("denied.test", False)]
    assert len(server.requests) == 1


def test_pip_git_and_npm_install_from_what_is_named(world: World) -> None:
    """Their registries are folders served over TLS; the tools have nothing but the variables that the proxy gives.

    They are slow, so that each user goes one of the two ways; test_egress_tools goes both."""
    kind = "tunnel" if world.user == "root" else "intercept"
    served = world.folder / "served"
    wheel = make_wheel(served / "files")
    (served / "simple/sample").mkdir(parents=True)
    (served / "simple/sample/index.html").write_text(f'<a href="/files/{wheel.name}">{wheel.name}</a>')
    make_bare_repository(world.folder / "work", served / "sample.git")
    make_npm_package(served / "npm", "https://named.test/npm")
    world.https("named.test", folder=served)
    lines = [
        f"{PIP} --index-url https://named.test/simple sample 2>&1; cat there/sample.py",
        "git clone -q https://named.test/sample.git clone 2>&1; cat clone/file",
        "git clone -q https://other.test/sample.git no 2>&1",
    ]
    if shutil.which("npm"):
        lines.append(f"echo '{{}}' > package.json; {NPM} https://named.test/npm sample 2>&1; cat node_modules/sample/index.js")
    outputs, decisions = run(world, NetworkPolicy(rules=(rule("named.test", kind=kind),)), *lines)
    assert outputs[0].endswith(b"answer = 42\n"), outputs[0]
    assert outputs[1].endswith(b"content\n"), outputs[1]
    assert b"403" in outputs[2]
    if shutil.which("npm"):
        assert outputs[3].endswith(b"module.exports = 42\n"), outputs[3]
    assert {(decision.host, decision.allowed) for decision in decisions} == {("named.test", True), ("other.test", False)}


def test_a_host_port_by_its_number_and_no_other(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as service, socket.create_server(("127.0.0.1", 0)) as other:
        port, closed = (listener.getsockname()[1] for listener in (service, other))

        def serve() -> None:
            connection, _ = service.accept()
            with connection:
                connection.sendall(b"answer to " + read_all(connection))

        thread = threading.Thread(target=serve)
        thread.start()
        ask = (
            "import socket,sys; s=socket.create_connection(('127.0.0.1',int(sys.argv[1])),5); "
            "s.sendall(b'select'); s.shutdown(1); print(s.recv(99))"
        )
        outputs, _ = run(
            world,
            NetworkPolicy(host_ports=(port,)),
            f'/usr/bin/python3 -c "{ask}" {port}',
            f'/usr/bin/python3 -c "{ask}" {closed} 2>&1',
        )
        thread.join(5)
    assert b"answer to select" in outputs[0]
    assert b"refused" in outputs[1]
