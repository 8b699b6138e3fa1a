"""The first page: the newest tasks, those that wait for a review before all others."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from pullwright.protocol.usage import money
from pullwright.server.pages.frame import button, form, page
from pullwright.server.pages.markup import Markup, element
from pullwright.tasks.service.listing import TaskLine


def index_page(waiting: Sequence[TaskLine], newest: Sequence[TaskLine], name: str, csrf: str) -> Response:
    """The page. `csrf` empty: who looks has no sign-in that could end."""
    out = form("/sign-out", button("Sign out"), csrf=csrf) if csrf else None
    return page(
        "Tasks",
        element("p", f"Signed in as {name}", class_="meta"),
        element("h2", "Waiting for a review"),
        _list(waiting),
        element("h2", "Newest"),
        _list(newest),
        out,
    )


def _list(tasks: Sequence[TaskLine]) -> Markup:
    if not tasks:
        return element("p", "None.")
    return element("ul", *(_line(task) for task in tasks))


def _line(task: TaskLine) -> Markup:
    told = f" · {task.project} · {task.state} · {task.verdict} · {money(task.cost_usd)}"
    return element("li", element("a", task.title, href=f"/review/{task.id}"), element("span", told, class_="meta"))
