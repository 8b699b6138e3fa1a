"""Who asks."""

from __future__ import annotations

import msgspec

from pullwright.protocol.errors import Bug, Forbidden, NotFound
from pullwright.tasks.people.roles import MATRIX, Action, Need, role_allows, scopes_allow
from pullwright.tasks.store.records import Role
from pullwright.tasks.store.rows.people import Scope


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a person (`scopes` None), or a program with a key, which may do less than its user.

    `roles` are by project id. `only_project`: the key is bound to that project. `models` are those that the
    key may call (None: all), as a client names them; requests and tokens a minute are its limits (None: none). `address` is where
    they come from.
    """

    user_id: str
    name: str
    is_admin: bool = False
    roles: dict[str, Role] = {}
    key_id: str = ""
    scopes: tuple[Scope, ...] | None = None
    only_project: str | None = None
    models: tuple[str, ...] | None = None
    requests_minute: int | None = None
    tokens_minute: int | None = None
    address: str = ""

    def may(self, action: Action, project: str = "") -> bool:
        """Whether the actor may do it (in that project). `Bug` when the action needs a project and none is given."""
        need = MATRIX[action]
        if need.in_project and not project:
            raise Bug(f"{action} is asked about without a project")
        if not scopes_allow(self.scopes, need.scope):
            return False
        if self.only_project is not None and not self._bound_may(need, project):
            return False
        if self.is_admin or need.role == "user":
            return True
        return role_allows(self.roles.get(project), need.role)

    def _bound_may(self, need: Need, project: str) -> bool:
        return project == self.only_project if need.in_project else need in (Need("user", "read"), Need("user", "models"))

    def may_call(self, model: str) -> bool:
        """Whether the key's list has this model (`fast`, `deep`, `agent`, `provider/model`)."""
        return self.models is None or model in self.models

    def sees(self, project: str) -> bool:
        """Whether the actor may know that the project is there."""
        return self.may("project.read", project)

    def require(self, action: Action, project: str = "", what: str = "") -> None:
        """Raises `Forbidden` for who may not do it, and `NotFound` for who may not even know of the project.

        `what` is what is asked for (`task task_1`), as the person named it; without it, the project."""
        if self.may(action, project):
            return
        if project and not self.sees(project):
            raise NotFound(f"there is no {what or f'project {project}'}")
        need = MATRIX[action]
        if not scopes_allow(self.scopes, need.scope):
            raise Forbidden(f"{action} needs a key with the scope {need.scope}", fix="Make a key with that scope.")
        where = " of the project" if need.in_project else ""
        raise Forbidden(f"{action} needs the role {need.role}{where}", fix="Ask an administrator for it.")

    def projects(self) -> tuple[str, ...] | None:
        """The ids of the projects that the actor sees; None: all."""
        if not scopes_allow(self.scopes, "read"):
            return ()
        if self.only_project is not None:
            return (self.only_project,) if self.sees(self.only_project) else ()
        return None if self.is_admin else tuple(sorted(self.roles))


PULLWRIGHT = Actor(user_id="", name="pullwright", is_admin=True)
"""Pullwright itself: what its own clock and engine do."""
