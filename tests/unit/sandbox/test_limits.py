"""Which limits the kernel can hold, on machines of every kind, drawn as folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pullwright.protocol.policy import Limits
from pullwright.sandbox.linux.disk import Space
from pullwright.sandbox.linux.limits import plan_groups
from pullwright.sandbox.linux.watch import memory_below
from pullwright.workspace.removal import remove_tree

LIMITS = Limits(memory_bytes=1000, processes=10, cpus=1.5)


@pytest.fixture(autouse=True)
def no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


def machine(tmp_path: Path, places: str, files: dict[str, str]) -> tuple[Path, Path]:
    root = tmp_path / "cgroup"
    root.mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    own = tmp_path / "own"
    own.write_text(places)
    return root, own


def test_version_1_has_a_hierarchy_for_each_controller(tmp_path: Path) -> None:
    root, own = machine(
        tmp_path, "4:memory:/job\n8:pids:/\n1:cpu,cpuacct:/\n0::/\n", {"memory/job/x": "", "pids/x": "", "cpu/x": ""}
    )
    groups = plan_groups(LIMITS, "pullwright-1", root=root, own=own)
    assert {str(group.folder.relative_to(root)) for group in groups.groups} == {
        "memory/job/pullwright-1",
        "pids/pullwright-1",
        "cpu/pullwright-1",
    }
    assert groups.memory
    assert groups.cpu
    assert groups.kind == "cgroup v1"


def test_version_2_needs_controllers_handed_down(tmp_path: Path) -> None:
    files = {
        "cgroup.controllers": "",
        "a/cgroup.subtree_control": "memory pids",
        "a/cgroup.procs": "",
        "a/b/cgroup.subtree_control": "",
    }
    root, own = machine(tmp_path, "0::/a/b\n", files)
    groups = plan_groups(LIMITS, "pullwright-1", root=root, own=own)
    assert [group.folder for group in groups.groups] == [root / "a/pullwright-1"]
    assert not groups.cpu
    assert dict(groups.groups[0].settings)["memory.max"] == "1000"
    (root / "a/cgroup.subtree_control").write_text("")
    assert plan_groups(LIMITS, "pullwright-1", root=root, own=own).groups == ()


def test_a_systemd_user_scope_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, own = machine(tmp_path, "0::/session\n", {"cgroup.controllers": ""})
    program = tmp_path / "bin/systemd-run"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "run/systemd").mkdir(parents=True)
    (tmp_path / "run/systemd/private").touch()
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    groups = plan_groups(LIMITS, "pullwright-1", root=root, own=own)
    assert groups.prefix[0] == str(program)
    assert "--property=MemoryMax=1000" in groups.prefix
    assert groups.prefix[-1] == "--"


def test_no_cgroup_at_all_is_polled(tmp_path: Path) -> None:
    groups = plan_groups(LIMITS, "x", root=tmp_path, own=tmp_path / "none")
    assert (groups.groups, groups.memory, groups.kind) == ((), False, "polled")


def test_the_counter_of_kills(tmp_path: Path) -> None:
    root, own = machine(
        tmp_path, "4:memory:/\n", {"memory/p/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"}
    )
    groups = plan_groups(Limits(), "p", root=root, own=own)
    assert groups.out_of_memory() == 3


def test_disk_is_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(os.urandom(100_000))
    (tmp_path / "d/self").symlink_to(tmp_path)
    used, whole = Space.of([tmp_path], os.getpid())
    assert whole
    assert 100_000 <= used < 200_000
    assert Space.of([tmp_path / "none"], os.getpid()) == (0, True)


def test_disk_is_counted_deeper_than_any_path_is_long(tmp_path: Path) -> None:
    """Two folders at each level: with one alone no more than one is open at a time."""
    code = "import os\nname = 'd' * 200\nfor _ in range(100):\n    os.mkdir(name); os.mkdir('e'); os.chdir(name)"
    code += f"\nopen('f', 'wb').write(bytes({1 << 20}))"
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True)
    descriptors = len(os.listdir("/proc/self/fd"))
    used, whole = Space.of([tmp_path], os.getpid())
    assert whole
    assert used >= 1 << 20
    assert len(os.listdir("/proc/self/fd")) == descriptors
    remove_tree(tmp_path / ("d" * 200))


def test_memory_of_a_tree_includes_its_root() -> None:
    assert memory_below(os.getpid()) > 1 << 20
