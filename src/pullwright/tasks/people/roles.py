"""What each action needs. The one place where this is written down.

A role is somebody's in a project: `viewer` reads, `member` dispatches, steers and reviews, `admin` also sets it up. `user` is
anybody who is signed in; `server-admin` administers the server, and may do everything in every project. A key may do what its
user may and its scopes allow: each scope but `models` includes reading.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.tasks.store.records import Role
from pullwright.tasks.store.rows.people import Scope

Action = Literal[
    "project.read", "project.create", "project.settings", "project.archive", "project.members", "project.audit",
    "environment.read", "environment.write", "secret.read", "secret.write", "schedule.read", "schedule.write",
    "task.read", "task.dispatch", "task.steer", "task.review", "task.merge", "task.delete",
    "usage.read", "budget.read", "budget.write",
    "user.read", "user.write", "key.own", "key.all", "connection.read", "connection.write", "audit.read",
    "webhook.own", "webhook.project", "webhook.all",
    "server.read", "server.admin", "model.call",
]  # fmt: skip

Needed = Literal["viewer", "member", "admin", "user", "server-admin"]


class Need(msgspec.Struct, frozen=True):
    """The role that an action needs, and the scope that a key needs for it."""

    role: Needed
    scope: Scope

    @property
    def in_project(self) -> bool:
        """True when the role is one in a project."""
        return self.role in RANK


RANK: dict[str, int] = {"viewer": 1, "member": 2, "admin": 3}

MATRIX: dict[Action, Need] = {
    "project.read": Need("viewer", "read"),
    "project.create": Need("server-admin", "admin"),
    "project.settings": Need("admin", "admin"),
    "project.archive": Need("admin", "admin"),
    "project.members": Need("admin", "admin"),
    "project.audit": Need("admin", "admin"),
    "environment.read": Need("viewer", "read"),
    "environment.write": Need("admin", "admin"),
    "secret.read": Need("member", "read"),  # their names; nobody is given a value
    "secret.write": Need("admin", "admin"),
    "schedule.read": Need("viewer", "read"),
    "schedule.write": Need("member", "dispatch"),
    "task.read": Need("viewer", "read"),
    "task.dispatch": Need("member", "dispatch"),
    "task.steer": Need("member", "dispatch"),
    "task.review": Need("member", "review"),
    "task.merge": Need("member", "review"),
    "task.delete": Need("admin", "admin"),
    "usage.read": Need("viewer", "read"),
    "budget.read": Need("viewer", "read"),
    "budget.write": Need("server-admin", "admin"),
    "user.read": Need("user", "read"),
    "user.write": Need("server-admin", "admin"),
    "key.own": Need("user", "admin"),
    "key.all": Need("server-admin", "admin"),
    "webhook.own": Need("user", "admin"),
    "webhook.project": Need("member", "admin"),  # of what others started there
    "webhook.all": Need("server-admin", "admin"),
    "connection.read": Need("server-admin", "read"),
    "connection.write": Need("server-admin", "admin"),
    "audit.read": Need("server-admin", "admin"),
    "server.read": Need("user", "read"),
    "server.admin": Need("server-admin", "admin"),
    "model.call": Need("user", "models"),
}


def role_allows(role: Role | None, needed: Needed) -> bool:
    """Whether somebody with this role in a project (None: no role) has what is needed there."""
    return role is not None and needed in RANK and RANK[role] >= RANK[needed]


def scopes_allow(scopes: tuple[Scope, ...] | None, needed: Scope) -> bool:
    """Whether a key's scopes (None: no key, a person) hold what is needed."""
    return scopes is None or needed in scopes or (needed == "read" and any(scope != "models" for scope in scopes))
