"""The parts of setup that ask nobody: where local servers would be, what answers mean as settings, what scripts get."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pullwright.cli.settings.tree import ModelClass, ModelClasses, Provider, Settings
from pullwright.cli.setup.first_run import first_run, wanted
from pullwright.cli.setup.plan import Models, Plan, SignIn
from pullwright.cli.setup.record import mark
from pullwright.cli.setup.scene import scene
from pullwright.cli.setup.servers import address_of, answering, is_loopback
from pullwright.cli.setup.ways import is_address
from pullwright.models.mock.script import Script
from pullwright.models.mock.server import MockServer

NOBODY = dict.fromkeys(("OLLAMA_HOST", "LMSTUDIO_BASE_URL", "VLLM_BASE_URL", "LLAMACPP_BASE_URL"), "127.0.0.1:9")


@pytest.mark.parametrize(
    ("said", "url", "own"),
    [
        ("", "http://127.0.0.1:11434/v1", ""),
        ("127.0.0.1:9999", "http://127.0.0.1:9999", ""),
        ("http://[::1]:11434", "http://[::1]:11434", ""),
        ("0.0.0.0", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("gpu-box.example:11434", "http://gpu-box.example:11434", ""),
    ],
)
def test_where_a_local_server_would_be(said: str, url: str, own: str) -> None:
    """`OLLAMA_HOST=0.0.0.0` says where the server listens; nobody can call that."""
    address = address_of("ollama", {"OLLAMA_HOST": said} if said else {})
    assert address is not None
    assert (address.url, address.own) == (url, own)


def test_an_address_that_is_none_is_passed_over() -> None:
    assert address_of("ollama", {"OLLAMA_HOST": "http://[::1"}) is None
    assert answering({**NOBODY, "OLLAMA_HOST": "http://x:99999999"}) == []


def test_only_the_loopback_is_tried() -> None:
    assert [is_loopback(f"http://{host}") for host in ("127.0.0.1:1", "localhost", "[::1]:1")] == [True] * 3
    assert [is_loopback(f"http://{host}") for host in ("10.0.0.1", "0.0.0.0", "localhost.example", "")] == [False] * 4


@pytest.fixture
def silent() -> Iterator[str]:
    """Somebody who accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_port_that_never_answers_and_one_that_is_no_model_server_are_passed_over(silent: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def web() -> None:
            connection, _ = other.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>")
            connection.close()

        thread = threading.Thread(target=web)
        thread.start()
        assert answering({**NOBODY, "OLLAMA_HOST": silent, "VLLM_BASE_URL": f"127.0.0.1:{other.getsockname()[1]}"}) == []
        thread.join()


def test_a_server_that_wants_a_key_is_told_apart_and_gets_none() -> None:
    async def run() -> None:
        async with MockServer(Script([]), key="secret", models=("m",)) as server:
            env = {**NOBODY, "VLLM_BASE_URL": server.url, "VLLM_API_KEY": "secret"}
            (found,) = await asyncio.to_thread(answering, env)
            assert found.locked
            assert found.sign_in.provider == "vllm"
            assert "authorization" not in server.requests[0].headers

    asyncio.run(run())


@pytest.mark.parametrize("url", ["https://x.example/v1", "http://127.0.0.1:8000", "http://[::1]:1/v1"])
def test_addresses(url: str) -> None:
    assert is_address(url)


@pytest.mark.parametrize(
    "url", ["x.example", "ftp://x", "http://", "http://user:pw@x/v1", "http://x y", "http://x:99999", "http://x\x1b"]
)
def test_what_is_no_address(url: str) -> None:
    assert not is_address(url)


def test_answers_as_settings() -> None:
    assert Plan().changes(Settings()) == {}
    azure = SignIn(provider="azure", base_url="https://r.example", key="k", entra=False)
    models = Models(default="deep", fast="azure/a", deep="azure/b")
    plan = Plan(sign_in=azure, models=models, approval="auto-edit")
    assert plan.changes(Settings()) == {
        "provider": "azure",
        "providers.azure.base_url": "https://r.example",
        "model": "deep",
        "models.fast.model": "azure/a",
        "models.deep.model": "azure/b",
        "terminal.approval": "auto-edit",
    }
    assert "k" not in repr(plan).replace("key", "")
    # From Entra to a key the switch is taken back; a class that the catalogue knows again is given back to it.
    before = Settings(providers={"azure": Provider(entra=True)}, models=ModelClasses(fast=ModelClass(model="azure/a")))
    changed = Plan(sign_in=azure, models=Models(default="fast", fast="", deep="")).changes(before)
    assert changed["providers.azure.entra"] is False
    assert changed["models.fast.model"] == ""
    assert "models.deep.model" not in changed
    assert "models.fast.model" not in Plan(models=Models(default="fast")).changes(before)


def test_the_first_run_is_wanted_once_and_only_where_no_model_can_be_called(own_home: Path) -> None:
    here = {"PULLWRIGHT_HOME": str(own_home / "pw")}
    assert wanted(here)
    assert not wanted({**here, "OPENAI_API_KEY": "sk-1"})
    mark(scene(here).folders, Plan())
    assert not wanted(here)
    assert wanted(here, marked=False)
    (own_home / "pw/state/setup.json").write_text("{broken")
    assert wanted(here)
    assert first_run() is False, "there is no terminal here"


def test_what_the_first_question_needs_is_little() -> None:
    """Nothing is loaded to call a model with before somebody has answered."""
    code = (
        "import sys\n"
        "from pullwright.cli.setup import walk, signin, first_run\n"
        "from pullwright.cli.setup.servers import answering\n"
        f"answering({NOBODY!r})\n"
        "heavy = ('asyncio', 'h11', 'ssl', 'keyring', 'prompt_toolkit', 'yaml', 'pullwright.models.open')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
