"""Which calls a hook's matcher means.

    exec                      a tool, by its name here or as others call it (`Bash`, `Edit`, `execute`)
    mcp__*                    a glob over names
    edit|write                any of these
    exec(git push)            a command one of whose parts begins with these words
    edit(src/*.py)            an edit or read of a path that fits

A filter, not a wall: a shell line can hide what it runs (`sh -c "$X"`). A hook that guards matches the tool and judges the line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from pullwright.agent.scopes import commands_of, paths_of
from pullwright.agent.toolnames import ours
from pullwright.protocol.items import Call, FunctionCall
from pullwright.tools.mcp.names import MCP_CALL

_ONE = re.compile(r"\s*([^()|\s]+)\s*(?:\((.*?)\))?\s*\Z")
_ALTERNATIVES = re.compile(r"\|(?![^(]*\))")
_PARTS = re.compile(r"&&|\|\||[;|&\n]")


def check(matcher: str) -> None:
    """Raise `ValueError` for a matcher that means nothing."""
    for one in _ALTERNATIVES.split(matcher) if matcher else ():
        if not _ONE.match(one):
            raise ValueError(
                f"{matcher!r} is no matcher; write a tool as exec, edit|write, mcp__*, exec(git push) or edit(src/*.py)"
            )


def matches(matcher: str, call: Call, tools: Iterable[str]) -> bool:
    """Whether `call` is one of those that are meant; an empty matcher, and `*`, mean all."""
    if matcher.strip() in {"", "*", ".*"}:
        return True
    call = meant(call)
    tools = frozenset(tools) | {call.name}
    return any(_one(one, call, tools) for one in _ALTERNATIVES.split(matcher))


class _Meant(msgspec.Struct):
    tool: str
    arguments: dict[str, Any] = {}


def meant(call: Call) -> Call:
    """The call that is made: of one through `mcp_call` the call of the server's tool."""
    if call.name != MCP_CALL or not isinstance(call, FunctionCall):
        return call
    try:
        said = msgspec.json.decode(call.arguments, type=_Meant)
    except (msgspec.DecodeError, RecursionError):
        return call
    return msgspec.structs.replace(call, name=said.tool, arguments=msgspec.json.encode(said.arguments).decode())


def _one(one: str, call: Call, tools: frozenset[str]) -> bool:
    found = _ONE.match(one)
    if not found or call.name not in ours(found[1], tools):
        return False
    inside = (found[2] or "").strip()
    if inside in {"", "*"}:
        return True
    commands = commands_of(call)
    if commands:
        words = inside.removesuffix("*").removesuffix(":").strip()
        return any(_begins(part, words) for command in commands for part in _PARTS.split(command))
    return any(fnmatchcase(path.removeprefix("./"), inside.removeprefix("./")) for path in touched(call))


def _begins(part: str, words: str) -> bool:
    try:
        said, wanted = shlex.split(part), shlex.split(words)
    except ValueError:
        said, wanted = part.split(), words.split()
    while said and "=" in said[0] and re.match(r"\w+=", said[0]):
        del said[0]
    return said[: len(wanted)] == wanted


class _Paths(msgspec.Struct):
    paths: list[str] | str = []
    path: str = ""


def touched(call: Call) -> list[str]:
    """The paths that a call names: of an edit, or of a read (without its range of lines)."""
    if found := paths_of(call):
        return found
    if not isinstance(call, FunctionCall):
        return []
    try:
        named = msgspec.json.decode(call.arguments, type=_Paths)
    except (msgspec.DecodeError, RecursionError):
        return []
    paths = [named.paths] if isinstance(named.paths, str) else named.paths
    return [re.sub(r":\d+(-\d*)?\Z", "", path) for path in [*paths, *([named.path] if named.path else [])]]
