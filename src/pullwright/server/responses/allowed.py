"""Who may ask at `/v1`: people, and keys that may call models or dispatch tasks; each sees what is their user's own."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.errors import Forbidden, NotFound
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.store.conversations import get_conversation
from pullwright.tasks.store.responses import get_response
from pullwright.tasks.store.rows.api import Conversation, StoredResponse

SCOPES = ("models", "dispatch")


def require_caller(actor: Actor) -> None:
    """Raises `Forbidden` for a key that may do neither."""
    if actor.scopes is not None and not set(SCOPES) & set(actor.scopes):
        raise Forbidden("this needs a key with the scope models or dispatch", fix="Make a key with that scope.")


def own_response(connection: Connection, actor: Actor, response_id: str) -> StoredResponse:
    """A response of the actor's own. Raises `NotFound` also for one of a project that their key is not for. An agent's is told
    from its task, so the actor must be one who may see that, still."""
    require_caller(actor)
    found = get_response(connection, response_id, actor.user_id)
    if found.task_id:
        actor.require("task.read", found.project_id, f"response '{response_id}'")
    if actor.only_project not in (None, found.project_id):
        raise NotFound(f"there is no response '{response_id}'")
    return found


def own_conversation(connection: Connection, actor: Actor, conversation_id: str) -> Conversation:
    """A conversation of the actor's own, likewise."""
    require_caller(actor)
    found = get_conversation(connection, conversation_id, actor.user_id)
    if actor.only_project not in (None, found.project_id):
        raise NotFound(f"there is no conversation '{conversation_id}'")
    return found
