"""What `pullwright doctor` found, as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pullwright.cli.render.clean import clean
from pullwright.cli.render.style import PLAIN, Style
from pullwright.sandbox.sandbox import Check


def check_lines(groups: Mapping[str, Sequence[Check]], style: Style = PLAIN) -> list[str]:
    """One line for each check, its fix below it where it failed."""
    lines: list[str] = []
    for title, checks in groups.items():
        lines += ["", style(title, "bold")] if lines else [style(title, "bold")]
        for check in checks:
            mark = style("ok  ", "green") if check.ok else style("FAIL", "red") if check.required else style("note", "yellow")
            lines.append(f"  {mark} {clean(check.name)}: {clean(check.found)}")
            if not check.ok and check.fix:
                lines += [
                    f"       fix: {line}" if number == 0 else f"            {line}"
                    for number, line in enumerate(clean(check.fix).splitlines())
                ]
    return lines
