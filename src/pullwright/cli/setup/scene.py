"""What the questions look at: the environment, the settings as they are, and the kept keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import Folders
from pullwright.cli.settings.load import Loaded, load
from pullwright.cli.settings.tree import Settings

NAMES = {
    "openai": "OpenAI",
    "azure": "Azure OpenAI",
    "anthropic": "Anthropic",
    "openrouter": "OpenRouter",
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "vllm": "vLLM",
    "llamacpp": "llama.cpp",
    "custom": "the server",
}


class Scene(msgspec.Struct, frozen=True):
    """Read once, when the questions begin."""

    env: Mapping[str, str]
    loaded: Loaded

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self.loaded.settings

    @property
    def folders(self) -> Folders:
        """Where settings, keys and the marker lie."""
        return self.loaded.folders

    @property
    def credentials(self) -> Credentials:
        """The kept keys."""
        return Credentials(self.loaded.folders)

    @property
    def prices(self) -> Path | None:
        """The person's own price table."""
        return Path(self.settings.prices).expanduser() if self.settings.prices else None


def scene(env: Mapping[str, str]) -> Scene:
    """The scene of this machine. The project's own configuration plays no part: what is written is the person's.

    Raises `FixSettings` when the person's file cannot be read: a broken file is not written over.
    """
    return Scene(env, load(env=env))


def named(provider: str) -> str:
    """A provider's name, as its makers write it."""
    return NAMES.get(provider, provider)
