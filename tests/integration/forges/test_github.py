"""GitHub against emulate and real git: from connecting to merging, and again after each crash in between."""

from __future__ import annotations

import itertools
import logging
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from forges.git_server import Environ, Start, serving
from forges.github_server import APP_ID, BOT, INSTALLATION, WEBHOOK_SECRET, GitHubDouble, github
from forges.working import Working
from pullwright.forges.events import IssueLabelled
from pullwright.forges.forge import Forge, Refused
from pullwright.forges.http import ForgeHttp
from pullwright.forges.once import comment_once, line_comment_once
from pullwright.forges.open import open_forge
from pullwright.forges.records import Annotation, Check
from pullwright.forges.webhooks import parse, verify
from pullwright.protocol.errors import AskAdministrator, FixSettings, NotFound
from pullwright.workspace.clone import Clone, PushRefused
from repositories import make_project, text

pytestmark = pytest.mark.anyio

NAMES = (f"acme/shop{number}" for number in itertools.count())
FILES = {"a.txt": b"one\ntwo\nthree\n", "src/b.txt": b"b\n"}
Deliveries = queue.Queue[tuple[dict[str, str], bytes]]


@pytest.fixture(scope="module")
def deliveries() -> Deliveries:
    return queue.Queue()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, deliveries: Deliveries) -> Iterator[GitHubDouble]:
    def receive(environ: Environ, start: Start) -> list[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        names = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        deliveries.put((names, raw))
        start("204 No Content", [])
        return []

    with serving(receive) as webhook:
        slugs = [f"acme/shop{number}" for number in range(30)]
        with github(tmp_path_factory.mktemp("github"), slugs, webhook=webhook) as double:
            yield double


@pytest.fixture
def app(hub: GitHubDouble, client: httpx.AsyncClient) -> Forge:
    return open_forge("github", client, base_url=hub.url, secret=hub.key, app_id=str(APP_ID), installation=0)


@pytest.fixture
def shop(hub: GitHubDouble, app: Forge, tmp_path: Path) -> Working:
    slug = next(NAMES)
    hub.add(slug, make_project(tmp_path / "work", FILES))
    return Working(hub, slug, app, Clone(tmp_path / "clone"), f"{hub.url}/{slug}.git")


async def test_connecting(shop: Working) -> None:
    assert await shop.forge.login() == BOT
    assert shop.slug in [repo.slug for repo in await shop.forge.repositories()]
    repo = await shop.forge.repository(shop.slug)
    assert (repo.default_branch, set(repo.methods) <= {"merge", "squash", "rebase"}) == ("main", True)
    credential = await shop.forge.credential(shop.slug)
    assert credential is not None
    assert 0 < credential.expires - time.time() <= 3600
    assert await shop.forge.credential(shop.slug) == credential  # it is kept until shortly before its end
    await shop.clone.fetch(shop.url, credential)
    assert await shop.forge.may_write(shop.slug, "acme")
    assert not await shop.forge.may_write(shop.slug, "eve")
    assert not await shop.forge.may_write(shop.slug, "nobody")
    with pytest.raises(FixSettings, match="not installed"):
        await shop.forge.repository("acme/nothing")


async def test_a_token_is_shared_by_a_process_and_renewed_when_it_is_revoked(shop: Working, client: httpx.AsyncClient) -> None:
    first = await shop.forge.credential(shop.slug)
    again = open_forge("github", client, base_url=shop.hub.url, secret=shop.hub.key, app_id=str(APP_ID))
    assert await again.credential(shop.slug) == first
    assert first is not None
    shop.hub.tokens.remove(first.password)
    assert (await again.repository(shop.slug)).slug == shop.slug
    assert await shop.forge.credential(shop.slug) == await again.credential(shop.slug) != first


async def test_a_token_is_for_one_repository(shop: Working, hub: GitHubDouble, tmp_path: Path) -> None:
    other = next(NAMES)
    url = hub.add(other, make_project(tmp_path / "other", FILES))
    with pytest.raises(AskAdministrator):
        await shop.clone.fetch(url, await shop.forge.credential(shop.slug))


async def test_a_pull_request_is_opened_once(shop: Working) -> None:
    number, head = await shop.opened()
    again = await shop.forge.open_pull(shop.slug, head="pullwright/1", base="main", title="Other", body="", draft=True)
    found = await shop.forge.find_pull(shop.slug, "pullwright/1")
    assert found == again
    assert (again.number, again.head, again.draft, again.state, again.title) == (number, head, True, "open", "Four")
    edited = await shop.forge.edit_pull(shop.slug, number, title="Five", body="Because")
    assert (edited.title, edited.body, edited.draft) == ("Five", "Because", True)
    newer = await shop.push("other\n")
    assert (await shop.forge.pull(shop.slug, number)).head == newer
    assert await shop.forge.find_pull(shop.slug, "pullwright/2") is None
    assert (await shop.forge.close_pull(shop.slug, number)).state == "closed"
    assert (await shop.forge.find_pull(shop.slug, "pullwright/1")) == await shop.forge.pull(shop.slug, number)


async def test_ready_and_a_draft_again(shop: Working) -> None:
    number, _ = await shop.opened()
    for _ in range(2):
        assert not (await shop.forge.mark_ready(shop.slug, number)).draft
    for _ in range(2):
        assert (await shop.forge.mark_draft(shop.slug, number)).draft


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_merging(shop: Working, method: str) -> None:
    number, head = await shop.opened()
    base = shop.hub.commit(shop.slug, "main", {"c.txt": "c\n"})
    merge = {"method": method, "head": head, "message": "Four is there\n\nSo it is"}
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, **merge)  # type: ignore[arg-type]
    assert refused.value.why == "draft"
    await shop.forge.mark_ready(shop.slug, number)
    commit = await shop.forge.merge(shop.slug, number, **merge)  # type: ignore[arg-type]
    assert await shop.forge.merge(shop.slug, number, **merge) == commit  # type: ignore[arg-type]
    pull = await shop.forge.pull(shop.slug, number)
    assert (pull.state, pull.merged) == ("merged", commit)
    bare = shop.hub.repositories.path(shop.slug)
    assert text(bare, "rev-parse", "main") == commit
    assert text(bare, "show", "main:a.txt", "main:c.txt").split() == ["one", "two", "three", "four", "c"]
    assert text(bare, "merge-base", "main", base) == base
    if method != "rebase":
        assert text(bare, "log", "-1", "--format=%s", "main") == "Four is there"


async def test_what_the_forge_does_not_allow_is_not_merged(shop: Working) -> None:
    number, head = await shop.opened(draft=False)
    checks = {"strict": False, "contexts": ["ci"]}
    rule = {"required_status_checks": checks, "enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    shop.hub.admin("PUT", f"/repos/{shop.slug}/branches/main/protection", rule)
    with pytest.raises(Refused, match="status checks") as refused:
        await shop.forge.merge(shop.slug, number, method="merge", head=head, message="m")
    assert refused.value.why == "protected"
    shop.hub.repositories.protected.add((shop.slug, "main"))
    with pytest.raises(PushRefused, match="protected"):
        await shop.push("x\n", branch="main")


async def test_a_conflict_and_a_moved_head_are_told_apart(shop: Working) -> None:
    number, head = await shop.opened("ours\n", draft=False)
    newer = await shop.push("ours, too\n")
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, method="merge", head=head, message="m")
    assert refused.value.why == "moved"
    shop.hub.commit(shop.slug, "main", {"a.txt": "theirs\n"})
    with pytest.raises(Refused) as refused:
        await shop.forge.merge(shop.slug, number, method="merge", head=newer, message="m")
    assert refused.value.why == "conflict"


async def test_comments_are_made_once(shop: Working) -> None:
    number, head = await shop.opened()
    mark = "task-1/progress"
    path = f"/repos/{shop.slug}/issues/{number}/comments"
    shop.hub.admin("POST", path, {"body": f"mine is first <!-- pullwright:{mark} -->"})  # another's: it is not ours
    first = await comment_once(shop.forge, shop.slug, number, mark, "Working")
    assert await comment_once(shop.forge, shop.slug, number, mark, "Done") == first
    bodies = [(comment.author, comment.body.splitlines()[0]) for comment in await shop.forge.comments(shop.slug, number)]
    assert [(author == BOT, body.split(" <")[0]) for author, body in bodies] == [(False, "mine is first"), (True, "Done")]
    line = {"head": head, "path": "a.txt", "line": 4, "side": "new", "body": "Why four?"}
    made = await line_comment_once(shop.forge, shop.slug, number, "task-1/a", **line)  # type: ignore[arg-type]
    assert await line_comment_once(shop.forge, shop.slug, number, "task-1/a", **line) == made  # type: ignore[arg-type]
    (there,) = await shop.forge.line_comments(shop.slug, number)
    assert (there.id, there.path, there.line) == (made, "a.txt", 4)
    with pytest.raises(Refused):
        await shop.forge.line_comment(shop.slug, number, head=head, path="src/b.txt", line=1, side="new", body="x")


def big_check(state: str = "failure") -> Check:
    remarks = tuple(Annotation(path="a.txt", start=n, end=n, level="warning", message=f"remark {n}") for n in range(1, 121))
    return Check(
        name="Pullwright",
        state=state,  # type: ignore[arg-type]
        summary="Two of three pass",
        text="x" * 70_000,
        annotations=remarks,
        external_id="turn-1",
        details_url="https://pullwright.example/tasks/1",
    )


async def test_a_check_goes_on_where_an_earlier_try_stopped(shop: Working, monkeypatch: pytest.MonkeyPatch) -> None:
    _, head = await shop.opened()
    running = Check(name="Pullwright", state="running", summary="…", external_id="turn-1")
    run = await shop.forge.check(shop.slug, head, running)
    real, calls = ForgeHttp.write, itertools.count()

    async def dies(self: ForgeHttp, method: str, *args: object) -> object:
        made = await real(self, method, *args)  # type: ignore[arg-type]
        if next(calls) == 1:
            raise KeyboardInterrupt  # the second chunk arrived, and nobody knows
        return made

    with monkeypatch.context() as patch:
        patch.setattr(ForgeHttp, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            await shop.forge.check(shop.slug, head, big_check())
    unfinished = shop.hub.admin("GET", f"/repos/{shop.slug}/check-runs/{run}")
    assert (unfinished["status"], unfinished["output"]["annotations_count"]) == ("in_progress", 100)
    assert await shop.forge.check(shop.slug, head, big_check()) == run
    assert await shop.forge.check(shop.slug, head, big_check()) == run
    there = shop.hub.admin("GET", f"/repos/{shop.slug}/check-runs/{run}")
    assert (there["status"], there["conclusion"], there["external_id"]) == ("completed", "failure", "pullwright:turn-1")
    remarks: list[str] = []
    for page in (1, 2):
        path = f"/repos/{shop.slug}/check-runs/{run}/annotations?per_page=100&page={page}"
        remarks += [remark["message"] for remark in shop.hub.admin("GET", path)["check_annotations"]]
    assert remarks == [f"remark {n}" for n in range(1, 121)]
    assert await shop.forge.failed_checks(shop.slug, head) == []
    output = {"title": "3 fail", "summary": "s"}
    theirs = {"name": "ci", "head_sha": head, "status": "completed", "conclusion": "failure", "output": output}
    shop.hub.admin("POST", f"/repos/{shop.slug}/check-runs", theirs)
    (failed,) = await shop.forge.failed_checks(shop.slug, head)
    assert (failed.name, failed.summary) == ("ci", "3 fail\ns")
    running = {"name": "slow", "head_sha": head, "status": "in_progress"}
    shop.hub.admin("POST", f"/repos/{shop.slug}/check-runs", running)
    found = {check.name: check.state for check in await shop.forge.checks(shop.slug, head)}
    assert found == {"Pullwright": "failure", "ci": "failure", "slow": "running"}


async def test_labels_and_reactions(shop: Working, deliveries: Deliveries) -> None:
    issue = shop.hub.admin("POST", f"/repos/{shop.slug}/issues", {"title": "Broken", "body": "It is <!-- evil -->"})["number"]
    for _ in range(2):
        await shop.forge.labels(shop.slug, issue, ["pullwright", "proved"], on="issue")
        await shop.forge.react(shop.slug, issue)
    there = await shop.forge.issue(shop.slug, issue)
    assert (there.title, there.author, set(there.labels)) == ("Broken", "acme", {"pullwright", "proved"})
    comment = await shop.forge.comment(shop.slug, issue, "On it", on="issue")
    await shop.forge.react(shop.slug, issue, comment=comment)
    base = f"/repos/{shop.slug}/issues"
    assert [path for path, _ in shop.hub.reactions if shop.slug in path] == [
        f"{base}/{issue}/reactions",
        f"{base}/comments/{comment}/reactions",
    ]
    with pytest.raises(NotFound):
        await shop.forge.issue(shop.slug, 999)


async def test_its_webhooks_are_genuine_and_read(shop: Working, deliveries: Deliveries) -> None:
    while not deliveries.empty():
        deliveries.get_nowait()
    issue = shop.hub.admin("POST", f"/repos/{shop.slug}/issues", {"title": "Broken"})["number"]
    shop.hub.admin("POST", f"/repos/{shop.slug}/issues/{issue}/labels", {"labels": ["pullwright"]})
    found: list[object] = []
    while IssueLabelled not in map(type, found):
        headers, raw = deliveries.get(timeout=10)
        delivery = verify("github", headers, raw, WEBHOOK_SECRET, time.time())
        found += parse("github", delivery, raw, bot=BOT)
    assert IssueLabelled(slug=shop.slug, actor="acme", url=found[-1].url, n=issue, labels=("pullwright",)) == found[-1]  # type: ignore[attr-defined]


async def test_with_a_token_checks_are_statuses(shop: Working, client: httpx.AsyncClient) -> None:
    forge = open_forge("github", client, base_url=shop.hub.url, secret="admin-token")
    assert await forge.login() == "acme"
    assert not forge.annotates
    assert shop.slug in [repo.slug for repo in await forge.repositories()]
    _, head = await shop.opened()
    await forge.check(shop.slug, head, big_check("success"))
    (status,) = [status for status in shop.hub.statuses if status["sha"] == head]
    assert (status["state"], status["context"], status["description"]) == ("success", "Pullwright", "Two of three pass")
    assert [(check.name, check.state) for check in await forge.checks(shop.slug, head)] == [("Pullwright", "success")]
    credential = await forge.credential(shop.slug)
    assert credential is not None
    await shop.clone.fetch(shop.url, credential)


async def test_no_secret_is_in_any_error_or_log(
    shop: Working, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    other = make_key()
    for secret, app_id in (
        ("wrong-token-xyz", ""),
        (other, str(APP_ID)),
        ("no key at all xyz", str(APP_ID)),
        (shop.hub.key, "999"),
    ):
        forge = open_forge("github", client, base_url=shop.hub.url, secret=secret, app_id=app_id)
        with pytest.raises((AskAdministrator, FixSettings, NotFound)) as failed:
            await forge.open_pull(shop.slug, head="x", base="main", title="t", body="b", draft=True)
        said.append(f"{failed.value!r} {failed.value.fix} {failed.value.__cause__!r}")
    number, head = await shop.opened()
    token = (await shop.forge.credential(shop.slug)).password  # type: ignore[union-attr]
    with pytest.raises(Refused) as refused:
        await shop.forge.line_comment(shop.slug, number, head=head, path=token, line=1, side="new", body="b")
    said.append(f"{refused.value!r}")
    everything = " ".join(said) + caplog.text
    assert "xyz" not in everything
    assert token not in everything
    assert "PRIVATE KEY" not in everything
    for line in other.splitlines()[1:-1]:
        assert line not in everything


def make_key() -> str:
    from forges.github_server import _private_key

    return _private_key()


async def test_an_app_that_is_not_installed_says_so(shop: Working, client: httpx.AsyncClient) -> None:
    forge = open_forge(
        "github", client, base_url=shop.hub.url, secret=shop.hub.key, app_id=str(APP_ID), installation=INSTALLATION
    )
    assert await forge.repository(shop.slug)
    lost = open_forge("github", client, base_url=shop.hub.url, secret=shop.hub.key, app_id=str(APP_ID))
    with pytest.raises(FixSettings, match="not installed") as failed:
        await lost.repository("eve/hers")
    assert failed.value.fix
