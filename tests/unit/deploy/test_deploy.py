"""What `deploy/` says holds: its files can be read, name what there is, and agree with each other."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import pullwright
from pullwright.cli.program import pullwright as program
from pullwright.cli.settings.environment import variable
from pullwright.cli.settings.keys import KEYS

DEPLOY = Path(__file__).parents[3] / "deploy"
CHART = DEPLOY / "helm/pullwright"
FILES = [path for path in DEPLOY.rglob("*") if path.is_file()]
OURS = {variable(name) for name in KEYS if "*" not in name} | {"PULLWRIGHT_MASTER_KEY", "PULLWRIGHT_HOME", "PULLWRIGHT_IMAGE"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_a_file_names_only_variables_and_settings_that_there_are(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r"\bPULLWRIGHT_[A-Z_]+\b", text)) <= OURS
    assert set(re.findall(r"`(server\.\w+)`", text)) <= set(KEYS)


def called(words: list[str]) -> None:
    """The command line can be read: command, options, values."""
    command = program.get_command(click.Context(program), words[0])
    assert command is not None, words
    while isinstance(command, click.Group):
        words = words[1:]
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, words
        command = inner
    command.make_context(words[0], words[1:], resilient_parsing=False)


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())


def test_the_compose_file_starts_what_there_is() -> None:
    told = compose()
    assert set(told["services"]) == {"server", "worker", "database", "store"}
    for name in ("server", "worker"):
        service = told["services"][name]
        called(service["command"])
        assert service["environment"]["PULLWRIGHT_MASTER_KEY"].startswith("${PULLWRIGHT_MASTER_KEY:?")
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in told["volumes"]
    assert told["services"]["server"]["ports"] == ["127.0.0.1:8080:8080"]  # TLS is somebody else's, in front
    assert "security_opt" in told["services"]["worker"]
    assert told["services"]["server"]["cap_drop"] == ["ALL"]
    build = told["services"]["server"]["build"]
    assert (DEPLOY / "compose" / build["context"] / build["dockerfile"]).is_file()
    known = set(re.findall(r"^#? ?([A-Z_]+)=", (DEPLOY / "compose/example.env").read_text(), re.MULTILINE))
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", (DEPLOY / "compose/compose.yaml").read_text()))
    assert needed <= known


def test_the_image_is_built_from_what_there_is() -> None:
    text = (DEPLOY / "docker/Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (DEPLOY.parent / source).exists(), source
    called(yaml.safe_load(re.findall(r"^CMD (.+)$", text, re.MULTILINE)[0]))
    assert re.search(r"^USER pullwright$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["pullwright.service", "pullwright-worker@.service"])
def test_a_unit_is_one(name: str, tmp_path: Path) -> None:
    path = DEPLOY / "systemd" / name
    text = path.read_text()
    start = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)[0]
    called(shlex.split(start)[1:])
    for line in ("Delegate=cpu memory pids", "KillMode=mixed", "User=pullwright", "UMask=0077"):
        assert line in text.splitlines()
    for hindering in ("RestrictNamespaces", "ProtectProc", "ProtectKernelTunables", "PrivateUsers", "SystemCallFilter"):
        assert not re.search(rf"^{hindering}=", text, re.MULTILINE)
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / name.replace("@", "@1")
    # The program and its user are not there on the machine that checks.
    copy.write_text(
        re.sub(r"^(User|Group)=.*$", "", text.replace("/opt/pullwright/bin/pullwright", "/bin/true"), flags=re.MULTILINE)
    )
    done = subprocess.run([verify, "verify", "--man=no", copy], capture_output=True, text=True, timeout=60)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if name.partition("@")[0] in line]
    assert complaints == []


def test_the_chart_uses_what_its_values_have() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == pullwright.__version__
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    used: set[str] = set()
    for path in (CHART / "templates").iterdir():
        text = path.read_text()
        assert text.count("{{") == text.count("}}"), path
        opened = len(re.findall(r"{{-? (?:if|range|define|with)\b", text))
        assert opened == len(re.findall(r"{{-? end\b", text)), path
        used |= set(re.findall(r"\.Values\.([A-Za-z.]+)", text))
    for name in used:
        found: Any = values
        for part in name.split("."):
            assert part in found, name
            found = found[part]
    known = {
        name for name in _leaves(values) if not name.startswith("server.resources") and not name.startswith("worker.resources")
    }
    assert {name for name in known if not any(name == one or name.startswith(f"{one}.") for one in used)} == set()


def _leaves(values: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, value in values.items():
        inner = _leaves(value, f"{prefix}{name}.") if isinstance(value, dict) and value else []
        found += inner or [f"{prefix}{name}"]
    return found


def test_what_the_chart_starts_can_be_called() -> None:
    for name in ("server", "worker"):
        text = (CHART / f"templates/{name}.yaml").read_text()
        called(yaml.safe_load(re.findall(r"args: (\[.+\])", text)[0]))


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed, and no registry of ours has it")
def test_the_chart_renders() -> None:
    words = ["--set", "blobs=s3://b/p", "--set", "secret.masterKey=k", "--set", "secret.database=postgresql://d", "--set"]
    command = ["helm", "template", "t", str(CHART), "--kube-version", "1.31.0", *words, "ingress.enabled=true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    kinds = [one["kind"] for one in yaml.safe_load_all(done.stdout) if one]
    assert sorted(kinds) == ["Deployment", "Deployment", "Ingress", "Secret", "Service"]
