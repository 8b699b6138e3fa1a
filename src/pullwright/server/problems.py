"""What is said when a request is not done: RFC 9457 `application/problem+json`, with what to do about it as `fix`.

PullwrightError             status
├── FixSettings             422     what was sent cannot be used as it is
├── FixRepository           422
├── FixMachine              503
├── TryAgainLater           503     Retry-After
├── AskAdministrator        403
├── NotFound                404     also for what the asker may not see
├── NotSignedIn             401
├── Conflict                409     the state does not allow it
├── LogConflict             409
├── Refused                 409     the forge does not do it, for its own reason
├── ChangeRequest           422
├── SandboxLost             503
└── anything else           500     a bug of ours: a request id, and nothing of its inside
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from pullwright.forges.forge import Refused
from pullwright.protocol import errors

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "The request cannot be read",
    401: "A credential is needed",
    403: "This is not allowed",
    404: "There is no such thing",
    405: "This address does not do that",
    408: "The request came too slowly",
    409: "The state does not allow this",
    413: "The request is too large",
    415: "The body is of the wrong kind",
    421: "This host is not served here",
    422: "The request cannot be done as it is",
    429: "Too many requests",
    500: "Something in Pullwright broke",
    502: "The upstream refuses the server",
    503: "This cannot be done now",
}

STATUSES: tuple[tuple[type[errors.PullwrightError], int], ...] = (
    (errors.NotFound, 404),
    (errors.NotSignedIn, 401),
    (errors.Conflict, 409),
    (errors.LogConflict, 409),
    (Refused, 409),
    (errors.FixSettings, 422),
    (errors.FixRepository, 422),
    (errors.ChangeRequest, 422),
    (errors.ModelRefused, 502),
    (errors.AskAdministrator, 403),
    (errors.FixMachine, 503),
    (errors.TryAgainLater, 503),
    (errors.SandboxLost, 503),
)


class Field(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent: where (`$.budget.usd`, `query.limit`), and what."""

    at: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not done. `fix` says what to do about it; `request` names the request in the server's log."""

    type: str
    title: str
    status: int
    detail: str = ""
    fix: str = ""
    request: str = ""
    errors: tuple[Field, ...] = ()


class Refusal(errors.PullwrightError):
    """A request is refused before any use case hears of it: with this status, and these headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        fix: str = "",
        fields: tuple[Field, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, fix=fix)
        self.status = status
        self.fields = fields
        self.headers = headers or {}


def refused(error: errors.PullwrightError, request_id: str) -> Response:
    """The answer to a request that ended in `error`."""
    headers = dict(error.headers) if isinstance(error, Refusal) else {}
    if isinstance(error, errors.TryAgainLater):
        wait = error.retry_after if isinstance(error, errors.ModelBusy) else None
        headers["Retry-After"] = str(max(1, round(wait or 5)))
    return answered(problem_of(error, request_id), headers)


def problem_of(error: errors.PullwrightError, request_id: str) -> Problem:
    """What is told of an error. A bug of ours tells nothing of its inside."""
    if isinstance(error, Refusal):
        return problem(error.status, str(error), error.fix, request_id, error.fields)
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    fields = (Field(error.at, str(error)),) if isinstance(error, errors.WrongField) else ()
    return broken(request_id) if status == 500 else problem(status, str(error), error.fix, request_id, fields)


def broken(request_id: str) -> Problem:
    """What is told of a bug of ours."""
    fix = f"Please report it; the server's log has the details of request {request_id}."
    return problem(500, "an invariant of the server's does not hold", fix, request_id)


def problem(status: int, detail: str, fix: str, request_id: str, fields: tuple[Field, ...] = ()) -> Problem:
    """One problem."""
    title = TITLES.get(status, "The request was not done")
    kind = f"urn:pullwright:problem:{status}"
    return Problem(type=kind, title=title, status=status, detail=detail, fix=fix, request=request_id, errors=fields)


def answered(told: Problem, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """A problem as an answer."""
    return Response(msgspec.json.encode(told), told.status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)
