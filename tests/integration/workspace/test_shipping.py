"""Checkpoints land on another machine as they were: another folder, another clone, another cache, whoever dies in between."""

from __future__ import annotations

import asyncio
import os
import random
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from pullwright.log.blobs.folder import FolderBlobs
from pullwright.protocol.errors import FixRepository
from pullwright.workspace.clone import Clone
from pullwright.workspace.shipping import NOTED, Shipper, has_landed, land
from pullwright.workspace.snapshot import Workspace, fork, reopen, snapshot
from repositories import git, make_project, merged

PREFIX = "sessions/s/files"
Picture = dict[str, tuple[int, bytes]]


class Counted(FolderBlobs):
    """A folder of blobs that counts what is put, and may fail."""

    bytes = 0
    fail = False

    def put(self, name: str, data: bytes) -> None:
        if self.fail:
            raise OSError("gone")
        self.bytes += len(data)
        super().put(name, data)

    def put_file(self, name: str, path: Path) -> None:
        self.bytes += path.stat().st_size
        super().put_file(name, path)


@pytest.fixture
def blobs(tmp_path: Path) -> Counted:
    return Counted(tmp_path / "blobs")


class Machine:
    """A machine of its own: its clone, its cache, its session folder."""

    def __init__(self, home: Path, origin: Path) -> None:
        home.mkdir()
        git(home, "clone", "-q", "--no-local", "--no-checkout", str(origin), str(home / "the clone"))
        self.clone = Clone(home / "the clone")
        self.cache = home / "cache"
        self.folder = home / "sessions/s"
        self.folder.mkdir(parents=True)

    async def begin(self) -> Workspace:
        return await snapshot(self.clone.folder, ref="main", local=False, cache=self.cache, folder=self.folder)

    async def picture(self, tree: str | None) -> Picture:
        async with await reopen(self.folder, self.cache, tree) as workspace:
            return pictured(workspace)

    async def land(self, blobs: FolderBlobs) -> bool:
        return await land(self.folder, blobs, PREFIX, self.clone)


def pictured(workspace: Workspace) -> Picture:
    """All files as a sandbox sees them: mode and content."""
    found: Picture = {}
    with merged(workspace.overlay, workspace.folder / "merged") as root:
        for parent, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name != ".git"]
            for name in [*files, *(one for one in folders if (Path(parent) / one).is_symlink())]:
                path = Path(parent) / name
                status = path.lstat()
                data = os.fsencode(path.readlink()) if stat.S_ISLNK(status.st_mode) else path.read_bytes()
                found[str(path.relative_to(root))] = (status.st_mode & ~0o066, data)
    return found


async def edit(workspace: Workspace, seed: random.Random) -> tuple[str, Picture]:
    """Change this and that, and take a checkpoint: its tree, and what it must hold."""
    with merged(workspace.overlay, workspace.folder / "merged") as root:
        for _ in range(3):
            path = root / f"src/d{seed.randrange(3)}/f{seed.randrange(4)}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            match seed.randrange(6):
                case 0:
                    path.symlink_to(f"f{seed.randrange(4)}")
                case 1:
                    path.write_bytes(seed.randbytes(1_500_000))  # large, and does not get smaller
                case 2:
                    path.write_bytes(b"%d\n" % seed.randrange(9) * 1_000_000)  # large, and does
                case 3:
                    pass
                case _:
                    path.write_bytes(seed.randbytes(20))
                    path.chmod(seed.choice((0o644, 0o755)))
        (root / "build").mkdir(exist_ok=True)
        (root / "build/ignored").write_bytes(b"stays here")
        await workspace.checkpoint()
    return workspace.tree, {name: one for name, one in pictured(workspace).items() if not name.startswith("build/")}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    return make_project(tmp_path / "origin")


def machines(tmp_path: Path, origin: Path, names: str) -> list[Machine]:
    return [Machine(tmp_path / name, origin) for name in names]


@pytest.mark.parametrize("seed", range(3))
def test_every_checkpoint_lands_as_it_was(tmp_path: Path, origin: Path, blobs: Counted, seed: int) -> None:
    async def main() -> None:
        there, here, later = machines(tmp_path, origin, "abc")
        assert not await here.land(blobs), "nothing was shipped yet"
        kept: list[tuple[str, Picture]] = []
        async with await there.begin() as workspace:
            shipper = Shipper(there.folder, blobs, PREFIX)
            for _ in range(6):
                kept.append(await edit(workspace, random.Random(seed * 100 + len(kept))))
                await shipper.ship()
            with merged(workspace.overlay, there.folder / "merged") as root:
                (root / "src/after").write_bytes(b"in no checkpoint")
        for left in ("attempt/upper/x", "objects/aa", "git"):  # of a landing that was cut short
            (here.folder / left).mkdir(parents=True)
        assert await here.land(blobs)
        assert has_landed(here.folder)
        assert await here.picture(None) == kept[-1][1], "without a tree it is the newest"
        assert not has_landed(here.folder)
        for tree, held in random.Random(seed).sample(kept, 4):
            assert await here.picture(tree) == held
        # And on from there, while a third one waits: what the second machine adds is there, too.
        async with await reopen(here.folder, here.cache, kept[-1][0]) as workspace:
            shipper = Shipper(here.folder, blobs, PREFIX)
            kept.append(await edit(workspace, random.Random(seed + 7)))
            await shipper.ship()
        assert await later.land(blobs)
        for tree, held in (kept[0], kept[-1]):
            assert await later.picture(tree) == held

    asyncio.run(main())


def test_a_ship_costs_what_is_new(tmp_path: Path, origin: Path, blobs: Counted) -> None:
    async def main() -> None:
        (there,) = machines(tmp_path, origin, "a")
        async with await there.begin() as workspace:
            shipper = Shipper(there.folder, blobs, PREFIX)
            await write(workspace, {"big": os.urandom(3_000_000), "src/x": b"1"})
            await shipper.ship()
            assert blobs.bytes > 3_000_000
            before = blobs.bytes
            await shipper.ship()
            assert blobs.bytes == before
            await write(workspace, {"src/x": b"2"})
            await shipper.ship()
            assert 0 < blobs.bytes - before < 2_000
            for number in range(NOTED):
                await write(workspace, {"src/x": b"x%d" % number})
                await shipper.ship()
            before = blobs.bytes
            again = Shipper(there.folder, blobs, PREFIX)  # another process, on the same folder
            await write(workspace, {"src/x": b"3"})
            await again.ship()
            assert 0 < blobs.bytes - before < 40_000

    asyncio.run(main())


async def write(workspace: Workspace, files: dict[str, bytes]) -> str:
    with merged(workspace.overlay, workspace.folder / "merged") as root:
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        await workspace.checkpoint()
    return workspace.tree


def test_a_worker_back_from_the_dead_spoils_nothing(tmp_path: Path, origin: Path, blobs: Counted) -> None:
    """It ships checkpoints of its own after another one has taken over."""

    async def main() -> None:
        zombie, heir, third = machines(tmp_path, origin, "abc")
        async with await zombie.begin() as lost:
            old = Shipper(zombie.folder, blobs, PREFIX)
            first = await write(lost, {"src/x": b"first"})
            await old.ship()
            assert await heir.land(blobs)
            async with await reopen(heir.folder, heir.cache, first) as workspace:
                new = Shipper(heir.folder, blobs, PREFIX)
                second = await write(workspace, {"src/x": b"second"})
                await new.ship()
                await write(lost, {"src/x": b"of nobody"})
                await old.ship()
                newest = await write(workspace, {"src/y": b"third"})
                await new.ship()
        assert await third.land(blobs)
        assert (await third.picture(None))["src/x"][1] == b"second"
        assert (await third.picture(newest))["src/y"][1] == b"third"
        assert "src/y" not in await third.picture(second)
        assert (await third.picture(first))["src/x"][1] == b"first"

    asyncio.run(main())


def test_what_could_not_be_shipped_goes_with_the_next(tmp_path: Path, origin: Path, blobs: Counted) -> None:
    async def main() -> None:
        there, here = machines(tmp_path, origin, "ab")
        async with await there.begin() as workspace:
            shipper = Shipper(there.folder, blobs, PREFIX)
            blobs.fail = True
            tree = await write(workspace, {"src/x": b"1", "big": os.urandom(2_000_000)})
            with pytest.raises(OSError, match="gone"):
                await shipper.ship()
            blobs.fail = False
            await shipper.ship()
        assert await here.land(blobs)
        assert (await here.picture(tree))["src/x"][1] == b"1"

    asyncio.run(main())


def test_uncommitted_state_and_forks_land_too(tmp_path: Path, blobs: Counted) -> None:
    """Objects that lie loose, in no journal."""

    async def main() -> None:
        origin = make_project(tmp_path / "origin")
        (here,) = machines(tmp_path, origin, "b")
        (origin / "uncommitted").write_bytes(b"mine")
        parent, child, cache = tmp_path / "parent", tmp_path / "child", tmp_path / "cache"
        child.mkdir()
        async with await snapshot(origin, ref=None, local=True, cache=cache, folder=parent) as workspace:
            tree = await write(workspace, {"src/x": b"1", "big": os.urandom(2_000_000)})
        assert await fork(parent, child, cache, tree)
        await Shipper(child, blobs, PREFIX).ship()
        assert await here.land(blobs)
        found = await here.picture(tree)
        assert (found["uncommitted"][1], found["src/x"][1]) == (b"mine", b"1")
        async with await reopen(here.folder, here.cache, tree) as workspace:
            assert (await here.picture(workspace.start_tree))["uncommitted"][1] == b"mine"

    asyncio.run(main())


def test_another_workspace_in_the_same_folder_is_shipped_from_its_start(tmp_path: Path, origin: Path, blobs: Counted) -> None:
    """As when a session moves to a newer base."""

    async def main() -> None:
        there, here = machines(tmp_path, origin, "ab")
        shipper = Shipper(there.folder, blobs, PREFIX)
        trees: list[str] = []
        for name in ("one", "two"):
            for part in ("attempt", "objects", "git", "workspace.json", "checkpoints.journal"):
                remove(there.folder / part)
            async with await there.begin() as workspace:
                trees.append(await write(workspace, {name: b"x" * 400}))
                await shipper.ship()
                trees.append(await write(workspace, {f"{name} more": b"x"}))
            await Shipper(there.folder, blobs, PREFIX).ship()
        assert await here.land(blobs)
        assert "two more" in await here.picture(None)
        assert ["two" in await here.picture(tree) for tree in trees] == [False, False, True, True]

    asyncio.run(main())


def remove(path: Path) -> None:
    from pullwright.workspace.removal import remove_tree

    if path.is_dir():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def test_damage_is_said(tmp_path: Path, origin: Path, blobs: Counted) -> None:
    async def main() -> None:
        there, here = machines(tmp_path, origin, "ab")
        async with await there.begin() as workspace:
            await write(workspace, {"src/x": b"1"})
            await Shipper(there.folder, blobs, PREFIX).ship()
        names: Sequence[str] = blobs.names(f"{PREFIX}/journal/")
        blobs.put(names[0], blobs.get(names[0])[:-3])
        with pytest.raises(FixRepository, match="damaged") as caught:
            await here.land(blobs)
        assert caught.value.fix
        assert not has_landed(here.folder)

    asyncio.run(main())
