"""Every group of routes."""

from __future__ import annotations

from pullwright.server.pages import site
from pullwright.server.routes import (
    access,
    accounts,
    attempts,
    connections,
    conversations,
    environments,
    handing,
    health,
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
    handing.ROUTES,
    reviewing.ROUTES,
    usage.ROUTES,
    accounts.ROUTES,
    operations.ROUTES,
    webhooks.ROUTES,
    models.ROUTES,
    conversations.ROUTES,
    site.ROUTES,
)
