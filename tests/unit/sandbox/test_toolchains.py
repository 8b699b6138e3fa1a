"""Toolchains: what is recognised, what is never shown, and what a hostile project cannot make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pullwright.sandbox.toolchains import Toolchains, toolchains


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def project(home: Path) -> Path:
    path = home / "code/project"
    path.mkdir(parents=True)
    return path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def python_at(prefix: Path, version: str = "3.12") -> Path:
    program(prefix / "bin" / f"python{version}")
    (prefix / "bin/python3").symlink_to(f"python{version}")
    (prefix / f"lib/python{version}").mkdir(parents=True)
    return prefix


def venv_at(folder: Path, base: Path, version: str = "3.12.1") -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(base / "bin/python3")
    (folder / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = {version}\n")
    return folder


def find(project: Path, home: Path, *path: object, **env: str) -> Toolchains:
    return toolchains(project, {"HOME": str(home), "PATH": ":".join(map(str, (*path, "/usr/bin"))), **env})


def shown(found: Toolchains) -> set[str]:
    return {mount.at or str(mount.path) for mount in found.mounts}


def entries(found: Toolchains) -> list[str]:
    return found.env["PATH"].split(":")


def test_the_projects_venv_comes_first_and_brings_its_base(project: Path, home: Path) -> None:
    base = python_at(home / ".pyenv/versions/3.12.1")
    venv = venv_at(project / ".venv", base)
    found = find(project, home)
    assert entries(found)[0] == str(venv / "bin")
    assert found.env["VIRTUAL_ENV"] == str(venv)
    assert shown(found) == {str(venv), str(base)}
    assert not any(mount.writable for mount in found.mounts)
    assert found.facts[0] == "python is .venv/bin/python (3.12.1, the project's environment, read-only)"


def test_pyenvs_shims_become_the_version_that_they_lead_to(project: Path, home: Path) -> None:
    one, two = python_at(home / ".pyenv/versions/3.11.7", "3.11"), python_at(home / ".pyenv/versions/3.12.1")
    (home / ".pyenv/version").write_text("3.11.7\n")
    found = find(project, home, home / ".pyenv/shims")
    assert entries(found)[0] == str(one / "bin")
    if not Path("/usr/bin/python").exists():
        assert found.facts[0] == f"python3 is {one}/bin/python3 (3.11.7, there is no `python`)"
    (project / ".python-version").write_text("3.12\n")
    found = find(project, home, home / ".pyenv/shims", home / ".pyenv/bin")
    assert entries(found)[:2] == [str(two / "bin"), str(one / "bin")]
    assert str(home / ".pyenv/shims") not in entries(found)
    assert shown(found) == {str(one), str(two)}


def test_a_uv_python_behind_a_link_is_shown_under_both_names(project: Path, home: Path) -> None:
    store = home / ".local/share/uv/python"
    real = python_at(store / "cpython-3.12.8-linux")
    (store / "cpython-3.12-linux").symlink_to(real)
    venv_at(project / ".venv", store / "cpython-3.12-linux")
    assert {str(real), str(store / "cpython-3.12-linux")} <= shown(find(project, home))


def test_nvm_by_path_and_by_nvmrc(project: Path, home: Path) -> None:
    for version in ("v20.1.0", "v22.3.1", "v22.11.0"):
        program(home / f".nvm/versions/node/{version}/bin/node")
    (project / "package.json").touch()
    entry = home / ".nvm/versions/node/v20.1.0/bin"
    assert entries(find(project, home, entry))[0] == str(entry)
    (project / ".nvmrc").write_text("22\n")
    found = find(project, home, entry)
    assert entries(found)[0] == str(home / ".nvm/versions/node/v22.11.0/bin")
    assert any(fact.startswith("node 22.11.0 at") for fact in found.facts)


def test_cargo_without_its_credentials(project: Path, home: Path) -> None:
    program(home / ".cargo/bin/cargo")
    (home / ".cargo/credentials.toml").write_text("secret")
    (home / ".rustup/toolchains/stable").mkdir(parents=True)
    (home / ".rustup/settings.toml").write_text('default_toolchain = "stable"\n')
    found = find(project, home, home / ".cargo/bin")
    assert shown(found) == {str(home / ".cargo/bin"), str(home / ".rustup")}
    assert found.env["RUSTUP_HOME"] == str(home / ".rustup")
    assert "CARGO_HOME" not in found.env, "cargo has to write there"


def test_go_java_volta_and_pipx(project: Path, home: Path) -> None:
    go = home / "sdk/go1.22"
    program(go / "bin/go")
    (go / "VERSION").write_text("go1.22.3\ntime 2024\n")
    java = home / ".sdkman/candidates/java/21"
    program(java / "bin/java")
    (java / "release").write_text('JAVA_VERSION="21.0.2"\n')
    program(home / ".volta/tools/image/node/18.20.0/bin/node")
    (home / ".volta/tools/user").mkdir(parents=True)
    (home / ".volta/tools/user/platform.json").write_text('{"node":{"runtime":"18.20.0","npm":null}}')
    base = python_at(home / ".pyenv/versions/3.12.1")
    tool = program(venv_at(home / ".local/share/pipx/venvs/black", base) / "bin/black")
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/black").symlink_to(tool)
    program(home / ".local/bin/my-secret-script")
    for name in ("go.mod", "pom.xml", "package.json"):
        (project / name).touch()
    found = find(project, home, go / "bin", java / "bin", home / ".volta/bin", home / ".local/bin")
    assert (found.env["GOROOT"], found.env["JAVA_HOME"]) == (str(go), str(java))
    assert str(home / ".volta/tools/image/node/18.20.0/bin") in entries(found)
    assert str(home / ".local/bin/black") in shown(found)
    assert not any("my-secret-script" in path or path == str(home / ".local/bin") for path in shown(found))
    for fact in ("go 1.22.3", "java 21.0.2", "node 18.20.0", f"in {home / '.local/bin'}: black"):
        assert any(one.startswith(fact) for one in found.facts), fact


def test_only_the_python_that_runs_and_what_the_project_has_files_for_is_told(project: Path, home: Path) -> None:
    base = python_at(home / ".pyenv/versions/3.12.1")
    program(base / "bin/python")
    program(home / ".cargo/bin/cargo")
    program(home / ".nvm/versions/node/v20.1.0/bin/node")
    path = (base / "bin", home / ".cargo/bin", home / ".nvm/versions/node/v20.1.0/bin")
    found = find(project, home, *path)
    assert found.facts == (f"python is {base}/bin/python (3.12.1)",)
    assert str(home / ".cargo/bin") in entries(found), "not told, but there"
    venv_at(project / ".venv", base)
    assert [fact.split(" (")[0] for fact in find(project, home, *path).facts] == ["python is .venv/bin/python"]
    (project / "native").mkdir()
    (project / "native/Cargo.toml").touch()
    told = find(project, home, *path).facts
    assert [fact.split()[0] for fact in told] == ["python", "cargo"]


def test_nothing_else_of_the_person_goes_inside(project: Path, home: Path) -> None:
    program(home / "bin/own")
    found = find(
        project,
        home,
        home / "bin",
        "relative",
        home,
        "",
        OPENAI_API_KEY="s3cret",
        AWS_PROFILE="x",
        LD_PRELOAD="/x",
        PYTHONPATH="/y",
    )
    assert "s3cret" not in str(found)
    assert not {"AWS_PROFILE", "LD_PRELOAD", "PYTHONPATH", "HOME"} & set(found.env)
    assert all(entry.startswith(("/usr", "/bin", "/sbin")) for entry in entries(found))
    assert found.mounts == ()


@pytest.mark.parametrize(
    "where", ["{home}/.ssh/bin", "{home}/bin", "/etc/bin", "{home}/.pyenv/versions/../../bin", "/bin", "relative/bin"]
)
def test_a_hostile_pyvenv_cfg_shows_nothing(project: Path, home: Path, where: str) -> None:
    python_at(home / ".ssh")
    python_at(home)
    (home / ".pyenv/versions").mkdir(parents=True)
    venv = project / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(f"home = {where.format(home=home)}\n")
    assert shown(find(project, home)) <= {str(venv)}


def test_a_venv_that_is_a_link_out_of_the_project_shows_nothing(project: Path, home: Path) -> None:
    base = python_at(home / ".pyenv/versions/3.12.1")
    other = venv_at(home / "code/other/.venv", base)
    assert str(other) in shown(find(home / "code/other", home)), "control: for its own project it is shown"
    (project / ".venv").symlink_to(other)
    assert shown(find(project, home)) == set()


def test_an_active_venv_is_the_projects_unless_it_is_pullwrights_own(project: Path, home: Path) -> None:
    import sys

    active = venv_at(home / "envs/mine", python_at(home / ".pyenv/versions/3.12.1"))
    found = find(project, home, active / "bin", VIRTUAL_ENV=str(active))
    assert found.env["VIRTUAL_ENV"] == str(active)
    own = find(project, home, f"{sys.prefix}/bin", VIRTUAL_ENV=sys.prefix)
    assert "VIRTUAL_ENV" not in own.env
    assert f"{sys.prefix}/bin" not in entries(own)


def test_loops_and_unreadable_things_are_not_there(project: Path, home: Path) -> None:
    (home / ".pyenv").mkdir(parents=True)
    (home / ".pyenv/shims").symlink_to(home / ".pyenv/shims")
    (home / "loop").symlink_to(home / "loop")
    (project / ".venv").symlink_to(project / ".venv")
    (project / ".python-version").write_bytes(b"\xff\x00../../x\n")
    found = find(project, home, home / ".pyenv/shims", home / "loop/bin", "/opt/../root/bin")
    assert found.mounts == ()
