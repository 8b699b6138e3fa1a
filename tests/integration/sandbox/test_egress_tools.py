"""curl, pip, git and npm through the proxy, by a tunnel and by opened TLS, with nothing but the variables that it gives."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from egress_world import Gate, World, open_world, rule

KINDS = ("tunnel", "intercept")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as world:
        yield world


def run(gate: Gate, *argv: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env={**gate.env, **env}, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_curl(world: World, kind: str) -> None:
    server = world.https("files.test")
    server.answer = lambda request: (200, request.body or b"x" * 3_000_000)
    with world.gate(rule("files.test", kind=kind)) as gate:
        assert len(run(gate, "curl", "-sS", "https://files.test/big").stdout) == 3_000_000
        sent = run(gate, "curl", "-sS", "-d", "y" * 100_000, "https://files.test/echo")
        assert sent.stdout == "y" * 100_000
        refused = run(gate, "curl", "-sS", "https://other.test/")
        assert refused.returncode == 56
        assert "403" in refused.stderr
    assert [decision.host for decision in gate.decisions if not decision.allowed] == ["other.test"]
    assert any(decision.path == "/big" for decision in gate.decisions) is (kind == "intercept"), "a tunnel sees no path"


@pytest.mark.parametrize("kind", KINDS)
def test_pip(world: World, kind: str) -> None:
    index = world.folder / "index"
    wheel = make_wheel(index / "files")
    (index / "simple/sample").mkdir(parents=True)
    (index / "simple/sample/index.html").write_text(f'<a href="/files/{wheel.name}">{wheel.name}</a>')
    world.https("index.test", folder=index)
    with world.gate(rule("index.test", kind=kind)) as gate:
        pip = (
            sys.executable,
            "-m",
            "pip",
            "install",
            "--no-cache-dir",
            "--isolated",
            "--disable-pip-version-check",
            "--retries",
            "0",
        )
        there = world.folder / "there"
        done = run(gate, *pip, "--index-url", "https://index.test/simple", "--target", str(there), "sample")
        assert done.returncode == 0, done.stderr
        assert (there / "sample.py").read_text() == "answer = 42\n"
        refused = run(gate, *pip, "--index-url", "https://other.test/simple", "--target", str(there), "sample")
        assert refused.returncode != 0
        assert gate.refused == ["no network rule names other.test"]


@pytest.mark.parametrize("kind", KINDS)
def test_git(world: World, kind: str) -> None:
    make_bare_repository(world.folder / "work", world.folder / "served/sample.git")
    world.https("forge.test", folder=world.folder / "served")
    with world.gate(rule("forge.test", kind=kind)) as gate:
        done = run(gate, "git", "clone", "-q", "https://forge.test/sample.git", str(world.folder / "clone"))
        assert done.returncode == 0, done.stderr
        assert (world.folder / "clone/file").read_text() == "content\n"
        refused = run(gate, "git", "clone", "-q", "https://other.test/sample.git", str(world.folder / "no"))
        assert "403" in refused.stderr


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_npm(world: World, kind: str) -> None:
    served = world.folder / "npm"
    package = make_npm_package(served, "https://npm.test")
    assert package.is_file()
    world.https("npm.test", folder=served)
    project = world.folder / "project"
    project.mkdir()
    (project / "package.json").write_text('{"name": "project", "version": "1.0.0"}')
    with world.gate(rule("npm.test", kind=kind)) as gate:
        npm = (
            "npm",
            "install",
            "--registry",
            "https://npm.test",
            "--no-audit",
            "--no-fund",
            "--fetch-retries",
            "0",
            "--cache",
            str(world.folder / "c"),
        )
        done = run(gate, *npm, "sample", cwd=project)
        assert done.returncode == 0, done.stderr
        assert (project / "node_modules/sample/index.js").read_text() == "module.exports = 42\n"
        refused = run(gate, *npm[:2], "--registry", "https://other.test", *npm[4:], "another", cwd=project)
        assert refused.returncode != 0
        assert gate.refused == ["no network rule names other.test"]


def make_wheel(folder: Path) -> Path:
    """A wheel `sample` with one module."""
    folder.mkdir(parents=True)
    path = folder / "sample-1.0-py3-none-any.whl"
    files = {
        "sample.py": "answer = 42\n",
        "sample-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n",
        "sample-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["sample-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in [*files, "sample-1.0.dist-info/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def make_bare_repository(work: Path, bare: Path) -> None:
    """A bare repository with one file, as a static server can serve it."""
    work.mkdir()
    (work / "file").write_text("content\n")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "one"), ("clone", "-q", "--bare", ".", str(bare))):
        subprocess.run([*git, *command], cwd=work, check=True)
    subprocess.run(["git", "update-server-info"], cwd=bare, check=True)


def make_npm_package(folder: Path, url: str) -> Path:
    """A registry with one package, as the files that a static server would serve."""
    folder.mkdir()
    path = folder / "sample-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {
            "package/package.json": '{"name":"sample","version":"1.0.0"}',
            "package/index.js": "module.exports = 42\n",
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    digest = "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    version = {"name": "sample", "version": "1.0.0", "dist": {"tarball": f"{url}/{path.name}", "integrity": digest}}
    (folder / "sample").write_text(
        json.dumps({"name": "sample", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}})
    )
    return path
