"""An import from end to end: look, ask, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import folders
from pullwright.cli.importing.apply import apply
from pullwright.cli.importing.haul import Place
from pullwright.cli.importing.plan import Plan, plan_for, target_for
from pullwright.cli.importing.sources import hauls
from pullwright.cli.project import project_at
from pullwright.protocol.errors import FixSettings


def persons_place() -> Place:
    """The home of whoever runs this."""
    home = Path(os.environ.get("HOME") or Path.home())
    return Place(home, home, dict(os.environ))


def look(sources: Iterable[str], project: Path | None = None, *, replace: bool = False) -> Plan:
    """The plan for what the sources have in the person's home, or in the project around `project`. Writes nothing.

    Raises `FixRepository` outside a project, `FixSettings` when the settings file that it goes to cannot be read.
    """
    place = persons_place()
    if project is None:
        config = folders().config
        return plan_for(hauls(sources, place), target_for(config / "config.toml", config / "AGENTS.md", config), replace=replace)
    root = project_at(project)
    ours = root / ".pullwright"
    for path in (ours, ours / "config.toml", root / "AGENTS.md"):
        if path.is_symlink():  # whoever wrote the repository would choose what is read and written
            raise FixSettings(f"{path} is a link, and leads who knows where", fix="make it a file of the project's own")
    target = target_for(ours / "config.toml", root / "AGENTS.md", ours)
    return plan_for(hauls(sources, Place(root, place.home, place.env, project=True)), target, replace=replace)


def bring(plan: Plan, ask: Callable[[str], bool] | None, *, keep_secrets: bool = False) -> list[str]:
    """Write the plan, when the person agrees (`ask` is None: they did); returns what to tell them."""
    if ask and not ask("Bring this over?"):
        return ["Nothing was written."]
    if plan.secrets and ask and not keep_secrets:
        keep_secrets = ask("Keep those secrets with your keys, so that the servers find them?")
    told = [f"Written: {line}" for line in apply(plan, Credentials(folders()) if keep_secrets else None)]
    if any(step.what.startswith("MCP server") and step.state in ("new", "replaces") for step in plan.steps):
        told.append("MCP servers run in the sandbox here. Whether each starts there: pullwright mcp test NAME")
    if plan.target.folder.name == ".pullwright":
        told.append("What is in .pullwright counts once the project is trusted: pullwright trust")
    if plan.secrets and not keep_secrets:
        told.append(f"Left where they are: {', '.join(plan.secrets)}. Export them, or: pullwright login secret:NAME")
    return told
