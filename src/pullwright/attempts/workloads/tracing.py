"""Runs a Python module and writes which lines of the project ran, with nothing but the standard library.

    python tracing.py LINES.json MODULE [arguments of python -m MODULE]

It is shown read-only inside a sandbox and run by the *project's* Python (3.7 or newer) where that has no coverage.py, so it
imports nothing of Pullwright. The file written is coverage.py's JSON report, as far as lines go.
"""

from __future__ import annotations

import dis
import json
import os
import runpy
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

MOST_FILES = 3_000
LEFT_OUT = {"node_modules", "site-packages", "dist-packages", "__pycache__", "build", "dist", "venv", "env"}


class Tracer:
    """Remembers the lines of files below `root` that ran."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.lines: dict[str, set[int]] = {}
        self.known: dict[str, set[int] | None] = {}

    def call(self, frame: FrameType, event: str, _: object) -> object:
        """Whether a new frame is looked at."""
        name = frame.f_code.co_filename
        if name not in self.known:
            path = os.path.realpath(name) if not name.startswith("<") else ""
            inside = path.startswith(self.root + os.sep) and not skipped(path[len(self.root) + 1 :])
            self.known[name] = self.lines.setdefault(path[len(self.root) + 1 :], set()) if inside else None
        lines = self.known[name]
        if lines is None:
            return None
        lines.add(frame.f_lineno)
        return self.line

    def line(self, frame: FrameType, event: str, _: object) -> object:
        """One more line ran."""
        if event == "line":
            lines = self.known[frame.f_code.co_filename]
            assert lines is not None
            lines.add(frame.f_lineno)
        return self.line


def skipped(path: str) -> bool:
    """Whether a path is no source of the project's own."""
    return any(part in LEFT_OUT or part.startswith(".") for part in Path(path).parts)


def executable(code: CodeType) -> set[int]:
    """The lines of a module that can run."""
    found = {line for _, line in dis.findlinestarts(code) if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= executable(constant)
    return found


def report(root: str, ran: dict[str, set[int]]) -> dict[str, object]:
    """For each file of the project the lines that ran and those that did not."""
    files: dict[str, object] = {}
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not skipped(name)]
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), root)  # noqa: PTH118
            if not name.endswith(".py") or len(files) >= MOST_FILES:
                continue
            try:
                lines = executable(compile((Path(root) / path).read_bytes(), path, "exec", dont_inherit=True))
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
            done = ran.get(path, set()) & lines
            files[path] = {"executed_lines": sorted(done), "missing_lines": sorted(lines - done)}
    return {"files": files}


def main() -> int:
    """Run the module, write the lines, end as it ended."""
    target, module = sys.argv[1:3]
    sys.argv = [module, *sys.argv[3:]]
    root = os.path.realpath(os.getcwd())  # noqa: PTH109
    sys.path[0] = root
    tracer = Tracer(root)
    code = 0
    threading.settrace(tracer.call)  # type: ignore[arg-type]
    sys.settrace(tracer.call)  # type: ignore[arg-type]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        Path(target).write_text(json.dumps(report(root, tracer.lines)))
    return code


if __name__ == "__main__":
    sys.exit(main())
