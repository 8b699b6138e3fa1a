"""Every page of the web app in a filled scene, by name. In braces: names of filled.py. (test_places holds it to the routes.)"""

from __future__ import annotations

from collections.abc import Mapping

TASK_PARTS = ("attempts", "evidence", "about")
PROJECT_TABS = ("environments", "schedules", "members", "settings", "audit")
USAGE_TABS = ("calls", "budgets")
SETTINGS = ("keys", "webhooks", "users", "roles", "all-keys", "connections", "models", "workers", "audit", "server")
"""Parts of a page that have an address. The first of each is the page's plain address."""

PLACES: Mapping[str, str] = {
    "tasks": "/app/",
    "tasks-none": "/app/?words=no+task+is+called+so",
    "new": "/app/new",
    "task-running": "/app/tasks/{running}",
    "task-needs-you": "/app/tasks/{needs_input}",
    "task-permission": "/app/tasks/{permission}",
    "task-in-review": "/app/tasks/{review}",
    **{f"task-{part}": f"/app/tasks/{{review}}?part={part}" for part in TASK_PARTS},
    "task-two-attempts": "/app/tasks/{two}",
    "task-two-side-by-side": "/app/tasks/{two}?part=attempts",
    "task-failed": "/app/tasks/{failed}",
    "task-merged": "/app/tasks/{merged}",
    "task-answered": "/app/tasks/{answered}",
    "task-over-budget": "/app/tasks/{over}",
    "task-cancelled": "/app/tasks/{cancelled}",
    "task-rtl": "/app/tasks/{rtl}",
    "task-long": "/app/tasks/{long}",
    "task-hostile": "/app/tasks/{hostile}",
    "review": "/app/tasks/{review}/review",
    "review-hostile": "/app/tasks/{hostile}/review",
    "review-nothing": "/app/tasks/{failed}/review",
    "inside": "/app/attempts/{inside}/inside",
    "inside-ended": "/app/attempts/{ended}/inside",
    "projects": "/app/projects",
    "project": "/app/projects/tally",
    **{f"project-{tab}": f"/app/projects/tally#{tab}" for tab in PROJECT_TABS},
    "environment": "/app/projects/tally/environments/default",
    "usage": "/app/usage",
    "usage-table": "/app/usage?table=true&measure=tokens",
    **{f"usage-{tab}": f"/app/usage?place={tab}" for tab in USAGE_TABS},
    "admin": "/app/admin",
    **{f"admin-{tab}": f"/app/admin?tab={tab}" for tab in SETTINGS},
    "missing": "/app/nothing/here",
    "missing-task": "/app/tasks/task_none",
    "missing-review": "/app/tasks/task_none/review",
    "missing-attempt": "/app/attempts/att_none/inside",
    "missing-project": "/app/projects/none",
    "missing-environment": "/app/projects/tally/environments/none",
}
OUTSIDE: Mapping[str, str] = {
    "sign-in": "/app/sign-in",
    "first-run": "/app/first-run?token=x",
    "welcome": "/app/welcome?token=x",
    "enter": "/app/enter#x",
}
"""What is shown to who is not signed in."""
