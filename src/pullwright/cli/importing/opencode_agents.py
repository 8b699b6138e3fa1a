"""opencode's agents as ours: there `tools` and `permission` say what is switched off, here `tools` says what there is.

The format is that of opencode.ai/docs/agents: front matter (or an entry of the JSON) with `description`, `mode`, `model`
(provider/name), `tools` (name -> true, false) and `permission` (`edit`, `bash`, `webfetch`: ask, allow, deny).
"""

from __future__ import annotations

from typing import Any

from pullwright.agent.frontmatter import read
from pullwright.cli.importing.markdown import front_matter
from pullwright.cli.importing.mcp_json import text
from pullwright.cli.importing.reading import table
from pullwright.models.catalog import providers

GROUPS: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "search": ("grep", "glob", "list"),
    "edit": ("edit", "write", "patch"),
    "execute": ("bash",),
    "web": ("webfetch", "websearch"),
    "todo": ("todowrite", "todoread"),
    "agent": ("task",),
}
"""A word for tools here, and what opencode calls them."""


def agent_file(name: str, fields: dict[str, Any], body: str) -> bytes:
    """An agent of ours. A tool that is switched off, or denied, takes its whole group with it: never one more than there."""
    model = text(fields.get("model"))
    known = model.partition("/")[0] in providers()
    told = {
        "name": name,
        "description": " ".join(text(fields.get("description")).split()),
        "model": model if known else "",
        "tools": ", ".join(_tools(fields)),
    }
    return front_matter(told, body).encode()


def converted(name: str, content: bytes) -> bytes:
    """An agent's Markdown file of theirs as one of ours; as it is, where its front matter cannot be read."""
    try:
        fronted = read(content)
    except ValueError:
        return content
    return agent_file(name, fronted.fields, fronted.body)


def _tools(fields: dict[str, Any]) -> list[str]:
    """The words for what is left, none where nothing is switched off."""
    off = {tool for tool, value in table(fields.get("tools")).items() if value is False}
    every = "*" in off
    on = {tool for tool, value in table(fields.get("tools")).items() if value is True}
    off |= {tool for tool, value in table(fields.get("permission")).items() if value == "deny"}
    if not off:
        return []
    return [word for word, theirs in GROUPS.items() if not off & set(theirs) and (not every or on & set(theirs))]
