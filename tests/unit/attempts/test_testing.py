"""The test command is found from files alone, and rewritten so that it leaves results."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from pullwright.attempts import detection
from pullwright.attempts.detection import detect
from pullwright.attempts.testing import (
    TestCommand,
    for_results,
    is_runner,
    is_test,
    last_command,
    limited,
    named,
    preparation,
    runner_of,
)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python on the path has anything installed."""
    monkeypatch.setattr(detection, "_site_folders_of_path", lambda _path: [])


@pytest.mark.parametrize(
    ("files", "line", "runner"),
    [
        ({"pytest_dot_ini": "[pytest]\n", "tests__test_a_dot_py": ""}, "python3 -m pytest", "pytest"),
        ({"pyproject_dot_toml": "[tool.pytest.ini_options]\n"}, "python3 -m pytest", "pytest"),
        ({"setup_dot_cfg": "[tool:pytest]\n"}, "python3 -m pytest", "pytest"),
        ({"tests__test_a_dot_py": "import pytest\n"}, "python3 -m pytest", "pytest"),
        ({"tests__test_a_dot_py": "import unittest\n"}, "python3 -m unittest discover -s tests", "unittest"),
        ({"test_a_dot_py": "import unittest\n"}, "python3 -m unittest discover", "unittest"),
        ({"package_dot_json": '{"scripts":{"test":"jest"}}'}, "npm test", "jest"),
        ({"package_dot_json": '{"scripts":{"test":"vitest"}}', "pnpm-lock_dot_yaml": ""}, "pnpm test", "vitest"),
        ({"Cargo_dot_toml": "[package]\n"}, "cargo test", "cargo"),
        ({"go_dot_mod": "module x\n"}, "go test ./...", "go"),
        ({"Makefile": "all:\n\ntest: all\n\ttrue\n"}, "make test", "other"),
        ({"Makefile": "check:\n\ttrue\n"}, "make check", "other"),
        ({"package_dot_json": '{"scripts":{"test":"mocha"}}', "yarn_dot_lock": ""}, "yarn test", "mocha"),
        ({"gradlew": "", "build_dot_gradle": ""}, "./gradlew test", "other"),
        ({"build_dot_gradle_dot_kts": ""}, "gradle test", "other"),
        ({"mvnw": "", "pom_dot_xml": ""}, "./mvnw test", "other"),
        ({"pom_dot_xml": ""}, "mvn test", "other"),
        ({"App_dot_sln": ""}, "dotnet test", "other"),
        ({"mix_dot_exs": ""}, "mix test", "other"),
        ({"justfile": "build:\n\ttrue\ntest *args:\n\ttrue\n"}, "just test", "other"),
        ({"tox_dot_ini": "[tox]\nenvlist = py\n"}, "tox", "other"),
        ({"noxfile_dot_py": "import nox\n"}, "nox", "other"),
        ({"tox_dot_ini": "[tox]\n", "tests__test_a_dot_py": "import pytest\n"}, "python3 -m pytest", "pytest"),
    ],
)
def test_finds_the_test_command(tmp_path: Path, bare: None, files: dict[str, str], line: str, runner: str) -> None:
    found = detect((write(tmp_path, **files),), tmp_path)
    assert found is not None
    assert (found.line, found.runner) == (line, runner)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README": "x"},
        {"package_dot_json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package_dot_json": "not json"},
        {"pyproject_dot_toml": "[project]\n"},
        {"Makefile": "tests_are_elsewhere:\n"},
    ],
)
def test_says_nothing_where_nothing_tells(tmp_path: Path, bare: None, files: dict[str, str]) -> None:
    assert detect((write(tmp_path, **files),), tmp_path) is None


def test_the_projects_own_environment_comes_first(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    write(tmp_path, tests__test_a_dot_py="import unittest\n")
    found = detect((tmp_path,), tmp_path)
    assert found is not None
    assert found.line == ".venv/bin/python -m unittest discover -s tests"
    (site,) = (tmp_path / ".venv/lib").glob("python3*/site-packages")
    (site / "pytest").mkdir()
    found = detect((tmp_path,), tmp_path)
    assert found is not None
    assert found.line == ".venv/bin/python -m pytest"


def test_what_setup_installed_is_found_in_its_layer(tmp_path: Path, bare: None) -> None:
    project, layer, home = (write(tmp_path / name) for name in ("project", "layer", "home"))
    write(project, tests__test_a_dot_py="import unittest\n")
    (home / ".local/lib/python3.11/site-packages/pytest").mkdir(parents=True)
    found = detect((project,), project, homes=[home])
    assert found is not None
    assert found.line == "python3 -m pytest"
    (layer / ".venv/bin").mkdir(parents=True)
    (layer / ".venv/bin/python").symlink_to("/only/inside/python")
    found = detect((project,), project, installed=[layer], homes=[home])
    assert found is not None
    assert found.line == ".venv/bin/python -m unittest discover -s tests"


def test_a_src_layout_that_nothing_installed_gets_a_path(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    write(tmp_path, src__pack____init__dot_py="", tests__test_a_dot_py="import pytest\n")
    (tmp_path / "src/pack").mkdir(exist_ok=True)
    (tmp_path / "src/pack/__init__.py").touch()
    found = detect((tmp_path,), tmp_path)
    assert found is not None
    assert found.shown == "PYTHONPATH=src .venv/bin/python -m pytest"
    (site,) = (tmp_path / ".venv/lib").glob("python3*/site-packages")
    (site / "__editable__.pack-1.pth").write_text(str(tmp_path / "src"))
    found = detect((tmp_path,), tmp_path)
    assert found is not None
    assert found.env == {}


def test_the_upper_files_hide_the_lower_ones(tmp_path: Path, bare: None) -> None:
    upper, lower = write(tmp_path / "u", Makefile="test:\n\ttrue\n"), write(tmp_path / "l", Makefile="all:\n\ttrue\n")
    assert detect((lower,), tmp_path) is None
    assert detect((upper, lower), tmp_path) is not None


@pytest.mark.parametrize(
    ("line", "runner"),
    [
        ("pytest -q", "pytest"),
        ("FOO=1 .venv/bin/python -m pytest tests", "pytest"),
        ("cd sub && py.test", "pytest"),
        ("python3.11 -W error -m unittest -v", "unittest"),
        ("python -c 'import pytest'", "other"),
        ("pytest | tee log", "other"),
        ("pytest > log", "other"),
        ("echo $(pytest)", "other"),
        ("make test", "other"),
        ("python 'unclosed", "other"),
        ("", "other"),
    ],
)
def test_tells_who_runs_the_tests_only_where_it_is_sure(line: str, runner: str) -> None:
    assert runner_of(line) == runner


def test_the_rewritten_unittest_line_runs_the_same_tests(tmp_path: Path) -> None:
    write(tmp_path, test_a_dot_py="import unittest\nclass A(unittest.TestCase):\n    def test_x(self): pass\n")
    line = f"{sys.executable} -W error -m unittest -v test_a.A"
    shim = Path(detection.__file__).with_name("unittest_junit.py")
    command = TestCommand(line=line, runner="unittest", source="x")
    ended = subprocess.run(for_results(command, results="r.xml", shim=str(shim)), shell=True, cwd=tmp_path, capture_output=True)
    assert ended.returncode == 0, ended.stderr
    assert 'name="test_x"' in (tmp_path / "r.xml").read_text()


def test_tests_and_runner_files_are_told_from_source() -> None:
    tests = [
        "tests/test_a.py",
        "tests/data/x.json",
        "pkg/test_b.py",
        "pkg/c_test.go",
        "web/a.test.ts",
        "src/__tests__/b.js",
        "a_test.py",
    ]
    source = ["src/attest.py", "latest.py", "contest/a.py", "testament.md", "protest_x.py", "a.ts", "pkg/testing/plugin.py"]
    assert all(map(is_test, tests))
    assert not any(map(is_test, source))
    assert is_test("checks/a.py", ["checks"])
    assert all(
        map(
            is_runner, ["conftest.py", "tests/conftest.py", "pytest.ini", "tox.ini", "Makefile", "package.json", "jest.config.js"]
        )
    )
    assert not any(map(is_runner, ["src/a.py", "tests/test_a.py", "README.md"]))


@pytest.mark.parametrize(
    ("line", "only", "expected"),
    [
        ("python -m pytest", ["tests/test_a.py"], "python -m pytest tests/test_a.py"),
        ("pytest -q -p no:cacheprovider --tb=short", ["a_test.py::C::test"], "{line} a_test.py::C::test"),
        ("python -m unittest", ["tests/test_a.py", "test_b.py::C::test"], "{line} -k test_a. -k C.test"),
        ("python -m unittest discover -s tests -t .", ["tests/test_a.py"], "{line} -k test_a."),
        ("pytest", ["tests/a b.py"], "pytest 'tests/a b.py'"),
        ("pytest tests", ["tests/test_a.py"], None),
        ("pytest -k some", ["tests/test_a.py"], None),
        ("pytest -m slow", ["tests/test_a.py"], None),
        ("pytest", ["-x.py"], None),
        ("pytest", [], None),
        ("cd sub && pytest", ["tests/test_a.py"], None),
        ("A=1 pytest", ["tests/test_a.py"], None),
        ("python -m unittest -k some", ["tests/test_a.py"], None),
        ("make test", ["tests/test_a.py"], None),
    ],
)
def test_a_command_is_limited_only_where_adding_words_says_so(line: str, only: list[str], expected: str | None) -> None:
    found = limited(named(line), only)
    assert (found.line if found else None) == (expected.format(line=line) if expected else None)
    assert not found or found.runner == named(line).runner


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cd x\npytest -q", ["pytest", "-q"]),
        ("cd x && A=1 pytest -q\n", ["pytest", "-q"]),
        ("pytest -q; echo done", ["echo", "done"]),
        ("pytest | tail", None),
        ("pytest $(ls)", None),
    ],
)
def test_the_last_command_of_a_line(line: str, words: list[str] | None) -> None:
    assert last_command(line) == words


@pytest.mark.parametrize(
    ("line", "before"),
    [
        ("pip install -q -r requirements.txt && pytest -q", "pip install -q -r requirements.txt"),
        ("a && b && pytest", "a && b"),
        ("pytest -q", ""),
        ("pytest -k 'one && other'", ""),
        ("install $(list) && pytest", ""),
    ],
)
def test_what_a_line_does_before_its_last_command(line: str, before: str) -> None:
    assert preparation(line) == before
