"""Images from registries, by the tools that know how: skopeo, else podman. Pullwright itself speaks to no registry."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from pullwright.protocol.errors import FixMachine, FixSettings, TryAgainLater
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.locks import take

_REFERENCE = re.compile(r"[a-z0-9][a-z0-9._-]*(:\d+)?(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?")
AGE = 24 * 3600.0
"""Seconds for which a tag is not asked for again; a digest never is."""
LONGEST = 1800.0


async def pulled(reference: str, cache: Path, say: Callable[[str], None]) -> Path:
    """An OCI archive of the image, pulled unless it was lately. Raises `FixSettings`, `FixMachine`, `TryAgainLater`."""
    if not _REFERENCE.fullmatch(reference):
        raise FixSettings(f"{reference!r} names no image", fix="Use a name such as `python:3.12` or `host/name@sha256:…`.")
    folder = cache / "pulled"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(reference.encode()).hexdigest()[:32]}.tar"
    held = await in_thread(take, path.with_suffix(".lock"))
    try:
        if not path.exists() or ("@sha256:" not in reference and time.time() - path.stat().st_mtime > AGE):
            say(f"pulling the image {reference}\n")
            await _pull(reference, path)
    finally:
        held.release()
    return path


async def _pull(reference: str, path: Path) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    if skopeo := shutil.which("skopeo"):
        await _run(reference, skopeo, "--insecure-policy", "copy", "--quiet", f"docker://{reference}", f"oci-archive:{draft}")
    elif podman := shutil.which("podman"):
        await _run(reference, podman, "pull", "--quiet", "--", reference)
        await _run(reference, podman, "save", "--quiet", "--format", "oci-archive", "--output", str(draft), "--", reference)
    else:
        raise FixMachine(
            f"the image {reference} is not on this machine, and nothing is installed that could pull it",
            fix="Install skopeo or podman; or save the image as an OCI archive, and put it into the service's `roots` folder.",
        )
    draft.rename(path)


async def _run(reference: str, *argv: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(LONGEST):
            _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise TryAgainLater(f"the image {reference} could not be pulled: {last[0][:300]}")
