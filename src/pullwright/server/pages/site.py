"""The pages' routes. They do what the API does, through the same use cases, and show what is wrong in place of a problem."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, quote

import msgspec
from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from pullwright.protocol.errors import NotFound, PullwrightError
from pullwright.server.bodies import check_text
from pullwright.server.entrance.cookies import drop_cookie, put_cookie
from pullwright.server.entrance.csrf import same_origin
from pullwright.server.kept import kept
from pullwright.server.pages.index import index_page
from pullwright.server.pages.review import Reviewed, review_page
from pullwright.server.pages.sign_in import first_run_page, sign_in_page, welcome_page
from pullwright.server.problems import Refusal, problem_of
from pullwright.server.routes.access import by_password, settle
from pullwright.server.routing import Call, Routes
from pullwright.server.web.files import built_files
from pullwright.tasks.people.links import redeem_link
from pullwright.tasks.people.sign_ins import SignedIn
from pullwright.tasks.service import reviewing
from pullwright.tasks.service.listing import list_lines
from pullwright.tasks.service.notes import Remark
from pullwright.tasks.service.views import AttemptView, TaskView, view_task
from pullwright.tasks.store.pull_requests import find_pull_request_by_number
from pullwright.tasks.store.tasks import TaskFilter

ROUTES = Routes("Pages")
HTML = {"text/html": {"type": "string"}}
FORM = "application/x-www-form-urlencoded"

Words = Annotated[str, Query(max_length=500)]


@ROUTES.get("/", open=True, gives=HTML, also=(303,))
async def index(call: Call, plain: Annotated[str, Query(max_length=10)] = "") -> Response:
    """To the web app. With `plain`, or where it was not built: the newest tasks and what waits for a review, without scripts.
    Who is not signed in is sent to sign in."""
    if built_files() and not plain:
        return RedirectResponse("/app/", 303)
    if call.caller is None:
        return RedirectResponse("/sign-in", 303)
    waiting = await list_lines(call.service, call.actor, TaskFilter(states=("review", "needs_input"), limit=100))
    newest = await list_lines(call.service, call.actor, TaskFilter(limit=30))
    return index_page(waiting, newest, call.actor.name, call.caller.csrf)


@ROUTES.post("/sign-out", open=True, status=303, form=True)
async def sign_out_sent(call: Call) -> Response:
    """What the first page's button sends."""
    said = await _form(call)
    call = await call.desk.call(call.request, brought=said.get("csrf", ""))
    response = RedirectResponse("/sign-in", 303)
    if call.caller is not None and call.caller.token:
        await call.desk.entrance.people.sign_out(call.caller.token)
    drop_cookie(response, call.desk.config)
    return response


@ROUTES.get("/sign-in", open=True, gives=HTML)
async def sign_in_form(call: Call, after: Words = "/") -> Response:
    """The sign-in page."""
    return sign_in_page(after, provider=call.desk.config.oidc.name if call.desk.config.oidc else "")


@ROUTES.post("/sign-in", open=True, status=303, form=True)
async def sign_in_sent(call: Call) -> Response:
    """What the sign-in page sends."""
    said = await _form(call)
    after = said.get("after", "/")
    try:
        found = await by_password(call, said.get("name", ""), said.get("password", ""))
    except Refusal as error:
        return sign_in_page(after, wrong=f"{error}. {error.fix}")
    return _in(call, found, after)


@ROUTES.get("/first-run", open=True, gives=HTML, also=(303,))
async def first_run_form(call: Call, token: Words = "") -> Response:
    """The page of the first run."""
    if call.desk.settled or not call.desk.first_run.fits(token):
        raise NotFound("this link holds no longer", fix="Sign in, or open the link that `pullwright serve` printed last.")
    return _in_web_app(f"/first-run?token={quote(token)}") or first_run_page(token)


@ROUTES.post("/first-run", open=True, status=303, form=True)
async def first_run_sent(call: Call) -> Response:
    """What the page of the first run sends."""
    said = await _form(call)
    token = said.get("token", "")
    try:
        return _in(call, await settle(call, token, said.get("name", ""), said.get("password", "")), "/sign-in")
    except PullwrightError as error:
        return first_run_page(token, wrong=f"{error}. {error.fix}")


@ROUTES.get("/welcome", open=True, gives=HTML, also=(303,))
async def welcome_form(call: Call, token: Words = "") -> Response:
    """The page behind a one-time link."""
    return _in_web_app(f"/welcome?token={quote(token)}") or welcome_page(token)


def _in_web_app(page: str) -> Response | None:
    """To the web app's own page, where there is a web app."""
    return RedirectResponse(f"/app{page}", 303) if built_files() else None


@ROUTES.post("/welcome", open=True, status=303, form=True)
async def welcome_sent(call: Call) -> Response:
    """What the page behind a one-time link sends."""
    said = await _form(call)
    token = said.get("token", "")
    call.desk.sign_ins.take(f"link at {call.address}", "tries")
    try:
        return _in(call, await redeem_link(call.service, token, said.get("password", ""), call.address), "/sign-in")
    except PullwrightError as error:
        return welcome_page(token, wrong=f"{error}. {error.fix}")


@ROUTES.get("/review/{task}", open=True, gives=HTML, also=(303,))
async def review_shown(call: Call, task: str, attempt: Words = "") -> Response:
    """A task's page for its reviewers: report, change, remarks. Who is not signed in is sent to sign in."""
    if call.caller is None:
        return RedirectResponse(f"/sign-in?after={quote(f'/review/{task}')}", 303)
    return review_page(await _reviewed(call, task, attempt))


@ROUTES.post("/review/{task}", open=True, status=303, form=True)
async def review_sent(call: Call, task: str) -> Response:
    """What a reviewer sends: a remark, an approval, or the change back."""
    said = await _form(call)
    call = await call.desk.call(call.request, brought=said.get("csrf", ""))
    attempt = said.get("attempt", "")
    try:
        await _done(call, task, attempt, said)
    except Refusal:
        raise
    except PullwrightError as error:
        shown = await _reviewed(call, task, attempt)
        status = problem_of(error, "").status
        return review_page(msgspec.structs.replace(shown, wrong=f"{error}. {error.fix}".strip(), status=status))
    return RedirectResponse(f"/review/{quote(task)}?attempt={quote(attempt)}", 303)


@ROUTES.get("/projects/{project}/pulls/{number}", open=True, status=303)
async def pull_page(call: Call, project: str, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Response:
    """A plain git remote's pull request: where its task is reviewed."""
    if call.caller is None:
        return RedirectResponse(f"/sign-in?after={quote(f'/projects/{project}/pulls/{number}')}", 303)
    pull = await call.service.database.read(find_pull_request_by_number, project, number)
    if pull is None or not call.actor.may("task.read", pull.project_id):
        raise NotFound("there is no such pull request")
    return RedirectResponse(f"/review/{quote(pull.task_id)}", 303)


async def _done(call: Call, task: str, attempt: str, said: dict[str, str]) -> None:
    service, actor = call.service, call.actor
    match said.get("do", ""):
        case "comment":
            line = said.get("line", "")
            remark = Remark(
                text=said.get("text", ""),
                path=said.get("path", "").strip(),
                side="old" if said.get("side") == "old" else "new",
                line=int(line) if line.isdecimal() and len(line) < 8 else 0,
            )
            await reviewing.comment(service, actor, attempt, remark)
        case "approve":
            await reviewing.approve(service, actor, task, head=said.get("head", ""))
        case "send-back":
            await reviewing.send_back(service, actor, task, said.get("note", ""), attempt=attempt)
        case _:
            raise Refusal(422, "the form says not what to do", fix="Use the page's buttons.")


async def _reviewed(call: Call, task_id: str, attempt_id: str) -> Reviewed:
    task = await view_task(call.service, call.actor, task_id)
    attempt = _looked_at(task, attempt_id)
    report, diff = ("", "") if attempt is None else await _texts(call, attempt)
    return Reviewed(
        task=task,
        attempt=attempt,
        report=report,
        diff=diff,
        reviews=await reviewing.view_reviews(call.service, call.actor, task_id),
        csrf=call.caller.csrf if call.caller else "",
        may_review=call.actor.may("task.review", task.project_id),
        may_merge=call.actor.may("task.merge", task.project_id),
    )


def _looked_at(task: TaskView, attempt_id: str) -> AttemptView | None:
    wanted = attempt_id or task.chosen
    found = [one for one in task.attempts if one.id == wanted]
    return next(iter(found or task.attempts), None)


async def _texts(call: Call, attempt: AttemptView) -> tuple[str, str]:
    """Report and diff, as far as there are any."""
    left = await kept(call, attempt.id)
    texts: list[str] = []
    for read in (left.report_text, left.diff):
        try:
            texts.append((await read()).decode(errors="replace"))
        except NotFound:
            texts.append("")
    return texts[0], texts[1]


async def _form(call: Call) -> dict[str, str]:
    """The fields of a form that one of our own pages has sent. Raises `Refusal`."""
    same_origin(call.request, needed=True)
    if call.request.headers.get("content-type", "").partition(";")[0] != FORM:
        raise Refusal(415, "this is no form", fix="Use the page, or the API.")
    raw = await call.request.body()
    try:
        said = parse_qs(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=50)
    except ValueError:
        raise Refusal(400, "the form cannot be read", fix="Use the page.") from None
    for name, values in said.items():
        check_text(values[0], name)
    return {name: values[0] for name, values in said.items()}


def _in(call: Call, found: SignedIn, after: str) -> Response:
    inside = after.startswith("/") and not after.startswith(("//", "/\\"))
    response = RedirectResponse(after if inside else "/", 303)
    put_cookie(response, call.desk.config, found.token, call.desk.config.sign_in_seconds)
    return response
