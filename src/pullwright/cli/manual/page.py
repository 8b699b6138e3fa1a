"""The page: commands, options, exit codes, settings, environment, files."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from pullwright import __version__
from pullwright.cli.manual.exits import EXITS
from pullwright.cli.manual.roff import bold, entry, escaped, paragraphs, section, subsection, verbatim
from pullwright.cli.program import COMMANDS, EXAMPLES, pullwright
from pullwright.cli.settings.keys import KEYS, allowed

VARIABLES: dict[str, str] = {
    "PULLWRIGHT_HOME": "One folder for settings, sessions and cache, in place of those below.",
    "PULLWRIGHT_BASE_URL": "A compatible server's address; with PULLWRIGHT_MODEL, PULLWRIGHT_API_KEY, PULLWRIGHT_WIRE.",
    "PULLWRIGHT_…": "Each setting has a variable: limits.memory is PULLWRIGHT_LIMITS_MEMORY.",
    "OPENAI_API_KEY": "And ANTHROPIC_API_KEY, OPENROUTER_API_KEY, AZURE_OPENAI_API_KEY with AZURE_OPENAI_ENDPOINT: keys.",
    "HTTPS_PROXY": "And HTTP_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE: the way to the provider.",
    "NO_COLOR": "No colours. FORCE_COLOR insists on them.",
    "VISUAL": "And EDITOR: the external editor of the interactive terminal.",
    "PULLWRIGHT_DEBUG": "Show tracebacks.",
}
FILES: dict[str, str] = {
    "~/.config/pullwright/config.toml": "Your settings. $XDG_CONFIG_HOME moves it.",
    "~/.config/pullwright/AGENTS.md": "Your own instructions for the model.",
    "~/.config/pullwright/credentials.json": "Kept keys, where no OS keyring answers; only its owner may read it.",
    "~/.local/state/pullwright/sessions": "Sessions: logs, artifacts, checkpoints. $XDG_STATE_HOME moves it.",
    "~/.cache/pullwright": "Mirrors and checkouts. $XDG_CACHE_HOME moves it.",
    ".pullwright/config.toml": "A project's own settings; they count in full after pullwright trust.",
}


def page() -> str:
    """pullwright(1) as roff, of this version's commands."""
    context = click.Context(pullwright, info_name="pullwright")
    lines = [
        f'.TH PULLWRIGHT 1 "" "pullwright {escaped(__version__)}" "User Commands"',
        section("Name"),
        f"pullwright \\- {escaped('from a sentence to a tested branch, in a real sandbox')}",
        section("Synopsis"),
        f"{bold('pullwright')} [{escaped('OPTIONS')}] {escaped('COMMAND')} [{escaped('ARGS')}]",
        section("Description"),
        *paragraphs(pullwright.help or ""),
        *_options(context),
        section("Commands"),
    ]
    for title, commands in COMMANDS.items():
        lines.append(f'.SS "{escaped(title)}"')
        for name, _ in commands:
            command = pullwright.get_command(context, name)
            assert command is not None
            lines += _command(click.Context(command, info_name=name, parent=context))
    lines += [section("Exit status"), *(entry(bold(str(code)), text) for code, text in EXITS.items())]
    lines += [section("Settings"), *_settings()]
    lines += [section("Environment"), *(entry(bold(name), text) for name, text in VARIABLES.items())]
    lines += [section("Files"), *(entry(f"\\fI{escaped(name)}\\fR", text) for name, text in FILES.items())]
    lines += [section("Examples"), *verbatim(EXAMPLES.split("\n\n")[0].splitlines()[1:])]
    text = "\n".join(lines) + "\n"
    return re.sub(r"(?m)^(\.S[HS] .*\n)\.PP\n", r"\1", text)  # a heading begins a paragraph by itself


def _command(context: click.Context) -> Iterator[str]:
    """A command, then the commands below it."""
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    yield subsection(f"{context.command_path} {usage}".strip())
    yield from paragraphs(command.help or "")
    yield from _options(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _command(click.Context(child, info_name=name, parent=context))


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record and isinstance(parameter, click.Option) and "--help" not in parameter.opts:
            yield entry(bold(record[0]), record[1])


def _settings() -> Iterator[str]:
    yield from paragraphs("Keys of config.toml, for pullwright config set KEY VALUE.")
    for name, key in KEYS.items():
        kinds = allowed(key)
        yield entry(bold(name.replace("*", "NAME")), key.help + (f" ({kinds})" if kinds != "text" else ""))
