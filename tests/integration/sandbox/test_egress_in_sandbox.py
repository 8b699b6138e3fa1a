"""The egress proxy as the way out of the real Linux sandbox: what a rule names is reached, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from egress_world import World, open_world, read_all, rule
from pullwright.protocol.policy import NetworkPolicy
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, NetworkDecision, SandboxSpec


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The backend makes its own proxy, with the host's variables and resolver: both are this world's for once."""
    with open_world(tmp_path) as world:
        monkeypatch.setattr("pullwright.sandbox.egress.dialer.resolve_by_host", world.resolve)
        monkeypatch.setenv("SSL_CERT_FILE", str(world.roots.file))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        yield world


def run(world: World, policy: NetworkPolicy, *lines: str) -> tuple[list[bytes], list[NetworkDecision]]:
    decisions: list[NetworkDecision] = []
    folders = [world.folder / "sandboxed" / name for name in ("lower", "upper", "work", "attempt")]
    for folder in folders:
        folder.mkdir(parents=True)
    tree = OverlayTree(lowers=(folders[0],), upper=folders[1], work=folders[2])
    spec = SandboxSpec(folder=folders[3], tree=tree, at="/work/project", network=policy, env={"PATH": "/usr/bin:/bin"})

    async def go() -> list[bytes]:
        async with backend("linux").open(spec, decisions.append) as sandbox:
            return [(await sandbox.exec(Command(argv=("bash", "-c", line), timeout=20))).output for line in lines]

    return asyncio.run(go()), decisions


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
