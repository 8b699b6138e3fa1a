"""Rows -> the record that a turn is run with: the same record that the command line fills in."""

from __future__ import annotations

from pathlib import Path

from pullwright.attempts.spec import Signature, TurnSpec
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.policy import Budget
from pullwright.sandbox.backends import default_backend
from pullwright.tasks.environments import Prepared
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.taken import Taken

AUTHOR = "Pullwright"


def turn_spec(
    service: Service,
    taken: Taken,
    prepared: Prepared,
    *,
    project: Path,
    folder: Path,
    base_files: Path,
    prompt: Prompt,
    budget: Budget,
    base: str,
    moved: bool = False,
) -> TurnSpec:
    """The turn's record. `project` is the clone, `folder` the session's, `base_files` the base's checkout, `base` its commit;
    `moved`: the files were made anew on this machine."""
    config, task = service.config, taken.task
    asks = task.mode == "ask"
    return TurnSpec(
        session=taken.attempt.session,
        turn=taken.turn.id,
        prompt=prompt,
        project=project,
        folder=folder,
        cache=config.cache,
        model=service.models.choice(task.model),
        ref=base,
        local=False,
        moved=moved,
        retaken=True,
        base_files=base_files,
        at=prepared.at,
        mode=task.mode,
        approval=task.approval,
        access="read-only" if asks else prepared.access,
        network=prepared.network,
        limits=prepared.limits,
        budget=budget,
        backend=prepared.backend or config.backend or default_backend(),
        base_root=prepared.base_root,
        env=prepared.env,
        test_command=prepared.test_command,
        verify=config.verify and not asks,
        branch=branch_of(taken),
        signature=Signature(name=AUTHOR, email=f"{AUTHOR.lower()}@localhost", co_author=co_author(taken)),
        secrets=(*prepared.secrets, *keys(service)),
        answerable=True,
        patience=config.patience,
        prices=config.prices,
        setup=prepared.layer,
        notices=prepared.notes,
        workload=task.template,
        queued=max(0.0, taken.turn.admitted - taken.turn.queued) if taken.turn.admitted else None,
    )


def branch_of(taken: Taken) -> str:
    """The attempt's own branch: once it has one, that; the first turn's is named by what the change does."""
    return taken.attempt.branch


def co_author(taken: Taken) -> str:
    """Who asked, for the commit's trailer; nothing where they have no address."""
    return f"{taken.user.name} <{taken.user.email}>" if taken.user is not None and taken.user.email else ""


def keys(service: Service) -> tuple[str, ...]:
    """The providers' keys, which never appear in a log."""
    return tuple(choice.key for choice in service.models.choices.values() if choice.key)
