"""Which files of a commit set-up reads: lock files for the key, manifests and what is run for trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.attempts.setup.inputs import Inputs
from pullwright.attempts.setup.running import open_base
from repositories import commit, make_project, text

FILES = {
    "README.md": b"see scripts/unused.sh\n",
    "requirements-dev.txt": b"x\n",
    "frontend/package-lock.json": b"{}\n",
    "frontend/package.json": b'{"main": "lib/main.js", "scripts": {"postinstall": "node tools/post.js", "test": "jest"}}\n',
    "frontend/tools/post.js": b"const a = require('./part');\n",
    "frontend/tools/part.js": b"\n",
    "frontend/lib/main.js": b"\n",
    "setup.py": b"from setuptools import setup\nfrom app.version import VERSION\n",
    "pyproject.toml": b"[build-system]\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    "backend.py": b"import json\n",
    "app/__init__.py": b"",
    "app/version.py": b"from . import other\nVERSION = 1\n",
    "app/other.py": b"\n",
    "app/code.py": b"\n",
    "scripts/go": b"#!/bin/sh\n. ./scripts/lib.sh\n",
    "scripts/lib.sh": b"python3 tool.py\n",
    "scripts/unused.sh": b"",
    "tool.py": b"",
    "data/config.yml": b"a: 1\n",
    "node_modules/x/package.json": b"{}",
    ".npmrc": b"",
    ".yarn/releases/yarn.cjs": b"",
}
SCRIPT = "cd frontend && npm ci; cd ..; ./scripts/go; pip install -e ."


@pytest.fixture
def inputs(tmp_path: Path) -> tuple[Path, Inputs, str]:
    project = make_project(tmp_path / "project", FILES)
    base = open_base(project, tmp_path / "cache", text(project, "rev-parse", "HEAD"))
    base.release()
    return project, Inputs(base.mirror, tmp_path / "cache", SCRIPT, ("data",)), base.tree


def test_lock_files_and_named_ones_make_the_key(inputs: tuple[Path, Inputs, str]) -> None:
    _, found, tree = inputs
    assert sorted(found.locks(tree)) == ["data/config.yml", "frontend/package-lock.json", "requirements-dev.txt"]


def test_what_is_run_is_followed(inputs: tuple[Path, Inputs, str]) -> None:
    _, found, tree = inputs
    run = {"scripts/go", "scripts/lib.sh", "tool.py", "frontend/tools/post.js", "frontend/tools/part.js", "backend.py"}
    imported = {"app/__init__.py", "app/version.py", "setup.py"}
    manifests = {"frontend/package.json", "pyproject.toml", ".npmrc", ".yarn/releases/yarn.cjs"}
    assert set(found.all(tree)) == {*found.locks(tree), *run, *imported, *manifests}


def test_what_changed_is_named(inputs: tuple[Path, Inputs, str]) -> None:
    project, found, tree = inputs
    (project / "app/code.py").write_text("more\n")
    (project / "scripts/lib.sh").write_text("curl evil\n")
    (project / "setup.cfg").write_text("[x]\n")
    other = open_base(project, project.parent / "cache", commit(project, "Other"))
    other.release()
    assert found.changed(other.tree, tree) == ("scripts/lib.sh", "setup.cfg", "tool.py"), "tool.py is not run any more"
    assert found.changed(tree, tree) == ()
