"""How a background response ends: once, whoever is first; its readers see it, and the webhooks are told."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict
from pullwright.tasks.notices.enqueueing import enqueue_notice
from pullwright.tasks.responses.kept_events import topic
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.responses import add_events, find_response, finish_response, last_event
from pullwright.tasks.store.rows.api import Status, StoredResponse


def end_response(connection: Connection, stored: StoredResponse, status: Status, resource: dict[str, Any]) -> bool:
    """It has ended so; False: it had ended before, or is gone."""
    if not finish_response(connection, stored.id, status, msgspec.json.encode(resource), time.time()):
        return False
    enqueue_notice(connection, stored.user_id, stored.project_id, f"response.{status}", {"id": stored.id})
    return True


def fail(connection: Connection, stored: StoredResponse, shell: dict[str, Any], why: str) -> None:
    """It has failed."""
    _end(connection, stored, "failed", {**shell, "error": {"code": "server_error", "message": why}})


async def cancel_response(service: Service, stored: StoredResponse) -> StoredResponse:
    """Stop a background response, wherever it is made; one that has ended stays as it is. Raises `Conflict` for others."""
    if not stored.background:
        raise Conflict("only background responses can be cancelled", fix="Drop the connection of one that you wait for.")
    done = await service.database.write(_cancel, stored)
    service.bells.ring(topic(stored.id))
    return done


def _cancel(connection: Connection, stored: StoredResponse) -> StoredResponse:
    _end(connection, stored, "cancelled", msgspec.json.decode(stored.resource))
    return find_response(connection, stored.id) or stored


def _end(connection: Connection, stored: StoredResponse, status: Status, resource: dict[str, Any]) -> None:
    ended = {**resource, "status": status}
    if end_response(connection, stored, status, ended) and stored.streamed:
        number = last_event(connection, stored.id) + 1
        event = {"type": f"response.{status}", "sequence_number": number, "response": ended}
        add_events(connection, stored.id, [(number, msgspec.json.encode(event))])
