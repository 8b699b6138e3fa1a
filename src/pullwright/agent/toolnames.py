"""What other agents call the tools that we have: for hooks' matchers and custom agents' lists of tools.

Sources: Claude Code's tool names (`Bash`, `Edit`, …); GitHub's aliases for custom agents (`execute`, `search`, …:
docs.github.com, "Custom agents configuration"). Case does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

_EDITING = ("apply_patch", "edit", "write")
ALIASES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("execute", "shell", "bash", "powershell", "terminal", "runcommands"), ("exec", "process")),
    **dict.fromkeys(("edit", "multiedit", "write", "notebookedit", "editfiles"), _EDITING),
    **dict.fromkeys(("read", "notebookread", "ls"), ("read",)),
    **dict.fromkeys(("search", "grep", "glob", "codebase"), ("search",)),
    **dict.fromkeys(("web", "fetch", "webfetch", "websearch"), ("fetch",)),
    **dict.fromkeys(("todo", "todowrite"), ("plan",)),
    **dict.fromkeys(("agent", "task", "custom-agent"), ("explore",)),
}


def ours(name: str, tools: Iterable[str]) -> frozenset[str]:
    """Those of `tools` that `name` means: one of them, a glob over them, or another agent's word.

    A server's tools are meant by `server/tool` and `server/*` (GitHub) as by `server__tool` and `mcp__server__tool` (others).
    """
    tools = frozenset(tools)
    wanted = name.strip()
    found = frozenset(tool for tool in tools if fnmatchcase(tool, wanted)) | (tools & set(ALIASES.get(wanted.lower(), ())))
    if "/" in wanted:
        server, _, tool = wanted.partition("/")
        found |= {have for have in tools for form in _FORMS if fnmatchcase(have, form.format(server, tool))}
    return found


_FORMS = ("{}__{}", "mcp__{}__{}", "{}_{}")
