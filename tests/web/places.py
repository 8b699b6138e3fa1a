"""Every page of the web app in a filled scene, by name. In braces: names of filled.py."""

from __future__ import annotations

from collections.abc import Mapping

PLACES: Mapping[str, str] = {
    "tasks": "/app/",
    "new": "/app/new",
    "task-running": "/app/tasks/{running}",
    "task-needs-you": "/app/tasks/{needs_input}",
    "task-in-review": "/app/tasks/{review}",
    "task-two-attempts": "/app/tasks/{two}",
    "task-failed": "/app/tasks/{failed}",
    "task-rtl": "/app/tasks/{rtl}",
    "task-long": "/app/tasks/{long}",
    "task-hostile": "/app/tasks/{hostile}",
    "review": "/app/tasks/{review}/review",
    "review-hostile": "/app/tasks/{hostile}/review",
    "inside": "/app/attempts/{inside}/inside",
    "projects": "/app/projects",
    "project": "/app/projects/tally",
    "environment": "/app/projects/tally/environments/default",
    "usage": "/app/usage",
    "admin": "/app/admin",
    "missing": "/app/nothing/here",
}
OUTSIDE: Mapping[str, str] = {
    "sign-in": "/app/sign-in",
    "first-run": "/app/first-run?token=x",
    "welcome": "/app/welcome?token=x",
}
"""What is shown to who is not signed in."""
