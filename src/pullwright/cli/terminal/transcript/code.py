"""Source code in colours, line by line as it comes: Pygments' lexers, their state carried from line to line.

    Highlighter(language).take(line) -> the lines that are finished now, as spans
    Highlighter.rest()               -> those that were held back

Lines are held back only inside a block comment, whose end decides how it looks. So the same lines look the same whether
they come one by one or all at once. Pygments is imported with the first line of a language that it knows.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from pullwright.cli.terminal.transcript.spans import Line, Span

MOST_LINES = 5_000
"""Lines of one block in colours; what follows is plain."""

LONGEST = 1_000
"""Characters of a line in colours."""

MOST_HELD = 40
"""Lines of a block comment that are waited for."""

_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|//.*")
_COMMENTS = re.compile(r"/\*|\*/")
_C_LIKE = re.compile(
    r"c|cpp|c\+\+|csharp|c#|cs|java|javascript|js|jsx|typescript|ts|tsx|go|rust|rs|css|scss|less|php|kotlin|swift|scala|sql"
)
_ROLES = {
    "Keyword": "syntax.keyword",
    "Keyword.Type": "syntax.class",
    "Keyword.Constant": "syntax.number",
    "Name.Function": "syntax.function",
    "Name.Class": "syntax.class",
    "Name.Exception": "syntax.class",
    "Name.Decorator": "syntax.function",
    "Name.Builtin": "syntax.builtin",
    "Name.Constant": "syntax.number",
    "Name.Tag": "syntax.tag",
    "Name.Attribute": "syntax.attribute",
    "Name.Variable": "syntax.variable",
    "Name.Namespace": "syntax.class",
    "Literal.String": "syntax.string",
    "Literal.Number": "syntax.number",
    "Literal.Date": "syntax.number",
    "Comment": "syntax.comment",
    "Operator": "syntax.operator",
    "Operator.Word": "syntax.keyword",
    "Punctuation": "syntax.operator",
    "Generic.Inserted": "ok",
    "Generic.Deleted": "error",
    "Generic.Heading": "strong",
    "Generic.Subheading": "hunk",
    "Generic.Prompt": "command.mark",
    "Generic.Output": "output",
    "Generic.Emph": "emphasis",
    "Generic.Strong": "strong",
}


class Highlighter:
    """Colours the lines of one block. An unknown language leaves them plain."""

    def __init__(self, language: str) -> None:
        self._language = language.lower()
        self._lexer = lexer_for(self._language)
        self._stack: tuple[str, ...] = ("root",)
        self._held: list[str] = []
        self._in_comment = False
        self._taken = 0

    def copy(self) -> Highlighter:
        """One that goes on from here and leaves this one as it is."""
        twin = copy.copy(self)
        twin._held = list(self._held)
        return twin

    def take(self, line: str) -> list[Line]:
        """The next line, without its newline: which lines are finished with it."""
        self._taken += 1
        if self._lexer is None or self._taken > MOST_LINES:
            return [*self.rest(), _plain(line)]
        self._held.append(line)
        if _C_LIKE.fullmatch(self._language):
            self._look_for_comment(line)
        if self._in_comment and len(self._held) < MOST_HELD:
            return []
        return self.rest()

    def rest(self) -> list[Line]:
        """The lines that were held back."""
        held, self._held, self._in_comment = self._held, [], False
        if not held:
            return []
        if self._lexer is None or any(len(line) > LONGEST for line in held):
            return [_plain(line) for line in held]
        try:
            lines, self._stack = _read(self._language, self._stack, "\n".join(held))
        except Exception:  # a lexer's own fault: colours are no reason to show nothing
            self._lexer = None
            return [_plain(line) for line in held]
        return lines[: len(held)]

    def _look_for_comment(self, line: str) -> None:
        for found in _COMMENTS.finditer(line if self._in_comment else _STRINGS.sub("", line)):
            self._in_comment = found[0] == "/*"


@lru_cache(4096)
def _read(language: str, stack: tuple[str, ...], text: str) -> tuple[list[Line], tuple[str, ...]]:
    """The lines of a text that begins in a lexer's state, and the state in which it ends. The same lines come again and again:
    in an edit, in the next edit of the same place, in the viewer."""
    lexer: Any = lexer_for(language)
    if not _is_state_machine(lexer):
        return _lines((kind, part) for _, kind, part in lexer.get_tokens_unprocessed(text + "\n")), stack
    after = list(stack)
    return _lines(_run(lexer, lexer._tokens, text + "\n", after)), tuple(after)


def _run(lexer: Any, tokens: Any, text: str, stack: list[str]) -> Iterator[tuple[Any, str]]:
    """`pygments.lexer.RegexLexer.get_tokens_unprocessed`, which does not tell in which state it ended."""
    from pygments.token import Error, Whitespace, _TokenType  # pyright: ignore[reportPrivateUsage]

    at = 0
    while at < len(text):
        for matches, action, new_state in tokens[stack[-1]]:
            if not (found := matches(text, at)):
                continue
            if isinstance(action, _TokenType):
                yield action, found.group()
            elif action is not None:
                yield from ((kind, part) for _, kind, part in action(lexer, found))
            at = found.end()
            _move(stack, new_state)
            break
        else:
            if text[at] == "\n":
                stack[:] = ["root"]
            yield (Whitespace if text[at] == "\n" else Error), text[at]
            at += 1


def _move(stack: list[str], new_state: Any) -> None:
    """Change the state as a rule says: a name, a tuple of names, a number of states to leave, `#push` or `#pop`."""
    states = cast(
        "tuple[str | int, ...]", new_state if isinstance(new_state, tuple) else () if new_state is None else (new_state,)
    )
    for state in states:
        if isinstance(state, int):
            del stack[max(1, len(stack) - abs(state)) :]
        elif state == "#pop":
            if len(stack) > 1:
                stack.pop()
        else:
            stack.append(stack[-1] if state == "#push" else state)


def _is_state_machine(lexer: Any) -> bool:
    from pygments.lexer import RegexLexer

    return isinstance(lexer, RegexLexer) and type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed


@lru_cache(64)
def lexer_for(language: str) -> Any:
    """Pygments' lexer of that name; None when it knows none. Its plugins are not asked: looking for them is slow."""
    if not language or language in ("text", "txt", "plain", "plaintext", "none", "output"):
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers._mapping import LEXERS

    known: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = LEXERS
    if any(language in aliases for _, _, aliases, _, _ in known.values()):
        options = {"startinline": True} if language == "php" else {}
        return get_lexer_by_name(language, stripnl=False, ensurenl=False, **options)
    return None


_ENDINGS = {
    "py pyi": "python",
    "js mjs cjs": "javascript",
    "jsx": "jsx",
    "ts mts cts": "typescript",
    "tsx": "tsx",
    "rs": "rust",
    "go": "go",
    "c h": "c",
    "cc cpp cxx hpp hh": "cpp",
    "java": "java",
    "kt kts": "kotlin",
    "swift": "swift",
    "cs": "csharp",
    "rb": "ruby",
    "php": "php",
    "sh bash zsh": "bash",
    "json": "json",
    "yaml yml": "yaml",
    "toml": "toml",
    "ini cfg": "ini",
    "html htm": "html",
    "css": "css",
    "scss": "scss",
    "sql": "sql",
    "xml svg": "xml",
    "lua": "lua",
    "scala": "scala",
    "ex exs": "elixir",
    "hs": "haskell",
    "tf": "terraform",
    "proto": "protobuf",
}
_LANGUAGES = {ending: language for endings, language in _ENDINGS.items() for ending in endings.split()}


def language_of(path: str) -> str:
    """The language of a file, by its name; empty when that tells nothing."""
    name = path.rpartition("/")[2].lower()
    return {"dockerfile": "docker", "makefile": "make"}.get(name, _LANGUAGES.get(name.rpartition(".")[2], ""))


@lru_cache(512)
def _role(kind: Any) -> str:
    """The role of a token's type: its own or the nearest of those above it."""
    names = str(kind).split(".")[1:]
    for end in range(len(names), 0, -1):
        if role := _ROLES.get(".".join(names[:end])):
            return role
    return ""


def _lines(tokens: Iterator[tuple[Any, str]]) -> list[Line]:
    lines: list[Line] = [[]]
    for kind, text in tokens:
        role = _role(kind)
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append(Span(part, role))
    return lines


def _plain(line: str) -> Line:
    return [Span(line)] if line else []
