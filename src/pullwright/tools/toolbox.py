"""Which tools a session has."""

from __future__ import annotations

from typing import Literal

from pullwright.protocol.policy import Mode
from pullwright.tools.apply_patch import ApplyPatch
from pullwright.tools.ask_user import AskUser
from pullwright.tools.edit import Edit
from pullwright.tools.exec import Exec
from pullwright.tools.plan import Plan
from pullwright.tools.process import ProcessTool
from pullwright.tools.read import Read
from pullwright.tools.search import Search
from pullwright.tools.tool import Tool
from pullwright.tools.write import Write


def toolbox(
    family: Literal["openai", "anthropic", "other"],
    mode: Mode = "code",
    *,
    answerable: bool = True,
    network_on: bool = False,
) -> tuple[Tool, ...]:
    """The built-in tools, sorted by name, so that the prompt's prefix is the same each time.

    Mode `ask` has no edits and runs commands with the workspace read-only. Models of the family `openai` edit by
    patch, others by replacing and by writing whole files. `fetch` is there when the network is.
    """
    tools: list[Tool] = [Exec(only_reading=mode == "ask"), ProcessTool(), Read(), Search(), AskUser(answerable=answerable)]
    if mode == "code":
        tools.append(Plan())
        tools += [ApplyPatch()] if family == "openai" else [Edit(), Write()]
    if network_on:
        from pullwright.tools.fetch import Fetch  # its HTML parser takes 4 ms to import, and most sessions have no network

        tools.append(Fetch())
    return tuple(sorted(tools, key=lambda tool: tool.spec.name))
