"""The banner over everything that a scripted model did."""

from __future__ import annotations

from pullwright.cli.render.style import PLAIN, Style

TEXT = "SCRIPTED MODEL: prepared answers, no mind behind them. The sandbox, the commands and the tests are real."


def scripted_banner(style: Style = PLAIN) -> list[str]:
    """The banner as lines."""
    rule = "=" * len(TEXT)
    return [style(line, "yellow", "bold") for line in (rule, TEXT, rule)]
