"""Tests that must fail: the deciding tests with a last word that no code can make true.

    plant(objects, tree, tests, runner) -> Planted      the tree with some of these tests changed so, and their names

Whoever reaches into the test runner, or prints results in its place, so that red tests look green makes these look green, too,
unless he reads them first. In each language so that nothing that the test does on its way is its end:

    Python              the function's body in `try`, with `assert False` in its `finally`
    Rust                a value that panics when the function is left
    Go                  `t.Fail()` at its beginning, which cannot be taken back
    jest, vitest        an `afterEach` that throws, for the whole file

mocha tells a failing hook as a test of its own, and node's runner does not call it for tests in suites: nothing is planted
there. A test whose place is not sure stays as it is: one that was changed elsewhere would be green by right. Blocking.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from pullwright.attempts.composition import compose, text_of
from pullwright.attempts.testing import Runner
from pullwright.attempts.verdict import function_of
from pullwright.workspace.change import all_paths
from pullwright.workspace.objects import Entry, Objects
from pullwright.workspace.trees import lookup

MOST = 3
"""Tests that are changed so, one of a file."""
WORDS = "planted by Pullwright: this must fail"
_THROWS = f"(() => {{ throw new Error({WORDS!r}) }});\n"
_DROP = (
    "struct Planted; impl Drop for Planted { fn drop(&mut self) "
    f'{{ if !std::thread::panicking() {{ panic!("{WORDS}") }} }} }} let _planted = Planted;'
)
_TREE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


class Planted(msgspec.Struct, frozen=True):
    """A tree, and the tests in it that must fail."""

    tree: str
    tests: tuple[str, ...]

    def holds(self, test: str) -> bool:
        """Whether a test is one of them."""
        return test in self.tests or function_of(test) in self.tests


def plant(objects: Objects, tree: str, tests: Iterable[str], runner: Runner) -> Planted | None:
    """Change some of `tests` in a tree; None where none can be."""
    change = _RUNNERS.get(runner)
    if change is None:
        return None
    paths = all_paths(objects, tree)
    changed: dict[bytes, Entry | None] = {}
    names: list[str] = []
    for test in sorted(tests):
        for path in _places(test, paths, runner):
            raw = path.encode("utf-8", "surrogateescape")
            entry = lookup(objects, tree, raw)
            text = None if raw in changed or entry is None else change(text_of(objects, entry), test)
            if entry is not None and text is not None:
                changed[raw] = Entry(entry.mode, objects.write(b"blob", text.encode("utf-8", "surrogateescape")))
                names.append(function_of(test) if path.endswith(".py") else test)
        if len(names) == MOST:
            break
    return Planted(compose(objects, tree, changed), tuple(names)) if names else None


def _places(test: str, paths: Sequence[str], runner: Runner) -> list[str]:
    """The one file that a test can be in; none where that is not sure."""
    file, _, inner = test.partition("::")
    if runner == "go":
        every = [path for path in paths if path.endswith("_test.go")]
        inside = [path for path in every if "/" in path and f"/{file}".endswith(f"/{path.rpartition('/')[0]}")]
        # In no folder of that name: the module's own package. `_in_go` changes the one file that has the function.
        return (inside or [path for path in every if "/" not in path]) if inner else []
    found = [path for path in paths if path == file] or [
        path for path in paths if runner == "cargo" and path.endswith(".rs") and f"/{file}".endswith(f"/{path}")
    ]
    return found if inner and len(found) == 1 else []


def _in_python(text: str, test: str) -> str | None:
    names = function_of(test).split("::")[1:]
    try:
        module = ast.parse(text)
        found = _functions(module.body, names)
        for function in found:
            ending = ast.parse(f"assert False, {WORDS!r}").body
            function.body = [ast.Try(body=function.body, handlers=[], orelse=[], finalbody=ending)]
        return ast.unparse(ast.fix_missing_locations(module)) + "\n" if found else None
    except _TREE_ERRORS:
        return None


def _functions(body: list[ast.stmt], names: list[str]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of that name: the last one is the test, and which one that is a condition may decide."""
    first, rest = names[0], names[1:]
    if not rest:
        return [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == first]
    classes = (node for node in body if isinstance(node, ast.ClassDef) and node.name == first)
    return [function for node in classes for function in _functions(node.body, rest)]


def _in_rust(text: str, test: str) -> str | None:
    name = re.escape(test.rpartition("::")[2])
    found = list(re.finditer(rf"\bfn {name}\s*\(\s*\)[^{{;]*\{{", text))
    if len(found) != 1 or "should_panic" in text[max(0, found[0].start() - 300) : found[0].start()]:
        return None
    return f"{text[: found[0].end()]} {_DROP}{text[found[0].end() :]}"


def _in_go(text: str, test: str) -> str | None:
    name = re.escape(re.split("::|/", test.rpartition("::")[2])[0])
    found = list(re.finditer(rf"(?m)^func {name}\((\w+) \*testing\.T\) \{{", text))
    if len(found) != 1 or found[0][1] == "_":
        return None
    return f"{text[: found[0].end()]} {found[0][1]}.Fail(); {text[found[0].end() :]}"


def _in_jest(text: str, test: str) -> str | None:
    return None if "concurrent" in text else f"{text}\nafterEach{_THROWS}"


def _in_vitest(text: str, test: str) -> str | None:
    return None if "concurrent" in text else f"{text}\nimport {{ afterEach as planted }} from 'vitest'; planted{_THROWS}"


_RUNNERS: dict[str, Callable[[str, str], str | None]] = {
    "pytest": _in_python,
    "unittest": _in_python,
    "cargo": _in_rust,
    "go": _in_go,
    "jest": _in_jest,
    "vitest": _in_vitest,
}
