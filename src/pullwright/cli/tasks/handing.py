"""A local session handed over to the service, and an attempt of the service's as a local session.

push   log, artifacts and workspace ─▶ one file ─▶ the service, where it goes on as an attempt
pull   the attempt, at rest ─▶ one file ─▶ a session's folder here, which `sessions resume` and `resume` go on with
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from pullwright.attempts.spec import TurnSpec
from pullwright.cli.run.files import works_in_place
from pullwright.cli.run.saved import save
from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.records import Task
from pullwright.log.blobs.folder import FolderBlobs
from pullwright.log.files import FileLog
from pullwright.log.lines import line_of
from pullwright.log.session import Sessions
from pullwright.protocol.errors import Conflict, FixRepository, FixSettings
from pullwright.protocol.events import ChangeMade
from pullwright.protocol.ids import new_id
from pullwright.tasks.handing.parcel import Manifest, Parcel, read, write
from pullwright.workspace.clone import Clone
from pullwright.workspace.git import Git, GitFailed, make_git_dir
from pullwright.workspace.repository import Repository
from pullwright.workspace.shipping import Shipper, land
from pullwright.workspace.workspace import STATE, State

MEDIA = "application/gzip"


def push(api: Api, sessions: Sessions, session: str, project: str, *, prompt: str = "", model: str = "") -> Task:
    """Hand a session over; the task that goes on with it. Raises `FixSettings` for one that worked in the person's own files."""
    folder = sessions.path(session)
    if works_in_place(folder) or not (folder / STATE).exists():
        raise FixSettings(
            "this session worked in your own files, which the service cannot see",
            fix='commit them, and dispatch the rest: pullwright task run "…"',
        )
    with sessions.open(session) as log, tempfile.TemporaryDirectory(prefix="pullwright-push-") as scratch:
        log.claim()  # nobody works on it meanwhile
        target = asyncio.run(_packed(log, folder, Path(scratch), prompt, model))
        return msgspec.json.decode(
            api.raw("POST", f"/handover/{project}", content=target.read_bytes(), media=MEDIA, key=new_id("key")), type=Task
        )


async def _packed(log: FileLog, folder: Path, scratch: Path, prompt: str, model: str) -> Path:
    """The session as a parcel."""
    state = State.load(folder)
    name = new_id("push")  # what was shipped under another name before is none of this parcel's
    await Shipper(folder, FolderBlobs(scratch), name).ship()
    (scratch / name).rename(scratch / "files")
    artifacts = scratch / "artifacts"
    if log.artifacts.folder.is_dir():
        await asyncio.to_thread(shutil.copytree, log.artifacts.folder, artifacts, copy_function=os.link)
    events = list(log.read())
    for event in events:
        if isinstance(event, ChangeMade):
            await asyncio.to_thread(_bundle, Path(state.root), event, artifacts / "changes", scratch / "git")
    ref = state.branch if state.branch != "detached" else ""
    manifest = Manifest(session=log.session, base=state.base, ref=ref, prompt=prompt, model=model)
    target = scratch / "parcel.tar.gz"
    await asyncio.to_thread(write, target, manifest, map(line_of, events), artifacts, scratch / "files")
    return target


def _bundle(root: Path, event: ChangeMade, folder: Path, git_dir: Path) -> None:
    """A change's commits, by a git folder of ours on the repository's objects; theirs is only read. A branch that is gone is left
    out: the files are there all the same."""
    change = event.change
    if not change.head or not change.branch:
        return
    if not git_dir.exists():
        make_git_dir(git_dir, alternates=(Repository.find(root).objects,))
    folder.mkdir(parents=True, exist_ok=True)
    git, ref = Git.own(git_dir), f"refs/pullwright/bundles/{change.head}"
    try:
        git.call("update-ref", ref, change.head)
        git.call("bundle", "create", "--quiet", str(folder / f"{change.head}.bundle"), ref, f"^{change.base}")
    except GitFailed:
        return


def pull(api: Api, sessions: Sessions, attempt: str, root: Path, spec: TurnSpec) -> str:
    """Bring an attempt here; the session's id. `spec` is what a turn on the repository at `root` is run with.

    Raises `FixRepository` when the repository lacks the base, `Conflict` when the session is here and has gone another way.
    """
    with tempfile.TemporaryDirectory(prefix="pullwright-pull-") as scratch:
        source = Path(scratch) / "parcel.tar.gz"
        source.write_bytes(api.raw("GET", f"/attempts/{attempt}/handover"))
        parcel = read(source, Path(scratch) / "parcel")
        _see_base(root, parcel.manifest.base)
        asyncio.run(_landed(sessions, parcel, root))
        folder = sessions.path(parcel.manifest.session)
        branch = next((one.change.branch for one in reversed(parcel.events) if isinstance(one, ChangeMade)), "")
        save(
            msgspec.structs.replace(
                spec, session=parcel.manifest.session, folder=folder, ref=parcel.manifest.base, local=False, branch=branch
            )
        )
        return parcel.manifest.session


def _see_base(root: Path, base: str) -> None:
    try:
        Repository.find(root).resolve(base)
    except FixRepository:
        raise FixRepository(
            f"{root} does not have the commit {base[:12]} that the attempt stands on", fix="fetch it first: git fetch"
        ) from None


async def _landed(sessions: Sessions, parcel: Parcel, root: Path) -> None:
    """The session's folder, made or brought up to date."""
    folder = sessions.path(parcel.manifest.session)
    is_new = not (folder / "log.jsonl").exists()
    with sessions.create(parcel.manifest.session) if is_new else sessions.open(parcel.manifest.session) as log:
        log.claim()
        have = [line_of(event) for event in log.read()]
        if [line_of(event) for event in parcel.events[: len(have)]] != have:
            fix = f"push it, or: pullwright sessions delete {log.session}"
            raise Conflict(f"session {log.session} has gone on here as well", fix=fix)
        if parcel.artifacts.is_dir():
            await asyncio.to_thread(shutil.copytree, parcel.artifacts, log.artifacts.folder, dirs_exist_ok=True)
        await land(folder, FolderBlobs(parcel.folder), "files", Clone(root))
        new = parcel.events[len(have) :]
        if new:
            await log.append(new, expected_seq=len(have), generation=log.generation)
