"""Finding a project's test command from its files: a few small reads, nothing is run.

    with_script(command, roots)      a command that was named, with the script of package.json behind it
    detect(roots, project) -> TestCommand | None
    ├── Python   pytest where it is configured, imported or installed; unittest else; Django's manage.py
    ├── Node     package.json's `scripts.test`, with the package manager of the lock file
    └── others   cargo · go · gradle · maven · dotnet · mix · rspec · phpunit · deno · make or just test · tox · nox

`roots` are the folders that together hold the files, topmost first (an overlay's upper over its checkout, or just the
project); so a change cannot alter how the base is tested. The interpreter is the project's own virtual environment
where there is one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from pullwright.attempts.testing import TestCommand, is_test, runner_of, script_of

VENVS = (".venv", "venv", "env", ".env")
_LONGEST = 256 << 10
_TEST_FOLDERS = ("tests", "test", "testing", ".")
_PYTEST_CONFIGS = (
    ("pytest.ini", r""),
    (".pytest.ini", r""),
    ("pyproject.toml", r"(?m)^\s*\[tool\.pytest(\.ini_options)?\]"),
    ("tox.ini", r"(?m)^\[pytest\]"),
    ("setup.cfg", r"(?m)^\[tool:pytest\]"),
)


class Files:
    """The project's files, read through its folders, topmost first."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = tuple(roots)

    def find(self, path: str) -> Path | None:
        """Where a regular file lies, or None."""
        return next((root / path for root in self.roots if (root / path).is_file()), None)

    def text(self, path: str) -> str:
        """A file's beginning as text; empty when there is none."""
        found = self.find(path)
        if not found:
            return ""
        try:
            with found.open("rb") as stream:
                return stream.read(_LONGEST).decode(errors="replace")
        except OSError:
            return ""

    def names(self, folder: str = ".") -> list[str]:
        """Names in a folder, sorted, of all roots together; empty when there is none."""
        found: set[str] = set()
        for root in self.roots:
            try:
                with os.scandir(root / folder) as entries:
                    found.update(entry.name for entry in entries)
            except OSError:
                continue
        return sorted(found)

    def tests(self) -> Iterator[str]:
        """Python test files in the usual folders, one level below them too; at most 200."""
        left = 200
        for folder in _TEST_FOLDERS:
            names = self.names(folder)
            folders = [name for name in names[:50] if "." not in name] if folder != "." else []
            inner = [f"{name}/{below}" for name in folders for below in self.names(f"{folder}/{name}")]
            for name in names + inner:
                base = name.rpartition("/")[2]
                if base.endswith(".py") and (base.startswith("test") or base.endswith("_test.py")) and is_test(base):
                    yield name if folder == "." else f"{folder}/{name}"
                    left -= 1
                    if not left:
                        return


def detect(
    roots: Sequence[Path],
    project: Path,
    path: str | None = None,
    *,
    installed: Sequence[Path] = (),
    homes: Sequence[Path] = (),
) -> TestCommand | None:
    """How the tests of the files in `roots` are run, or None when nothing says so.

    `project` is where a `.venv` may lie, `path` the PATH that commands will have (None: this process's). `installed` are
    further folders that lie over the files, with what was installed there, and `homes` what lies in the sandbox's home; neither
    says anything else.
    """
    files = Files(roots)
    names = set(files.names())
    python = Python(project, path, installed=installed, homes=homes)
    return _python(files, names, python) or _node(files, names) or _others(files, names)


def _python(files: Files, names: set[str], python: Python) -> TestCommand | None:
    config = next((name for name, mark in _PYTEST_CONFIGS if name in names and re.search(mark, files.text(name))), "")
    tests = list(files.tests())
    if not config and not tests and "conftest.py" not in names:
        return None
    env = {"PYTHONPATH": "src"} if _needs_src(files, names, python, config) else {}
    uses = config or next((path for path in ("conftest.py", "tests/conftest.py") if files.find(path)), "")
    uses = uses or next((path for path in tests[:20] if re.search(r"(?m)^(import|from) pytest\b", files.text(path))), "")
    if uses or python.has("pytest"):
        return TestCommand(line=f"{python.program} -m pytest", runner="pytest", source=uses or tests[0], env=env)
    if "manage.py" in names and "django" in files.text("manage.py"):
        return TestCommand(line=f"{python.program} manage.py test", runner="other", source="manage.py", env=env)
    if not tests:
        return None
    folder = tests[0].partition("/")[0] if "/" in tests[0] else ""
    where = f" discover -s {folder}" + (" -t ." if files.find(f"{folder}/__init__.py") else "") if folder else " discover"
    return TestCommand(line=f"{python.program} -m unittest{where}", runner="unittest", source=tests[0], env=env)


def _needs_src(files: Files, names: set[str], python: Python, config: str) -> bool:
    """True when the code lies in `src/` and nothing installed or configured makes it importable."""
    if "src" not in names or (config and re.search(r"(?m)^\s*(pythonpath|python_paths)\s*=", files.text(config))):
        return False
    packages = [name for name in files.names("src") if files.find(f"src/{name}/__init__.py") or name.endswith(".py")]
    return bool(packages) and not any(python.has(name.removesuffix(".py")) for name in packages)


class Python:
    """The interpreter that tests run with: the project's virtual environment's, else `python3` of the path."""

    def __init__(
        self, project: Path, path: str | None = None, *, installed: Sequence[Path] = (), homes: Sequence[Path] = ()
    ) -> None:
        self.project = project
        venv = next((project / name for name in VENVS if (project / name / "bin" / "python").exists()), None)
        # Inside, the interpreter may lead to a base root's: it is enough that there is one.
        laid = (folder / name for name in VENVS for folder in installed if os.path.lexists(folder / name / "bin/python"))
        venv = venv or next(laid, None)
        self.program = f"{venv.name}/bin/python" if venv else "python3"
        own = [folder for home in homes for folder in _site_folders(home / ".local")]
        self._folders = _site_folders(venv) if venv else [*own, *_site_folders_of_path(path)]

    def has(self, module: str) -> bool:
        """True when it can import a top-level module, as far as its folders tell (editable installs too)."""
        return any(self._lies_in(folder, module) for folder in self._folders)

    def _lies_in(self, folder: Path, module: str) -> bool:
        if (folder / module).is_dir() or (folder / f"{module}.py").is_file():
            return True
        markers = (*folder.glob("__editable__*.pth"), *folder.glob("*.egg-link"), *folder.glob("*.pth"))
        project = str(self.project).encode()
        return any(project in _beginning(path) or _is_finder(path, module) for path in markers)


def _is_finder(path: Path, module: str) -> bool:
    """True for an editable install's marker that names the module's distribution (its finder knows the folder)."""
    return path.name.startswith("__editable__") and module in path.name


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4096)
    except OSError:
        return b""


def _site_folders(prefix: Path) -> list[Path]:
    patterns = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "local/lib/python3*/dist-packages")
    return [folder for pattern in patterns for folder in prefix.glob(pattern)]


def _site_folders_of_path(path: str | None) -> list[Path]:
    found = shutil.which("python3", path=path)
    if not found:
        return []
    prefixes = dict.fromkeys((Path(found).parent.parent, Path(found).resolve().parent.parent))
    return [folder for prefix in prefixes for folder in _site_folders(prefix)]


def test_folders(roots: Sequence[Path]) -> tuple[str, ...]:
    """The folders that pytest's configuration names in `testpaths`."""
    files = Files(roots)
    for name, mark in _PYTEST_CONFIGS:
        text = files.text(name)
        if text and re.search(mark, text) and (found := re.search(r"(?m)^testpaths\s*=\s*(\[[^\]]*\]|(.+(\n[ \t]+.+)*))", text)):
            return tuple(re.findall(r"[\w./-]+", found[1]))
    return ()


class _Package(msgspec.Struct):
    scripts: dict[str, str] = {}


def _scripts(files: Files) -> dict[str, str]:
    try:
        return msgspec.json.decode(files.text("package.json") or "{}", type=_Package).scripts
    except (msgspec.DecodeError, RecursionError):
        return {}


def _node(files: Files, names: set[str]) -> TestCommand | None:
    script = _scripts(files).get("test", "") if "package.json" in names else ""
    if not script or "no test specified" in script:
        return None
    locks = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun run"), ("bun.lock", "bun run"))
    manager = next((name for lock, name in locks if lock in names), "npm")
    return TestCommand(line=f"{manager} test", runner=runner_of(script), source="package.json", script=script)


def with_script(command: TestCommand, roots: Sequence[Path]) -> TestCommand:
    """A command that somebody named, with the script that it calls, as the files in `roots` have it."""
    name = script_of(command.line) if command.runner == "other" else None
    script = _scripts(Files(roots)).get(name, "") if name else ""
    return msgspec.structs.replace(command, script=script, runner=runner_of(script)) if script else command


_TOOLS: tuple[tuple[str, str, str], ...] = (
    (r"Cargo\.toml", "", "cargo test"),
    (r"go\.mod", "", "go test ./..."),
    (r"gradlew", "", "./gradlew test"),
    (r"(build|settings)\.gradle(\.kts)?", "", "gradle test"),
    (r"mvnw", "", "./mvnw test"),
    (r"pom\.xml", "", "mvn test"),
    (r".*\.(sln|slnx|csproj|fsproj|vbproj)", "", "dotnet test"),
    (r"mix\.exs", "", "mix test"),
    (r"\.rspec", "", "bundle exec rspec"),
    (r"phpunit\.xml(\.dist)?", "", "vendor/bin/phpunit"),
    (r"deno\.jsonc?", "", "deno test"),
    (r"(GNUm|m|M)akefile", r"(?m)^test\s*:", "make test"),
    (r"(GNUm|m|M)akefile", r"(?m)^check\s*:", "make check"),
    (r"[jJ]ustfile|\.justfile", r"(?m)^test\b[^:=\n]*:(?!=)", "just test"),
    (r"[rR]akefile", r"(TestTask|task\s+:?[\"']?test\b)", "rake test"),
    (r"tox\.ini", r"(?m)^\[(tox|testenv)", "tox"),
    (r"tox\.toml", "", "tox"),
    (r"noxfile\.py", "", "nox"),
)
"""A file's name, what must be in it, and the line that it means; the first that is there counts. tox and nox come last: they
install before they test."""


def _others(files: Files, names: set[str]) -> TestCommand | None:
    for pattern, mark, line in _TOOLS:
        name = next((name for name in sorted(names) if re.fullmatch(pattern, name)), "")
        if name and files.find(name) and (not mark or re.search(mark, files.text(name))):
            return TestCommand(line=line, runner=runner_of(line), source=name)
    return None
