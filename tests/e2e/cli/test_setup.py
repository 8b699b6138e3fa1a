"""`pullwright setup` as a person meets it: in a real terminal, against a server that looks at keys."""

from __future__ import annotations

import asyncio
import re
import stat
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.mock.script import Script
from pullwright.models.mock.server import MockServer

from .conftest import Shell
from .person import Person, sitting

KEY = "sk-right-0123456789"
WRONG = "sk-wrong-0123456789"
NOBODY = {"OLLAMA_HOST": "127.0.0.1:9", "VLLM_BASE_URL": "http://127.0.0.1:9", "LMSTUDIO_BASE_URL": "http://127.0.0.1:9"}
NOBODY["LLAMACPP_BASE_URL"] = "http://127.0.0.1:9"

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that want a key and list models; they end with the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[MockServer] = []

    def do(what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(20)

    def start(*models: str, key: str = "") -> str:
        server = MockServer(Script([]), key=key, models=models)
        do(server.__aenter__())
        servers.append(server)
        return server.url

    yield start
    for server in servers:
        do(server.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def settings(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / ".config/pullwright/config.toml").read_text())


def everything(home: Path) -> dict[str, str]:
    return {str(path.relative_to(home)): path.read_text() for path in home.rglob("*") if path.is_file()}


def asked_the_model(person: Person, answer: str = "") -> None:
    person.answers("2. Default model: fast or deep?", answer)


def test_a_wrong_key_is_said_and_asked_for_again_and_the_right_one_is_kept(home: Path, serve: Serve) -> None:
    url = serve("gpt-6-luna", "gpt-6.1-sol", "other", key=KEY)
    with sitting("setup", home=home, OPENAI_BASE_URL=url, **NOBODY) as person:
        person.answers("1. Sign-in", "OpenAI")
        person.answers("Key for OpenAI", WRONG)
        person.sees("does not accept")
        person.answers("Key for OpenAI", KEY)
        person.sees("OpenAI answers after")
        person.sees("with 3 models")
        person.sees("gpt-6-luna")
        person.sees("$0.10 in, $0.50 out")
        person.sees(": ")
        person.child.sendline("2")
        person.answers("3. Approval mode", "auto")
        assert person.ends() == 0
    assert settings(home) == {"provider": "openai", "model": "deep", "terminal": {"approval": "auto-edit"}}
    assert "Written to ~/.config/pullwright/config.toml:" in person.lines
    assert 'terminal.approval = "auto-edit"' in person.seen
    assert "pullwright config set" in person.seen
    kept = home / ".config/pullwright/credentials.json"
    assert KEY in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert KEY not in person.seen
    assert WRONG not in person.seen
    assert [name for name, text in everything(home).items() if KEY in text] == [".config/pullwright/credentials.json"]


@pytest.mark.parametrize("reached", range(4))
def test_ctrl_c_in_any_question_leaves_everything_as_it_was(home: Path, serve: Serve, reached: int) -> None:
    own = home / ".config/pullwright/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("# mine\nbudget = '3usd'\n")
    before = everything(home)
    with sitting("setup", home=home, OPENAI_BASE_URL=serve("gpt-6-luna", key=KEY), **NOBODY) as person:
        steps = [
            ("1. Sign-in", "openai"),
            ("Key for OpenAI", KEY),
            ("2. Default model", "1"),
            ("3. Approval", "1"),
        ]
        for question, line in steps[:reached]:
            person.answers(question, line)
        person.sees(steps[reached][0])
        person.sees(": " if reached == 1 else "skip): ")
        person.types("\x03")
        assert person.ends() == 130
    assert everything(home) == before


def test_what_is_skipped_is_left_and_going_back_asks_again(home: Path, serve: Serve) -> None:
    with sitting("setup", home=home, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=serve("gpt-6-luna", key=KEY), **NOBODY) as person:
        person.sees("found: key in OPENAI_API_KEY")
        person.answers("(s skip)", "s")
        person.sees("Skipped")
        person.answers("2. Default model", "s")
        person.answers("3. Approval mode", "b")
        person.answers("2. Default model", "b")
        person.answers("1. Sign-in", "")
        person.sees("OpenAI answers")
        person.answers("2. Default model", "deep")
        person.answers("3. Approval mode", "\x1b")
        assert person.ends() == 0
    assert settings(home) == {"provider": "openai", "model": "deep"}
    # Again: what was chosen is what Enter takes, and a skipped run changes nothing.
    before = settings(home)
    with sitting("setup", home=home, OPENAI_API_KEY=KEY, **NOBODY) as person:
        for _ in range(3):
            person.answers("skip)", "s")
        assert person.ends() == 0
    assert "Nothing was changed." in person.seen
    assert settings(home) == before


def test_a_local_server_is_found_on_its_port_and_its_only_model_is_both(home: Path, serve: Serve) -> None:
    url = serve("qwen3-coder:30b")
    with sitting("setup", home=home, **{**NOBODY, "OLLAMA_HOST": url.removesuffix("/v1")}) as person:
        person.sees("Ollama")
        person.sees("1 model")
        person.answers("(s skip)", "1")
        person.sees("both stand for")
        person.answers("3. Approval mode", "3")
        assert person.ends() == 0
    assert settings(home) == {
        "provider": "ollama",
        "model": "fast",
        "models": {"fast": {"model": "ollama/qwen3-coder:30b"}, "deep": {"model": "ollama/qwen3-coder:30b"}},
        "terminal": {"approval": "full-auto"},
    }


def test_a_server_of_ones_own_with_many_models(home: Path, serve: Serve) -> None:
    url = serve(*(f"model-{number}" for number in range(30)), "special-coder")
    with sitting("setup", home=home, **NOBODY) as person:
        person.answers("1. Sign-in", "another")
        person.answers("Address", "not an address")
        person.answers("no address", url)
        person.answers("Which API", "")
        person.answers("Key for the server", "")
        person.sees("with 31 models")
        person.answers("Type a part of its name", "nothing like it")
        person.sees("None has")
        person.answers("Type a part of its name", "special")
        person.answers("Type a part of its name", "model-29")
        person.answers("2. Default model", "deep")
        person.answers("3. Approval mode", "")
        assert person.ends() == 0
    written = settings(home)
    assert written["providers"] == {"custom": {"base_url": url, "wire": "chat"}}
    assert written["models"] == {"fast": {"model": "custom/special-coder"}, "deep": {"model": "custom/model-29"}}


def test_without_an_answer_it_can_be_kept_unchecked(home: Path) -> None:
    with sitting("setup", home=home, OPENAI_BASE_URL="http://127.0.0.1:9/v1", **NOBODY) as person:
        person.answers("1. Sign-in", "openai")
        person.answers("Key for OpenAI", KEY)
        person.sees("no connection")
        person.answers("What now?", "keep")
        person.answers("2. Default model", "")
        person.answers("3. Approval mode", "")
        assert person.ends() == 0
    assert settings(home)["provider"] == "openai"


def test_azure_asks_for_endpoint_key_and_deployment(home: Path, serve: Serve) -> None:
    url = serve("gpt-6-luna", key=KEY).removesuffix("/v1")
    with sitting("setup", home=home, **NOBODY) as person:
        person.answers("1. Sign-in", "azure")
        person.answers("Endpoint", url)
        person.answers("Sign in to Azure", "1")
        person.answers("Key for Azure", KEY)
        person.sees("Azure OpenAI answers")
        person.answers("Deployment for fast", "my-fast")
        person.answers("Deployment for deep", "my-deep")
        person.answers("2. Default model", "")
        person.answers("3. Approval mode", "")
        assert person.ends() == 0
    written = settings(home)
    assert written["provider"] == "azure"
    assert written["providers"]["azure"]["base_url"] == url
    assert written["models"] == {"fast": {"model": "azure/my-fast"}, "deep": {"model": "azure/my-deep"}}


@pytest.mark.parametrize(("term", "more"), [("dumb", {}), ("xterm-256color", {"NO_COLOR": "1"})])
def test_forty_columns_and_no_colour(home: Path, term: str, more: dict[str, str]) -> None:
    with sitting("setup", home=home, columns=40, term=term, **more, **NOBODY) as person:
        for _ in range(3):
            person.sees("skip)" if term == "dumb" else "Esc skips")
            person.types("s\r" if term == "dumb" else "\x1b")
        assert person.ends() == 0
    assert max(map(len, person.lines)) <= 40
    if term == "dumb":
        assert "\x1b" not in person.seen
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|9[0-9]|4[0-9])m", person.seen), "a colour"


def test_arrow_keys_where_the_terminal_can(home: Path) -> None:
    with sitting("setup", home=home, term="xterm-256color", OPENAI_API_KEY=KEY, **NOBODY) as person:
        person.sees("Esc skips")
        person.types("\x1b")
        person.sees("2. Default model")
        person.sees("b goes back")
        person.types("\x1b[B\r")
        person.sees("> deep")
        person.sees("3. Approval mode")
        person.sees("b goes back")
        person.types("\x1b[A\x1b[A\r")
        person.sees("> auto-edit")
        assert person.ends() == 0
    assert settings(home) == {"model": "deep", "terminal": {"approval": "auto-edit"}}


def test_a_terminal_too_simple_for_arrow_keys_in_a_plain_setting(home: Path) -> None:
    with sitting("setup", home=home, term="xterm", PULLWRIGHT_TERMINAL_PLAIN="true", **NOBODY) as person:
        person.sees("(s skip)")
        person.types("\x03")
        assert person.ends() == 130


def test_a_broken_settings_file_is_named_and_not_written_over(home: Path) -> None:
    own = home / ".config/pullwright/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("budget = [\n")
    with sitting("setup", home=home) as person:
        assert person.ends() == 2
    assert "config.toml" in person.seen
    assert own.read_text() == "budget = [\n"


def test_where_nothing_can_be_written_nobody_is_asked(home: Path) -> None:
    (home / ".local").write_text("a file in the way")
    with sitting("setup", home=home) as person:
        assert person.ends() == 2
    assert "cannot be made or written" in person.seen
    assert "Sign-in" not in person.seen


def test_without_a_terminal_it_says_what_to_give_instead(shell: Shell) -> None:
    ended = shell("setup")
    assert ended.returncode == 2
    assert "--yes --provider" in ended.stderr
    assert list(shell.home.rglob("setup.json")) == []


def test_flags_say_everything_and_a_wrong_key_writes_nothing(shell: Shell, serve: Serve) -> None:
    env = {"OPENAI_BASE_URL": serve("gpt-6-luna", key=KEY), **NOBODY}
    flags = ("setup", "--yes", "--provider", "openai", "--key-stdin", "--keep", "file")
    refused = shell(*flags, stdin=WRONG, **env)
    assert refused.returncode == 1
    assert "does not accept" in refused.stderr
    assert everything(shell.home) == {}
    ended = shell(*flags, "--model", "deep", stdin=f"{KEY}\n", **env)
    assert ended.returncode == 0, ended.stderr
    assert settings(shell.home) == {"provider": "openai", "model": "deep", "terminal": {"approval": "suggest"}}
    assert KEY not in ended.stderr + ended.stdout
    assert shell("setup", "--approval", "full-auto").returncode == 0
    assert settings(shell.home)["terminal"] == {"approval": "full-auto"}
    # The kept key is what setup finds next time.
    assert shell("setup", "--yes", **env).returncode == 0
    for wrong in (("--approval", "fast"), ("--provider", "opnai"), ("--base-url", "x y"), ("--entra",)):
        ended = shell("setup", *wrong)
        assert ended.returncode == 2, wrong
        assert "fix:" in ended.stderr


def test_flags_for_a_server_of_ones_own(shell: Shell, serve: Serve) -> None:
    one = serve("only-one")
    assert shell("setup", "--yes", "--base-url", one).returncode == 0
    assert settings(shell.home)["models"]["fast"] == {"model": "custom/only-one"}
    many = serve("a", "b")
    ended = shell("setup", "--yes", "--base-url", many, PULLWRIGHT_HOME=str(shell.home / "other"))
    assert ended.returncode == 2
    assert "a, b" in ended.stderr


def test_what_other_agents_have_is_offered_shown_and_brought_over(home: Path) -> None:
    (home / ".codex").mkdir()
    (home / ".codex/AGENTS.md").write_text("Use uv.\n")
    (home / ".codex/config.toml").write_text('approval_policy = "never"\n')
    with sitting("setup", home=home, **NOBODY) as person:
        for _ in range(3):
            person.answers("skip)", "s")
        person.answers("Codex: bring over", "")
        person.sees("terminal.approval = full-auto")
        person.answers("Bring this over?", "yes")
        assert person.ends() == 0
    assert settings(home) == {"terminal": {"approval": "full-auto"}}
    assert "Use uv." in (home / ".config/pullwright/AGENTS.md").read_text()


def test_import_looks_asks_and_needs_somebody_to_ask(shell: Shell) -> None:
    (shell.home / ".codex").mkdir()
    (shell.home / ".codex/config.toml").write_text('approval_policy = "never"\nnotify = ["x"]\n')
    before = everything(shell.home)
    shown = shell("import", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert 'approval_policy = "never" -> terminal.approval = full-auto' in shown.stdout
    assert "notify" in shown.stdout
    nobody = shell("import")
    assert nobody.returncode == 2
    assert "--yes" in nobody.stderr
    assert everything(shell.home) == before
    assert shell("import", "codex", "--yes").returncode == 0
    assert settings(shell.home) == {"terminal": {"approval": "full-auto"}}
    again = shell("import", "--yes")
    assert "nothing to bring over" in again.stderr
    assert shell("import", "nobody").returncode == 2
    (shell.project / ".clinerules").write_text("Tests first.\n")
    assert shell("import", "--project", "--yes").returncode == 0
    assert "Tests first." in (shell.project / "AGENTS.md").read_text()
