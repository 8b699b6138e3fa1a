"""Making a bundle on demand: from a session's log and artifacts, and the repository that its change is in."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from pullwright import __version__
from pullwright.attempts.bundle import archive
from pullwright.attempts.bundle.base import pack
from pullwright.attempts.bundle.contents import LARGEST_OUTPUT, MANIFEST, MOST_OUTPUTS, Digest, Manifest, Side
from pullwright.attempts.markdown import render
from pullwright.attempts.report import Report, build, report_json
from pullwright.log.log import Artifacts
from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.protocol.events import (
    ChangeMade,
    CommandRan,
    Event,
    SessionStarted,
    TurnFinished,
    TurnStarted,
    VerificationRan,
    Verified,
    WorkloadChecked,
    encode,
)
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.workspace.git import Git, GitFailed, make_git_dir, write_alternates
from pullwright.workspace.repository import Repository

LARGEST_BASE = 256 << 20
"""Bytes of the base's files up to which they are taken along."""
_EVIDENCE = (SessionStarted, TurnStarted, CommandRan, ChangeMade, VerificationRan, Verified, WorkloadChecked, TurnFinished)


class Proved(msgspec.Struct, frozen=True):
    """The newest turn of a session that was verified: its events, what it changed and what the runs said."""

    turn: tuple[Event, ...]
    change: ChangeSummary
    verified: Verified

    @classmethod
    def of(cls, events: Iterable[Event]) -> Proved:
        """Find it. Raises `FixSettings` where nothing was verified that could be run again."""
        every = list(events)
        verified = next((event for event in reversed(every) if isinstance(event, Verified) and event.described), None)
        if verified is None:
            raise FixSettings("no change of this session was verified", fix="Run a turn with --verify, then export it.")
        before = [event for event in every if event.seq <= verified.seq]
        made = next((event for event in reversed(before) if isinstance(event, ChangeMade)), None)
        if made is None:
            raise FixSettings("this session's change is on no branch", fix="Only what `exec` or a task delivered can be bundled.")
        turn = tuple(event for event in every if event.turn == verified.turn or isinstance(event, SessionStarted))
        return cls(turn, made.change, verified)


def make_bundle(
    events: Iterable[Event], artifacts: Artifacts, repository: Repository, target: Path, *, largest_base: int = LARGEST_BASE
) -> Manifest:
    """Write the proof of a session's newest verified change to `target`, replacing it whole. Blocking.

    `repository` holds the change's commits (the person's, or a service's clone). The base's files are in it when they are at most
    `largest_base` bytes (0: never); else whoever replays it needs the repository. Raises `FixSettings` or `FixRepository`.
    """
    proved = Proved.of(events)
    with tempfile.TemporaryDirectory(prefix="bundle-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        make_git_dir(folder / "git")
        write_alternates(folder / "git/objects", (repository.objects,))
        git = Git.own(folder / "git")
        files = _files(proved, artifacts)
        try:
            base, change = (_side(git, commit) for commit in (proved.change.base, proved.change.head))
            files["change.patch"] = _patch(git, base, change)
            packed = largest_base > 0 and pack(git, base.commit, folder / "base.pack", largest=largest_base)
        except GitFailed as error:
            why = f"the change's commits are not in {repository.root} ({error.stderr[:200]})"
            raise FixRepository(why, fix="Fetch its branch, and try again.") from None
        if packed:
            files["base.pack"] = folder / "base.pack"
        manifest = _manifest(proved, files, base, change)
        files[MANIFEST] = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2)
        _write(target, files)
    return manifest


def _write(target: Path, files: dict[str, bytes | Path]) -> None:
    draft = target.with_name(f".{os.getpid()}-{target.name}"[:255])
    try:
        with draft.open("wb") as stream:
            archive.write(stream, files)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _side(git: Git, commit: str) -> Side:
    return Side(commit, git.call("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip())


def _patch(git: Git, base: Side, change: Side) -> bytes:
    fixed = ("-r", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
    return git.call("diff-tree", *fixed, base.tree, change.tree)


def _files(proved: Proved, artifacts: Artifacts) -> dict[str, bytes | Path]:
    """Everything that comes from the log."""
    verified = proved.verified
    finished = next((event for event in reversed(proved.turn) if isinstance(event, TurnFinished)), None)
    if finished is None:
        raise FixSettings("the turn that was verified has not ended", fix="Wait for its end, or resume it.")
    report = build(proved.turn, finished.outcome)
    files: dict[str, bytes | Path] = {
        "environment.json": _artifact(artifacts, verified.described),
        "recipe.json": _artifact(artifacts, verified.recipe),
        "verdict.json": msgspec.json.format(encode(verified), indent=2),
        "events.jsonl": b"".join(encode(event) + b"\n" for event in proved.turn if isinstance(event, _EVIDENCE)),
        "report.json": report_json(report),
        "report.md": render(report).encode("utf-8", "replace"),
        "README.md": _readme(report, verified).encode(),
    }
    runs = [event for event in proved.turn if isinstance(event, VerificationRan)]
    named = {event.run.artifact: event.seq for event in runs if event.run.artifact}
    for name, seq in list(named.items())[:MOST_OUTPUTS]:
        files[f"outputs/{seq % 10_000}.txt"] = _artifact(artifacts, name)[:LARGEST_OUTPUT]
    return files


def _artifact(artifacts: Artifacts, name: str) -> bytes:
    try:
        return artifacts.get(name)
    except KeyError:
        raise FixSettings(
            f"the session's artifact {name or 'of the verification'} is gone", fix="Verify the change anew."
        ) from None


def _manifest(proved: Proved, files: dict[str, bytes | Path], base: Side, change: Side) -> Manifest:
    started = next((event.session for event in proved.turn if isinstance(event, SessionStarted)), "")
    report = msgspec.json.decode(_bytes(files["report.json"]), type=Report)
    return Manifest(
        pullwright=__version__,
        session=started,
        turn=proved.verified.turn,
        asked="\n\n".join(report.asked)[:2_000],
        base=base,
        change=change,
        included="base.pack" in files,
        verdict=proved.verified.verdict,
        files={name: _digest(data) for name, data in sorted(files.items())},
    )


def _bytes(data: bytes | Path) -> bytes:
    return data if isinstance(data, bytes) else data.read_bytes()


def _digest(data: bytes | Path) -> Digest:
    if isinstance(data, bytes):
        return Digest(len(data), hashlib.sha256(data).hexdigest())
    with data.open("rb") as stream:
        return Digest(data.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def _readme(report: Report, verified: Verified) -> str:
    lines: Sequence[str] = (
        "This is the proof of a change that an agent made, as one file. Run it again, in fresh sandboxes:",
        "",
        "    pullwright replay FILE",
        "",
        f"Turn {report.turn} of session {report.session}. The verdict was: {verified.verdict}.",
        "`report.md` says what was asked, changed and checked; `manifest.json` names every file with its SHA-256.",
    )
    return "\n".join(lines) + "\n"
