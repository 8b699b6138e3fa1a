"""Which model is meant, by words, settings, environment and kept keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.cli.credentials import Credentials
from pullwright.cli.settings.load import load
from pullwright.cli.settings.model import choose_model, class_words, secrets_of
from pullwright.models.catalog import class_default
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixSettings, MissingCredential


def choose(home: Path, model: str | None = None, config: str = "", **env: str) -> ModelChoice:
    environ = {"PULLWRIGHT_HOME": str(home), **env}
    if config:
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "config/config.toml").write_text(config)
    loaded = load(flags={"model": ("--model", model)}, env=environ)
    return choose_model(loaded.settings, environ, Credentials(loaded.folders))


def test_with_nothing_known_the_error_names_every_way(tmp_path: Path) -> None:
    with pytest.raises(MissingCredential) as caught:
        choose(tmp_path)
    for way in (
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
        "pullwright login",
        "PULLWRIGHT_BASE_URL",
        "demo",
    ):
        assert way in caught.value.fix


@pytest.mark.parametrize(
    ("env", "provider"),
    [
        ({"OPENAI_API_KEY": "sk-1"}, "openai"),
        ({"ANTHROPIC_API_KEY": "sk-2"}, "anthropic"),
        ({"OPENROUTER_API_KEY": "sk-3"}, "openrouter"),
        ({"ANTHROPIC_API_KEY": "sk-2", "OPENAI_API_KEY": "sk-1"}, "openai"),
        (
            {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com", "AZURE_OPENAI_DEPLOYMENT": "d"},
            "azure",
        ),
        ({"AZURE_OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "sk-2"}, "anthropic"),
        ({"OPENAI_API_KEY": "sk-1", "PULLWRIGHT_BASE_URL": "http://127.0.0.1:1/v1", "PULLWRIGHT_MODEL": "m"}, "custom"),
    ],
)
def test_the_environment_decides_the_provider(tmp_path: Path, env: dict[str, str], provider: str) -> None:
    choice = choose(tmp_path, **env)
    assert choice.provider == provider
    assert choice.model


def test_a_class_means_the_providers_default_with_its_effort(tmp_path: Path) -> None:
    for word in ("fast", "deep"):
        choice = choose(tmp_path, word, OPENAI_API_KEY="sk-1")
        assert (choice.model, choice.effort) == class_default("openai", word, {})  # type: ignore[arg-type]


def test_configured_classes_go_over_the_catalogues(tmp_path: Path) -> None:
    config = '[models.deep]\nmodel = "anthropic/claude-x"\neffort = "medium"\n'
    choice = choose(tmp_path, "deep", config, ANTHROPIC_API_KEY="sk-2", OPENAI_API_KEY="sk-1")
    assert (choice.provider, choice.model, choice.effort, choice.key) == ("anthropic", "claude-x", "medium", "sk-2")


def test_the_setting_says_which_provider_and_an_address_in_the_environment_goes_over_it(tmp_path: Path) -> None:
    env = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"}
    assert choose(tmp_path, **env).provider == "openai"
    assert choose(tmp_path, config='provider = "anthropic"', **env).provider == "anthropic"
    address = {"PULLWRIGHT_BASE_URL": "http://127.0.0.1:1/v1", "PULLWRIGHT_MODEL": "m"}
    assert choose(tmp_path, **env, **address).provider == "custom"
    assert (
        choose(tmp_path, "fast", PULLWRIGHT_PROVIDER="openai", PULLWRIGHT_BASE_URL="http://127.0.0.1:1", **env).provider
        == "openai"
    )
    with pytest.raises(FixSettings, match="nowhere"):
        choose(tmp_path, config='provider = "nowhere"', **env)


def test_a_slash_names_a_provider_only_where_one_is_called_so(tmp_path: Path) -> None:
    server = {"PULLWRIGHT_BASE_URL": "http://127.0.0.1:1/v1"}
    assert choose(tmp_path, "Qwen/Qwen3-Coder", **server).model == "Qwen/Qwen3-Coder"
    other = choose(tmp_path, "openrouter/anthropic/claude", OPENROUTER_API_KEY="sk-3", **server)
    assert (other.provider, other.model) == ("openrouter", "anthropic/claude")


def test_a_provider_of_ones_own(tmp_path: Path) -> None:
    config = '[providers.lab]\nbase_url = "https://lab.example/v1"\nwire = "chat"\nkey_env = "LAB_KEY"\nwindow = 9000\n'
    choice = choose(tmp_path, "lab/big", config, LAB_KEY="k-1", OPENAI_API_KEY="sk-1")
    assert (choice.provider, choice.base_url, choice.wire, choice.key, choice.window) == (
        "custom", "https://lab.example/v1", "chat", "k-1", 9000,
    )  # fmt: skip
    with pytest.raises(MissingCredential, match="LAB_KEY"):
        choose(tmp_path, "lab/big")


def test_no_key_of_another_provider_goes_to_a_server_of_ones_own(tmp_path: Path) -> None:
    config = '[providers.lab]\nbase_url = "https://lab.example/v1"\n'
    env = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2", "PULLWRIGHT_API_KEY": "sk-9"}
    assert choose(tmp_path, "lab/big", config, **env).key == ""


def test_a_kept_key_is_used_and_the_environments_wins(tmp_path: Path) -> None:
    Credentials(load(env={"PULLWRIGHT_HOME": str(tmp_path)}).folders).put("anthropic", "kept-key", "file")
    assert (choose(tmp_path).provider, choose(tmp_path).key) == ("anthropic", "kept-key")
    assert choose(tmp_path, "anthropic/m", ANTHROPIC_API_KEY="sk-env").key == "sk-env"


@pytest.mark.parametrize(
    ("model", "env", "said"),
    [
        ("openai/gpt", {}, "no key for openai"),
        ("azure/gpt", {"OPENAI_API_KEY": "x"}, "no key for azure"),
        ("fast", {"PULLWRIGHT_BASE_URL": "http://127.0.0.1:1"}, "no default fast model"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(tmp_path: Path, model: str, env: dict[str, str], said: str) -> None:
    with pytest.raises(FixSettings, match=said) as caught:
        choose(tmp_path, model, **env)
    assert caught.value.fix


def test_secrets_are_all_keys_in_sight_and_never_shown(tmp_path: Path) -> None:
    env = {"OPENAI_API_KEY": "sk-openai-1", "ANTHROPIC_API_KEY": "sk-anthropic-1", "PULLWRIGHT_API_KEY": "short"}
    choice = choose(tmp_path, "openai/m", **env)
    assert set(secrets_of(choice, env)) == {"sk-openai-1", "sk-anthropic-1"}
    assert "sk-openai" not in repr(choice)


def test_models_say_which_class_they_are(tmp_path: Path) -> None:
    loaded = load(flags={"models.deep.model": ("x", "custom/m")}, env={"PULLWRIGHT_HOME": str(tmp_path)})
    assert class_words("custom", loaded.settings, {"PULLWRIGHT_MODEL": "m"}) == {"m": "fast, deep"}
    assert class_words("ollama", loaded.settings, {}) == {}
