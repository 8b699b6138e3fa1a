"""A clean run counts only when it came to its end by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from pullwright.attempts.clean_run import _File, _results
from pullwright.protocol.trees import PlainTree
from pullwright.sandbox.folder import FolderBackend
from pullwright.sandbox.sandbox import Command, SandboxSpec

FORGED = '<testsuite><testcase classname="t" name="good"/><testcase classname="t" name="bad"><failure/></testcase></testsuite>'


def test_the_result_file_of_a_run_that_was_cut_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()

    async def body() -> None:
        spec = SandboxSpec(folder=tmp_path / "attempt", tree=PlainTree(path=tmp_path / "project"), at=str(tmp_path / "project"))
        async with FolderBackend().open(spec) as sandbox:
            await sandbox.write("results.xml", FORGED.encode())
            ended = await sandbox.exec(Command(argv=("sh", "-c", "exit 1")))
            results, trouble = await _results(_File(sandbox, "results.xml"), ended, "pytest", "")
            assert results is not None, f"the control: {trouble}"
            cut = await sandbox.exec(Command(argv=("sleep", "60"), timeout=0.1))
            assert (cut.why, cut.exit_code, cut.ok) == ("timeout", None, False)
            assert await _results(_File(sandbox, "results.xml"), cut, "pytest", "") == (
                None,
                "it did not end by itself (timeout)",
            )
            zero = msgspec.structs.replace(cut, exit_code=0)  # whatever another backend may say
            assert not zero.ok
            assert (await _results(_File(sandbox, "results.xml"), zero, "pytest", ""))[0] is None

    asyncio.run(body())
