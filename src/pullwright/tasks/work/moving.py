"""The base has moved and the change does not merge: the change is laid over the new base, and a turn solves what clashes.

    kind `merge-base`, first time    fetch ─▶ merge of the change and the new base, as a tree ─▶ new workspace ─▶ logged
    taken up after a crash           the log has the merge's checkpoint already: nothing is laid anew

The branch is then one commit over the new base, pushed with a lease, and verified again as a whole.
"""

from __future__ import annotations

from pullwright.log.log import Log
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Checkpointed, Noticed
from pullwright.protocol.inputs import Prompt
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.opened import Opened, bring_commits
from pullwright.tasks.work.preparing import Ground
from pullwright.tasks.work.taken import Taken
from pullwright.workspace.moving import move

ASKED = """\
The base branch has moved since this change was made (it is now at {onto}). Your change was merged with it.
{state}
Read what changed on both sides, keep the intention of both, run the tests, and say what you did.
"""
CLASHES = "These files have conflict markers that must be solved: {paths}."
CLEAN = "Nothing clashes line by line, but see that both still work together."


def was_moved(taken: Taken, log: Log) -> bool:
    """Whether this turn has laid the change over the new base already."""
    return any(isinstance(event, Checkpointed) and event.turn == taken.turn.id for event in log.read())


async def move_base(service: Service, taken: Taken, opened: Opened, ground: Ground) -> Prompt:
    """Lay the attempt's change over the base as it is now (`ground.base`); the prompt of the turn that goes on from there."""
    await bring_commits(ground.clone, opened.artifacts, taken.attempt.head)
    merged = await ground.clone.merge_trees(taken.attempt.head, ground.base)
    if not was_moved(taken, opened.log):
        workspace = await move(opened.folder, service.config.cache, ground.clone.folder, onto=ground.base, tree=merged.tree)
        await workspace.close()
        recorder = Recorder(opened.log, opened.generation)
        recorder.turn = taken.turn.id
        await recorder.record(
            Noticed(level="info", text=f"the change was laid over the base as it is now, {ground.base[:12]}"),
            Checkpointed(tree=merged.tree, paths=merged.clashes),
        )
    state = CLASHES.format(paths=", ".join(merged.clashes)) if merged.clashes else CLEAN
    text = ASKED.format(onto=ground.base[:12], state=state)
    return Prompt(id=taken.turn.prompt.id, by=taken.turn.prompt.by, text=text)
