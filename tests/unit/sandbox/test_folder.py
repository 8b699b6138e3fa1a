"""The fake keeps the protocol's promises, so that what is tested over it means something; and backends come by name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pullwright.protocol.errors import FixSettings
from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.sandbox import Command, SandboxSpec


@pytest.fixture
def spec(tmp_path: Path) -> SandboxSpec:
    for name in ("lower", "upper", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "lower/a.txt").write_text("hello\n")
    tree = OverlayTree(lowers=(tmp_path / "lower",), upper=tmp_path / "upper", work=tmp_path / "work")
    return SandboxSpec(folder=tmp_path / "attempt", tree=tree, at="/work/project")


def test_commands_and_files(spec: SandboxSpec) -> None:
    async def main() -> None:
        async with backend("folder").open(spec) as sandbox:
            done = await sandbox.exec(Command(argv=("sh", "-c", "cat a.txt; exit 3")))
            assert (done.exit_code, done.output) == (3, b"hello\n")
            assert (await sandbox.exec(Command(argv=("no-such-program",)))).why == "missing"
            assert (await sandbox.exec(Command(argv=("sleep", "60"), timeout=0.2))).why == "timeout"
            assert (await sandbox.exec(Command(argv=("cat",), stdin=b"in"))).output == b"in"
            await sandbox.write("/work/project/d/b", b"b", executable=True)
            found = await sandbox.stat("d/b")
            assert found is not None
            assert found.executable
            assert list(await sandbox.tree()) == ["a.txt", "d/b"]
            await sandbox.remove("d/b")
            assert await sandbox.stat("d/b") is None
            running = await sandbox.start(Command(argv=("sleep", "60")))
            assert list(sandbox.processes()) == [running]
        assert running.finished is not None
        assert running.finished.why == "killed"

    asyncio.run(main())


def test_an_unknown_backend_lists_the_known_ones() -> None:
    with pytest.raises(FixSettings) as error:
        backend("none")
    assert "linux" in error.value.fix
