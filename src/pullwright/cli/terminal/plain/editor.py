"""The person's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from pathlib import Path


async def edited(text: str, suffix: str, setting: str = "") -> str | None:
    """`text` as the editor leaves it: the setting, else $VISUAL, else $EDITOR, else vi. None when it was left as it was, or the
    editor failed. Raises `OSError` when it does not start."""
    words = next((words for words in (setting, os.environ.get("VISUAL"), os.environ.get("EDITOR")) if words), "vi")
    with tempfile.TemporaryDirectory(prefix="pullwright-") as folder:
        file = Path(folder) / f"text{suffix}"
        file.write_text(text, encoding="utf-8", newline="")
        process = await asyncio.create_subprocess_exec(*shlex.split(words), str(file))
        code = await process.wait()
        after = file.read_bytes().decode("utf-8", errors="replace")
    return after if code == 0 and after != text else None
