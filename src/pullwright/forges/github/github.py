"""GitHub: REST, and GraphQL for the one thing that REST cannot do, to make a draft ready and back."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from pullwright.forges.forge import Forge, Refused
from pullwright.forges.github import checks
from pullwright.forges.github.records import (
    AComment,
    AnIssue,
    GraphAnswer,
    Installed,
    Merged,
    Permission,
    PullRequest,
    Repository,
)
from pullwright.forges.github.signin import SignIn
from pullwright.forges.http import ForgeHttp
from pullwright.forges.records import Check, CheckStanding, Comment, FailedCheck, Issue, Method, On, Pull, Repo, Side
from pullwright.protocol.errors import NotFound, TryAgainLater
from pullwright.workspace.clone import Credential

BASE = "https://api.github.com"
SIDES: dict[Side, str] = {"new": "RIGHT", "old": "LEFT"}
READY = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
DRAFT = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"


class GitHub(Forge):
    """GitHub at `base` (GitHub Enterprise Server: `https://host/api/v3`), signed in as `sign_in` says."""

    def __init__(self, client: httpx.AsyncClient, base: str, sign_in: SignIn) -> None:
        self._client = client
        self._base = (base or BASE).rstrip("/")
        self._sign_in = sign_in
        self.annotates = sign_in.app

    async def login(self) -> str:
        """See `Forge`."""
        return await self._sign_in.login()

    async def repositories(self) -> Sequence[Repo]:
        """See `Forge`: an App's are those that it is installed on."""
        http = self._http("")
        if self._sign_in.app:
            pages = http.pages("/installation/repositories", Installed, per_page=100)
            return [repo.record() async for page in pages for repo in page.repositories]
        mine = http.pages("/user/repos", list[Repository], per_page=100, sort="pushed")
        return [repo.record() async for page in mine for repo in page]

    async def repository(self, slug: str) -> Repo:
        """See `Forge`."""
        return (await self._http(slug).get(f"/repos/{slug}", Repository)).record()

    async def credential(self, slug: str) -> Credential | None:
        """See `Forge`."""
        return await self._sign_in.credential(slug)

    async def may_write(self, slug: str, login: str) -> bool:
        """See `Forge`."""
        found = await self._http(slug).find(f"/repos/{slug}/collaborators/{login}/permission", Permission)
        return found is not None and found.permission in ("admin", "maintain", "write")

    async def issue(self, slug: str, n: int) -> Issue:
        """See `Forge`."""
        return (await self._http(slug).get(f"/repos/{slug}/issues/{n}", AnIssue)).record()

    async def find_pull(self, slug: str, head_branch: str) -> Pull | None:
        """See `Forge`."""
        owner = slug.partition("/")[0]
        path = f"/repos/{slug}/pulls"
        found: list[Pull] = []
        async for page in self._http(slug).pages(
            path, list[PullRequest], head=f"{owner}:{head_branch}", state="all", per_page=100
        ):
            found += [pull.record() for pull in page if pull.head.ref == head_branch]
        found = [pull for pull in found if pull.same_repo]
        return next((pull for pull in found if pull.state == "open"), max(found, key=lambda pull: pull.number, default=None))

    async def pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return (await self._pull(slug, n)).record()

    async def open_pull(self, slug: str, *, head: str, base: str, title: str, body: str, draft: bool) -> Pull:
        """See `Forge`."""
        if (found := await self.find_pull(slug, head)) and found.state == "open":
            return found
        wanted: dict[str, object] = {"title": title, "head": head, "base": base, "body": body, "draft": draft}
        try:
            return (await self._http(slug).write("POST", f"/repos/{slug}/pulls", PullRequest, wanted)).record()
        except (Refused, TryAgainLater) as error:
            if (found := await self.find_pull(slug, head)) and found.state == "open":
                return found
            if draft and isinstance(error, Refused) and "draft pull requests are not supported" in str(error).lower():
                return await self.open_pull(slug, head=head, base=base, title=title, body=body, draft=False)
            raise

    async def edit_pull(self, slug: str, n: int, *, title: str, body: str) -> Pull:
        """See `Forge`."""
        return await self._patch(slug, n, {"title": title, "body": body})

    async def close_pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._patch(slug, n, {"state": "closed"})

    async def mark_ready(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._set_draft(slug, n, READY, draft=False)

    async def mark_draft(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._set_draft(slug, n, DRAFT, draft=True)

    async def merge(self, slug: str, n: int, *, method: Method, head: str, message: str) -> str:
        """See `Forge`."""
        title, _, text = message.partition("\n")
        body: dict[str, object] = {"sha": head, "merge_method": method}
        if method != "rebase" and title:
            body |= {"commit_title": title, "commit_message": text.strip()}
        try:
            return (await self._http(slug).write("PUT", f"/repos/{slug}/pulls/{n}/merge", Merged, body)).sha
        except (Refused, TryAgainLater, NotFound):
            there = await self.pull(slug, n)
            if there.state == "merged":
                return there.merged
            raise

    async def comment(self, slug: str, n: int, body: str, *, on: On = "pull") -> int:
        """See `Forge`."""
        return (await self._http(slug).write("POST", f"/repos/{slug}/issues/{n}/comments", AComment, {"body": body})).id

    async def edit_comment(self, slug: str, n: int, comment: int, body: str, *, on: On = "pull") -> None:
        """See `Forge`."""
        await self._http(slug).write("PATCH", f"/repos/{slug}/issues/comments/{comment}", AComment, {"body": body})

    async def comments(self, slug: str, n: int, *, on: On = "pull") -> Sequence[Comment]:
        """See `Forge`."""
        pages = self._http(slug).pages(f"/repos/{slug}/issues/{n}/comments", list[AComment], per_page=100)
        return [comment.record() async for page in pages for comment in page]

    async def line_comment(self, slug: str, n: int, *, head: str, path: str, line: int, side: Side, body: str) -> int:
        """See `Forge`."""
        wanted = {"body": body, "commit_id": head, "path": path, "line": line, "side": SIDES[side]}
        return (await self._http(slug).write("POST", f"/repos/{slug}/pulls/{n}/comments", AComment, wanted)).id

    async def line_comments(self, slug: str, n: int) -> Sequence[Comment]:
        """See `Forge`."""
        pages = self._http(slug).pages(f"/repos/{slug}/pulls/{n}/comments", list[AComment], per_page=100)
        return [comment.record() async for page in pages for comment in page]

    async def check(self, slug: str, head: str, check: Check) -> int:
        """See `Forge`: a check run as an App, else a status."""
        return await (checks.set_run if self.annotates else checks.set_status)(self._http(slug), slug, head, check)

    async def failed_checks(self, slug: str, head: str) -> Sequence[FailedCheck]:
        """See `Forge`."""
        return await checks.failed(self._http(slug), slug, head)

    async def checks(self, slug: str, head: str) -> Sequence[CheckStanding]:
        """See `Forge`."""
        return await checks.standing(self._http(slug), slug, head)

    async def labels(self, slug: str, n: int, labels: Sequence[str], *, on: On = "pull") -> None:
        """See `Forge`."""
        if labels:
            await self._http(slug).send("POST", f"/repos/{slug}/issues/{n}/labels", json={"labels": list(labels)})

    async def react(self, slug: str, n: int, *, comment: int = 0, on: On = "issue", reaction: str = "eyes") -> None:
        """See `Forge`."""
        what = f"comments/{comment}" if comment else f"{n}"
        await self._http(slug).send("POST", f"/repos/{slug}/issues/{what}/reactions", json={"content": reaction})

    def _http(self, slug: str) -> ForgeHttp:
        sign_in = self._sign_in
        forget = (lambda: sign_in.forget(slug)) if sign_in.app else None
        return ForgeHttp(self._client, self._base, lambda: sign_in.headers(slug), sign_in.secrets, forget)

    async def _pull(self, slug: str, n: int) -> PullRequest:
        return await self._http(slug).get(f"/repos/{slug}/pulls/{n}", PullRequest)

    async def _patch(self, slug: str, n: int, body: dict[str, object]) -> Pull:
        return (await self._http(slug).write("PATCH", f"/repos/{slug}/pulls/{n}", PullRequest, body)).record()

    async def _set_draft(self, slug: str, n: int, mutation: str, *, draft: bool) -> Pull:
        there = await self._pull(slug, n)
        if there.draft == draft or there.state == "closed":
            return there.record()
        wanted: dict[str, object] = {"query": mutation, "variables": {"id": there.node_id}}
        # On Enterprise Server REST is at /api/v3 and GraphQL at /api/graphql.
        path = f"{self._base.removesuffix('/v3')}/graphql"
        answer = await self._http(slug).write("POST", path, GraphAnswer, wanted)
        if answer.errors:
            raise Refused(f"{slug}#{n} could not be changed: {'; '.join(error.message for error in answer.errors)[:500]}")
        return await self.pull(slug, n)
