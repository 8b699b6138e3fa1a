"""A change of any size, put into a scene as an attempt that waits for its review: real commits in the clone, and a log."""

from __future__ import annotations

import time
from typing import NamedTuple

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import ChangeMade, SessionStarted
from pullwright.protocol.ids import new_id
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.store.attempts import add_attempt
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import add_task
from pullwright.workspace.git import Git

from .scene import WebScene

Files = dict[str, bytes]


class Planted(NamedTuple):
    """Where it is."""

    task: str
    attempt: str
    session: str


async def plant_change(
    scene: WebScene, before: Files, after: Files, title: str = "A change", *, branch: str = "", message: str = "x"
) -> Planted:
    """A task of ada's whose only attempt turned `before` into `after`, in a commit with this message."""
    service, now = scene.service, time.time()
    planted = Planted(new_id("task"), new_id("att"), new_id("ses"))
    clone = clone_of(service, "proj_tally")
    await clone.fetch(str(scene.remote), None, local=True)
    base, head = _commit(clone.git, before), _commit(clone.git, after, message)
    task = Task(
        id=planted.task,
        project_id="proj_tally",
        user_id="user_ada",
        title=title,
        prompt=title,
        ref="main",
        base=base,
        model="deep",
        state="review",
        created=now,
        changed=now,
    )
    attempt = Attempt(
        id=planted.attempt,
        task_id=task.id,
        number=1,
        session=planted.session,
        state="review",
        branch=branch or f"pullwright/{task.id}",
        head=head,
        created=now,
        changed=now,
    )
    await service.database.write(add_task, task)
    await service.database.write(add_attempt, attempt)
    diff = clone.git.call("diff-tree", "-r", "-M", "-p", "--binary", base, head)
    service.blobs.put(f"sessions/{planted.session}/artifacts/change.diff", diff)
    change = ChangeSummary(branch=attempt.branch, base=base, head=head, files=tuple(sorted(after)))
    log = await SqlLog.open(
        service.database, planted.session, FolderArtifacts(service.config.data / planted.session), service.bells
    )
    await log.claim()
    begun = SessionStarted(session=planted.session, project="tally", pullwright="0")
    made = ChangeMade(change=change, diff_artifact="change.diff")
    await log.append((begun, made), expected_seq=0, generation=log.generation)
    return planted


def _commit(git: Git, files: Files, message: str = "x") -> str:
    """A commit of these files alone."""
    said = message.encode()
    lines = [b"commit refs/pullwright/planted\ncommitter a <a@b> 1700000000 +0000\ndata %d\n%s\ndeleteall\n" % (len(said), said)]
    for path, data in sorted(files.items()):
        lines.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    git.call("fast-import", "--quiet", "--force", stdin=b"".join(lines))
    return git.call("rev-parse", "refs/pullwright/planted").decode().strip()
