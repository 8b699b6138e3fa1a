"""The `registries` preset: from the tools' own configuration to rules, without a registry named in our code."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.policy import NetworkPolicy
from pullwright.sandbox.egress.egress import prepare_egress
from pullwright.sandbox.egress.presets import find_presets
from pullwright.sandbox.egress.registries import apt, cargo, npm, pip
from pullwright.sandbox.egress.registries.index import Index, parse_index


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": str(home / "bin"), "PIP_CONFIG_FILE": str(home / "none"), **more}


def test_pip_by_file_and_variable(tmp_path: Path) -> None:
    write(
        tmp_path / ".config/pip/pip.conf",
        "[global]\nindex-url = https://me:tok%40en@mirror.test/simple\nextra-index-url =\n  http://10.0.0.5:8080/simple\n  file:///wheels\n",
    )
    found = pip.configured(environ(tmp_path))
    assert [(index.host, index.port) for index in found.indexes] == [
        ("mirror.test", 443),
        ("10.0.0.5", 8080),
        ("mirror.test", 443),
    ][:2]
    assert found.indexes[0].authorization == "Basic bWU6dG9rQGVu"
    assert found.env["PIP_INDEX_URL"] == "https://mirror.test/simple", "no credential goes inside"
    assert "tok" not in str(found.env) + str(found.notes)
    assert any("file:///wheels" in note for note in found.notes)
    assert pip.configured(environ(tmp_path, PIP_INDEX_URL="https://other.test/simple")).indexes[0].host == "other.test"


def test_uv(tmp_path: Path) -> None:
    write(tmp_path / ".config/uv/uv.toml", '[[index]]\nname = "a"\nurl = "https://uv.test/simple"\ndefault = true\n')
    found = pip.configured(environ(tmp_path, UV_INDEX="b=https://more.test/simple"))
    assert {index.host for index in found.indexes} == {"uv.test", "more.test"}
    assert found.env["UV_DEFAULT_INDEX"] == "https://uv.test/simple"


def test_pip_is_asked_for_its_default_and_its_files_host(tmp_path: Path) -> None:
    import importlib

    own = importlib.import_module("pip._internal.models.index").PyPI
    assert pip.configured(environ(tmp_path)).ask is not None
    indexes = asyncio.run(pip.configured(environ(tmp_path)).ask())  # type: ignore[misc]
    assert own.file_storage_domain in {index.host for index in indexes}
    assert own.netloc in {index.host for index in indexes}


def test_npm(tmp_path: Path) -> None:
    write(
        tmp_path / ".npmrc",
        "; comment\nregistry = https://npm.test/repo/\n@mine:registry=https://mine.test/\n//npm.test/repo/:_authToken=${NPM_TOKEN}\n",
    )
    found = npm.configured(environ(tmp_path, NPM_TOKEN="s3cret"))
    assert [(index.host, index.authorization) for index in found.indexes] == [("npm.test", "Bearer s3cret"), ("mine.test", "")]
    assert found.env == {"NPM_CONFIG_REGISTRY": "https://npm.test/repo/"}
    assert found.ask is None


def test_npm_is_asked_when_nothing_is_configured(tmp_path: Path) -> None:
    program = write(
        tmp_path / "bin/npm", '#!/bin/sh\n[ "$*" = "config get registry" ] && [ "$PWD" = / ] && echo https://default.test/\n'
    )
    program.chmod(0o755)
    found = npm.configured(environ(tmp_path))
    assert found.ask is not None
    assert [index.host for index in asyncio.run(found.ask())] == ["default.test"]  # type: ignore[arg-type]


def test_cargo(tmp_path: Path) -> None:
    write(
        tmp_path / ".cargo/config.toml",
        '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "sparse+https://crates.test/index/"\n'
        '[registries.own]\nindex = "https://own.test/git"\n',
    )
    assert {index.host for index in cargo.configured(environ(tmp_path)).indexes} == {"crates.test", "own.test"}


def test_cargo_is_overheard(tmp_path: Path) -> None:
    """Whatever the program asks the refusing proxy for is what it would reach."""
    program = write(
        tmp_path / "bin/cargo",
        "#!/bin/bash\np=${CARGO_HTTP_PROXY##*:}; exec 3<>/dev/tcp/127.0.0.1/$p\n"
        "printf 'CONNECT index.test:443 HTTP/1.1\\r\\nHost: index.test:443\\r\\n\\r\\n' >&3; cat <&3 >/dev/null; exit 1\n",
    )
    program.chmod(0o755)
    found = asyncio.run(cargo._asked_for(str(program), {"PATH": "/usr/bin:/bin"}))
    assert [(index.host, index.port) for index in found] == [("index.test", 443)]


def test_apt(tmp_path: Path) -> None:
    write(tmp_path / "sources.list", "# deb http://no.test/x\ndeb [arch=amd64 signed-by=/k] http://one.test/debian stable main\n")
    write(
        tmp_path / "sources.list.d/a.sources",
        "Types: deb\n# URIs: http://no.test\nURIs: https://two.test/debian\n  https://three.test/x\nSuites: s\n",
    )
    write(tmp_path / "sources.list.d/b.list.disabled", "deb http://no.test/x y z\n")
    assert [index.host for index in apt.configured({}, tmp_path).indexes] == ["one.test", "two.test", "three.test"]


def test_rules_of_the_preset(tmp_path: Path) -> None:
    write(
        tmp_path / ".config/pip/pip.conf",
        "[global]\nindex-url = https://me:secret@mirror.test/simple\nextra-index-url = http://127.0.0.1:3141/root\n",
    )
    preset = find_presets(("registries",), environ(tmp_path))
    rule = next(rule for rule in preset.rules if rule.host == "mirror.test")
    assert (rule.kind, rule.methods, rule.allow_private) == ("intercept", ("GET", "HEAD"), True)
    assert preset.host_ports == (3141,), "a mirror on the host's loopback is let in as a port"
    egress = prepare_egress(NetworkPolicy(presets=("registries",)), tmp_path / "attempt", environ=environ(tmp_path))
    assert egress.host_ports == (3141,)
    assert egress.mounts, "an authority is needed to open TLS"
    assert "secret" not in str(egress.env)


def test_tools_inside_trust_what_the_hosts_are_told_to_trust(tmp_path: Path) -> None:
    policy = NetworkPolicy(presets=("registries",))
    named = environ(tmp_path, SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")
    egress = prepare_egress(policy, tmp_path / "attempt", environ=named)
    assert [str(mount.at) for mount in egress.mounts] == [egress.env["PIP_CERT"]], (
        "pip of a virtual environment has roots of its own"
    )
    assert "PIP_CERT" not in prepare_egress(policy, tmp_path / "other", environ=environ(tmp_path)).env


def test_an_unknown_preset() -> None:
    with pytest.raises(FixSettings):
        find_presets(("everything",), {})


@pytest.mark.parametrize("url", ["", "file:///x", "/wheels", "ftp://a.test", "https://", "https://a.test:notaport/"])
def test_what_is_no_registry(url: str) -> None:
    assert parse_index(url) is None


def test_a_credential_over_plain_http_is_dropped() -> None:
    assert parse_index("http://me:secret@a.test/x") == Index("http://a.test/x", "a.test", 80, "")
