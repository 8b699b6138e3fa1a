"""The screen over a fake pairing, for benches and tests: `python -m pullwright.cli.terminal.screen [PROJECT] [PROMPT]`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing


def main() -> int:
    """Until it is quitted."""
    from pullwright.cli.terminal.screen.typeahead import held

    with held() as early:
        return asyncio.run(_shown(early, Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve(), " ".join(sys.argv[2:])))


async def _shown(early: int, project: Path, first: str) -> int:
    from pullwright.cli.settings.tree import Terminal
    from pullwright.cli.terminal.pairing.fake import FakePairing
    from pullwright.cli.terminal.screen.running import run_screen
    from pullwright.cli.terminal.theme import detect
    from pullwright.cli.terminal.transcript.transcript import Transcript

    pairing = FakePairing(project)
    theme = detect(wish=os.environ.get("PULLWRIGHT_THEME", "auto"))
    home = os.environ.get("PULLWRIGHT_HOME")
    try:
        return await run_screen(
            cast("Pairing", pairing),
            Transcript(theme),
            Terminal(),
            theme=theme,
            state_folder=Path(home) if home else None,
            first=first,
            early=early,
        )
    finally:
        await pairing.close()


if __name__ == "__main__":
    sys.exit(main())
