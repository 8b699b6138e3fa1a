"""Tests that must fail: the deciding tests with a last word that no code can make true.

    plant(objects, tree, tests) -> Planted      the tree with some of these tests changed so, and their names

Whoever reaches into the test runner, from source or from a test file, so that red tests look green makes these look green,
too, unless he reads them first. Python alone: a function's body is put into `try`, with `assert False` in its `finally`, so
that nothing that it does on the way (return, skip, raise) is its end. Blocking.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

import msgspec

from pullwright.attempts.composition import compose, text_of
from pullwright.attempts.verdict import function_of
from pullwright.workspace.objects import Entry, Objects
from pullwright.workspace.trees import lookup

MOST = 3
"""Tests that are changed so, one of a file."""
WORDS = "planted by Pullwright: this must fail"
_TREE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


class Planted(msgspec.Struct, frozen=True):
    """A tree, and the tests in it that must fail."""

    tree: str
    tests: tuple[str, ...]


def plant(objects: Objects, tree: str, tests: Iterable[str]) -> Planted | None:
    """Change some of `tests` (`file.py::Class::test`) in a tree; None where none can be."""
    changed: dict[bytes, Entry | None] = {}
    names: list[str] = []
    for test in sorted({function_of(test) for test in tests}):
        file, _, inner = test.partition("::")
        path = file.encode("utf-8", "surrogateescape")
        if not inner or not file.endswith(".py") or path in changed:
            continue
        entry = lookup(objects, tree, path)
        text = _planted(text_of(objects, entry), inner.split("::"))
        if entry is not None and text is not None:
            changed[path] = Entry(entry.mode, objects.write(b"blob", text.encode("utf-8", "surrogateescape")))
            names.append(test)
        if len(names) == MOST:
            break
    return Planted(compose(objects, tree, changed), tuple(names)) if names else None


def _planted(text: str, names: list[str]) -> str | None:
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
