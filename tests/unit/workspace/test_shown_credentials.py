"""Git's configuration is shown without what lets somebody in, and otherwise as it is."""

from __future__ import annotations

from pathlib import Path

from pullwright.workspace.credentials import covers, without_credentials

TEXT = b"""[remote "origin"]
\turl = https://ada:hunter2@forge.test/a.git
\tpushurl = https://ghp_0123@forge.test/a.git
[url "https://t0ken@forge.test/"]
\tinsteadOf = forge:
[http "https://forge.test/"]
\textraheader = AUTHORIZATION: basic c2Vj\\
cmV0
\tproxy = http://me:pw@proxy.test:8080
[sendemail]
\tsmtpPass = abc
[user]
\tname = Ada
"""
CLEAN = b"""[remote "origin"]
\turl = https://forge.test/a.git
\tpushurl = https://forge.test/a.git
[url "https://forge.test/"]
\tinsteadOf = forge:
[http "https://forge.test/"]
\tproxy = http://proxy.test:8080
[sendemail]
[user]
\tname = Ada
"""


def test_addresses_lose_their_users_and_secrets_their_lines() -> None:
    assert without_credentials(TEXT) == CLEAN
    assert without_credentials(CLEAN) == CLEAN
    assert without_credentials(b"[remote]\n\turl = git@forge.test:a.git\n") == b"[remote]\n\turl = git@forge.test:a.git\n"


def test_only_what_holds_a_credential_is_covered(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(TEXT)
    two.write_bytes(CLEAN)
    ((path, copy),) = covers((one, two, tmp_path / "none"), tmp_path / "copies")
    assert path == one
    assert copy.read_bytes() == CLEAN
