"""What other agents call the tools that we have: for hooks' matchers and custom agents' lists of tools.

Sources: Claude Code's tool names (`Bash`, `Edit`, …); GitHub's aliases for custom agents (`execute`, `search`, …:
docs.github.com, "Custom agents configuration"); VS Code's names, alone (`editFiles`) and with their set (`edit/editFiles`), as
custom agents in the wild have them. Case does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

_EDITING = ("apply_patch", "edit", "write")
ALIASES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("execute", "shell", "bash", "powershell", "terminal", "runcommands", "runinterminal"), ("exec", "process")),
    **dict.fromkeys(("runtests", "runtask", "runtasks", "createandruntask"), ("exec", "process")),
    **dict.fromkeys(("edit", "multiedit", "write", "notebookedit", "editfiles", "createfile", "createdirectory"), _EDITING),
    **dict.fromkeys(("read", "notebookread", "ls", "readfile"), ("read",)),
    **dict.fromkeys(("search", "grep", "glob", "codebase", "usages", "filesearch", "textsearch", "findtestfiles"), ("search",)),
    **dict.fromkeys(("web", "fetch", "webfetch", "websearch"), ("fetch",)),
    **dict.fromkeys(("todo", "todos", "todowrite"), ("plan",)),
    **dict.fromkeys(("agent", "task", "custom-agent", "runsubagent"), ("explore",)),
}
_SETS = frozenset({"agent", "edit", "execute", "read", "runcommands", "search", "todo", "web"})


def ours(name: str, tools: Iterable[str]) -> frozenset[str]:
    """Those of `tools` that `name` means: one of them, a glob over them, or another agent's word.

    A server's tools are meant by `server/tool`, `server/*` and `server` (GitHub),
    `mcp__server__tool` and `server__tool` (others).
    """
    tools = frozenset(tools)
    wanted = name.strip()
    found = frozenset(tool for tool in tools if fnmatchcase(tool, wanted)) | (tools & set(ALIASES.get(wanted.lower(), ())))
    server, _, tool = wanted.partition("/")
    found |= {have for have in tools for form in _FORMS if fnmatchcase(have, form.format(server, tool or "*"))}
    if server.lower() in _SETS and tool:
        found |= tools & set(ALIASES.get(tool.lower(), ()))
    return found


_FORMS = ("{}__{}", "mcp__{}__{}")
