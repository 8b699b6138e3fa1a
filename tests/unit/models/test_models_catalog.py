"""Providers, families, prices, and what a choice is completed with."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from pullwright.models.catalog import Prices, class_default, family, provider, providers, quirks_for
from pullwright.models.choice import ModelChoice
from pullwright.models.open import base_url, open_model
from pullwright.protocol.errors import FixSettings, MissingCredential
from pullwright.protocol.usage import Usage


def test_every_provider_can_be_read_and_completed() -> None:
    assert set(providers()) >= {"openai", "azure", "anthropic", "ollama", "vllm", "lmstudio", "openrouter", "custom", "scripted"}
    for entry in providers().values():
        quirks_for(entry, family("gpt-5")[1])


@pytest.mark.parametrize(
    ("model", "kind", "window"),
    [
        ("gpt-5-mini-2025-08-07", "openai", 272_000),
        ("openai/gpt-6-sol", "openai", 922_000),
        ("o3", "openai", 200_000),
        ("claude-opus-5-5", "anthropic", 1_000_000),
        ("anthropic/claude-haiku-4.5", "anthropic", 200_000),
        ("qwen3-coder:30b", "other", 256_000),
        ("my-own", "other", 128_000),
    ],
)
def test_a_models_name_tells_its_family(model: str, kind: str, window: int) -> None:
    found, facts = family(model)
    assert (found, facts.window) == (kind, window)


def test_prices_cached_tokens_tiers_dates_and_the_unknown(tmp_path: Path) -> None:
    prices = Prices()
    usage = Usage(input=1_000_000, cached=400_000, cache_written=100_000, output=100_000)
    assert prices.cost("gpt-5", usage) == pytest.approx(0.6 * 1.25 + 0.4 * 0.125 + 0.1 * 10)
    assert prices.find("gpt-5-2025-08-07") == prices.find("gpt-5") == prices.find("openai/gpt-5")
    assert prices.find("anthropic/claude-opus-5.5") == prices.find("claude-opus-5-5") is not None
    assert prices.cost("gpt-5.9", usage) is None
    small, large = Usage(input=272_000), Usage(input=272_001)
    assert prices.cost("gpt-6-sol", large) == pytest.approx(2 * (prices.cost("gpt-6-sol", small) or 0), rel=1e-4)
    assert prices.checked is not None
    mine = tmp_path / "prices.toml"
    mine.write_text("[models]\n'my-own' = { input = 1, output = 2 }\n'gpt-5' = { input = 0, output = 1 }\n")
    assert Prices(mine).cost("my-own", usage) == pytest.approx(1.2)
    assert Prices(mine).cost("gpt-5", usage) == pytest.approx(0.1)
    assert Prices(mine).find("gpt-5-mini") == prices.find("gpt-5-mini")
    broken = tmp_path / "broken.toml"
    broken.write_text("models = 3")
    with pytest.raises(FixSettings, match=r"broken\.toml cannot be read"):
        Prices(broken).find("gpt-5")


@pytest.mark.parametrize(
    ("name", "environ", "url"),
    [
        ("openai", {}, "https://api.openai.com/v1"),
        ("openai", {"OPENAI_BASE_URL": "http://gate/proxy/v1"}, "http://gate/proxy/v1"),
        ("azure", {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/"}, "https://r.openai.azure.com/openai/v1"),
        ("ollama", {"OLLAMA_HOST": "127.0.0.1:9"}, "http://127.0.0.1:9/v1"),
        ("anthropic", {"ANTHROPIC_BASE_URL": "http://gate"}, "http://gate/v1"),
        ("anthropic", {"ANTHROPIC_BASE_URL": "http://gate/claude/"}, "http://gate/claude/v1"),
        ("anthropic", {"ANTHROPIC_BASE_URL": "http://gate/claude/v1"}, "http://gate/claude/v1"),
    ],
)
def test_base_urls(name: str, environ: dict[str, str], url: str) -> None:
    assert base_url(ModelChoice(provider=name, model="m"), environ) == url


def test_what_is_missing_is_named() -> None:
    async def opened(choice: ModelChoice) -> None:
        await open_model(choice, environ={})

    with pytest.raises(FixSettings, match="no provider 'nobody'"):
        asyncio.run(opened(ModelChoice(provider="nobody", model="m")))
    with pytest.raises(MissingCredential) as missing:
        asyncio.run(opened(ModelChoice(provider="openai", model="m")))
    assert "OPENAI_API_KEY" in missing.value.fix
    with pytest.raises(FixSettings) as nowhere:
        asyncio.run(opened(ModelChoice(provider="azure", model="m", key="k")))
    assert "AZURE_OPENAI_ENDPOINT" in nowhere.value.fix
    with pytest.raises(FixSettings, match="not an http"):
        asyncio.run(opened(ModelChoice(provider="custom", model="m", base_url="ftp://x/")))


def test_classes_have_defaults_or_say_how_to_choose() -> None:
    for name in ("openai", "anthropic", "openrouter", "scripted"):
        for which in ("fast", "deep"):
            assert class_default(name, which, {})[0]
    assert class_default("azure", "deep", {"AZURE_OPENAI_DEPLOYMENT": "mine"}) == ("mine", "high")
    with pytest.raises(FixSettings, match="no default fast model"):
        class_default("ollama", "fast", {})
    for name in ("openai", "anthropic"):
        assert all(Prices().find(class_default(name, which, {})[0]) for which in ("fast", "deep"))


def test_a_choice_shows_no_credential() -> None:
    choice = ModelChoice(provider="openai", model="m", key="sk-very-secret", headers={"x-token": "also-secret"})
    assert "secret" not in repr(choice)
    assert provider("openai").key_env == ("OPENAI_API_KEY",)


def test_a_persons_quirks_go_first_and_wrong_ones_are_named() -> None:
    entry, (_, facts) = provider("openai"), family("gpt-5")
    assert quirks_for(entry, facts).cache_key
    assert not quirks_for(entry, facts, {"cache_key": False}).cache_key
    with pytest.raises(FixSettings, match="wrong quirks: cash_key"):
        quirks_for(entry, facts, {"cash_key": False})
    with pytest.raises(FixSettings, match="wrong quirks"):
        quirks_for(entry, facts, {"cache_key": "perhaps"})


def test_opening_a_model_imports_nothing_heavy() -> None:
    heavy = (
        "httpx",
        "httpx2",
        "openai",
        "anthropic",
        "azure",
        "certifi",
        "cryptography",
        "email",
        "http.client",
        "pydantic",
        "keyring",
    )
    code = f"import sys, pullwright.models.open; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
