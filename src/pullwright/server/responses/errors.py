"""Refusals in OpenAI's shape, with the status that the official SDKs make their exception classes of.

PullwrightError             status, code
├── ChangeRequest           its own (400, 404, 413, 422), with the upstream's code and the field as `param`
│   ├── ContextTooLong      400 context_length_exceeded
│   └── ContentFiltered     400 content_filter
├── FixSettings             400 invalid_value
├── NotFound                404 not_found
├── NotSignedIn             401 invalid_api_key
├── Conflict                409 conflict
├── TooMany, ModelBusy      429 rate_limit_exceeded, with retry-after
├── BudgetSpent             429 insufficient_quota; trying again is of no use
├── Forbidden               403 insufficient_permissions
├── AskAdministrator        502 upstream_refused: the server's own credential or its quota, never the client's
├── TryAgainLater           503 server_error
└── anything else           500 server_error
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from pullwright.protocol import errors
from pullwright.server.problems import Refusal, problem_of

PREFIX = "/v1/"


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong: `param` names the field where one is."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """Why a request was not done."""

    error: ErrorDetail


_CODES: dict[int, str] = {
    400: "invalid_value",
    401: "invalid_api_key",
    403: "insufficient_permissions",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "request_too_large",
    415: "unsupported_media_type",
    421: "wrong_host",
    422: "invalid_value",
    429: "rate_limit_exceeded",
}


def spoken_at(path: str) -> bool:
    """Whether OpenAI's shape is spoken at a path."""
    return path.startswith(PREFIX) and not path.startswith("/v1/usage")


def refused(error: errors.PullwrightError, request_id: str) -> Response:
    """The answer to a request that ended in `error`."""
    status, detail = error_of(error, request_id)
    return _answer(status, detail, _headers(error))


def error_of(error: errors.PullwrightError, request_id: str) -> tuple[int, ErrorDetail]:
    """The status of a refusal, and what is told of it. A bug of ours tells nothing of its inside."""
    status, code, param = _told(error)
    message = f"{_sentence(str(error))} {_sentence(error.fix)}".strip()
    if status == 500 and not isinstance(error, Refusal):
        message = f"An invariant of the server's does not hold; its log has the details of request {request_id}."
    return status, _detail(status, message, code, param)


def answered(
    status: int, message: str, code: str | None = None, param: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """A refusal."""
    return _answer(status, _detail(status, message, code, param), headers or {})


def _detail(status: int, message: str, code: str | None, param: str | None) -> ErrorDetail:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    if status == 429:
        kind = code if code == "insufficient_quota" else "rate_limit_error"
    return ErrorDetail(message=message, type=kind or "", param=param, code=code or _CODES.get(status, "server_error"))


def _answer(status: int, detail: ErrorDetail, headers: dict[str, str]) -> Response:
    body = msgspec.json.encode(ErrorBody(detail))
    return Response(body, status, {"Cache-Control": "no-store", **headers}, "application/json")


def _told(error: errors.PullwrightError) -> tuple[int, str | None, str | None]:
    match error:
        case Refusal():
            return error.status, None, None
        case errors.ContextTooLong():
            return 400, "context_length_exceeded", error.param or "input"
        case errors.ContentFiltered():
            return 400, "content_filter", error.param or None
        case errors.ChangeRequest():
            return error.status, error.code or None, error.param or None
        case errors.FixSettings():
            return 400, None, None
        case errors.TooMany() | errors.ModelBusy():
            return 429, None, None
        case errors.BudgetSpent():
            return 429, "insufficient_quota", None
        case errors.AskAdministrator() if not isinstance(error, errors.Forbidden):
            return 502, "upstream_refused", None
        case _:
            return problem_of(error, "").status, None, None


def _headers(error: errors.PullwrightError) -> dict[str, str]:
    match error:
        case Refusal():
            return error.headers
        case errors.TooMany():
            return {"retry-after": str(max(1, round(error.retry_after + 0.49))), **error.limits}
        case errors.ModelUnavailable():
            wait = error.retry_after if isinstance(error, errors.ModelBusy) else None
            again = {} if error.retry else {"x-should-retry": "false"}
            return again if wait is None else {"retry-after": f"{wait:g}", **again}
        case errors.AskAdministrator():
            return {"x-should-retry": "false"}
        case errors.Conflict():
            return {"x-should-retry": "false"}  # the SDKs would try again: the state does not change by itself
        case _:
            return {}


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
