"""The documentation names what there is: every command, option and setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pullwright.cli.program import pullwright
from pullwright.cli.settings.keys import KEYS

DOCS = Path(__file__).parents[2] / "docs"


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found
            yield from commands(found, child)


def test_every_command_and_option_is_in_the_manual() -> None:
    manual = (DOCS / "cli.md").read_text()
    for name, command in commands(pullwright, "pullwright"):
        assert name in manual, f"docs/cli.md does not name the command {name}"
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for option in options - {"--help", "--version"}:
            assert option in manual, f"docs/cli.md does not name {name} {option}"


def test_every_setting_is_in_the_manual() -> None:
    manual = (DOCS / "cli.md").read_text()
    for key in KEYS:
        shown = key.removeprefix("providers.*.").removeprefix("mcp.servers.*.")
        assert f"`{shown}`" in manual, f"docs/cli.md does not name the setting {key}"


def test_every_field_of_a_review_is_in_its_manual() -> None:
    from pullwright.attempts.review.record import Citation, Evidence, Finding, Review

    manual = (DOCS / "review.md").read_text()
    for kind in (Review, Finding, Citation, Evidence):
        for field in kind.__struct_fields__:
            assert f"`{field}`" in manual, f"docs/review.md does not name {kind.__name__}.{field}"


def test_every_field_of_an_environment_is_in_its_manual() -> None:
    from pullwright.tasks.store.records import EnvironmentSpec, SecretUse

    manual = (DOCS / "environments.md").read_text()
    for kind in (EnvironmentSpec, SecretUse):
        for field in kind.__struct_fields__:
            shown = f"`{field}`" in manual or f'"{field}"' in manual
            assert shown, f"docs/environments.md does not name {kind.__name__}.{field}"
