"""One run of a setup script, and the layer made of it, below a folder of its own.

folder/upper, work, sandbox     the sandbox's; gone, or renamed into `made`, afterwards
folder/made/tree, home          the layer
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from pullwright.attempts.setup.layer import HOME
from pullwright.attempts.setup.order import SetupOrder
from pullwright.attempts.setup.scanning import refuse_leaks
from pullwright.attempts.setup.script import AT, TRAP, TRAP_AT, Script, telling_lines
from pullwright.attempts.setup.telling import Telling
from pullwright.protocol.errors import SetupFailed
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Finished, Mount, NetworkDecision, Sandbox, SandboxSpec
from pullwright.tools.redaction import Redactor
from pullwright.workspace.objects import Objects
from pullwright.workspace.setups.fitting import fit
from pullwright.workspace.setups.kept import Layer, Meta, hold
from pullwright.workspace.setups.sifting import sift_home, sift_tree

HOME_BINS = (".local/bin", ".cargo/bin", "go/bin", ".npm-global/bin", ".bun/bin", ".deno/bin", ".poetry/bin", "bin")
VENVS = (".venv", "venv")
MOST_DENIED = 5


class Making:
    """The run of `order` over the checkout `checkout`, whose git borrows from `objects`."""

    def __init__(self, order: SetupOrder, checkout: Path, objects: Path, folder: Path) -> None:
        self.order = order
        self.folder = folder
        self.made = folder / "made"
        self._checkout = checkout
        self._objects = objects
        self._script = Script.of(order.script)
        self._redactor = Redactor((*order.hidden.values(), *order.secrets.values()))
        self._below: Layer | None = None
        self._mask: tuple[Path, ...] = ()
        self._denied: dict[str, str] = {}
        self._seconds = 0.0

    def hold_below(self, objects: Objects, tree: str) -> None:
        """Hold the layer that a maintenance script works over, and see that it hides nothing of the commit. Blocking."""
        if self.order.below is None:
            return
        self._below = hold(self.order.below)
        if fit(self._below, objects, tree, self.folder / "mask"):
            self._mask = (self.folder / "mask",)

    def release(self) -> None:
        """Let that layer go."""
        if self._below is not None:
            self._below.release()

    async def run(self, on_log: Callable[[bytes], None]) -> bytes:
        """Run the script; its whole log, without secrets. Raises `SetupFailed`, and what opening a sandbox raises."""
        began = time.monotonic()
        telling = Telling((*self.order.hidden.values(), *self.order.secrets.values()))
        async with backend(self.order.backend).open(self._spec(), self._decided) as sandbox:
            finished, notes = await self._exec(sandbox, lambda data: on_log(telling.feed(data)))
        on_log(telling.finish())
        self._seconds = round(time.monotonic() - began, 3)
        log = self._redactor.redact(self._log())
        if not finished.ok:
            failure = self._script.failure(finished, notes)
            words = self._redactor.redact(failure.words.encode("utf-8", "replace")).decode("utf-8", "replace")
            raise SetupFailed(words, fix=self._fix(log), line=failure.line, log=log)
        return log

    async def _exec(self, sandbox: Sandbox, on_output: Callable[[bytes], None]) -> tuple[Finished, str]:
        notes = f"/tmp/.pullwright-{secrets.token_hex(8)}"  # noqa: S108 - inside
        env = {**self.order.env, **self.order.secrets}
        command = self._script.command(notes, env=env, timeout=self.order.seconds, keep=self.folder / "log")
        finished = await sandbox.exec(command, on_output)
        try:
            return finished, (await sandbox.read(notes, 0, 1 << 20)).decode("utf-8", "replace")
        except OSError:
            return finished, ""

    def _spec(self) -> SandboxSpec:
        order, folder = self.order, self.folder
        for name in ("upper", "work", "sandbox"):
            (folder / name).mkdir()
        self._script.write(folder / "script")
        below = self._beneath()
        path = ":".join((order.tools.env.get("PATH", "/usr/bin:/bin"), *(f"{HOME}/{name}" for name in HOME_BINS)))
        tree = OverlayTree(
            lowers=(*below, self._checkout), upper=folder / "upper", work=folder / "work", alternates=(self._objects,)
        )
        return SandboxSpec(
            folder=folder / "sandbox",
            tree=tree,
            at=order.at,
            network=order.network,
            limits=order.limits,
            mounts=(*order.tools.mounts, Mount(path=folder / "script", at=AT), Mount(path=TRAP, at=TRAP_AT)),
            env={**order.tools.env, "PATH": path},
            base_root=order.base_root,
            home=(self._below.home,) if self._below is not None else (),
            keep_home=True,
        )

    def _beneath(self) -> tuple[Path, ...]:
        """The trees of the layer that the script works over."""
        return (*self._mask, self._below.tree) if self._below is not None else ()

    def _decided(self, decision: NetworkDecision) -> None:
        if not decision.allowed:
            self._denied[decision.host] = decision.reason

    def _fix(self, log: bytes) -> str:
        if self._denied:
            hosts = ", ".join(list(self._denied)[:MOST_DENIED])
            return f"The network refused {hosts}: if setup needs that, add it to the environment's setup network."
        said = telling_lines(log.decode("utf-8", "replace"))
        words = "".join(f"\n  {line}" for line in said)
        said_so = " It said (all of it: pullwright project setups --log):" if said else ""
        return f"Correct the script; `set +e` lets it go on after a command that fails.{said_so}{words}"

    def _log(self) -> bytes:
        try:
            return (self.folder / "log").read_bytes()
        except OSError:
            return b""

    # --- the layer -------------------------------------------------------------------------------

    def sift(self, objects: Objects, tree: str) -> Meta:
        """Make the layer of what the run left, `tree` being its commit's. Blocking; raises `FixSettings`, `Leaked`."""
        order, stacked = self.order, self.order.below is not None
        self.made.mkdir()
        files = sift_tree(self.folder / "upper", self.made / "tree", objects, tree, stacked=stacked)
        left = self.folder / "sandbox/home"
        home = sift_home(left / "upper" if stacked else left, self.made / "home", stacked=stacked)
        hidden = {**order.hidden, **order.secrets}
        refuse_leaks({"": self.made / "tree", "~/": self.made / "home"}, hidden)
        bins, env = self._programs()
        special = files.count.special + home.count.special
        deep = files.count.too_deep + home.count.too_deep
        notes = [f"{special} sockets, pipes or devices were not kept"] if special else []
        notes += [f"{deep} folders nested too deep were not kept"] if deep else []
        return Meta(
            size=files.count.size + home.count.size,
            commit=order.commit,
            tree=tree,
            frontier=tuple(files.frontier),
            excludes=b"\n".join(files.excludes),
            dropped=tuple(files.dropped),
            bins=bins,
            env=env,
            notes=tuple(notes),
            trusted=not order.trust,
            below=order.below.name if order.below is not None else "",
            seconds=self._seconds,
        )

    def _programs(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Folders of programs that are there now, and a virtual environment's variable."""
        at, tree, home = self.order.at, self.made / "tree", self.made / "home"
        venv = next((name for name in VENVS if _is_venv(tree / name)), "")
        bins = [f"{at}/{venv}/bin"] if venv else []
        bins += [f"{HOME}/{name}" for name in HOME_BINS if _is_folder(home, name)]
        return tuple(bins), {"VIRTUAL_ENV": f"{at}/{venv}"} if venv else {}


def _is_venv(folder: Path) -> bool:
    return not folder.is_symlink() and os.path.lexists(folder / "pyvenv.cfg") and os.path.lexists(folder / "bin/python")


def _is_folder(home: Path, name: str) -> bool:
    """Whether the home has that folder; no link is followed on the way."""
    place = home
    for part in name.split("/"):
        place /= part
        if place.is_symlink() or not place.is_dir():
            return False
    return True
