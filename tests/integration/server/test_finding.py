"""A project's files by some letters of their names, as somebody types a task."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from server_world import World
from service_scene import bare_repository, commit, git

FILES = {
    "README.md": "Shop\n",
    "src/shop/basket.py": "",
    "src/shop/basket_view.py": "",
    "tests/test_basket.py": "",
    "docs/a file with spaces.md": "",
    "docs/übersicht.md": "",
}


@pytest.fixture(scope="module")
def shop(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    bare = bare_repository(folder, FILES)
    with world.client("ada") as ada:
        made = ada.post("/api/v1/projects", json={"name": "shop", "url": str(bare)})
        assert made.status_code == 201, made.text
        assert ada.put("/api/v1/projects/shop/members/vic", json={"role": "viewer"}).is_success
    return folder


def found(world: World, name: str = "vic", **params: str | int) -> list[str]:
    with world.client(name) as browser:
        answer = browser.get("/api/v1/projects/shop/files", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["names"]


def test_letters_in_order_find_files_and_folders_best_first(world: World, shop: Path) -> None:
    assert found(world) == ["docs/", "src/", "tests/", "README.md"]
    assert found(world, match="bask")[0] == "src/shop/basket.py"
    assert found(world, match="sr/sh/bv")[0] == "src/shop/basket_view.py"
    assert "src/shop/" in found(world, match="shop")
    assert found(world, match="übers") == ["docs/übersicht.md"]
    assert found(world, match="nothing like it") == []
    assert len(found(world, match="b", limit=2)) == 2


def test_another_branch_has_its_own_files_also_when_it_is_newer_than_the_clone(world: World, shop: Path) -> None:
    assert found(world, match="late") == []
    work = shop / "work"
    git(work, "checkout", "-q", "-b", "topic")
    (work / "late.py").write_text("")
    commit(work, "Late")
    git(work, "push", "-q", str(shop / "shop.git"), "topic")
    assert found(world, match="late", ref="topic") == ["late.py"]
    with world.client("vic") as browser:
        none = browser.get("/api/v1/projects/shop/files", params={"ref": "no such branch"})
    assert none.status_code == 422
    assert none.json()["fix"]


def test_who_may_not_see_the_project_sees_no_names(world: World, shop: Path) -> None:
    with world.client("eve") as browser:
        assert browser.get("/api/v1/projects/shop/files").status_code == 404
        assert browser.get("/api/v1/projects/shop/files", params={"limit": 100_000}).status_code == 422


def test_a_hundred_thousand_files_stay_quick(world: World, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = shop / "work"
    git(work, "checkout", "-q", "main")
    blob = git(work, "hash-object", "-w", "README.md")
    listed = "".join(f"100644 {blob}\tpackages/p{n % 300}/module_{n % 17}/file_{n}.py\n" for n in range(100_000))
    monkeypatch.setenv("GIT_INDEX_FILE", str(shop / "index"))
    subprocess.run(["git", "update-index", "--index-info"], cwd=work, input=listed.encode(), check=True)
    tree = git(work, "write-tree")
    big = git(work, "-c", "user.name=P", "-c", "user.email=p@localhost", "commit-tree", tree, "-m", "Big")
    git(work, "push", "-q", str(shop / "shop.git"), f"{big}:refs/heads/big")
    found(world, match="x", ref="big")
    began = time.monotonic()
    assert found(world, match="p299file99", ref="big")
    took = time.monotonic() - began
    assert took < 1.0, took
