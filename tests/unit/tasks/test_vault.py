"""The vault: nothing opens but what was sealed there, keys are replaced while it is used, nobody else reads the key."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.tasks.vault import VARIABLE, Vault, open_vault


def test_what_was_sealed_opens_in_its_own_context_only(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    sealed = vault.seal(b"hunter2", "secret:env_1:TOKEN")
    assert b"hunter2" not in sealed
    assert sealed != vault.seal(b"hunter2", "secret:env_1:TOKEN")
    assert vault.open(sealed, "secret:env_1:TOKEN") == b"hunter2"
    with pytest.raises(FixSettings, match="where another belongs"):
        vault.open(sealed, "secret:env_2:TOKEN")


def test_no_changed_byte_goes_unnoticed(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    sealed = vault.seal(b"x", "c")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(FixSettings):
            vault.open(changed, "c")
    for length in range(len(sealed)):
        with pytest.raises(FixSettings):
            vault.open(sealed[:length], "c")


def test_the_key_is_for_the_owner_alone(tmp_path: Path) -> None:
    open_vault(tmp_path)
    key = tmp_path / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    key.chmod(0o640)
    with pytest.raises(FixSettings, match="others can read") as caught:
        open_vault(tmp_path)
    assert "chmod 600" in caught.value.fix


def test_whoever_comes_first_makes_the_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(tmp_path), range(8)))
    sealed = vaults[0].seal(b"x", "c")
    assert all(vault.open(sealed, "c") == b"x" for vault in vaults)


def test_a_key_is_replaced_while_others_use_the_vault(tmp_path: Path) -> None:
    vault, elsewhere = open_vault(tmp_path), open_vault(tmp_path)
    old = vault.seal(b"old", "c")
    vault.add_key()
    assert not vault.is_current(old)
    new = elsewhere.seal(b"new", "c")
    assert elsewhere.is_current(new)
    assert [vault.open(old, "c"), vault.open(new, "c")] == [b"old", b"new"]
    assert vault.drop_keys() == 0
    assert vault.drop_keys(keep=1) == 1
    assert elsewhere.open(new, "c") == b"new"
    with pytest.raises(FixSettings, match="key that is not here"):
        elsewhere.open(old, "c")


def test_keys_of_the_environment_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_vault(tmp_path)
    sealed = first.seal(b"x", "c")
    other = open_vault(tmp_path / "other").export()
    monkeypatch.setenv(VARIABLE, f"{other},{first.export()}")
    vault = open_vault(tmp_path / "nothing")
    assert vault.open(sealed, "c") == b"x"
    assert not vault.is_current(sealed)
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(FixSettings, match=VARIABLE):
        vault.add_key()


@pytest.mark.parametrize("text", ["", "short", "!" * 43])
def test_a_damaged_key_is_said_to_be_so(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(FixSettings):
        Vault(file)
