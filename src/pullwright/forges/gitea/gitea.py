"""Gitea and Forgejo: one API. Drafts are named so by their title, checks are commit statuses."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from pullwright.forges.forge import Forge, Refused
from pullwright.forges.gitea.records import (
    DRAFT,
    AComment,
    AnIssue,
    LineComment,
    Named,
    Permission,
    PullRequest,
    Repository,
    Review,
    Status,
    User,
)
from pullwright.forges.http import ForgeHttp
from pullwright.forges.records import (
    Check,
    CheckStanding,
    CheckState,
    Comment,
    FailedCheck,
    Issue,
    Method,
    On,
    Pull,
    Repo,
    Side,
    Standing,
)
from pullwright.protocol.errors import NotFound, TryAgainLater
from pullwright.workspace.clone import Credential

LONGEST_DESCRIPTION = 255
OURS = "pullwright"
COLOUR = "#6e7781"
STATES: dict[CheckState, str] = {
    "queued": "pending",
    "running": "pending",
    "success": "success",
    "failure": "failure",
    "neutral": "success",
    "cancelled": "error",
}
STANDING: dict[str, Standing] = {"pending": "running", "failure": "failure", "error": "failure"}


class Gitea(Forge):
    """Gitea or Forgejo at `base` (`https://host/api/v1`), with an access token."""

    annotates = False

    def __init__(self, client: httpx.AsyncClient, base: str, token: str) -> None:
        self._token = token
        self._base = base.rstrip("/")
        self._http = ForgeHttp(client, self._base, self._headers, lambda: [token])
        self._login = ""

    async def login(self) -> str:
        """See `Forge`."""
        if not self._login:
            self._login = (await self._http.get("/user", User)).login
        return self._login

    async def repositories(self) -> Sequence[Repo]:
        """See `Forge`."""
        pages = self._http.pages("/user/repos", list[Repository], limit=50)
        return [repo.record() async for page in pages for repo in page]

    async def repository(self, slug: str) -> Repo:
        """See `Forge`."""
        return (await self._http.get(f"/repos/{slug}", Repository)).record()

    async def credential(self, slug: str) -> Credential | None:
        """See `Forge`: the token stands for name and password."""
        return Credential(username=await self.login(), password=self._token, over_http=self._base.startswith("http://"))

    async def may_write(self, slug: str, login: str) -> bool:
        """See `Forge`."""
        found = await self._http.find(f"/repos/{slug}/collaborators/{login}/permission", Permission)
        return found is not None and found.permission in ("owner", "admin", "write")

    async def issue(self, slug: str, n: int) -> Issue:
        """See `Forge`."""
        return (await self._http.get(f"/repos/{slug}/issues/{n}", AnIssue)).record()

    async def find_pull(self, slug: str, head_branch: str) -> Pull | None:
        """See `Forge`: Gitea cannot be asked for a branch, so all open pulls and the newest closed ones are looked through."""
        path, found = f"/repos/{slug}/pulls", list[Pull]()
        async for page in self._http.pages(path, list[PullRequest], state="open", limit=50):
            found += [pull.record() for pull in page]
        if wanted := _of(found, head_branch):
            return wanted
        return _of(
            [pull.record() for pull in await self._http.get(path, list[PullRequest], state="closed", limit=50)], head_branch
        )

    async def pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return (await self._get(slug, n)).record()

    async def open_pull(self, slug: str, *, head: str, base: str, title: str, body: str, draft: bool) -> Pull:
        """See `Forge`."""
        if (found := await self.find_pull(slug, head)) and found.state == "open":
            return found
        wanted: dict[str, object] = {"head": head, "base": base, "title": DRAFT + title if draft else title, "body": body}
        try:
            return (await self._http.write("POST", f"/repos/{slug}/pulls", PullRequest, wanted)).record()
        except (Refused, TryAgainLater):
            if (found := await self.find_pull(slug, head)) and found.state == "open":
                return found
            raise

    async def edit_pull(self, slug: str, n: int, *, title: str, body: str) -> Pull:
        """See `Forge`."""
        draft = (await self._get(slug, n)).is_draft
        return await self._patch(slug, n, {"title": DRAFT + title if draft else title, "body": body})

    async def mark_ready(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        there = await self._get(slug, n)
        return await self._patch(slug, n, {"title": there.plain_title}) if there.is_draft else there.record()

    async def mark_draft(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        there = await self._get(slug, n)
        return there.record() if there.is_draft else await self._patch(slug, n, {"title": DRAFT + there.title})

    async def close_pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._patch(slug, n, {"state": "closed"})

    async def merge(self, slug: str, n: int, *, method: Method, head: str, message: str) -> str:
        """See `Forge`."""
        title, _, text = message.partition("\n")
        body: dict[str, object] = {"Do": method, "head_commit_id": head}
        if method != "rebase":
            body |= {"MergeTitleField": title, "MergeMessageField": text.strip()}
        there = await self._get(slug, n)
        if there.merged:
            return there.record().merged
        if there.head.sha != head:
            raise Refused(f"{there.html_url} has another head by now: {there.head.sha[:10]}", why="moved")
        if there.is_draft:
            raise Refused(f"{there.html_url} cannot be merged: it is a draft", why="draft")
        try:
            await self._http.send("POST", f"/repos/{slug}/pulls/{n}/merge", json=body)
        except (Refused, TryAgainLater) as error:
            there = await self._get(slug, n)
            if not there.merged:
                if isinstance(error, Refused) and there.mergeable is False and error.why != "moved":
                    raise Refused(
                        f"{there.html_url} cannot be merged: it conflicts with {there.base.ref}", why="conflict"
                    ) from None
                raise
        return (await self._get(slug, n)).record().merged

    async def comment(self, slug: str, n: int, body: str, *, on: On = "pull") -> int:
        """See `Forge`."""
        return (await self._http.write("POST", f"/repos/{slug}/issues/{n}/comments", AComment, {"body": body})).id

    async def edit_comment(self, slug: str, n: int, comment: int, body: str, *, on: On = "pull") -> None:
        """See `Forge`."""
        await self._http.write("PATCH", f"/repos/{slug}/issues/comments/{comment}", AComment, {"body": body})

    async def comments(self, slug: str, n: int, *, on: On = "pull") -> Sequence[Comment]:
        """See `Forge`."""
        found = await self._http.get(f"/repos/{slug}/issues/{n}/comments", list[AComment])
        return [comment.record() for comment in found]

    async def line_comment(self, slug: str, n: int, *, head: str, path: str, line: int, side: Side, body: str) -> int:
        """See `Forge`: a review with this one comment."""
        place = {"new_position": line} if side == "new" else {"old_position": line}
        wanted = {"event": "COMMENT", "commit_id": head, "comments": [{"path": path, "body": body, **place}]}
        review = await self._http.write("POST", f"/repos/{slug}/pulls/{n}/reviews", Review, wanted)
        made = await self._http.get(f"/repos/{slug}/pulls/{n}/reviews/{review.id}/comments", list[LineComment])
        if not made:
            raise Refused(f"{path}:{line} is not in the change")
        return made[0].id

    async def line_comments(self, slug: str, n: int) -> Sequence[Comment]:
        """See `Forge`."""
        found: list[Comment] = []
        path = f"/repos/{slug}/pulls/{n}/reviews"
        async for page in self._http.pages(path, list[Review], limit=50):
            for review in page:
                if review.comments_count:
                    made = await self._http.get(f"{path}/{review.id}/comments", list[LineComment])
                    found += [comment.record() for comment in made]
        return sorted(found, key=lambda comment: comment.id)

    async def check(self, slug: str, head: str, check: Check) -> int:
        """See `Forge`: a commit status; the latest of a context counts. One that says the same is not made again."""
        wanted: dict[str, object] = {
            "state": STATES[check.state],
            "context": check.name,
            "description": (check.title or check.summary)[:LONGEST_DESCRIPTION],
            "target_url": check.details_url,
        }
        for status in await self._statuses(slug, head):
            if status.context == check.name:
                if (status.status, status.description or "", status.target_url or "") == (
                    wanted["state"],
                    wanted["description"],
                    check.details_url,
                ):
                    return status.id
                break
        return (await self._http.write("POST", f"/repos/{slug}/statuses/{head}", Status, wanted)).id

    async def failed_checks(self, slug: str, head: str) -> Sequence[FailedCheck]:
        """See `Forge`: statuses that others set. Logs of its Actions are not in its API everywhere; the address is given."""
        return [
            FailedCheck(name=status.context, summary=status.description or "", url=status.target_url or "")
            for status in await self._latest(slug, head)
            if status.status in ("failure", "error") and not status.context.lower().startswith(OURS)
        ]

    async def checks(self, slug: str, head: str) -> Sequence[CheckStanding]:
        """See `Forge`."""
        return [
            CheckStanding(name=status.context, state=STANDING.get(status.status, "success"), url=status.target_url or "")
            for status in await self._latest(slug, head)
        ]

    async def labels(self, slug: str, n: int, labels: Sequence[str], *, on: On = "pull") -> None:
        """See `Forge`."""
        if not labels:
            return
        known = {
            label.name: label.id
            async for page in self._http.pages(f"/repos/{slug}/labels", list[Named], limit=50)
            for label in page
        }
        for name in labels:
            if name not in known:
                made = await self._http.write("POST", f"/repos/{slug}/labels", Named, {"name": name, "color": COLOUR})
                known[name] = made.id
        await self._http.send("POST", f"/repos/{slug}/issues/{n}/labels", json={"labels": [known[name] for name in labels]})

    async def react(self, slug: str, n: int, *, comment: int = 0, on: On = "issue", reaction: str = "eyes") -> None:
        """See `Forge`."""
        what = f"comments/{comment}" if comment else f"{n}"
        await self._http.send("POST", f"/repos/{slug}/issues/{what}/reactions", json={"content": reaction})

    async def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self._token}"}

    async def _get(self, slug: str, n: int) -> PullRequest:
        return await self._http.get(f"/repos/{slug}/pulls/{n}", PullRequest)

    async def _patch(self, slug: str, n: int, body: dict[str, object]) -> Pull:
        return (await self._http.write("PATCH", f"/repos/{slug}/pulls/{n}", PullRequest, body)).record()

    async def _latest(self, slug: str, head: str) -> Sequence[Status]:
        latest: dict[str, Status] = {}
        for status in await self._statuses(slug, head):
            latest.setdefault(status.context, status)
        return list(latest.values())

    async def _statuses(self, slug: str, head: str) -> Sequence[Status]:
        """A commit's statuses, newest first."""
        try:
            return await self._http.get(f"/repos/{slug}/statuses/{head}", list[Status], sort="recentupdate", limit=50)
        except NotFound:
            return []


def _of(pulls: Sequence[Pull], branch: str) -> Pull | None:
    """The newest of a branch of the repository itself."""
    found = [pull for pull in pulls if pull.head_branch == branch and pull.same_repo]
    return max(found, key=lambda pull: pull.number, default=None)
