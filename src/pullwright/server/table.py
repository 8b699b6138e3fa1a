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
    model_settings,
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

# In this order a request is held against them: what is asked most often, and soonest felt, comes first.
GROUPS = (
    responses.ROUTES,
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
    model_settings.ROUTES,
    webhooks.ROUTES,
    models.ROUTES,
    conversations.ROUTES,
    site.ROUTES,
    web_app.ROUTES,
)
