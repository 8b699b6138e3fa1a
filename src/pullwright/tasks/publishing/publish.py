"""A task's change at its forge: one branch, at most one pull request, whatever crashes in between.

    decide ─▶ push (with a lease) ─▶ pull request found or opened ─▶ title, text, draft or ready ─▶ recorded

Each step may have been done by a worker that died before it could say so: a push that finds its commit there is done, a pull
request is looked for by its branch before it is opened, and the row of the task's one pull request is made before anything else.

    when-verified    published as soon as there is a change; a draft as long as the clean runs do not prove it
    on-approval      published by the approval
"""

from __future__ import annotations

import contextlib
import time

import msgspec
from sqlalchemy import Connection

from pullwright.forges.forge import Forge, Refused
from pullwright.forges.records import Pull
from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.publishing.body import Text, pull_text
from pullwright.tasks.publishing.checks import check_of
from pullwright.tasks.publishing.origin import clone_of, origin, signed_in
from pullwright.tasks.publishing.recording import keep_problem, merged, opened
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import favoured
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import change_pull_request, claim_pull_request, find_pull_request
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.work.opened import bring_commits
from pullwright.workspace.clone import Clone


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be published: an attempt's change, of a task, in a project."""

    task: Task
    attempt: Attempt
    project: Project
    pull: PullRequest | None

    @property
    def is_proved(self) -> bool:
        """Whether the clean runs prove the change."""
        return self.attempt.verdict == "verified"


async def publish_task(service: Service, task_id: str, *, approved: bool = False) -> str:
    """Publish a task's change, if it is to be published now; what was done, in a word. Safe to call again, also side by side.

    What the forge refuses is kept beside the task and not raised: the change is safe, and the next call tries again.
    """
    job = await service.database.read(to_publish, task_id, approved)
    if job is None:
        return "nothing"
    try:
        await publish(service, job, approved=approved)
    except PullwrightError as error:
        if approved:
            raise
        await service.database.write(keep_problem, task_id, f"{error} {error.fix}".strip())
        service.tell(task_id, queue=False)
        return "refused"
    await service.database.write(keep_problem, task_id, "")
    service.tell(task_id, queue=False)
    return "published"


def to_publish(connection: Connection, task_id: str, approved: bool = False) -> Publication | None:
    """What of a task is to be published; None when nothing is, or not yet."""
    task = get_task(connection, task_id)
    project = get_project(connection, task.project_id)
    pull = find_pull_request(connection, task_id)
    chosen = favoured(task, attempts_of(connection, task_id))
    if task.mode != "code" or chosen is None or not chosen.head or chosen.state != "review":
        return None
    waits = project.settings.publish == "on-approval" and not approved and pull is None
    if waits or (pull is not None and (pull.state == "merged" or (pull.state == "closed" and not approved))):
        return None
    return Publication(task=task, attempt=chosen, project=project, pull=pull)


async def publish(service: Service, job: Publication, *, approved: bool) -> PullRequest:
    """Push, then open or update the pull request. Raises what the forge or git says."""
    now = time.time()
    clone = clone_of(service, job.project.id)
    await bring_commits(clone, service.artifacts(job.attempt.session), job.attempt.head)
    draft = not job.is_proved and not approved
    mine = PullRequest(
        task_id=job.task.id,
        attempt_id=job.attempt.id,
        project_id=job.project.id,
        branch=job.attempt.branch,
        base=base_branch(job),
        created=now,
        changed=now,
    )
    pull = await service.database.write(claim_pull_request, mine)
    await _push(service, clone, job, pull)
    text = await pull_text(service, job.task, job.attempt)
    async with signed_in(service, job.project) as forge:
        found = await _pull_request(forge, job, pull, text, draft=draft)
        if found.state == "merged":
            await service.database.write(merged, job.task.id, found.merged)
            return msgspec.structs.replace(pull, state="merged", merged=found.merged)
        await service.database.write(opened, job.task.id, found)  # before what may yet be refused
        await forge.check(job.project.slug, job.attempt.head, check_of(job, found.url))
        if job.project.settings.labels:
            await forge.labels(job.project.slug, found.number, job.project.settings.labels)
    state = "draft" if found.draft else "open"
    return msgspec.structs.replace(pull, head=job.attempt.head, number=found.number, url=found.url, state=state)


def base_branch(job: Publication) -> str:
    """The branch that the change goes onto: the task's ref where that is one, else the project's default."""
    ref = job.task.ref.removeprefix("refs/heads/")
    is_commit = len(ref) == 40 and all(letter in "0123456789abcdef" for letter in ref)
    return job.project.default_branch if is_commit or not ref else ref


async def _push(service: Service, clone: Clone, job: Publication, pull: PullRequest) -> None:
    """The attempt's branch at its head. A branch that another attempt of the task had is left as it is."""
    lease = pull.head if pull.branch == job.attempt.branch else ""
    source = await origin(service, job.project)
    credential = await source.credential()
    branch, commit = job.attempt.branch, job.attempt.head
    await clone.push(source.url, credential, branch=branch, commit=commit, lease=lease, local=source.is_local)
    values = {"head": job.attempt.head, "branch": job.attempt.branch, "attempt_id": job.attempt.id}
    await service.database.write(change_pull_request, job.task.id, time.time(), **values)


async def _pull_request(forge: Forge, job: Publication, pull: PullRequest, text: Text, *, draft: bool) -> Pull:
    """The open pull request of the attempt's branch, as it should be now; or the task's own that was merged meanwhile."""
    slug, branch = job.project.slug, job.attempt.branch
    found = await forge.find_pull(slug, branch)
    if found is not None and found.state == "merged" and (found.number == pull.number or found.head == job.attempt.head):
        return found
    if pull.number and (found is None or found.number != pull.number):  # of the attempt that was chosen before
        await forge.close_pull(slug, pull.number)
    if found is None or found.state != "open":
        found = await forge.open_pull(slug, head=branch, base=base_branch(job), title=text.title, body=text.body, draft=draft)
    elif (found.title, found.body) != (text.title, text.body):
        found = await forge.edit_pull(slug, found.number, title=text.title, body=text.body)
    if found.draft and not draft:
        found = await forge.mark_ready(slug, found.number)
    elif draft and not found.draft:
        with contextlib.suppress(Refused):  # a forge without drafts: the check tells what the clean runs found
            found = await forge.mark_draft(slug, found.number)
    return found
