"""`pullwright replay`: the proof of a change, run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pullwright.attempts.bundle.reading import Bundle
    from pullwright.attempts.bundle.replaying import Replayed

HELP = """Run the proof of a bundled change again: same base, same patch, same tests, in fresh sandboxes of this machine.

FILE is what `pullwright sessions export SESSION FILE --bundle` wrote. Nothing in it is trusted: it is checked against its
digests, its patch must give the tree that it names, and its tests run in the sandbox alone, with the network that your
settings allow.
Exits with 0 when verdict and deciding tests are the same, with 5 when they are not.

\b
Examples:
  pullwright replay proof.tar.gz
  pullwright replay proof.tar.gz --repository .        the base's files, and a .venv, from a clone
  pullwright replay proof.tar.gz --sha256 4be1…        only if it is this very file
"""


@click.command(help=HELP, short_help="Run the proof of a bundled change again, in fresh sandboxes.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--repository", type=click.Path(path_type=Path, file_okay=False), help="A clone that has the base.")
@click.option("--sha256", default="", metavar="DIGEST", help="What the file must digest to.")
@click.option("--env", "pairs", multiple=True, metavar="NAME=VALUE", help="A variable that a bundle only names.")
@click.option("--network", metavar="off|registries|HOST[,…]", help="What the tests may reach.")
@click.option("--sandbox", metavar="KIND", help="linux, gvisor, container or seatbelt.")
@click.option("--json", "as_json", is_flag=True, help="Verdicts, runs and differences as JSON.")
@click.pass_context
def command(context: click.Context, file: Path, as_json: bool, pairs: tuple[str, ...], **options: Any) -> None:
    """Run it again, and say what differs."""
    import asyncio
    import sys

    from pullwright.cli.render.progress import Progress
    from pullwright.cli.render.style import style_for
    from pullwright.cli.run.bundles import replayed, variables_of
    from pullwright.cli.settings.load import load
    from pullwright.protocol.events import VerificationRan

    loaded = load(None, {name: (f"--{name}", options[name]) for name in ("network", "sandbox")})
    style = style_for(sys.stderr)
    progress = Progress(style)

    def watch(event: Any) -> None:
        if isinstance(event, VerificationRan):
            for line in progress.lines(event):
                click.echo(line, err=True, color=style.colours or None)

    bundle, found = asyncio.run(
        replayed(
            file,
            loaded,
            repository=options["repository"],
            sha256=options["sha256"],
            variables=variables_of(pairs),
            begin=_begin,
            watch=watch,
        )
    )
    click.echo(_json(bundle, found) if as_json else _text(bundle, found))
    context.exit(0 if found.same else 5)


def _begin(bundle: Bundle) -> None:
    from pullwright.cli.render.clean import one_line

    manifest = bundle.manifest
    click.echo(f"{one_line(manifest.asked, 100)}", err=True)
    click.echo(f"base {manifest.base.commit[:12]}, tests: {one_line(bundle.environment.command.shown, 100)}", err=True)


def _text(bundle: Bundle, found: Replayed) -> str:
    from pullwright.cli.render.clean import one_line

    lines = [
        f"{'Same verdict' if found.same else 'NOT the same'}: {found.verified.verdict}"
        + ("" if found.same else f", and it was {bundle.verified.verdict}"),
        f"  {one_line(found.verified.why, 300)}",
    ]
    lines += [f"  differs: {one_line(each, 300)}" for each in found.differences] or ["  nothing differs"]
    return "\n".join(lines)


def _json(bundle: Bundle, found: Replayed) -> str:
    import json

    import msgspec

    from pullwright.cli.render.clean import inert

    document = {
        "bundle": bundle.sha256,
        "same": found.same,
        "then": msgspec.to_builtins(bundle.verified),
        "now": msgspec.to_builtins(found.verified),
        "runs": [msgspec.to_builtins(event.run) for event in found.runs],
        "differences": found.differences,
    }
    return inert(json.dumps(document, indent=2))
