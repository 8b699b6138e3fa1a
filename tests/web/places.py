"""Every page of the web app in a filled scene, by name."""

from __future__ import annotations

from collections.abc import Mapping

from pullwright.tasks.service.views import view_task

from .scene import WebScene

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
    "inside": "/app/attempts/{attempt}/inside",
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


def ids_of(scene: WebScene, filled: Mapping[str, str]) -> dict[str, str]:
    """What stands in the paths: the filled tasks, and the attempt that runs."""
    running = scene.do(view_task(scene.service, scene.actor("ada"), filled["running"]))
    return {**filled, "attempt": running.attempts[0].id}
