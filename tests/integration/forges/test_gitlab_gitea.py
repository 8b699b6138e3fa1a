"""GitLab and Gitea against doubles that hold every request against the forge's own description, with real git."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from forges import gitea_server, gitlab_server
from forges.gitea_server import GiteaDouble, gitea
from forges.gitlab_server import GitLabDouble, gitlab
from forges.working import BRANCH, Working
from pullwright.forges.forge import Refused
from pullwright.forges.gitlab import merging
from pullwright.forges.http import ForgeHttp
from pullwright.forges.once import comment_once, line_comment_once
from pullwright.forges.open import open_forge
from pullwright.forges.records import Annotation, Check, FailedCheck
from pullwright.protocol.errors import AskAdministrator, NotFound
from pullwright.workspace.clone import Clone, Credential
from repositories import make_project, text

pytestmark = pytest.mark.anyio

NAMES = (f"acme/shop{number}" for number in itertools.count())
FILES = {"a.txt": b"one\ntwo\nthree\n", "b.txt": b"".join(b"%d\n" % n for n in range(40))}


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with gitea(tmp_path_factory.mktemp("gitea")) as one, gitlab(tmp_path_factory.mktemp("gitlab")) as other:
        yield {"gitea": one, "gitlab": other}


def bot(hub: Any) -> str:
    return gitlab_server.BOT if isinstance(hub, GitLabDouble) else gitea_server.BOT


def token(hub: Any) -> str:
    return gitlab_server.TOKEN if isinstance(hub, GitLabDouble) else gitea_server.TOKEN


def state(hub: Any, slug: str) -> Any:
    return hub.projects[slug] if isinstance(hub, GitLabDouble) else hub.shops[slug]


@pytest.fixture(params=["gitea", "gitlab"])
def shop(
    request: pytest.FixtureRequest,
    hubs: dict[str, Any],
    client: httpx.AsyncClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Working:
    monkeypatch.setattr(merging, "PAUSE", 0.01)
    hub, slug = hubs[request.param], next(NAMES)
    if request.param == "gitlab":
        slug = f"group/sub.group/{slug.partition('/')[2]}"
    url = hub.add(slug, make_project(tmp_path / "work", FILES))
    forge = open_forge(request.param, client, base_url=hub.api, secret=token(hub))
    return Working(hub, slug, forge, Clone(tmp_path / "clone"), url)


async def test_connecting(shop: Working) -> None:
    assert await shop.forge.login() == bot(shop.hub)
    assert shop.slug in [repo.slug for repo in await shop.forge.repositories()]
    repo = await shop.forge.repository(shop.slug)
    assert (repo.default_branch, repo.clone_url, repo.writable) == ("main", shop.url, True)
    await shop.clone.fetch(shop.url, await shop.forge.credential(shop.slug))
    assert [await shop.forge.may_write(shop.slug, name) for name in ("acme", "eve", "nobody")] == [True, False, False]
    for found in (shop.forge.repository("acme/nothing"), shop.forge.pull(shop.slug, 99), shop.forge.issue(shop.slug, 99)):
        with pytest.raises(NotFound):
            await found


async def test_a_pull_request_from_branch_to_close(shop: Working) -> None:
    number, head = await shop.opened()
    pull = await shop.forge.pull(shop.slug, number)
    assert (pull.head, pull.draft, pull.title, pull.body, pull.author) == (head, True, "Four", "Why", bot(shop.hub))
    again = await shop.forge.open_pull(shop.slug, head=BRANCH, base="main", title="Other", body="", draft=False)
    assert again.number == number
    edited = await shop.forge.edit_pull(shop.slug, number, title="Five", body="Because")
    assert (edited.title, edited.body, edited.draft) == ("Five", "Because", True)
    for _ in range(2):
        ready = await shop.forge.mark_ready(shop.slug, number)
        assert (ready.draft, ready.title) == (False, "Five")
    for _ in range(2):
        assert (await shop.forge.mark_draft(shop.slug, number)).draft
    newer = await shop.push("other\n")
    assert (await shop.forge.pull(shop.slug, number)).head == newer
    assert (await shop.forge.close_pull(shop.slug, number)).state == "closed"
    found = await shop.forge.find_pull(shop.slug, BRANCH)
    assert found
    assert (found.number, found.state) == (number, "closed")
    assert await shop.forge.find_pull(shop.slug, "pullwright/2") is None
    reopened = await shop.forge.open_pull(shop.slug, head=BRANCH, base="main", title="Again", body="", draft=True)
    assert reopened.number != number


async def test_a_pull_request_is_found_that_a_crash_left(shop: Working, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forge has made it, and its answer never came; then it says that there is one already."""
    await shop.push("one\n")
    real = ForgeHttp.write

    async def cut(self: ForgeHttp, method: str, path: str, *args: Any) -> object:
        made = await real(self, method, path, *args)
        if method == "POST":
            raise KeyboardInterrupt
        return made

    opening = {"head": BRANCH, "base": "main", "title": "Four", "body": "Why", "draft": True}
    with monkeypatch.context() as patch:
        patch.setattr(ForgeHttp, "write", cut)
        with pytest.raises(KeyboardInterrupt):
            await shop.forge.open_pull(shop.slug, **opening)
    found = await shop.forge.open_pull(shop.slug, **opening)
    assert found == await shop.forge.find_pull(shop.slug, BRANCH)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_merging(shop: Working, method: Any) -> None:
    number, head = await shop.opened()
    base = shop.hub.commit(shop.slug, "main", {"c.txt": "c\n"})
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, method=method, head=head, message="Four is there")
    assert refused.value.why == "draft"
    await shop.forge.mark_ready(shop.slug, number)
    commit = await shop.forge.merge(shop.slug, number, method=method, head=head, message="Four is there\n\nSo it is")
    assert await shop.forge.merge(shop.slug, number, method=method, head=head, message="Four is there") == commit
    pull = await shop.forge.pull(shop.slug, number)
    assert (pull.state, pull.merged) == ("merged", commit)
    bare = state(shop.hub, shop.slug).bare
    assert text(bare, "rev-parse", "main") == commit
    assert text(bare, "show", "main:a.txt", "main:c.txt").split() == ["one", "two", "three", "four", "c"]
    assert text(bare, "merge-base", "main", base) == base


async def test_the_ways_of_merging_are_told(shop: Working) -> None:
    assert (await shop.forge.repository(shop.slug)).methods == ("merge", "squash", "rebase")
    project = state(shop.hub, shop.slug)
    if isinstance(shop.hub, GitLabDouble):
        project.squash_option = "always"
    else:
        project.methods = {"squash"}
    assert (await shop.forge.repository(shop.slug)).methods == ("squash",)


async def test_what_the_forge_does_not_allow_is_not_merged(shop: Working) -> None:
    number, head = await shop.opened("ours\n", draft=False)
    project = state(shop.hub, shop.slug)
    merge = {"method": "merge", "message": "m"}
    if isinstance(shop.hub, GitLabDouble):
        project.approvals_missing = True
    else:
        project.required = ("ci",)
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, head=head, **merge)  # type: ignore[arg-type]
    assert refused.value.why == "protected"
    project.required, project.approvals_missing = (), False
    newer = await shop.push("ours, too\n")
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, head=head, **merge)  # type: ignore[arg-type]
    assert refused.value.why == "moved"
    shop.hub.commit(shop.slug, "main", {"a.txt": "theirs\n"})
    for method in ("merge", "rebase"):
        with pytest.raises(Refused) as refused:
            await shop.forge.merge(shop.slug, number, method=method, head=newer, message="m")  # type: ignore[arg-type]
        assert refused.value.why == "conflict"
    assert (await shop.forge.pull(shop.slug, number)).state == "open"


async def test_comments_on_pulls_and_issues(shop: Working) -> None:
    number, _ = await shop.opened()
    issue = shop.hub.open_issue(shop.slug, "Broken", "It is")
    for on, n in (("pull", number), ("issue", issue)):
        first = await comment_once(shop.forge, shop.slug, n, "task-1/progress", "Working", on=on)  # type: ignore[arg-type]
        assert await comment_once(shop.forge, shop.slug, n, "task-1/progress", "Done", on=on) == first  # type: ignore[arg-type]
        (there,) = await shop.forge.comments(shop.slug, n, on=on)  # type: ignore[arg-type]
        assert there.body.startswith("Done")
        for _ in range(2):
            await shop.forge.react(shop.slug, n, comment=first, on=on)  # type: ignore[arg-type]
            await shop.forge.react(shop.slug, n, on=on)  # type: ignore[arg-type]
            await shop.forge.labels(shop.slug, n, ["pullwright", "proved"], on=on)  # type: ignore[arg-type]
    found = await shop.forge.issue(shop.slug, issue)
    assert (found.title, found.body, found.author, found.labels) == ("Broken", "It is", "acme", ("pullwright", "proved"))


async def test_comments_on_lines(shop: Working) -> None:
    await shop.push("".join(f"{n}\n" for n in range(40) if n != 20) + "end\n", path="b.txt")
    number, head = await shop.opened()
    line = {"head": head, "path": "a.txt", "line": 4, "side": "new", "body": "Why four?"}
    made = await line_comment_once(shop.forge, shop.slug, number, "task-1/a", **line)  # type: ignore[arg-type]
    assert await line_comment_once(shop.forge, shop.slug, number, "task-1/a", **line) == made  # type: ignore[arg-type]
    for path, at, side in (("b.txt", 21, "old"), ("b.txt", 20, "new"), ("b.txt", 40, "new")):  # removed, untouched, added
        await shop.forge.line_comment(shop.slug, number, head=head, path=path, line=at, side=side, body="x")  # type: ignore[arg-type]
    there = await shop.forge.line_comments(shop.slug, number)
    assert [(one.path, one.line) for one in there] == [("a.txt", 4), ("b.txt", 21), ("b.txt", 20), ("b.txt", 40)]
    assert await shop.forge.comments(shop.slug, number) == []
    for path, at in (("b.txt", 5), ("none.txt", 1)):
        with pytest.raises(Refused):
            await shop.forge.line_comment(shop.slug, number, head=head, path=path, line=at, side="new", body="x")


async def test_checks_are_statuses(shop: Working) -> None:
    _, head = await shop.opened()
    remark = Annotation(path="a.txt", start=1, end=1, level="warning", message="m")
    assert not shop.forge.annotates
    for value in ("queued", "running", "running", "failure", "failure", "success"):
        check = Check(
            name="Pullwright: clean runs",
            state=value,
            summary="s" * 999,
            annotations=(remark,),
            details_url="https://x.example/1",
        )  # type: ignore[arg-type]
        assert await shop.forge.check(shop.slug, head, check)
    assert await shop.forge.failed_checks(shop.slug, head) == []
    other = Check(name="ci", state="failure", summary="2 fail")
    await shop.forge.check(shop.slug, head, other)
    assert await shop.forge.failed_checks(shop.slug, head) == [FailedCheck(name="ci", summary="2 fail")]
    await shop.forge.check(shop.slug, head, Check(name="slow", state="queued", summary="…"))
    found = {check.name: check for check in await shop.forge.checks(shop.slug, head)}
    assert {name: check.state for name, check in found.items()} == {
        "Pullwright: clean runs": "success",
        "ci": "failure",
        "slow": "running",
    }
    assert found["Pullwright: clean runs"].url == "https://x.example/1"
    if isinstance(shop.hub, GitLabDouble):
        job = {
            "id": 7,
            "name": "test",
            "stage": "test",
            "web_url": "u",
            "failure_reason": "script_failure",
            "trace": "x" * 40_000 + "end",
        }
        shop.hub.projects[shop.slug].jobs[head] = [job]
        failed = (await shop.forge.failed_checks(shop.slug, head))[0]
        assert (failed.name, failed.summary, len(failed.log), failed.log[-3:]) == ("test", "script_failure", 32_000, "end")


async def test_a_wrong_token_is_told_and_never_shown(
    shop: Working, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    kind = "gitlab" if isinstance(shop.hub, GitLabDouble) else "gitea"
    forge = open_forge(kind, client, base_url=shop.hub.api, secret="wrong-token-xyz")  # type: ignore[arg-type]
    said: list[str] = []
    for call in (forge.login(), forge.repositories(), forge.pull(shop.slug, 1), forge.comment(shop.slug, 1, "b")):
        with pytest.raises(AskAdministrator) as failed:
            await call
        said.append(f"{failed.value!r} {failed.value.fix}")
    credential = Credential(username="oauth2", password="wrong-token-xyz")
    with pytest.raises(AskAdministrator) as failed:
        await Clone(tmp_path / "other").fetch(shop.url, credential)
    said.append(f"{failed.value!r}")
    with pytest.raises((Refused, NotFound)) as refused:
        await shop.forge.open_pull(shop.slug, head=token(shop.hub), base=token(shop.hub), title="t", body="", draft=True)
    said.append(f"{refused.value!r}")
    assert "xyz" not in " ".join(said) + caplog.text
    assert token(shop.hub) not in " ".join(said)


def test_the_doubles_refuse_what_is_not_documented(hubs: dict[str, Any], tmp_path: Path) -> None:
    """The control: what a client gets wrong would be seen."""
    one: GiteaDouble = hubs["gitea"]
    other: GitLabDouble = hubs["gitlab"]
    one.add("acme/control", make_project(tmp_path / "work", FILES))
    other.add("acme/control", tmp_path / "work")
    gitea_headers, gitlab_headers = {"Authorization": f"token {gitea_server.TOKEN}"}, {"PRIVATE-TOKEN": gitlab_server.TOKEN}
    repo, project = f"{one.api}/repos/acme/control", f"{other.api}/projects/acme%2Fcontrol"
    wrong: list[tuple[int, str, str, Any, dict[str, str]]] = [
        (404, "GET", f"{repo}/merge_requests", None, gitea_headers),
        (405, "DELETE", f"{repo}/pulls/1", None, gitea_headers),
        (400, "GET", f"{repo}/pulls?head=x", None, gitea_headers),
        (422, "POST", f"{repo}/pulls", {"head": "a", "base": "b", "title": "t", "draft": True}, gitea_headers),
        (422, "POST", f"{repo}/pulls", {"head": 7}, gitea_headers),
        (422, "GET", f"{repo}/pulls/one", None, gitea_headers),
        (401, "GET", f"{repo}/pulls", None, {}),
        (404, "GET", f"{project}/pulls", None, gitlab_headers),
        (400, "POST", f"{project}/merge_requests", None, gitlab_headers),
        (422, "POST", f"{project}/merge_requests", {"source_branch": "a", "target_branch": "b"}, gitlab_headers),
        (422, "PUT", f"{project}/merge_requests/1/merge", {"squash": "yes"}, gitlab_headers),
        (422, "POST", f"{project}/statuses/{'a' * 40}", {"state": "failure"}, gitlab_headers),
        (422, "POST", f"{project}/statuses/main", {"state": "failed"}, gitlab_headers),
        (401, "GET", project, None, {}),
    ]
    for status, method, url, body, headers in wrong:
        answer = httpx.request(method, url, json=body, headers=headers)
        assert answer.status_code == status, (method, url, answer.text)
