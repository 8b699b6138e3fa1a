"""Who may do what, route by route: written by hand, and not made from the code that it is held against.

Whom a need lets in:

    open            everybody, without a credential
    signed-in       everybody with one
    viewer          pat, mia, vic, ada; every key
    dispatch        pat, mia, ada; the key `dispatch`
    review          pat, mia, ada; the key `review`
    steer           pat, mia, ada; the key `dispatch`
    member-reads    pat, mia, ada; every key
    admin           pat, ada; the key `admin`
    own-keys        everybody who is signed in; the key `admin`
    person          everybody who is signed in, and no key
    models          the same: a key needs the scope `models` for it
    api             everybody who is signed in; the key `dispatch`
    server          ada alone
    server-admin    ada alone

Everybody else is told 401 (nobody), 404 (eve, of a project that she must not know of) or 403. The keys are pat's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ACTORS = ("nobody", "eve", "vic", "mia", "pat", "ada", "key:read", "key:dispatch", "key:review", "key:admin")
KEYS = ("key:read", "key:dispatch", "key:review", "key:admin")
PEOPLE = ("eve", "vic", "mia", "pat", "ada")

ALLOWED: dict[str, tuple[str, ...]] = {
    "open": ACTORS,
    "signed-in": (*PEOPLE, *KEYS),
    "viewer": ("vic", "mia", "pat", "ada", *KEYS),
    "member-reads": ("mia", "pat", "ada", *KEYS),
    "dispatch": ("mia", "pat", "ada", "key:dispatch"),
    "review": ("mia", "pat", "ada", "key:review"),
    "admin": ("pat", "ada", "key:admin"),
    "own-keys": (*PEOPLE, "key:admin"),
    "person": PEOPLE,
    "models": PEOPLE,
    "api": (*PEOPLE, "key:dispatch"),
    "server": ("ada",),
}


class Row(NamedTuple):
    """What a route needs, the status of who is let in, what is sent, and whether it is about the project (so that eve is told
    404)."""

    need: str
    status: int | tuple[int, ...]
    body: Any = None
    project: bool = False
    form: dict[str, str] | None = None
    denied: int | tuple[int, ...] = 403
    raw: bytes = b""


P = True
MODEL = {"provider": "custom", "model": "m", "base_url": "http://127.0.0.1:9/v1", "key": "k"}
TASK = {"project": "tally", "prompt": "Do it"}
NOTHING_YET = 404
"""Let in, and told that there is no such thing yet."""

MATRIX: dict[str, Row] = {
    # --- health
    "GET /healthz": Row("open", 200),
    "GET /readyz": Row("signed-in", 200),
    "GET /metrics": Row("server", 200),
    "GET /api/v1/openapi.json": Row("signed-in", 200),
    # --- access
    "POST /api/v1/sign-in": Row("open", 401, {"name": "nobody-here", "password": "wrong"}),
    "POST /api/v1/sign-out": Row("signed-in", 204),
    "GET /api/v1/me": Row("signed-in", 200),
    "POST /api/v1/first-run": Row("open", 409, {"token": "x", "name": "x", "password": "correct horse"}),
    "GET /api/v1/oidc/begin": Row("open", 404),
    "GET /api/v1/oidc/callback": Row("open", 404),
    # --- people
    "GET /api/v1/users": Row("signed-in", 200),
    "POST /api/v1/users": Row("server", 201, {"name": "{new}"}),
    "PATCH /api/v1/users/{user}": Row("server", 200, {"email": "new@example.org"}),
    "DELETE /api/v1/users/{user}": Row("server", 200),
    "POST /api/v1/users/{user}/link": Row("server", 201),
    "GET /api/v1/roles": Row("server", 200),
    "POST /api/v1/links/redeem": Row("open", 401, {"token": "wrong", "password": "correct horse"}),
    "POST /api/v1/links/enter": Row("open", 401, {"token": "wrong"}),
    "POST /api/v1/me/password": Row("person", 403, {"old": "wrong", "new": "correct horse"}),
    "GET /api/v1/keys": Row("own-keys", 200),
    "POST /api/v1/keys": Row("own-keys", 201, {"name": "mine", "scopes": ["admin"]}),
    "DELETE /api/v1/keys/{key}": Row("server", 200, denied=404),
    # --- connections
    "GET /api/v1/connections": Row("server", 200),
    "POST /api/v1/connections": Row("server", 201, {"name": "{new}", "forge": "github", "credential": "t"}),
    "PATCH /api/v1/connections/{connection}": Row("server", 200, {"base_url": "https://git.example/api"}),
    "GET /api/v1/connections/{connection}/check": Row("server", 200),
    "GET /api/v1/connections/{connection}/repositories": Row("server", 503),  # let in, and the forge is nowhere
    "GET /api/v1/connections/{connection}/deliveries": Row("server", 200),
    "DELETE /api/v1/connections/{connection}": Row("server", 204),
    # --- webhooks out; those here are ada's. 403: a key without the scope
    "GET /api/v1/webhook-endpoints": Row("own-keys", 200),
    "POST /api/v1/webhook-endpoints": Row("own-keys", 201, {"url": "https://hooks.nowhere.invalid/"}),
    "PATCH /api/v1/webhook-endpoints/{endpoint}": Row("server", 200, {"new_secret": True}, denied=(403, 404)),
    "DELETE /api/v1/webhook-endpoints/{endpoint}": Row("server", 204, denied=(403, 404)),
    "POST /api/v1/webhook-endpoints/{endpoint}/test": Row("server", 200, denied=(403, 404)),
    "GET /api/v1/webhook-endpoints/{endpoint}/deliveries": Row("server", 200, denied=(403, 404)),
    "POST /api/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/retry": Row("server", NOTHING_YET, denied=(403, 404)),
    # --- projects
    "GET /api/v1/projects": Row("signed-in", 200),
    "POST /api/v1/projects": Row("server", 201, {"name": "{new}", "url": "https://git.example/x.git"}),
    "GET /api/v1/activity": Row("signed-in", 200),
    "POST /api/v1/repositories/look": Row("server", 422, {"url": "http://127.0.0.1:9/x.git"}),  # let in, and nobody answers there
    "GET /api/v1/schedule-times": Row("signed-in", 200),
    "GET /api/v1/projects/{project}": Row("viewer", 200, None, P),
    "PATCH /api/v1/projects/{project}": Row("admin", 200, {"default_branch": "main"}, P),
    "GET /api/v1/projects/{project}/check": Row("viewer", 200, None, P),
    "GET /api/v1/projects/{project}/branches": Row("viewer", 503, None, P),  # let in, and the repository is nowhere
    "GET /api/v1/projects/{project}/files": Row("viewer", 503, None, P),
    "GET /api/v1/projects/{project}/members": Row("viewer", 200, None, P),
    "PUT /api/v1/projects/{project}/members/{user}": Row("admin", 200, {"role": "viewer"}, P),
    "DELETE /api/v1/projects/{project}/members/{member}": Row("admin", 204, None, P),
    "GET /api/v1/projects/{project}/schedules": Row("viewer", 200, None, P),
    "POST /api/v1/projects/{project}/schedules": Row("dispatch", 201, {"name": "n", "cron": "0 3 * * *", "order": TASK}, P),
    "PATCH /api/v1/schedules/{schedule}": Row("dispatch", 200, {"enabled": False}, P),
    "DELETE /api/v1/schedules/{schedule}": Row("dispatch", 204, None, P),
    # --- environments
    "GET /api/v1/projects/{project}/environments": Row("viewer", 200, None, P),
    "GET /api/v1/projects/{project}/environments/{environment}": Row("viewer", 200, None, P),
    "PUT /api/v1/projects/{project}/environments/{environment}": Row("admin", 200, {"setup": "true"}, P),
    "DELETE /api/v1/projects/{project}/environments/{environment}": Row("admin", 204, None, P),
    "GET /api/v1/projects/{project}/environments/{environment}/setups": Row("viewer", 200, None, P),
    "POST /api/v1/projects/{project}/environments/{environment}/setups": Row("admin", 202, {}, P),
    "GET /api/v1/projects/{project}/environments/{environment}/setups/{setup}/log": Row("viewer", 200, None, P),
    "GET /api/v1/projects/{project}/environments/{environment}/setups/{setup}/stream": Row("viewer", 200, None, P),
    "GET /api/v1/projects/{project}/environments/{environment}/readiness": Row(
        "viewer", 503, None, P
    ),  # the repository is nowhere
    "GET /api/v1/projects/{project}/environments/{environment}/secrets": Row("member-reads", 200, None, P),
    "PUT /api/v1/projects/{project}/environments/{environment}/secrets/{secret}": Row("admin", 200, {"value": "v"}, P),
    "DELETE /api/v1/projects/{project}/environments/{environment}/secrets/{secret}": Row("admin", 204, None, P),
    # --- models
    "GET /api/v1/models": Row("server", 200),
    "PUT /api/v1/models/{name}": Row("server", 422, MODEL),  # `name` is no name for a model
    "DELETE /api/v1/models/{name}": Row("server", (200, 404)),
    "POST /api/v1/models/try": Row("server", 200, MODEL),
    # --- tasks
    "POST /api/v1/tasks": Row("dispatch", 201, TASK, P),
    "POST /api/v1/tasks/batch": Row("signed-in", 201, {"orders": [TASK]}),
    "GET /api/v1/tasks": Row("signed-in", 200),
    "GET /api/v1/tasks/counts": Row("signed-in", 200),
    "GET /api/v1/templates": Row("signed-in", 200),
    "GET /api/v1/tasks/stream": Row("signed-in", 200),
    "GET /api/v1/tasks/{task}": Row("viewer", 200, None, P),
    "GET /api/v1/tasks/{task}/stream": Row("viewer", 200, None, P),
    "POST /api/v1/tasks/{task}/cancel": Row("dispatch", 200, {}, P),
    "POST /api/v1/tasks/{task}/pause": Row("dispatch", 200, None, P),
    "POST /api/v1/tasks/{task}/resume": Row("dispatch", 200, None, P),
    "POST /api/v1/tasks/{task}/retry": Row("dispatch", 200, {"fresh": True}, P),
    "POST /api/v1/tasks/{task}/choose": Row("review", 409, {"attempt": "{attempt}"}, P),
    "GET /api/v1/tasks/{task}/merge": Row("review", 200, None, P),
    "POST /api/v1/tasks/{task}/approve": Row("review", 409, {}, P),
    "POST /api/v1/tasks/{task}/send-back": Row("review", 409, {"note": "again"}, P),
    "GET /api/v1/tasks/{task}/reviews": Row("viewer", 200, None, P),
    # --- attempts
    "GET /api/v1/attempts/{attempt}/events": Row("viewer", 200, None, P),
    "GET /api/v1/attempts/{attempt}/diff": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/files": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/file": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/file/image": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/report": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/report.json": Row("viewer", NOTHING_YET, None, P),
    "GET /api/v1/attempts/{attempt}/evidence": Row("viewer", 422, None, P),  # let in, and nothing was verified
    "GET /api/v1/attempts/{attempt}/inside": Row("viewer", 200, None, P),
    "GET /api/v1/attempts/{attempt}/inside/files": Row("viewer", 409, None, P),  # let in, and nothing runs
    "GET /api/v1/attempts/{attempt}/inside/file": Row("viewer", 409, None, P),
    "POST /api/v1/attempts/{attempt}/inside/ports/{port}": Row("dispatch", 409, None, P),
    "GET /api/v1/attempts/{attempt}/handover": Row("dispatch", 409, None, P),
    "POST /api/v1/handover/{project}": Row("dispatch", 422, None, P, raw=b"no parcel"),
    "GET /api/v1/attempts/{attempt}/artifacts": Row("viewer", 200, None, P),
    "GET /api/v1/attempts/{attempt}/artifacts/{name}": Row("viewer", NOTHING_YET, None, P),
    "POST /api/v1/attempts/{attempt}/inputs": Row("dispatch", 202, {"type": "steer", "text": "So."}, P),
    "POST /api/v1/attempts/{attempt}/comments": Row("review", 201, {"text": "Why?"}, P),
    "PATCH /api/v1/comments/{comment}": Row("review", (200, 403), {"text": "Why so?"}, P),  # 403: somebody else's
    "DELETE /api/v1/comments/{comment}": Row("review", (204, 403), None, P),  # 403: somebody else's
    # --- accounts
    "GET /api/v1/usage": Row("signed-in", 200),
    "GET /api/v1/usage.csv": Row("signed-in", 200),
    "GET /api/v1/usage/calls": Row("signed-in", 200),
    "GET /v1/usage": Row("signed-in", 200),
    "GET /v1/usage/calls": Row("signed-in", 200),
    "GET /api/v1/budgets": Row("server", 200),
    "PUT /api/v1/budgets": Row("server", 200, {"scope": "server", "period": "day", "usd": 1000000}),
    "GET /api/v1/audit": Row("server", 200),
    # --- the server
    "GET /api/v1/workers": Row("server", 200),
    "GET /api/v1/server": Row("signed-in", 200),
    "POST /webhooks/{connection}": Row("open", 403, {}),
    # --- the API for other programs: everybody's own; a key needs `models` or `dispatch`
    "GET /v1/models": Row("api", 200),
    "GET /v1/models/{name}": Row("api", 404),
    "POST /v1/responses": Row("models", 404, {"model": "no such", "input": "x"}),
    "POST /v1/responses/input_tokens": Row("models", 404, {"model": "no such", "input": "x"}),
    "POST /v1/responses/compact": Row("models", 404, {"model": "no such", "input": "x"}),
    "GET /v1/responses/{response}": Row("api", 404),
    "DELETE /v1/responses/{response}": Row("api", 404),
    "POST /v1/responses/{response}/cancel": Row("api", 404),
    "GET /v1/responses/{response}/input_items": Row("api", 404),
    "POST /v1/conversations": Row("api", 200, {}),
    "GET /v1/conversations/{conversation}": Row("api", 404),
    "POST /v1/conversations/{conversation}": Row("api", 404, {"metadata": {}}),
    "DELETE /v1/conversations/{conversation}": Row("api", 404),
    "GET /v1/conversations/{conversation}/items": Row("api", 404),
    "POST /v1/conversations/{conversation}/items": Row("api", 404, {"items": []}),
    "GET /v1/conversations/{conversation}/items/{item}": Row("api", 404),
    "DELETE /v1/conversations/{conversation}/items/{item}": Row("api", 404),
    # --- pages: who is not let in is sent to sign in, or told so
    "GET /app": Row("open", 303),  # the web app asks who somebody is by itself
    "GET /app/{path}": Row("open", 200),
    "GET /": Row("open", (200, 303)),  # into the web app where it was built; else to sign in, or the pages without scripts
    "POST /sign-out": Row("signed-in", 303, form={"go": "out"}),
    "GET /sign-in": Row("open", 200),
    "POST /sign-in": Row("open", 401, form={"name": "nobody-here", "password": "wrong"}),
    "GET /first-run": Row("open", 404),
    "POST /first-run": Row("open", 422, form={"token": "x", "name": "x", "password": "correct horse"}),
    "GET /welcome": Row("open", (200, 303)),  # into the web app where it was built
    "POST /welcome": Row("open", 422, form={"token": "wrong", "password": "correct horse"}),
    "GET /review/{task}": Row("viewer", 200, None, P),
    "GET /projects/{project}/pulls/{number}": Row("signed-in", 404),
    "POST /review/{task}": Row("review", (303, 409), None, P, form={"do": "comment", "text": "Why?", "attempt": "{attempt}"}),
}
