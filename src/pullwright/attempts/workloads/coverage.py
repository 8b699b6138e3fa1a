"""Which lines of the project's sources its tests run, measured in a fresh sandbox.

measure(work, command, tree, folder, only) -> Coverage | str        the lines, or why they could not be measured

    Python   coverage.py where the project's Python has it, else our own tracer (`tracing.py`); pytest and unittest
    Node     V8's own figures (NODE_V8_COVERAGE), whatever runs the tests

What is written is the word of the project's own code: evidence for a reader, never trusted with more.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import msgspec

from pullwright.attempts.clean_run import Work, fresh_sandbox, temporary
from pullwright.attempts.testing import TestCommand, is_test, last_command, limited
from pullwright.attempts.workloads import v8
from pullwright.sandbox.sandbox import Command, Mount, Sandbox

TRACER = Path(__file__).with_name("tracing.py")
TRACER_AT = "/run/pullwright/tracing.py"
SECONDS = 900.0
LARGEST = 32 << 20


class Coverage(msgspec.Struct, frozen=True):
    """Lines that ran and lines that did not, by source file; tests themselves are left out. `by` names who counted."""

    by: str
    ran: dict[str, frozenset[int]]
    missing: dict[str, frozenset[int]]

    @property
    def counts(self) -> tuple[int, int]:
        """Lines that ran, and lines in all."""
        ran = sum(map(len, self.ran.values()))
        return ran, ran + sum(map(len, self.missing.values()))

    @property
    def shown(self) -> str:
        """`62.5 % (50 of 80 lines)`."""
        ran, every = self.counts
        return f"{100 * ran / every:.1f} % ({ran} of {every} lines)" if every else "no lines"


class _File(msgspec.Struct):
    executed_lines: list[int]
    missing_lines: list[int]


class _Report(msgspec.Struct):
    files: dict[str, _File]


async def measure(work: Work, command: TestCommand, tree: str, folder: Path, only: Sequence[str] = ()) -> Coverage | str:
    """The lines that the tests run in a tree; `only` limits them to test files, where the command can be limited."""
    chosen = (limited(command, only) if only else None) or command
    mounts = (Mount(path=TRACER, at=TRACER_AT),)
    async with fresh_sandbox(work, tree, folder, chosen.env, mounts) as sandbox:
        if chosen.runner in ("pytest", "unittest"):
            return await _python(sandbox, chosen, await temporary(sandbox))
        if command.source == "package.json" or re.search(r"\b(node|npm|npx|pnpm|yarn)\b", command.line):
            return await _node(sandbox, work, chosen, await temporary(sandbox))
    return f"nothing is known that counts lines for `{command.line}`"


async def _python(sandbox: Sandbox, command: TestCommand, scratch: str) -> Coverage | str:
    words = last_command(command.line)
    if words is None or len(shlex.split(command.line)) != len(words):
        return "the test command is more than one command"
    program, arguments = python_of(words, command.runner)
    quoted = " ".join(map(shlex.quote, (command.runner, *arguments)))
    target = f"{scratch}/lines.json"
    tracer = TRACER_AT if await sandbox.stat(TRACER_AT) else str(TRACER)
    has = await _shell(sandbox, f"{program} -c 'import coverage'", 60)
    if has == 0:
        by, data = "coverage.py", f"--data-file={scratch}/coverage"
        line = f"{program} -m coverage run {data} --source=. -m {quoted}; {program} -m coverage json -q {data} -o {target}"
    else:
        by, line = "Pullwright's tracer", f"{program} {tracer} {target} {quoted}"
    await _shell(sandbox, line, SECONDS)
    try:
        report = msgspec.json.decode(await sandbox.read(target, 0, LARGEST), type=_Report)
    except (OSError, msgspec.DecodeError) as error:
        return f"{by} wrote no figures: {error}"
    sources = {path: one for path, one in report.files.items() if not is_test(path) and path != "setup.py"}
    return Coverage(
        by,
        {path: frozenset(one.executed_lines) for path, one in sources.items()},
        {path: frozenset(one.missing_lines) for path, one in sources.items()},
    )


def python_of(words: Sequence[str], module: str) -> tuple[str, list[str]]:
    """The interpreter of a test command, and what is given to its module."""
    name = PurePosixPath(words[0]).name
    if name in ("pytest", "py.test"):
        beside = str(PurePosixPath(words[0]).with_name("python")) if "/" in words[0] else "python3"
        return shlex.quote(beside), list(words[1:])
    at = list(words).index(module)
    return " ".join(map(shlex.quote, words[: at - 1])), list(words[at + 1 :])


async def _node(sandbox: Sandbox, work: Work, command: TestCommand, scratch: str) -> Coverage | str:
    folder = f"{scratch}/v8"
    await _shell(sandbox, f"mkdir -p {folder}; NODE_V8_COVERAGE={folder} {command.line}", SECONDS)
    listed = await sandbox.exec(Command(argv=("/bin/sh", "-c", f"ls {folder}; pwd -P"), timeout=30))
    *names, root = listed.output.decode("utf-8", "replace").split() or [""]
    profiles = [await sandbox.read(f"{folder}/{name}", 0, LARGEST) for name in names[:200] if name.endswith(".json")]
    if not profiles:
        return "node wrote no figures"
    texts: dict[str, str] = {}
    files = {
        path
        for one in profiles
        for path in re.findall(rf'"url":"file://{re.escape(root)}/([^"]+)"', one.decode("utf-8", "replace"))
    }
    for path in sorted(files):
        if "node_modules/" not in path and await sandbox.stat(f"{root}/{path}"):
            texts[path] = (await sandbox.read(f"{root}/{path}", 0, 1 << 20)).decode("utf-8", "replace")
    found = {path: one for path, one in v8.lines(profiles, root, texts.get).items() if not is_test(path)}
    return Coverage(
        "V8",
        {path: frozenset(ran) for path, (ran, _) in found.items()},
        {path: frozenset(missing) for path, (_, missing) in found.items()},
    )


async def _shell(sandbox: Sandbox, line: str, seconds: float) -> int | None:
    """Run a shell line to its end; its exit code."""
    ended = await sandbox.exec(Command(argv=("/bin/sh", "-c", line), env={"PYTHONDONTWRITEBYTECODE": "1"}, timeout=seconds))
    return ended.exit_code
