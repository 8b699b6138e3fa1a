"""A plain git remote: pull requests of our own, merged by the clone, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forges.git_server import Repositories, git_app, serving
from forges.hosting import commit_on
from forges.working import BRANCH, Working
from pullwright.forges.forge import Refused
from pullwright.forges.once import comment_once, line_comment_once
from pullwright.forges.plain import MemoryPulls, Plain
from pullwright.forges.records import Check
from pullwright.protocol.errors import NotFound
from pullwright.workspace.clone import Clone, Credential
from repositories import git, make_project, text

pytestmark = pytest.mark.anyio

FILES = {"a.txt": b"one\ntwo\nthree\n"}


@pytest.fixture
def shop(tmp_path: Path) -> Working:
    work, bare = make_project(tmp_path / "work", FILES), tmp_path / "bare.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
    git(work, "push", "-q", str(bare), "main")
    clone = Clone(tmp_path / "clone")
    forge = Plain(str(bare), clone, MemoryPulls(), local=True, page="https://pullwright.example/pulls/{}")
    return Working(bare, "", forge, clone, str(bare), local=True)


async def test_a_pull_request_from_branch_to_merge(shop: Working) -> None:
    number, head = await shop.opened()
    again = await shop.forge.open_pull("", head=BRANCH, base="main", title="Other", body="", draft=False)
    assert (again.number, again.title, again.draft, again.head) == (number, "Four", True, head)
    assert again.url == f"https://pullwright.example/pulls/{number}"
    await shop.forge.edit_pull("", number, title="Five", body="Because")
    await shop.forge.labels("", number, ["pullwright"])
    await shop.forge.check("", head, Check(name="pullwright", state="success", summary="4 runs", external_id="t"))
    assert [(check.name, check.state) for check in await shop.forge.checks("", head)] == [("pullwright", "success")]
    for verdict, turn in (("failure", "earlier"), ("success", "now")):  # a head of each turn has a check of its own
        await shop.forge.check("", head, Check(name="pullwright", state=verdict, summary="…", external_id=turn))  # type: ignore[arg-type]
    assert [(check.name, check.state) for check in await shop.forge.checks("", head)] == [("pullwright", "success")]
    first = await comment_once(shop.forge, "", number, "t/progress", "Working")
    assert await comment_once(shop.forge, "", number, "t/progress", "Done") == first
    line = {"head": head, "path": "a.txt", "line": 4, "side": "new", "body": "Why?"}
    made = await line_comment_once(shop.forge, "", number, "t/a", **line)  # type: ignore[arg-type]
    assert await line_comment_once(shop.forge, "", number, "t/a", **line) == made  # type: ignore[arg-type]
    assert [comment.body.splitlines()[0] for comment in await shop.forge.comments("", number)] == ["Done"]
    with pytest.raises(Refused) as refused:
        await shop.forge.merge("", number, method="merge", head=head, message="m")
    assert refused.value.why == "draft"
    await shop.forge.mark_ready("", number)
    commit = await shop.forge.merge("", number, method="squash", head=head, message="Five")
    assert text(shop.hub, "rev-parse", "main") == commit
    pull = await shop.forge.find_pull("", BRANCH)
    assert pull
    assert (pull.state, pull.merged, pull.title) == ("merged", commit, "Five")
    with pytest.raises(NotFound):
        await shop.forge.pull("", 9)
    with pytest.raises(NotFound):
        await shop.forge.issue("", 1)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("after", ["join", "push"])
async def test_a_merge_that_a_crash_cut_is_done_once(
    shop: Working, method: Any, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, head = await shop.opened(draft=False)
    real = Clone.push

    async def cut(self: Clone, *args: Any, **more: Any) -> None:
        if after == "push":
            await real(self, *args, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Clone, "push", cut)
        with pytest.raises(KeyboardInterrupt):
            await shop.forge.merge("", number, method=method, head=head, message="Four")
    commit_on(shop.hub, "main", {"c.txt": "another's\n"})
    commit = await shop.forge.merge("", number, method=method, head=head, message="Four")
    assert text(shop.hub, "show", "main:a.txt").split() == ["one", "two", "three", "four"]
    subjects = text(shop.hub, "log", "--format=%s", "main").splitlines()
    assert subjects.count("Four") == (0 if method == "rebase" else 1)
    assert len([subject for subject in subjects if subject.startswith("Put")]) == (0 if method == "squash" else 1)
    assert (await shop.forge.pull("", number)).merged == commit


async def test_what_cannot_be_merged_says_why(shop: Working) -> None:
    number, head = await shop.opened("ours\n", draft=False)
    newer = await shop.push("ours, too\n")
    with pytest.raises(Refused) as refused:
        await shop.forge.merge("", number, method="merge", head=head, message="m")
    assert refused.value.why == "moved"
    before = commit_on(shop.hub, "main", {"a.txt": "theirs\n"})
    with pytest.raises(Refused, match=r"a\.txt") as refused:
        await shop.forge.merge("", number, method="merge", head=newer, message="m")
    assert refused.value.why == "conflict"
    assert text(shop.hub, "rev-parse", "main") == before
    assert (await shop.forge.close_pull("", number)).state == "closed"
    with pytest.raises(Refused):
        await shop.forge.merge("", number, method="merge", head=newer, message="m")
    with pytest.raises(Refused, match="not at"):
        await shop.forge.open_pull("", head="nothing", base="main", title="t", body="", draft=False)


async def test_a_branch_that_moves_during_the_merge_is_not_overwritten(shop: Working, monkeypatch: pytest.MonkeyPatch) -> None:
    number, head = await shop.opened(draft=False)
    real = Clone.push

    async def beaten(self: Clone, *args: Any, **more: Any) -> None:
        commit_on(shop.hub, "main", {"c.txt": "another's\n"})
        await real(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Clone, "push", beaten)
        with pytest.raises(Refused) as refused:
            await shop.forge.merge("", number, method="merge", head=head, message="m")
    assert refused.value.why == "moved"
    await shop.forge.merge("", number, method="merge", head=head, message="m")
    assert text(shop.hub, "show", "main:c.txt") == "another's"


async def test_a_remote_that_does_not_take_the_merge_says_so(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path / "served")
    repositories.create("acme/shop", make_project(tmp_path / "work", FILES))
    credential = Credential(username="git", password="token")
    with serving(git_app(repositories, lambda _slug, _user, password, _writes: password == "token")) as address:
        url, clone = f"{address}/acme/shop.git", Clone(tmp_path / "clone")
        shop = Working(None, "", Plain(url, clone, MemoryPulls(), credential=credential), clone, url)
        number, head = await shop.opened(draft=False)
        repositories.protected.add(("acme/shop", "main"))
        with pytest.raises(Refused, match="protected branch") as refused:
            await shop.forge.merge("", number, method="merge", head=head, message="m")
        assert refused.value.why == "protected"
        assert (await shop.forge.pull("", number)).state == "open"
