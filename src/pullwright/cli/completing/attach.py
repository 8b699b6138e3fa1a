"""Which parameter takes which values, by its name; its type is exchanged for one that knows them, while a shell asks."""

from __future__ import annotations

import contextlib

import click
from click.shell_completion import CompletionItem

from pullwright.cli.completing.values import (
    Values,
    agents,
    models,
    of_setting,
    providers,
    refs,
    servers,
    sessions,
    settings,
    value_of_setting,
    words,
)

BY_NAME: dict[str, Values] = {
    "session": sessions,
    "names": sessions,
    "resume": sessions,
    "model": models,
    "agent": agents,
    "ref": refs,
    "base": refs,
    "commit": refs,
    "provider": providers,
    "name": servers,
    "key": settings,
    "value": value_of_setting,
    "approval": of_setting("approval"),
    "access": of_setting("access"),
    "effort": of_setting("effort"),
    "sandbox": of_setting("sandbox"),
    "network": words("off", "registries"),
    "answer": words("yes", "no", "always", "session"),
    "fail_on": words("P0", "P1", "P2", "P3", "never"),
    "budget": words("1usd", "100ktokens", "50steps", "10m"),
}


class Known(click.ParamType[str]):
    """Text, some of whose values are known."""

    name = "text"

    def __init__(self, values: Values) -> None:
        self.values = values

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """The values that begin with what is there; a fault of ours gives none, since nobody would see it."""
        found: list[CompletionItem[str]] = []
        with contextlib.suppress(Exception):
            given = ctx.params.get(param.name or "") if param.nargs == -1 else ()
            for value, help_ in self.values(ctx):
                if value.startswith(incomplete) and value not in (given or ()):
                    found.append(CompletionItem(value, help=help_ or None))
        return found


def attach(command: click.Command) -> click.Command:
    """Exchange the types of the free-text parameters of `command` and of the commands below it."""
    for parameter in command.params:
        values = BY_NAME.get(parameter.name or "")
        if values and isinstance(parameter.type, click.types.StringParamType):
            parameter.type = Known(values)
    for child in command.commands.values() if isinstance(command, click.Group) else ():
        attach(child)
    return command
