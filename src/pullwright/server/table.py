"""Every group of routes."""

from __future__ import annotations

from pullwright.server.pages import site
from pullwright.server.routes import (
    access,
    accounts,
    attempts,
    changes,
    connections,
    conversations,
    environments,
    handing,
    health,
    inside,
    models,
    notices,
    operations,
    people,
    projects,
    responses,
    reviewing,
    tasks,
    usage,
    webhooks,
)
from pullwright.server.web import site as web_app

GROUPS = (
    health.ROUTES,
    access.ROUTES,
    people.ROUTES,
    connections.ROUTES,
    notices.ROUTES,
    projects.ROUTES,
    environments.ROUTES,
    tasks.ROUTES,
    attempts.ROUTES,
    inside.ROUTES,
    changes.ROUTES,
    handing.ROUTES,
    reviewing.ROUTES,
    usage.ROUTES,
    accounts.ROUTES,
    operations.ROUTES,
    webhooks.ROUTES,
    models.ROUTES,
    responses.ROUTES,
    conversations.ROUTES,
    site.ROUTES,
    web_app.ROUTES,
)
