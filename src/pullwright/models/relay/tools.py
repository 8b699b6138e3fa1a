"""`tools` and `tool_choice`, as the wires want them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pullwright.models.model import ToolChoice
from pullwright.models.relay.fields import Choice, CustomTool, Fields, FunctionTool, Named, NamespaceTool, Tool, read_tool
from pullwright.models.relay.namespaces import name_within
from pullwright.models.relay.upstream import MISSING, Upstream, wrong
from pullwright.protocol.items import ToolSpec

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_MODES = ("none", "auto", "required")


def tools_of(asked: Fields) -> tuple[ToolSpec, ...]:
    """The tools that are offered. Raises `ChangeRequest` for a wrong one."""
    specs: dict[str, ToolSpec] = {}
    for at, spec in _specs(asked.tools or [], "tools"):
        if not _NAME.fullmatch(spec.name):
            raise wrong(f"{at}.name", f"{spec.name!r} is no name of a tool", "Use letters, digits, `_` and `-`.")
        if spec.name in specs:
            raise wrong(f"{at}.name", f"{spec.name!r} is offered twice", "Give every tool a name of its own.")
        specs[spec.name] = spec
    return tuple(specs.values())


def _specs(tools: Sequence[Tool], within: str, namespace: str = "") -> Iterator[tuple[str, ToolSpec]]:
    """The tools, with where they stand; those of a namespace by the name that they have without one."""
    for index, tool in enumerate(tools):
        at = f"{within}[{index}]"
        if tool.type == "namespace":
            group = read_tool(tool, NamespaceTool, at)
            yield from _specs(group.tools, f"{at}.tools", group.name)
        else:
            yield at, _spec(tool, at, namespace)


def _spec(tool: Tool, at: str, namespace: str) -> ToolSpec:
    if tool.type == "function":
        function = read_tool(tool, FunctionTool, at)
        return ToolSpec(
            name=name_within(namespace, function.name),
            description=function.description or "",
            parameters=function.parameters,
            strict=bool(function.strict),
        )
    custom = read_tool(tool, CustomTool, at)
    form = custom.format
    name = name_within(namespace, custom.name)
    if form is None or form.type == "text":
        return ToolSpec(name=name, description=custom.description or "", grammar="")
    if not form.definition:
        raise wrong(f"{at}.format.definition", "a grammar needs it", "Set it.", MISSING)
    return ToolSpec(name=name, description=custom.description or "", grammar=form.definition, syntax=form.syntax or "lark")


def chosen(asked: Fields, tools: tuple[ToolSpec, ...], upstream: Upstream) -> tuple[tuple[ToolSpec, ...], ToolChoice | None]:
    """The tools that may be called, and whether one must be. Raises `ChangeRequest` for a choice that cannot be met."""
    choice = asked.tool_choice
    if choice is None:
        return tools, None
    if isinstance(choice, str):
        return tools, _mode(choice, tools)
    if choice.type == "allowed_tools":
        # Not even offered are the others: the wires have no way to forbid a tool.
        return _allowed(choice, tools, upstream)
    name = _found(Named(choice.type, choice.name), tools, "tool_choice", upstream)
    return tools, ToolChoice("required", name)


def _mode(choice: str, tools: tuple[ToolSpec, ...]) -> ToolChoice | None:
    if choice == "none":
        return ToolChoice("none") if tools else None
    if choice == "auto":
        return ToolChoice("auto") if tools else None
    if choice != "required":
        raise wrong("tool_choice", f"{choice!r} is not one of {', '.join(_MODES)}", "Choose one of these, or name a tool.")
    if not tools:
        raise wrong("tool_choice", "a call is required, and there are no tools", "Set `tools`, or leave `tool_choice` out.")
    return ToolChoice("required")


def _allowed(choice: Choice, tools: tuple[ToolSpec, ...], upstream: Upstream) -> tuple[tuple[ToolSpec, ...], ToolChoice | None]:
    if not choice.tools:
        raise wrong("tool_choice.tools", "no tool is allowed", "Name one, or say `none` as `tool_choice`.", MISSING)
    names = {_found(named, tools, f"tool_choice.tools[{at}]", upstream) for at, named in enumerate(choice.tools)}
    return tuple(tool for tool in tools if tool.name in names), ToolChoice(choice.mode or "auto")


def _found(named: Named, tools: tuple[ToolSpec, ...], at: str, upstream: Upstream) -> str:
    if named.type not in ("function", "custom"):
        fix = "Name a tool of type `function` or `custom`."
        raise upstream.cannot(f"runs no tools of type {named.type!r}", at, fix, code="unsupported_tool")
    if not named.name:
        raise wrong(f"{at}.name", "it names no tool", "Set it.", MISSING)
    if all(tool.name != named.name for tool in tools):
        raise wrong(f"{at}.name", f"there is no tool {named.name!r} in `tools`", "Name one that is offered.")
    return named.name
