"""What a Python test file checks, function by function: read from its syntax, so that layout does not count.

    read(text) -> Reading
    ├── functions      by name as test results name them (`Class::test`): the assertions, the skips, the whole text
    └── around         what stands outside of functions, by class ("" for the module); imports left out

An assertion is an `assert`, a call whose name begins with `assert` or `fail`, or `pytest.raises` and its like, written
out anew by `ast.unparse`: an assertion that moves under a `with`, or is wrapped over lines, is the same one.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

import msgspec

from pullwright.attempts.composition import text_of
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import Difference

SKIP = re.compile(
    r"""(mark\.)?(skip|skipif|skipIf|skipUnless|xfail|expectedFailure|importorskip)\b | \bskipTest\b | __test__\s*=\s*False
        | \b(it|test|describe|context)\.(skip|todo|fails)\b | \bx(it|describe|test)\s*\( | \bt\.Skip\w* | \#\[ignore
        | @(Disabled|Ignore)\b | collect_ignore | \breturn\s*\#.*test""",
    re.VERBOSE,
)
_CALLS = re.compile(r"(assert|fail)\w*|raises|warns|deprecated_call", re.ASCII)
_TREE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


class Function(msgspec.Struct, frozen=True):
    """What one function checks. `text` is all of it, decorators too, in one layout."""

    asserts: Counter[str]
    skips: int
    text: str


class Reading(msgspec.Struct, frozen=True):
    """A file's functions by name, and what is around them."""

    functions: dict[str, Function]
    around: dict[str, Function]

    @property
    def tests(self) -> set[str]:
        """The names of its tests."""
        return {name for name in self.functions if name.rpartition("::")[2].startswith("test")}


def read(text: str) -> Reading | None:
    """What a file checks; None when it is no Python that this interpreter can read."""
    reading = Reading({}, {})
    try:
        _walk(ast.parse(text).body, "", reading)
    except _TREE_ERRORS:
        return None
    return reading


def _walk(body: list[ast.stmt], prefix: str, reading: Reading, header: str = "") -> None:
    rest: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            name = f"{prefix}{statement.name}"
            bare = ast.ClassDef(statement.name, statement.bases, statement.keywords, [ast.Pass()], statement.decorator_list)
            _walk(statement.body, f"{name}::", reading, ast.unparse(bare))
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            _keep(reading.functions, f"{prefix}{statement.name}", _function([statement]))
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            rest.append(statement)
    _keep(reading.around, prefix.removesuffix("::"), _function(rest, header))


def _keep(into: dict[str, Function], name: str, found: Function) -> None:
    """Keep what is under a name; a name that is given twice has both."""
    before = into.get(name)
    if before is not None:
        found = Function(before.asserts + found.asserts, before.skips + found.skips, f"{before.text}\n{found.text}")
    into[name] = found


def _function(body: list[ast.stmt], header: str = "") -> Function:
    text = "\n".join((header, *map(ast.unparse, body)))
    asserts = Counter(ast.unparse(node) for statement in body for node in ast.walk(statement) if _asserts(node))
    return Function(asserts, len(SKIP.findall(text)), text)


def _asserts(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    return bool(_CALLS.fullmatch(name))


def changed_tests(objects: Objects, difference: Difference) -> tuple[str, ...]:
    """The tests of a changed Python file that are new or read differently; empty when that cannot be said of single tests."""
    old, new = (read(text_of(objects, entry)) for entry in (difference.old, difference.new))
    if difference.old is None or old is None or new is None:
        return ()
    known = {"", *old.around}
    if any(old.around.get(name) != new.around.get(name) for name in known):
        return ()
    changed = {name for name in old.functions.keys() | new.functions.keys() if old.functions.get(name) != new.functions.get(name)}
    return tuple(sorted(changed & new.tests)) if changed <= old.tests | new.tests else ()
