"""A plain git remote, which has no pull requests: Pullwright keeps them itself, and merges with its own clone.

A merge writes down the commit that it is about to push before it pushes: after a crash the remote's branch tells whether it
arrived, so that nothing is merged twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from pullwright.forges.forge import Forge, Refused
from pullwright.forges.records import (
    METHODS,
    Check,
    CheckStanding,
    Comment,
    FailedCheck,
    Issue,
    Method,
    On,
    Pull,
    PullState,
    Repo,
    Side,
    standing,
)
from pullwright.protocol.errors import NotFound
from pullwright.workspace.clone import BranchMoved, Clone, Credential, MergeConflict, Person, PushRefused

LOGIN = "pullwright"


class PlainPull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request as Pullwright keeps it. `joining` is the commit that a merge is about to push."""

    number: int = 0
    title: str
    body: str
    head_branch: str
    base_branch: str
    draft: bool
    state: PullState = "open"
    joining: str = ""
    merged: str = ""
    comments: tuple[Comment, ...] = ()
    checks: tuple[Check, ...] = ()
    labels: tuple[str, ...] = ()


Edit = Callable[[PlainPull], PlainPull]
"""Makes another pull of one, and nothing else: it may be asked again."""


class PlainPulls(Protocol):
    """Where they are kept: one repository's pulls. Each call is one transaction."""

    async def add(self, pull: PlainPull) -> PlainPull:
        """Keep a new one and number it; the open one of the same head branch instead, if there is one."""
        ...

    async def change(self, number: int, edit: Edit) -> PlainPull | None:
        """Have `edit` make another of it, as it is then; of two that change one at once, neither undoes the other. None: there is
        none of this number."""
        ...

    async def all(self) -> Sequence[PlainPull]:
        """All of them, oldest first."""
        ...


class MemoryPulls:
    """Kept in memory, for tests."""

    def __init__(self) -> None:
        self._pulls: dict[int, PlainPull] = {}

    async def add(self, pull: PlainPull) -> PlainPull:
        """See `PlainPulls`."""
        for there in self._pulls.values():
            if there.head_branch == pull.head_branch and there.state == "open":
                return there
        made = msgspec.structs.replace(pull, number=len(self._pulls) + 1)
        self._pulls[made.number] = made
        return made

    async def change(self, number: int, edit: Edit) -> PlainPull | None:
        """See `PlainPulls`."""
        if number not in self._pulls:
            return None
        self._pulls[number] = edit(self._pulls[number])
        return self._pulls[number]

    async def all(self) -> Sequence[PlainPull]:
        """See `PlainPulls`."""
        return list(self._pulls.values())


class Plain(Forge):
    """One repository at `url`, reached with `credential`; `page` makes the address of a pull's own page of its number.

    `local` allows a path on this machine. There are no issues, no other people, and nobody else's checks.
    """

    annotates = True

    def __init__(
        self,
        url: str,
        clone: Clone,
        pulls: PlainPulls,
        *,
        credential: Credential | None = None,
        local: bool = False,
        page: str = "",
        default_branch: str = "main",
        by: Person | None = None,
    ) -> None:
        self._url, self._clone, self._pulls = url, clone, pulls
        self._credential, self._local, self._page = credential, local, page
        self._default_branch, self._by = default_branch, by or Person()

    async def login(self) -> str:
        """See `Forge`."""
        return LOGIN

    async def repositories(self) -> Sequence[Repo]:
        """See `Forge`: the one."""
        return [await self.repository("")]

    async def repository(self, slug: str) -> Repo:
        """See `Forge`."""
        return Repo(
            slug=slug, url=self._url, clone_url=self._url, default_branch=self._default_branch, private=True, methods=METHODS
        )

    async def credential(self, slug: str) -> Credential | None:
        """See `Forge`."""
        return self._credential

    async def may_write(self, slug: str, login: str) -> bool:
        """See `Forge`: nobody asks from outside."""
        return False

    async def issue(self, slug: str, n: int) -> Issue:
        """See `Forge`: there are none."""
        raise NotFound(f"{self._url} has no issues")

    async def find_pull(self, slug: str, head_branch: str) -> Pull | None:
        """See `Forge`."""
        found = [pull for pull in await self._pulls.all() if pull.head_branch == head_branch]
        chosen = next((pull for pull in found if pull.state == "open"), found[-1] if found else None)
        return None if chosen is None else await self._record(chosen)

    async def pull(self, slug: str, n: int) -> Pull:
        """See `Forge`. A merge that arrived at the remote, and whose maker died before it was written down, is found."""
        there = await self._get(n)
        if there.state == "open" and there.joining:
            await self._clone.fetch(self._url, self._credential, local=self._local)
            base = await self._clone.resolve(f"refs/heads/{there.base_branch}")
            if await self._clone.contains(base, there.joining):
                await self._merged(there, there.joining)
        return await self._record(await self._get(n))

    async def open_pull(self, slug: str, *, head: str, base: str, title: str, body: str, draft: bool) -> Pull:
        """See `Forge`."""
        if not await self._at(head):
            raise Refused(f"branch {head} is not at {self._url}", fix="Push it first.")
        wanted = PlainPull(title=title, body=body, head_branch=head, base_branch=base, draft=draft)
        return await self._record(await self._pulls.add(wanted))

    async def edit_pull(self, slug: str, n: int, *, title: str, body: str) -> Pull:
        """See `Forge`."""
        return await self._change(n, title=title, body=body)

    async def mark_ready(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._change(n, draft=False)

    async def mark_draft(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._change(n, draft=True)

    async def close_pull(self, slug: str, n: int) -> Pull:
        """See `Forge`."""
        return await self._edit(n, lambda there: _with(there, state="closed") if there.state == "open" else there)

    async def merge(self, slug: str, n: int, *, method: Method, head: str, message: str) -> str:
        """See `Forge`: by plumbing in the clone; the base's branch moves under a lease."""
        pull = await self._get(n)
        if pull.state == "merged":
            return pull.merged
        if pull.state == "closed":
            raise Refused(f"pull request {n} is closed")
        await self._clone.fetch(self._url, self._credential, local=self._local)
        base = await self._clone.resolve(f"refs/heads/{pull.base_branch}")
        if pull.joining and await self._clone.contains(base, pull.joining):
            return await self._merged(pull, pull.joining)
        if pull.draft:
            raise Refused(f"pull request {n} is a draft", why="draft")
        if (there := await self._at(pull.head_branch)) != head:
            raise Refused(f"branch {pull.head_branch} is at {there[:10] or 'nothing'} by now", why="moved")
        try:
            joined = await self._clone.merge(base, head, method, message, self._by)
            await self._change(n, joining=joined)
            await self._push(pull.base_branch, joined, base)
        except MergeConflict as error:
            raise Refused(str(error), why="conflict", fix=error.fix) from error
        except BranchMoved as error:
            raise Refused(str(error), why="moved", fix="Merge again.") from error
        except PushRefused as error:
            raise Refused(str(error), why="protected", fix=error.fix) from error
        return await self._merged(await self._get(n), joined)

    async def comment(self, slug: str, n: int, body: str, *, on: On = "pull") -> int:
        """See `Forge`."""
        return await self._add_comment(n, Comment(id=0, body=body, author=LOGIN))

    async def edit_comment(self, slug: str, n: int, comment: int, body: str, *, on: On = "pull") -> None:
        """See `Forge`."""

        def edited(pull: PlainPull) -> PlainPull:
            changed = [msgspec.structs.replace(there, body=body) if there.id == comment else there for there in pull.comments]
            return _with(pull, comments=tuple(changed))

        await self._edit(n, edited)

    async def comments(self, slug: str, n: int, *, on: On = "pull") -> Sequence[Comment]:
        """See `Forge`."""
        return [comment for comment in (await self._get(n)).comments if not comment.path]

    async def line_comment(self, slug: str, n: int, *, head: str, path: str, line: int, side: Side, body: str) -> int:
        """See `Forge`."""
        return await self._add_comment(n, Comment(id=0, body=body, author=LOGIN, path=path, line=line))

    async def line_comments(self, slug: str, n: int) -> Sequence[Comment]:
        """See `Forge`."""
        return [comment for comment in (await self._get(n)).comments if comment.path]

    async def check(self, slug: str, head: str, check: Check) -> int:
        """See `Forge`: kept with the pull whose head it is."""
        for pull in await self._pulls.all():
            if pull.state == "open" and await self._at(pull.head_branch) == head:
                return len((await self._put(pull.number, lambda there: _checked(there, check))).checks)
        return 0

    async def failed_checks(self, slug: str, head: str) -> Sequence[FailedCheck]:
        """See `Forge`: nobody else checks."""
        return []

    async def checks(self, slug: str, head: str) -> Sequence[CheckStanding]:
        """See `Forge`: our own, with the pull whose head it is. Heads before it had theirs: of a name the last one holds."""
        for pull in await self._pulls.all():
            if pull.state == "open" and pull.checks and await self._at(pull.head_branch) == head:
                latest = {check.name: check for check in pull.checks}.values()
                return [CheckStanding(name=check.name, state=standing(check.state), url=check.details_url) for check in latest]
        return []

    async def labels(self, slug: str, n: int, labels: Sequence[str], *, on: On = "pull") -> None:
        """See `Forge`."""
        await self._edit(n, lambda pull: _with(pull, labels=tuple(dict.fromkeys((*pull.labels, *labels)))))

    async def react(self, slug: str, n: int, *, comment: int = 0, on: On = "issue", reaction: str = "eyes") -> None:
        """See `Forge`: there is nobody to see it."""

    async def _get(self, n: int) -> PlainPull:
        for pull in await self._pulls.all():
            if pull.number == n:
                return pull
        raise NotFound(f"{self._url} has no pull request {n}")

    async def _change(self, n: int, **changes: object) -> Pull:
        return await self._edit(n, lambda pull: _with(pull, **changes))

    async def _edit(self, n: int, edit: Edit) -> Pull:
        return await self._record(await self._put(n, edit))

    async def _put(self, n: int, edit: Edit) -> PlainPull:
        changed = await self._pulls.change(n, edit)
        if changed is None:
            raise NotFound(f"{self._url} has no pull request {n}")
        return changed

    async def _add_comment(self, n: int, comment: Comment) -> int:
        def with_comment(pull: PlainPull) -> PlainPull:
            number = max((there.id for there in pull.comments), default=0) + 1
            return _with(pull, comments=(*pull.comments, msgspec.structs.replace(comment, id=number)))

        return (await self._put(n, with_comment)).comments[-1].id

    async def _merged(self, pull: PlainPull, commit: str) -> str:
        await self._put(pull.number, lambda there: _with(there, state="merged", merged=commit, draft=False))
        return commit

    async def _record(self, pull: PlainPull) -> Pull:
        return Pull(
            number=pull.number,
            url=self._page.format(pull.number) if self._page else "",
            state=pull.state,
            draft=pull.draft,
            title=pull.title,
            body=pull.body,
            head=await self._at(pull.head_branch),
            head_branch=pull.head_branch,
            base_branch=pull.base_branch,
            merged=pull.merged,
            author=LOGIN,
        )

    async def _at(self, branch: str) -> str:
        return await self._clone.remote_head(self._url, self._credential, branch, local=self._local)

    async def _push(self, branch: str, commit: str, lease: str) -> None:
        await self._clone.push(self._url, self._credential, branch=branch, commit=commit, lease=lease, local=self._local)


def _with(pull: PlainPull, **changes: object) -> PlainPull:
    return msgspec.structs.replace(pull, **changes)


def _checked(pull: PlainPull, check: Check) -> PlainPull:
    kept = [there for there in pull.checks if (there.name, there.external_id) != (check.name, check.external_id)]
    return _with(pull, checks=(*kept, check))
