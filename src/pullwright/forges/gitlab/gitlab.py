"""GitLab: its merge requests are pulls here, its notes comments, its commit statuses checks."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import httpx

from pullwright.forges.forge import Forge, Refused
from pullwright.forges.gitlab import merging
from pullwright.forges.gitlab.lines import FileDiff, place
from pullwright.forges.gitlab.records import (
    DRAFT,
    AccessLevel,
    AnIssue,
    CommitStatus,
    Discussion,
    Emoji,
    Job,
    MergeRequest,
    Note,
    Pipeline,
    Project,
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
from pullwright.protocol.errors import AskAdministrator, NotFound, TryAgainLater
from pullwright.workspace.clone import Credential

BASE = "https://gitlab.com/api/v4"
DEVELOPER = 30
LONGEST_DESCRIPTION = 255
LOG_TAIL = 32_000
MOST_LOGS = 5
OURS = "pullwright"
STATES: dict[CheckState, str] = {
    "queued": "pending",
    "running": "running",
    "success": "success",
    "failure": "failed",
    "neutral": "success",
    "cancelled": "canceled",
}
STANDING: dict[str, Standing] = {
    "success": "success",
    "skipped": "success",
    "manual": "success",
    "failed": "failure",
    "canceled": "failure",
}
"""What of a commit's statuses does not run any more."""
WHERE: dict[On, str] = {"pull": "merge_requests", "issue": "issues"}


class GitLab(Forge):
    """GitLab at `base` (`https://host/api/v4`), with a personal, group or project access token of scope `api`."""

    annotates = False

    def __init__(self, client: httpx.AsyncClient, base: str, token: str) -> None:
        self._token = token
        self._base = (base or BASE).rstrip("/")
        self._http = ForgeHttp(client, self._base, self._headers, lambda: [token])
        self._login = ""

    async def login(self) -> str:
        """See `Forge`."""
        if not self._login:
            self._login = (await self._http.get("/user", User)).username
        return self._login

    async def repositories(self) -> Sequence[Repo]:
        """See `Forge`."""
        pages = self._http.pages("/projects", list[Project], membership="true", per_page=100, min_access_level=DEVELOPER)
        return [project.record() async for page in pages for project in page]

    async def repository(self, slug: str) -> Repo:
        """See `Forge`."""
        return (await self._http.get(_project(slug), Project)).record()

    async def credential(self, slug: str) -> Credential | None:
        """See `Forge`."""
        return Credential(username="oauth2", password=self._token, over_http=self._base.startswith("http://"))

    async def may_write(self, slug: str, login: str) -> bool:
        """See `Forge`: developers and above, members of the project's groups too."""
        users = await self._http.get("/users", list[User], username=login)
        user = next((user for user in users if user.username.lower() == login.lower()), None)
        if user is None:
            return False
        found = await self._http.find(f"{_project(slug)}/members/all/{user.id}", AccessLevel)
        return found is not None and found.access_level >= DEVELOPER

    async def issue(self, slug: str, n: int) -> Issue:
        """See `Forge`."""
        return (await self._http.get(f"{_project(slug)}/issues/{n}", AnIssue)).record()

    async def find_pull(self, slug: str, head_branch: str) -> Pull | None:
        """See `Forge`."""
        path = f"{_project(slug)}/merge_requests"
        pages = self._http.pages(path, list[MergeRequest], source_branch=head_branch, state="all", per_page=100)
        found = [merge_request.record() async for page in pages for merge_request in page]
        found = [pull for pull in found if pull.same_repo]
        return next((pull for pull in found if pull.state == "open"), max(found, key=lambda pull: pull.number, default=None))

    async def pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return (await self._get(slug, n)).record()

    async def open_pull(self, slug: str, *, head: str, base: str, title: str, body: str, draft: bool) -> Pull:
        """See `Forge`."""
        if (found := await self.find_pull(slug, head)) and found.state == "open":
            return found
        wanted: dict[str, object] = {
            "source_branch": head,
            "target_branch": base,
            "title": DRAFT + title if draft else title,
            "description": body,
        }
        try:
            return (await self._http.write("POST", f"{_project(slug)}/merge_requests", MergeRequest, wanted)).record()
        except (Refused, TryAgainLater):
            if (found := await self.find_pull(slug, head)) and found.state == "open":
                return found
            raise

    async def edit_pull(self, slug: str, n: int, *, title: str, body: str) -> Pull:
        """See `Forge`."""
        draft = (await self._get(slug, n)).draft
        return await self._put(slug, n, {"title": DRAFT + title if draft else title, "description": body})

    async def mark_ready(self, slug: str, n: int) -> Pull:
        """See `Forge`: the title says it."""
        there = await self._get(slug, n)
        return await self._put(slug, n, {"title": there.plain_title}) if there.draft else there.record()

    async def mark_draft(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        there = await self._get(slug, n)
        return there.record() if there.draft else await self._put(slug, n, {"title": DRAFT + there.title})

    async def close_pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._put(slug, n, {"state_event": "close"})

    async def merge(self, slug: str, n: int, *, method: Method, head: str, message: str) -> str:
        """See `Forge`."""
        return await merging.merge(self._http, f"{_project(slug)}/merge_requests/{n}", method, head, message)

    async def comment(self, slug: str, n: int, body: str, *, on: On = "pull") -> int:
        """See `Forge`."""
        return (await self._http.write("POST", f"{_project(slug)}/{WHERE[on]}/{n}/notes", Note, {"body": body})).id

    async def edit_comment(self, slug: str, n: int, comment: int, body: str, *, on: On = "pull") -> None:
        """See `Forge`."""
        await self._http.write("PUT", f"{_project(slug)}/{WHERE[on]}/{n}/notes/{comment}", Note, {"body": body})

    async def comments(self, slug: str, n: int, *, on: On = "pull") -> Sequence[Comment]:
        """See `Forge`: without what GitLab notes itself."""
        path = f"{_project(slug)}/{WHERE[on]}/{n}/notes"
        pages = self._http.pages(path, list[Note], sort="asc", order_by="created_at", per_page=100)
        return [note.record() async for page in pages for note in page if not note.system and note.position is None]

    async def line_comment(self, slug: str, n: int, *, head: str, path: str, line: int, side: Side, body: str) -> int:
        """See `Forge`."""
        refs = (await self._get(slug, n)).diff_refs
        if refs is None or refs.head_sha != head:
            raise Refused(f"the head of {slug}!{n} is another commit by now", why="moved")
        where = await self._place(slug, n, path, line, side)
        shas = {"base_sha": refs.base_sha, "start_sha": refs.start_sha, "head_sha": refs.head_sha}
        position = {"position_type": "text", **shas, **where}
        wanted = {"body": body, "position": position}
        made = await self._http.write("POST", f"{_project(slug)}/merge_requests/{n}/discussions", Discussion, wanted)
        return made.notes[0].id

    async def line_comments(self, slug: str, n: int) -> Sequence[Comment]:
        """See `Forge`."""
        path = f"{_project(slug)}/merge_requests/{n}/discussions"
        pages = self._http.pages(path, list[Discussion], per_page=100)
        notes = [note async for page in pages for thread in page for note in thread.notes]
        return [note.record() for note in notes if note.position is not None and not note.system]

    async def check(self, slug: str, head: str, check: Check) -> int:
        """See `Forge`: a commit status. Setting what is set already is a success."""
        wanted: dict[str, object] = {
            "state": STATES[check.state],
            "name": check.name,
            "description": (check.title or check.summary)[:LONGEST_DESCRIPTION],
        }
        if check.details_url:
            wanted["target_url"] = check.details_url
        try:
            return (await self._http.write("POST", f"{_project(slug)}/statuses/{head}", CommitStatus, wanted)).id
        except Refused as error:
            if "cannot transition status" not in str(error).lower():
                raise
            path = f"{_project(slug)}/repository/commits/{head}/statuses"
            there = await self._http.get(path, list[CommitStatus], name=check.name)
            if not there or there[0].status != STATES[check.state]:
                raise
            return there[0].id

    async def failed_checks(self, slug: str, head: str) -> Sequence[FailedCheck]:
        """See `Forge`: jobs of the commit's pipelines with the end of their logs, then statuses that others set."""
        found = await self._failed_jobs(slug, head)
        named = {check.name for check in found}
        path = f"{_project(slug)}/repository/commits/{head}/statuses"
        for status in await self._http.get(path, list[CommitStatus], per_page=100):
            if status.status == "failed" and not status.name.lower().startswith(OURS) and status.name not in named:
                found.append(FailedCheck(name=status.name, summary=status.description or "", url=status.target_url or ""))
        return found

    async def checks(self, slug: str, head: str) -> Sequence[CheckStanding]:
        """See `Forge`: jobs are among a commit's statuses."""
        path = f"{_project(slug)}/repository/commits/{head}/statuses"
        statuses = await self._http.get(path, list[CommitStatus], per_page=100)
        return [
            CheckStanding(name=status.name, state=STANDING.get(status.status, "running"), url=status.target_url or "")
            for status in statuses
        ]

    async def labels(self, slug: str, n: int, labels: Sequence[str], *, on: On = "pull") -> None:
        """See `Forge`."""
        if labels:
            await self._http.send("PUT", f"{_project(slug)}/{WHERE[on]}/{n}", json={"add_labels": ",".join(labels)})

    async def react(self, slug: str, n: int, *, comment: int = 0, on: On = "issue", reaction: str = "eyes") -> None:
        """See `Forge`."""
        note = f"/notes/{comment}" if comment else ""
        path = f"{_project(slug)}/{WHERE[on]}/{n}{note}/award_emoji"
        login = await self.login()
        for emoji in await self._http.get(path, list[Emoji], per_page=100):
            if emoji.name == reaction and emoji.user and emoji.user.username == login:
                return
        await self._http.write("POST", path, Emoji, {"name": reaction})

    async def _headers(self) -> dict[str, str]:
        return {"PRIVATE-TOKEN": self._token}

    async def _get(self, slug: str, n: int) -> MergeRequest:
        return await self._http.get(f"{_project(slug)}/merge_requests/{n}", MergeRequest)

    async def _put(self, slug: str, n: int, body: dict[str, object]) -> Pull:
        return (await self._http.write("PUT", f"{_project(slug)}/merge_requests/{n}", MergeRequest, body)).record()

    async def _place(self, slug: str, n: int, path: str, line: int, side: Side) -> dict[str, object]:
        pages = self._http.pages(f"{_project(slug)}/merge_requests/{n}/diffs", list[FileDiff], per_page=100)
        async for page in pages:
            for diff in page:
                if path == (diff.new_path if side == "new" else diff.old_path) and (found := place(diff, line, side)):
                    return found
        raise Refused(f"{path}:{line} is not in the diff of {slug}!{n}")

    async def _failed_jobs(self, slug: str, head: str) -> list[FailedCheck]:
        found: list[FailedCheck] = []
        try:
            for pipeline in await self._http.get(f"{_project(slug)}/pipelines", list[Pipeline], sha=head, per_page=5):
                jobs = await self._http.get(
                    f"{_project(slug)}/pipelines/{pipeline.id}/jobs", list[Job], scope="failed", per_page=100
                )
                for job in jobs:
                    log = (
                        await self._http.tail(f"{_project(slug)}/jobs/{job.id}/trace", LOG_TAIL) if len(found) < MOST_LOGS else ""
                    )
                    found.append(FailedCheck(name=job.name, summary=job.failure_reason or job.stage, url=job.web_url, log=log))
        except (AskAdministrator, NotFound):
            return found  # CI is switched off, or hidden from the token
        return found


def _project(slug: str) -> str:
    return f"/projects/{quote(slug, safe='')}"
