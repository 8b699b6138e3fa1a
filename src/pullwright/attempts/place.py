"""Where a turn's tools work: its workspace, and the sandbox on top of it, opened while the model already thinks.

    async with Place(…) as place:
        place.begin()                 opening begins, in a task of its own
        await place.bench             the first tool call waits here
        await place.checkpoint()      the tree of its files, whenever
        await place.look()            what the person edited in them meanwhile (in place)
        await place.close_sandbox()   the tools are done; the workspace stays for the change
    …                                 leaving lets the workspace go, too

One task holds the contexts of both for the whole turn, so that whoever opens also closes, in the right order,
whatever happens to the turn. A pairing keeps its place between turns (standing.py): `attach` gives it the recorder of the
turn that begins, `detach` takes it away; what happens in between is logged with the next turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, cast

from pullwright.attempts.extending import mounts_of
from pullwright.attempts.setup.layer import homes_of, with_setup
from pullwright.attempts.spec import TurnSpec
from pullwright.log.log import Artifacts
from pullwright.log.recorder import Recorder
from pullwright.protocol.errors import SandboxLost
from pullwright.protocol.events import Checkpointed, Event, NetworkDecided, Noticed, PersonEdited
from pullwright.protocol.live import Live
from pullwright.protocol.policy import Access
from pullwright.sandbox.sandbox import Mount, NetworkDecision, SandboxSpec
from pullwright.sandbox.toolchains import Toolchains
from pullwright.tools.mcp.process import server_of
from pullwright.tools.mcp.servers import folders_of
from pullwright.tools.redaction import Redactor
from pullwright.tools.ripgrep import AT as RIPGREP_AT
from pullwright.tools.ripgrep import ripgrep
from pullwright.tools.tool import Bench

if TYPE_CHECKING:
    from pullwright.workspace.files import Checkpoint
    from pullwright.workspace.inplace import InPlace
    from pullwright.workspace.workspace import Workspace

OUTPUTS_AT = "/run/pullwright/outputs"
DIFF_LIMIT = 20_000
LARGEST_EDITED, MOST_EDITED = 1 << 20, 8 << 20
"""Bytes of a file whose edits are told line by line, and of all of a diff: it is kept with the log, each time."""
MANY_EDITED = 300
"""Paths from which on the person's edits are told as a summary."""
MANY_COMMANDS, COMMAND_LIMIT = 5, 120
"""Commands that are named as those that went on, and characters of each."""
KEPT_BETWEEN = 1_000
"""Events that may wait for the next turn; older ones are let go."""

Beside = Callable[[Bench], AbstractAsyncContextManager[None]]
"""What goes on in an open sandbox beside the agent. Entering and leaving take no time, and raise nothing."""


def alone(bench: Bench) -> AbstractAsyncContextManager[None]:
    """Nothing does."""
    return nullcontext()


class Place:
    """The workspace and the open sandbox of one turn.

    `tree` is the checkpoint to go back to (None: the files as an earlier turn left them, or a new snapshot).
    `rolled_back` says that an interrupted turn is taken up: without a checkpoint the start's tree is restored. `beside` is
    entered for as long as the sandbox is open.
    """

    def __init__(
        self,
        spec: TurnSpec,
        recorder: Recorder | None,
        *,
        tools: Toolchains,
        access: Access,
        redactor: Redactor,
        artifacts: Artifacts,
        tree: str | None = None,
        rolled_back: bool = False,
        beside: Beside = alone,
    ) -> None:
        self._spec = spec
        self._beside = beside
        self._recorder = recorder
        self._artifacts = artifacts
        self._tools = tools
        self._access: Access = access
        self._opened_for: Access = access
        self.redact = redactor.redact
        """Takes secrets out of what is logged, or told to the model."""
        self._tree = tree
        self._rolled_back = rolled_back
        self._tools_done = asyncio.Event()
        self._turn_done = asyncio.Event()
        self._sandbox_closed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._told = 0
        self._went_on: tuple[str, ...] = ()
        self._waiting: deque[Event] = deque(maxlen=KEPT_BETWEEN)
        self.workspace: Workspace | InPlace | None = None
        self.in_place: InPlace | None = None
        self.bench: asyncio.Future[Bench]
        self._files: asyncio.Future[None]

    async def __aenter__(self) -> Place:
        self.bench = asyncio.get_running_loop().create_future()
        self._files = asyncio.get_running_loop().create_future()
        return self

    def attach(self, recorder: Recorder) -> None:
        """From here on what happens is logged there, beginning with what has waited."""
        self._recorder = recorder
        while self._waiting:
            recorder.post(self._waiting.popleft())

    def detach(self) -> None:
        """What happens from here on waits for the next recorder."""
        self._recorder = None

    def _post(self, event: Event) -> None:
        if self._recorder is None:
            self._waiting.append(event)
        else:
            self._recorder.post(event)

    async def _record(self, event: Event) -> None:
        self._post(event)
        if self._recorder is not None:
            await self._recorder.flush()

    def _show(self, frame: Live) -> None:
        if self._recorder is not None:
            self._recorder.show(frame)

    def note(self, event: Event) -> None:
        """Log an event, now or with the next turn."""
        self._post(event)

    @property
    def snapshot(self) -> Workspace | None:
        """The attempt's own workspace; None in place, or before it is open."""
        return None if self.in_place is not None else cast("Workspace | None", self.workspace)

    async def guarded(self) -> bool:
        """Whether what must not be written inside is still covered: an editor that replaces a file takes its mount away."""
        return self.in_place is None or not self._is_open or await self.in_place.guarded()

    @property
    def failed(self) -> bool:
        """Whether the sandbox could not be opened."""
        if not self.bench.done():
            return self._keeper is not None and self._keeper.done()
        return not self._is_open

    @property
    def running(self) -> int:
        """How many commands go on in the background."""
        return len(self.bench.result().background) if self._is_open else 0

    def hold_to(self, access: Access) -> None:
        """This turn's tools may do no more than `access`, whatever the sandbox was opened for."""
        self._access = access
        if self._is_open:
            self.bench.result().access = access

    def begin(self) -> None:
        """Begin to open. A second call, and one after leaving, does nothing."""
        if self._keeper is None and not self._turn_done.is_set():
            self._keeper = asyncio.create_task(self._keep())

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close; a sandbox that is still opening is given up. Waits until all is closed, also when cancelled meanwhile."""
        self._tell()
        self._tools_done.set()
        self._turn_done.set()
        if self._keeper is None:
            return
        if not self.bench.done():
            self._keeper.cancel()
        cancelled = False
        while not self._keeper.done():
            try:
                await asyncio.wait((self._keeper,))
            except asyncio.CancelledError:
                cancelled = True
        if not self._keeper.cancelled() and (failure := self._keeper.exception()) is not None:
            self._post(Noticed(level="error", text=f"the workspace was not closed well: {failure}"))
        if cancelled:
            raise asyncio.CancelledError

    async def checkpoint(self, wrote: Collection[str] | None = None) -> Checkpoint | None:
        """Keep the files as they are; None when nothing changed, or nothing could have: no sandbox was opened yet.

        In place, `wrote` tells the agent's doing from the person's: other paths are theirs (None: a command ran, any may be its).
        """
        if self.workspace is None or not self._is_open:
            return None
        if self.in_place is None:
            kept = await self.workspace.checkpoint()
        else:
            kept = await self.in_place.checkpoint(None if wrote is None else sorted(wrote))
            self._went_on = await self._going_on()
        self._tell()
        return kept

    async def files(self) -> InPlace | None:
        """The person's files, once they are open; None where they could not be opened, or are not theirs."""
        await asyncio.shield(self._files)
        return self.in_place

    async def look(self) -> PersonEdited | None:
        """What the person edited since the last checkpoint or look; None when nothing, or when the files are not theirs.

        Raises `SandboxLost` when they replaced something that git runs, which the sandbox does not cover any more.
        """
        if not self._spec.in_place:
            return None
        workspace = await self.files()
        if workspace is None:
            return None
        before = workspace.tree
        found = await workspace.looked()
        self._tell()
        if self.bench.done() and (bare := workspace.uncovered):
            raise SandboxLost(
                f"{', '.join(bare)} was replaced while the sandbox is open, and git runs or obeys it",
                fix="Go on: the next turn gets a sandbox in which it is covered again.",
            )
        went_on, self._went_on = self._went_on, await self._going_on()
        meanwhile = tuple(dict.fromkeys((*went_on, *self._went_on)))
        return None if found is None else await self._edited(workspace, before, found, meanwhile)

    async def _going_on(self) -> tuple[str, ...]:
        """The commands that go on, or have left something that does: what changes meanwhile may be their doing. An MCP server
        counts where it was called since the last time."""
        if not self._is_open:
            return ()
        bench = self.bench.result()
        served, bench.served = bench.served, set()
        commands = [process.command for process in await bench.sandbox.going_on()]
        lines = [
            f"the MCP server {server}" if server else command.argv[-1][:COMMAND_LIMIT]
            for command in commands
            if not (server := server_of(command)) or server in served
        ]
        return tuple(self.redact(line.encode(errors="replace")).decode(errors="replace") for line in lines[:MANY_COMMANDS])

    async def _edited(
        self, workspace: Workspace | InPlace, before: str, found: Checkpoint, meanwhile: tuple[str, ...]
    ) -> PersonEdited:
        _, added, removed = await workspace.summary(before, found.tree)
        many = len(found.paths) > MANY_EDITED  # another branch was checked out, say
        patch = b"" if many else await workspace.diff(before, found.tree, largest=LARGEST_EDITED)
        if many or len(patch) > MOST_EDITED:
            patch = await workspace.diff(before, found.tree, stat=True)
        diff = self.redact(patch).decode(errors="replace")
        artifact = ""
        if len(diff) > DIFF_LIMIT:
            artifact = self._artifacts.put(f"diffs/{found.tree}.diff", diff.encode())
        return PersonEdited(
            paths=found.paths,
            diff=diff[:DIFF_LIMIT],
            before=before,
            tree=found.tree,
            added=added,
            removed=removed,
            artifact=artifact,
            meanwhile=meanwhile,
        )

    def _tell(self) -> None:
        """Pass on what the workspace has noticed since the last time, such as a change that a checkpoint cannot hold."""
        notices = self.workspace.notices if self.workspace is not None else ()
        for notice in notices[self._told :]:
            self._post(Noticed(level="warning", text=notice))
        self._told = len(notices)

    @property
    def _is_open(self) -> bool:
        return self.bench.done() and not self.bench.cancelled() and self.bench.exception() is None

    async def close_sandbox(self) -> None:
        """Close the sandbox (one that is still opening is waited for) and leave the workspace for the change."""
        self._tools_done.set()
        if self._keeper is not None:
            await self._sandbox_closed.wait()

    async def _keep(self) -> None:
        try:
            from pullwright.workspace.eviction import pinned

            with pinned(self._spec.base_root):
                await self._open_until_done()
        except Exception as error:
            if self.bench.done():
                raise
            self._fail(error)
        finally:
            self._sandbox_closed.set()
            if not self._files.done():
                self._files.set_result(None)
            if not self.bench.done():
                self.bench.cancel()

    async def _open_until_done(self) -> None:
        async with await self._workspace() as workspace:
            self.workspace = workspace
            self._files.set_result(None)
            await self._with_sandbox(workspace)
            self._sandbox_closed.set()
            await self._turn_done.wait()

    async def _with_sandbox(self, workspace: Workspace | InPlace) -> None:
        """Hold the sandbox open until the tools are done. Its failures do not take the workspace along."""
        try:
            await self._hold_sandbox(workspace)
        except Exception as error:
            if not self.bench.done():
                self._fail(error)
            else:
                self._post(Noticed(level="error", text=f"the sandbox was not closed well: {error}"))

    def _fail(self, error: Exception) -> None:
        """Opening failed: the first tool call will raise this, and a turn that needs no tool goes on without."""
        self.bench.set_exception(error)
        self.bench.exception()  # else asyncio would complain when no tool ever asks
        self._post(Noticed(level="error", text=f"the sandbox could not be opened: {error}"))

    async def _hold_sandbox(self, workspace: Workspace | InPlace) -> None:
        from pullwright.sandbox.backends import backend

        outputs = self._spec.folder / "attempt" / "outputs"
        outputs.mkdir(parents=True, exist_ok=True)
        async with backend(self._spec.backend).open(self._sandbox(workspace, outputs), self._decided) as sandbox:
            self._post(Checkpointed(tree=workspace.tree))
            self._tell()
            self.bench.set_result(
                Bench(
                    sandbox=sandbox,
                    artifacts=self._artifacts,
                    record=self._record,
                    show=self._show,
                    redact=self.redact,
                    scratch=outputs,
                    outputs_at=OUTPUTS_AT,
                    access=self._access,
                )
            )
            async with self._beside(self.bench.result()):
                await self._tools_done.wait()

    def _sandbox(self, workspace: Workspace | InPlace, outputs: Path) -> SandboxSpec:
        spec = self._spec
        env = {**with_setup(spec.setup, self._tools.env), **spec.env}
        mounts = [*self._tools.mounts, Mount(path=outputs, at=OUTPUTS_AT), *mounts_of(spec.skills)]
        mounts += [Mount(path=folder) for server in spec.mcp if server.inside for folder in folders_of(server)]
        if program := ripgrep():
            mounts.append(Mount(path=program, at=RIPGREP_AT))
            # Last, so that the person's own rg, if it is inside, comes first.
            env["PATH"] = f"{env.get('PATH', '/usr/bin:/bin')}:{PurePosixPath(RIPGREP_AT).parent}"
        return SandboxSpec(
            folder=spec.folder / "attempt" / "sandbox",
            tree=workspace.mounted,
            at=spec.at or str(workspace.root),
            access=self._opened_for,
            network=spec.network,
            limits=spec.limits,
            mounts=tuple(mounts),
            env=env,
            base_root=spec.base_root,
            home=homes_of(spec.setup),
        )

    async def _workspace(self) -> Workspace | InPlace:
        if self._spec.in_place:
            from pullwright.workspace.inplace import open_in_place

            self.in_place = await open_in_place(self._spec.project, cache=self._spec.cache, folder=self._spec.folder)
            return self.in_place
        workspace = await self._snapshot()
        try:
            await workspace.lay_under(self._spec.setup.folders if self._spec.setup is not None else ())
        except BaseException:
            await workspace.close()
            raise
        return workspace

    async def _snapshot(self) -> Workspace:
        from pullwright.workspace.removal import remove_tree
        from pullwright.workspace.snapshot import reopen, snapshot  # not before the first request is on its way

        folder, cache = self._spec.folder, self._spec.cache
        if (folder / "workspace.json").exists():
            workspace = await reopen(folder, cache, self._tree)
            if self._rolled_back and self._tree is None:
                await _restore_start(workspace)
            return workspace
        for left in ("attempt", "objects", "git"):  # of a start that was killed half-way
            await asyncio.to_thread(remove_tree, folder / left)
        return await snapshot(self._spec.project, ref=self._spec.ref, local=self._spec.local, cache=cache, folder=folder)

    def _decided(self, decision: NetworkDecision) -> None:
        self._post(
            NetworkDecided(
                host=decision.host,
                port=decision.port,
                allowed=decision.allowed,
                rule=decision.rule,
                method=decision.method,
                path=decision.path,
                reason=decision.reason,
            )
        )


async def _restore_start(workspace: Workspace) -> None:
    """Back to the tree that the agent found; the workspace is closed when that fails."""
    try:
        await workspace.restore(workspace.start_tree)
    except BaseException:
        await workspace.close()
        raise
