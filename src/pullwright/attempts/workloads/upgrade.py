"""A dependency upgrade: its changelog read, the lock file consistent, versions before and after, the tests as before.

    versions     what the manifests and lock files asked for before and ask for now
    lock         they fit each other, by their own words and by the ecosystem's tool where it is there (in a fresh sandbox)
    installed    the version that the clean runs really had: what the test command does before the tests is done first
    changelog    read by the agent, by the events
    tests        as before

It is verified when a version changed, the lock file fits, the tests are as before, and the clean runs had the new version.
"""

from __future__ import annotations

import re
import shlex

from pullwright.attempts.clean_run import fresh_sandbox
from pullwright.attempts.detection import Python
from pullwright.attempts.testing import preparation
from pullwright.attempts.workloads.case import Case, Findings, Ruling
from pullwright.attempts.workloads.changelogs import read
from pullwright.attempts.workloads.manifests import NAMES, Manifests, Raised, fits, inconsistent, raised
from pullwright.attempts.workloads.sameness import sameness
from pullwright.protocol.events import WorkloadCheck
from pullwright.sandbox.sandbox import Command, Sandbox

MOST_FILES = 100
PATIENCE = 600.0
"""Seconds for what the test command does before the tests, such as installing what is asked for now."""
_OLD = "; set-up installs what the base asks for: let the test command install first"


async def findings(case: Case) -> Findings:
    """All five checks, and the ruling."""
    await case.settle()
    before, after = await _manifests(case, case.work.workspace.start_tree), await _manifests(case, case.work.tree)
    changes = raised(before, after)
    command = await case.command()
    env = command.env if command is not None else {}
    async with fresh_sandbox(case.work, case.work.tree, case.folder / "lock", env) as sandbox:
        line = preparation(command.line) if command is not None else ""
        if line:
            await sandbox.exec(Command(argv=("/bin/sh", "-c", line), timeout=PATIENCE))
        python = Python(case.work.workspace.root, case.work.tools.env.get("PATH")).program
        lock = await _lock(sandbox, after, python)
        installed = await _installed(sandbox, changes, python, prepared=bool(line))
    checks = (_versions(changes), lock, installed, read(case.events), await sameness(case))
    return Findings(checks, _ruling(case, checks, changes))


def _ruling(case: Case, checks: tuple[WorkloadCheck, ...], changes: list[Raised]) -> Ruling | None:
    versions, lock, installed, _, tests = checks
    if case.verified is None:
        return None
    if versions.state == "failed":
        return Ruling("not-verified", "no dependency's version changed")
    for check, what in ((lock, "the lock file"), (installed, "the version in the clean runs"), (tests, "the tests")):
        if check.state != "passed":
            return Ruling("not-verified", f"{what}: {check.text}")
    return Ruling("verified", f"{changes[0]}; {lock.text}; {tests.text}")


def _versions(changes: list[Raised]) -> WorkloadCheck:
    if not changes:
        text = "no manifest or lock file that is known here says another version than before"
        return WorkloadCheck(name="versions", state="failed", text=text)
    names = sorted({change.name for change in changes})
    text = f"{len(names)} dependenc{'ies' if len(names) > 1 else 'y'} changed: {', '.join(names[:10])}"
    return WorkloadCheck(name="versions", state="passed", text=text, found=tuple(map(str, changes)))


async def _manifests(case: Case, tree: str) -> Manifests:
    paths = [path for path in await case.work.workspace.paths(tree) if NAMES.fullmatch(path)][:MOST_FILES]
    texts = {path: text for path in paths if (text := await case.text(tree, path)) is not None}
    return Manifests.of(texts)


async def _lock(sandbox: Sandbox, manifests: Manifests, python: str) -> WorkloadCheck:
    """What the files say of each other, and what the tools say of them."""
    wrong, pairs = inconsistent(manifests)
    said: list[str] = [f"{pairs} lock file{'s' if pairs > 1 else ''} against their manifests"] if pairs else []
    for name, line in _tools(manifests, python):
        ended = await sandbox.exec(Command(argv=("/bin/sh", "-c", line), timeout=180))
        if ended.exit_code in (126, 127):
            continue
        said.append(name)
        if ended.exit_code != 0:
            lines = ended.output.decode("utf-8", "replace").strip().splitlines()
            wrong.append(f"{name}: {' '.join(lines[-3:])[:300]}")
    if wrong:
        return WorkloadCheck(name="lock", state="failed", text=wrong[0], found=tuple(wrong))
    if not said:
        return WorkloadCheck(name="lock", state="not-measured", text="there is no lock file, and no tool that could look")
    return WorkloadCheck(name="lock", state="passed", text=f"consistent, by {', '.join(said)}", found=tuple(said))


def _tools(manifests: Manifests, python: str) -> list[tuple[str, str]]:
    """The ecosystems' own checks that need no network, each guarded: 127 where the tool is not there."""
    names = {path for path in manifests.files if "/" not in path}
    python_files = any(re.fullmatch(r"pyproject\.toml|requirements.*", name) for name in names)
    wanted = [
        (python_files, "pip check", f"{python} -m pip --version >/dev/null 2>&1 || exit 127; {python} -m pip check"),
        ("poetry.lock" in names, "poetry check --lock", _guarded("poetry", "poetry check --lock")),
        ("uv.lock" in names, "uv lock --check", _guarded("uv", "uv lock --check --offline")),
        ("package-lock.json" in names, "npm ls", _guarded("npm", "npm ls --package-lock-only --offline --no-audit")),
        (
            "Cargo.lock" in names,
            "cargo metadata --locked",
            _guarded("cargo", "cargo metadata --locked --offline --format-version 1"),
        ),
        ("go.mod" in names, "go list -mod=readonly", _guarded("go", "go list -m -mod=readonly all")),
    ]
    return [(name, line) for has, name, line in wanted if has]


def _guarded(program: str, line: str) -> str:
    return f"command -v {program} >/dev/null || exit 127; {line}"


async def _installed(sandbox: Sandbox, changes: list[Raised], python: str, *, prepared: bool) -> WorkloadCheck:
    """The versions that commands in a fresh sandbox see, against those that are asked for now."""
    looked: dict[str, str] = {}
    wrong: list[str] = []
    for change in [one for one in changes if one.after][:20]:
        have = await _version(sandbox, change, python)
        if have:
            looked[change.name] = have
            if not fits(have, change.after if not change.after[:1].isdigit() else f"=={change.after}"):
                wrong.append(f"{change.name} {have}, not {change.after}")
    if wrong:
        text = wrong[0] + ("" if prepared else _OLD)
        return WorkloadCheck(name="installed", state="failed", text=text, found=tuple(wrong))
    if not looked:
        text = "the versions that the clean runs had could not be found"
        return WorkloadCheck(name="installed", state="not-measured", text=text)
    text = f"the clean runs had {', '.join(f'{name} {version}' for name, version in looked.items())}"
    return WorkloadCheck(name="installed", state="passed", text=text)


async def _version(sandbox: Sandbox, change: Raised, python: str) -> str:
    """The installed version; empty where it cannot be found."""
    name = shlex.quote(change.name)
    if "package" in change.file:
        line = f'sed -n \'s/^ *"version": *"\\([^"]*\\)".*/\\1/p\' node_modules/{name}/package.json | head -1'
    elif change.file.endswith((".txt", ".in", "pyproject.toml", "poetry.lock", "uv.lock")) or "requirements" in change.file:
        line = f"{python} -c 'import sys, importlib.metadata as m; print(m.version(sys.argv[1]))' {name}"
    else:
        return ""
    ended = await sandbox.exec(Command(argv=("/bin/sh", "-c", f"exec 2>/dev/null; {line}"), timeout=60))
    said = ended.output.decode("utf-8", "replace").strip()
    return said if ended.exit_code == 0 and re.match(r"v?\d", said) else ""
