"""Small faults put into Python source, one at a time: what a test that checks something must notice.

    mutants(path, text, lines) -> list[Mutant]      those on the given lines, in order
    chosen(mutants, most)                           an even, repeatable choice of them

Kinds: a comparison turned round, `and` for `or`, a number or truth value changed, `return None`, a condition negated, `+` for
`-`. The text is edited in place by the tree's positions, so that everything else stays as it was written.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Lt: (r"<", ">="),
    ast.LtE: (r"<=", ">"),
    ast.Gt: (r">", "<="),
    ast.GtE: (r">=", "<"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: (r"-", "+"),
    ast.Mult: (r"\*", "+"),
    ast.FloorDiv: (r"//", "*"),
    ast.Div: (r"/", "*"),
}


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: the file's whole text with it, where it is, and how the place read before and after."""

    path: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before} -> {self.after}"


class _Edit(msgspec.Struct, frozen=True):
    """Bytes `start` to `end` replaced, in the statement that begins at `line`; shown from `shown` on."""

    line: int
    start: int
    end: int
    new: str
    node: tuple[int, int]


def mutants(path: str, text: str, lines: Collection[int]) -> list[Mutant]:
    """Every fault in a statement that begins on one of `lines`. Nothing for a text that is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    source = text.encode()
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    found = [_made(path, source, edit) for edit in _Faults(source, offsets).of(tree) if edit.line in lines]
    return [one for one in found if one is not None]


def _made(path: str, source: bytes, edit: _Edit) -> Mutant | None:
    """The mutant of an edit; None when it is no Python or changes nothing."""
    changed = source[: edit.start] + edit.new.encode() + source[edit.end :]
    try:
        ast.parse(changed)
    except (SyntaxError, ValueError):
        return None
    start, end = edit.node
    before = " ".join(source[start:end].decode().split())
    after = " ".join((source[start : edit.start] + edit.new.encode() + source[edit.end : end]).decode().split())
    line = source.count(b"\n", 0, edit.start) + 1
    return (
        Mutant(path=path, line=line, before=before[:80], after=after[:80], text=changed.decode()) if changed != source else None
    )


class _Faults:
    """Walks a module and finds what can be made wrong."""

    def __init__(self, source: bytes, offsets: Sequence[int]) -> None:
        self._source = source
        self._offsets = offsets

    def of(self, tree: ast.Module) -> Iterator[_Edit]:
        """Each edit, statement by statement."""
        for statement in ast.walk(tree):
            if isinstance(statement, ast.stmt):
                for node in self._own(statement):
                    for start, end, new in self._at(node):
                        shown = node.test if isinstance(node, ast.If | ast.While) else node
                        yield _Edit(statement.lineno, start, end, new, self._span(shown))

    def _own(self, statement: ast.stmt) -> Iterator[ast.AST]:
        """A statement and its expressions, without those of statements inside it, of annotations and of docstrings."""
        yield statement
        queue: list[ast.AST] = [
            child
            for name, value in ast.iter_fields(statement)
            if name not in ("annotation", "returns", "args", "decorator_list")
            for child in (value if isinstance(value, list) else [value])  # pyright: ignore[reportUnknownVariableType]
            if isinstance(child, ast.expr)
        ]
        while queue:
            node = queue.pop(0)
            yield node
            queue += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt | ast.JoinedStr)]

    def _at(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                for one, op, other in zip([left, *comparators], ops, comparators, strict=False):
                    yield from self._between(one, other, *_COMPARE[type(op)])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC and not _texts(left, right):
                yield from self._between(left, right, *_ARITHMETIC[type(op)])
            case ast.BoolOp(op=op, values=[first, second, *_]):
                word, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                yield from self._between(first, second, rf"\b{word}\b", other)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._start(node), self._start(operand), ""
            case ast.Constant(value=bool() as value):
                yield *self._span(node), str(not value)
            case ast.Constant(value=int() | float() as value):
                yield *self._span(node), repr(value + 1)
            case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
                yield *self._span(value), "None"
            case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                start, end = self._span(test)
                yield start, end, f"not ({self._source[start:end].decode()})"
            case _:
                return

    def _between(self, left: ast.expr, right: ast.expr, pattern: str, new: str) -> Iterator[tuple[int, int, str]]:
        """The operator between two operands."""
        start, end = self._span(left)[1], self._start(right)
        found = re.search(pattern.encode(), self._source[start:end])
        if found:
            yield start + found.start(), start + found.end(), new

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self._start(node)
        if not isinstance(node, ast.expr | ast.stmt) or node.end_lineno is None or node.end_col_offset is None:
            return start, start
        return start, self._offsets[node.end_lineno - 1] + node.end_col_offset

    def _start(self, node: ast.AST) -> int:
        return self._offsets[node.lineno - 1] + node.col_offset if isinstance(node, ast.expr | ast.stmt) else 0


def _texts(*nodes: ast.expr) -> bool:
    return any(
        isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)) for node in nodes
    )


def chosen(every: Sequence[Mutant], most: int) -> list[Mutant]:
    """At most `most` of them, one place after another before a second one at the same; the same choice each time."""

    def mixed(one: Mutant) -> str:
        return hashlib.sha256(f"{one}".encode()).hexdigest()

    taken: dict[tuple[str, int], int] = {}
    ranked: list[tuple[int, str, Mutant]] = []
    for one in sorted(every, key=mixed):
        rank = taken[one.path, one.line] = taken.get((one.path, one.line), -1) + 1
        ranked.append((rank, mixed(one), one))
    return sorted((one for _, _, one in sorted(ranked, key=lambda each: each[:2])[:most]), key=lambda one: (one.path, one.line))
