"""Running a bundle's proof again: the same base, patch and tests, in fresh sandboxes of this machine.

    await replay(order) -> Replayed

Nothing that the bundle says decides anything but what is run: the patch must give the tree that it names, how the four trees are
composed and what the runs say is found out anew, and no run of an earlier time is used. What it says of network, limits and
sandbox is not granted: those are the replayer's, and told where they differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pullwright.attempts.bundle.base import BRANCH, unpack
from pullwright.attempts.bundle.comparing import compare
from pullwright.attempts.bundle.contents import BundleRefused
from pullwright.attempts.bundle.reading import Bundle
from pullwright.attempts.clean_run import Work
from pullwright.attempts.described import Described
from pullwright.attempts.planning import Recipe
from pullwright.attempts.setup.layer import SetupLayer
from pullwright.attempts.spec import TurnSpec
from pullwright.attempts.verification import verify
from pullwright.log.files import FileLog
from pullwright.log.recorder import Recorder, Watcher
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.protocol.events import VerificationRan, Verified
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.policy import Limits, NetworkPolicy
from pullwright.sandbox.backends import backend
from pullwright.sandbox.toolchains import toolchains
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.repository import Repository
from pullwright.workspace.snapshot import snapshot
from pullwright.workspace.workspace import Workspace

_AT = re.compile(r"(/[\w.@+ -]+){2,}")
_SYSTEM = re.compile(r"/(usr|bin|sbin|lib\d*|etc|proc|sys|dev|run|boot|var/run)(/|$)")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is replayed, and with what of this machine.

    `scratch` is a new folder that the caller removes; `repository` is where the base's files are taken from, else the bundle.
    `machine` is the process's environment, by which toolchains are found; `variables` are those that a bundle only names.
    """

    bundle: Bundle
    scratch: Path
    cache: Path
    repository: Path | None = None
    backend: str = "linux"
    network: NetworkPolicy = NetworkPolicy()
    limits: Limits = Limits()
    base_root: Path | None = None
    setup: SetupLayer | None = None
    variables: dict[str, str] = {}
    machine: Mapping[str, str] = {}


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `same` says that verdict and deciding tests are; `differences` are sentences, whatever they are about."""

    verified: Verified
    runs: tuple[VerificationRan, ...]
    same: bool
    differences: tuple[str, ...]


async def replay(order: Order, watch: Watcher | None = None) -> Replayed:
    """Run it again. Raises `BundleRefused` for a bundle that does not hold together, `FixRepository` without the base."""
    bundle = order.bundle
    project = await in_thread(_project, order)
    spec = _spec(order, project)
    base = bundle.manifest.base
    async with await snapshot(project, ref=base.commit, local=False, cache=spec.cache, folder=spec.folder) as files:
        if files.start_tree != base.tree:
            raise BundleRefused("the base commit has other files than the bundle says")
        tree = await in_thread(_apply, bundle, files, order.scratch / "index")
        if order.setup is not None:
            await files.lay_under(order.setup.folders)
        work = Work(
            spec=spec,
            workspace=files,
            tree=tree,
            message=bundle.report.message,
            backend=backend(spec.backend),
            tools=toolchains(project, order.machine),
            redact=lambda data: data,
            command=bundle.environment.command,
            fresh=True,
        )
        with FileLog.create(order.scratch / "log", f"replay-{bundle.manifest.session}"[:60]) as log:
            recorder = Recorder(log)
            recorder.turn = bundle.manifest.turn
            if watch is not None:
                recorder.watch(watch)
            verified = await verify(work, recorder)
            runs = tuple(event for event in log.read() if isinstance(event, VerificationRan))
            described = msgspec.json.decode(log.artifacts.get(verified.described), type=Described)
            recipe = msgspec.json.decode(log.artifacts.get(verified.recipe), type=Recipe)
    same, differences = compare(bundle, verified, runs, described, recipe)
    return Replayed(verified=verified, runs=runs, same=same, differences=differences)


def _project(order: Order) -> Path:
    """The repository that the base's files are in."""
    base = order.bundle.manifest.base
    if order.repository is not None:
        repository = Repository.find(order.repository)
        try:
            Git.foreign(repository.git_dir).call("rev-parse", "--verify", "--quiet", f"{base.commit}^{{tree}}")
        except GitFailed:
            raise FixRepository(
                f"{repository.root} does not have the base {base.commit[:12]}", fix="Fetch it there, or leave --repository out."
            ) from None
        return repository.root
    if order.bundle.pack is None:
        raise FixSettings(
            f"the bundle has only the name of its base ({base.commit[:12]}), not its files",
            fix="Name a clone that has it: pullwright replay FILE --repository PATH",
        )
    folder = order.scratch / "repository"
    folder.mkdir(parents=True)
    unpack(order.bundle.pack, folder, base.commit)
    return Repository.find(folder).root


def _spec(order: Order, project: Path) -> TurnSpec:
    """Where and how the runs are made; of the bundle's word only the path inside, where that is a harmless one."""
    manifest, at = order.bundle.manifest, order.bundle.environment.at
    harmless = _AT.fullmatch(at) and ".." not in at.split("/") and not _SYSTEM.match(at)
    return TurnSpec(
        session="replay",
        turn=manifest.turn,
        prompt=Prompt(id="replay", text=""),
        project=project,
        folder=order.scratch / "session",
        cache=order.cache if order.repository is not None else order.scratch / "cache",
        model=ModelChoice(provider="none", model="none"),
        ref=BRANCH,
        local=False,
        at=at if harmless else "",
        network=order.network,
        limits=order.limits,
        backend=order.backend,
        base_root=order.base_root,
        setup=order.setup,
        env=order.variables,
    )


def _apply(bundle: Bundle, files: Workspace, index: Path) -> str:
    """The change's tree, made of the base's and the patch. It must be the one that the bundle names."""
    objects = files.folder / "objects"
    git = Git.own(files.folder / "git", objects=objects, index=index)
    try:
        git.call("read-tree", files.start_tree)
        if patch := bundle.patch:
            git.call("apply", "--cached", "--binary", "--whitespace=nowarn", "-p1", "-", stdin=patch)
        tree = git.call("write-tree").decode().strip()
    except GitFailed as error:
        raise BundleRefused(f"its patch does not fit its base: {error.stderr[:300]}") from None
    if tree != bundle.manifest.change.tree:
        raise BundleRefused(f"its patch gives the tree {tree[:12]}, and it names {bundle.manifest.change.tree[:12]}")
    return tree
