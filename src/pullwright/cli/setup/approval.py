"""Question 3: who is asked before an effect, in the interactive terminal."""

from __future__ import annotations

from pullwright.cli.setup.asker import Asker, Option
from pullwright.cli.setup.scene import Scene
from pullwright.protocol.policy import ApprovalMode

MODES: tuple[tuple[ApprovalMode, str], ...] = (
    ("suggest", "each edit, and each command that can change something, waits for your yes"),
    ("auto-edit", "edits go ahead; commands that can change something wait for your yes"),
    ("full-auto", "both go ahead, inside the sandbox; nothing is asked"),
)


def ask_approval(asker: Asker, scene: Scene) -> ApprovalMode:
    """The mode of a pairing, where your own files are edited. Raises `Skipped`, `Back`."""
    now = scene.settings.terminal.approval
    default = next(number for number, (mode, _) in enumerate(MODES) if mode == now)
    number = asker.choose("3. Approval mode: what may happen to your files?", [Option(*one) for one in MODES], default)
    return MODES[number][0]
