"""Keys: private, never shown, and in the keyring only where one answers."""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli import credentials as module
from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import folders
from pullwright.cli.settings.model import default_provider
from pullwright.cli.settings.references import filled
from pullwright.cli.settings.tree import Settings
from pullwright.protocol.errors import FixSettings, MissingCredential

KEY = "sk-test-0123456789"


@pytest.fixture
def kept(tmp_path: Path) -> Credentials:
    return Credentials(folders({"PULLWRIGHT_HOME": str(tmp_path)}))


class Ring(types.ModuleType):
    """A keyring that keeps keys in memory; with `delay` it is one that waits for somebody to unlock it."""

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__("keyring")
        self.keys: dict[tuple[str, str], str] = {}
        self.delay = delay

    def get_keyring(self) -> object:
        return self

    def set_password(self, service: str, name: str, key: str) -> None:
        time.sleep(self.delay)
        self.keys[service, name] = key

    def get_password(self, service: str, name: str) -> str | None:
        return self.keys.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.keys[service, name]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    import keyring.backends.fail
    import keyring.backends.null

    ring = Ring()
    ring.backends = keyring.backends  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    return ring


@pytest.fixture
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    import keyring.core

    keyring.core.init_backend()


def test_without_a_keyring_the_file_is_its_owners_alone(kept: Credentials, no_ring: None) -> None:
    assert kept.put("openai", KEY) == "file"
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.get("openai") == KEY
    assert kept.places() == {"openai": "file"}
    assert [path.name for path in kept.path.parent.iterdir()] == ["credentials.json"]


def test_a_file_that_others_can_read_is_refused_with_the_fix(kept: Credentials) -> None:
    kept.put("openai", KEY, "file")
    kept.path.chmod(0o644)
    with pytest.raises(FixSettings) as caught:
        kept.get("openai")
    assert "chmod 600" in caught.value.fix
    assert KEY not in str(caught.value)


def test_a_link_in_the_files_place_is_replaced_not_followed(kept: Credentials, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("{}")
    target.chmod(0o600)
    kept.path.parent.mkdir(parents=True)
    kept.path.symlink_to(target)
    kept.put("openai", KEY, "file")
    assert target.read_text() == "{}"


def test_a_keyring_is_preferred_and_the_file_then_has_no_key(kept: Credentials, ring: Ring) -> None:
    assert kept.put("openai", KEY) == "keyring"
    assert ring.keys == {("pullwright", "openai"): KEY}
    assert KEY not in kept.path.read_text()
    assert kept.get("openai") == KEY
    assert kept.forget("openai")
    assert ring.keys == {}
    assert kept.get("openai") == ""


def test_a_keyring_that_lost_its_key_is_said(kept: Credentials, ring: Ring) -> None:
    kept.put("openai", KEY)
    ring.keys.clear()
    with pytest.raises(FixSettings, match="no longer"):
        kept.get("openai")


def test_a_keyring_that_hangs_is_left_for_the_file(kept: Credentials, ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    ring.delay = 5.0
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    assert kept.put("openai", KEY) == "file"
    with pytest.raises(FixSettings, match="no OS keyring"):
        kept.put("openai", KEY, "keyring")


def test_forgetting_one_leaves_the_others(kept: Credentials) -> None:
    kept.put("openai", KEY, "file")
    kept.put("anthropic", "other", "file")
    assert kept.forget("openai")
    assert not kept.forget("openai")
    assert kept.get("anthropic") == "other"


def test_a_damaged_file_says_so_and_shows_nothing_of_it(kept: Credentials) -> None:
    kept.put("openai", KEY, "file")
    kept.path.write_text('{"openai": {"place": "file", "key": "' + KEY)
    with pytest.raises(FixSettings, match="damaged") as caught:
        kept.get("openai")
    assert KEY not in str(caught.value)
    assert KEY not in repr(module.Kept("file", KEY))


def test_a_reference_is_the_variable_else_the_kept_secret_and_no_provider(tmp_path: Path) -> None:
    where = folders({"PULLWRIGHT_HOME": str(tmp_path)})
    kept = Credentials(where)
    kept.put("secret:GITHUB_TOKEN", "ghp-kept", "file")
    assert filled("Bearer ${GITHUB_TOKEN}", "x", {}, kept) == "Bearer ghp-kept"
    assert filled("Bearer ${GITHUB_TOKEN}", "x", {"GITHUB_TOKEN": "ghp-env"}, kept) == "Bearer ghp-env"
    assert filled("${PORT:-8080} $${PORT} $HOME", "x", {}, kept) == "8080 ${PORT} $HOME"
    with pytest.raises(FixSettings, match=r"mcp\.servers\.github\.env needs \$\{OTHER\}") as caught:
        filled("${OTHER}", "mcp.servers.github.env", {}, kept)
    assert "pullwright login secret:OTHER" in caught.value.fix
    with pytest.raises(MissingCredential):  # a kept secret is no provider's key
        default_provider(Settings(), {}, kept)


@given(st.text(max_size=60).filter(lambda text: "${" not in text))
def test_what_is_no_reference_stays(text: str) -> None:
    assert filled(text, "x", {}, Credentials(folders({"PULLWRIGHT_HOME": "/nonexistent"}))) == text
