"""`pullwright setup`: three questions, and their answers written down."""

from __future__ import annotations

from typing import Any

import click

HELP = """Ask three things and write them down: sign-in, default model, approval mode.

Keys in the environment, kept keys and local model servers are found; a key is shown to its provider before it is kept. Each
question can be skipped, and setup can be run again at any time. Until the last answer nothing is written. Without a terminal,
or with --yes, nothing is asked: the flags say it.

\b
Examples:
  pullwright setup
  pass show openai | pullwright setup --yes --provider openai --key-stdin
  pullwright setup --yes --provider ollama --model qwen3-coder:30b
  pullwright setup --yes --base-url http://127.0.0.1:8000/v1
  pullwright setup --approval auto-edit
"""


@click.command(help=HELP, short_help="Ask three things and write them down: sign-in, model, approval mode.")
@click.option("--provider", metavar="NAME", default="", help="openai, azure, anthropic, openrouter, ollama, …, or one of yours.")
@click.option("--base-url", metavar="URL", default="", help="Its address: an Azure endpoint, or any compatible server's.")
@click.option("--wire", type=click.Choice(["responses", "chat", "anthropic"]), help="Which API a server of your own speaks.")
@click.option("--entra", is_flag=True, help="Azure: sign in with Entra ID in place of a key.")
@click.option("--key-stdin", is_flag=True, help="Read the key from standard input.")
@click.option("--keep", type=click.Choice(["keyring", "file"]), default=None, help="Where to keep it; else keyring, then file.")
@click.option("-m", "--model", metavar="fast|deep|NAME", default="", help="The default model class or model.")
@click.option("--approval", metavar="MODE", default="", help="suggest, auto-edit or full-auto, in the interactive terminal.")
@click.option("--unchecked", is_flag=True, help="Do not ask the provider whether it accepts the key.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing; what is not given is found, or takes its default.")
def command(**options: Any) -> None:
    """Ask three things and write them down."""
    import os
    import sys

    from pullwright.cli.setup.scene import scene

    here = scene(os.environ)
    asking = sys.stdin.isatty() and sys.stdout.isatty() and not options["yes"] and not options["key_stdin"]
    if not asking and not any(options.values()):
        from pullwright.protocol.errors import FixSettings

        raise FixSettings(
            "setup asks questions, and there is no terminal here to answer in",
            fix="say it with flags: pullwright setup --yes --provider NAME --key-stdin < FILE   (see pullwright setup --help)",
        )
    _converse(here, options) if asking else _batch(here, options)


def _converse(here: Any, options: dict[str, Any]) -> None:
    from pullwright.cli.setup.first_run import converse

    converse(here, _given(here, options), options["model"], options["keep"])


def _batch(here: Any, options: dict[str, Any]) -> None:
    from pullwright.cli.setup.batch import batch
    from pullwright.cli.setup.record import record, require_room

    require_room(here.folders)
    given = _given(here, options)
    plan = batch(here, given, model=options["model"], everything=options["yes"], checked=not options["unchecked"])
    for line in record(plan, here, options["keep"]):
        click.echo(line, err=True)


def _given(here: Any, options: dict[str, Any]) -> Any:
    """The plan that the flags make."""
    from pullwright.cli.settings.layer import Origin, checked
    from pullwright.cli.setup.batch import provider_given
    from pullwright.cli.setup.plan import Plan, SignIn
    from pullwright.protocol.errors import FixSettings

    approval = options["approval"] or None
    if approval:
        checked("terminal.approval", approval, Origin("flag", "--approval"))
    url = options["base_url"]
    name = provider_given(here, options["provider"], url)
    if not name and (options["key_stdin"] or options["entra"] or options["wire"]):
        raise FixSettings("whose key or server this is is not said", fix="add --provider NAME or --base-url URL")
    sign_in = SignIn(
        provider=name,
        base_url=_address(url),
        wire=options["wire"],
        key=_key() if options["key_stdin"] else "",
        entra=True if options["entra"] else None,
    )
    return Plan(sign_in=sign_in if name else None, approval=approval)


def _address(url: str) -> str:
    from pullwright.cli.setup.ways import is_address
    from pullwright.protocol.errors import FixSettings

    if url and not is_address(url):
        raise FixSettings(f"{url!r} is no address", fix="write it as https://example.org/v1")
    return url.rstrip("/")


def _key() -> str:
    import sys

    from pullwright.protocol.errors import FixSettings

    key = sys.stdin.read(65536).strip()
    if not key or not key.isprintable() or any(character.isspace() for character in key):
        raise FixSettings("that is no key: it is empty or has spaces in it", fix="give the key alone, on one line")
    return key
