"""A refusal or a break, read into the tree of errors.

    Fault          why one try failed: whether another is worth it, after how long, and the error if not
    FaultReader    makes Faults from HTTP answers, errors inside a stream, and broken connections

Messages of servers are passed on, shortened, and never with a credential in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from pullwright.models.credentials import Credential
from pullwright.models.line import UNCONNECTED
from pullwright.models.retry import PATIENCE, again, asked_wait
from pullwright.models.wires.wire import fields_of
from pullwright.protocol.errors import (
    AskAdministrator,
    ChangeRequest,
    ContentFiltered,
    ContextTooLong,
    ModelBusy,
    ModelRefused,
    ModelUnavailable,
    PullwrightError,
)

_QUOTA = ("insufficient_quota", "billing_error", "billing_hard_limit_reached", "usage_limit_reached")
_BUSY = ("rate_limit_exceeded", "rate_limit_error", "too_many_requests")
_PASSING = (
    "server_error",
    "api_error",
    "overloaded_error",
    "timeout_error",
    "internal_error",
    "service_unavailable",
    "cancelled",
)
_LONGEST = 500
_SHORTEST_KEY = 6


class Fault(Exception):
    """Why one try failed. `wait` is what the server asked for, in seconds; `error` is raised when nothing helps."""

    def __init__(
        self, reason: str, error: PullwrightError, *, status: int | None = None, retry: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.status = status
        self.retry = retry
        self.wait = wait


class FaultReader:
    """Reads faults of one provider. `sign_in` names where its key comes from; `secrets`, and those of `credential`, never appear
    in a message.

    `wire` and `address` are for the hints alone: the API that was spoken, and what sets the server's address.
    """

    def __init__(
        self,
        provider: str,
        model: str,
        *,
        sign_in: str,
        secrets: tuple[str, ...] = (),
        wire: str = "",
        address: str = "",
        credential: Credential | None = None,
    ) -> None:
        self._wire = wire
        self._address = address
        self._provider = provider
        self._model = model
        self._sign_in = sign_in
        self._secrets = secrets
        self._credential = credential

    def broken(self, reason: str) -> Fault:
        """No connection, a cut or silent stream, or a malformed one."""
        reason = self.clean(reason)
        where = f" and the address ({self._address})" if self._address else ""
        error = ModelUnavailable(
            f"{self._provider} gave no whole answer: {reason}", fix=f"check the network{where}, then try again"
        )
        error.began = not reason.startswith(UNCONNECTED)
        if "refused" in reason or "Connect call failed" in reason:
            error.fix = f"start the server, or correct its address{f' ({self._address})' if self._address else ''}"
        return Fault(reason, error, retry=True)

    def not_a_stream(self, kind: str) -> Fault:
        """A 200 that is no event stream: most likely another service answers at that address."""
        reason = f"an event stream was asked for, and {kind} came"
        return Fault(reason, ChangeRequest(f"{self._provider}: {reason}", fix="check base_url and the proxy settings"))

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> Fault:
        """An HTTP answer that is not 2xx."""
        told = _error_of(body)
        code = told.code or told.type
        message = self.clean(told.message) or f"status {status}"
        wait = asked_wait(headers)
        patient = wait is None or wait <= PATIENCE
        quota = code in _QUOTA
        retry = again(status, headers) and patient and not quota
        error = self._named(status, code, message, told.inner) or self._by_status(status, message, wait)
        if isinstance(error, ChangeRequest):
            error.code, error.param = self.clean(told.code), self.clean(told.param)
            error.status = status if status in (404, 413, 422) else 400
        elif isinstance(error, ModelUnavailable):
            error.retry = headers.get("x-should-retry") != "false"
        return Fault(f"{status}: {message}", error, status=status, retry=retry, wait=wait)

    def failed(self, code: str, message: str) -> Fault:
        """An error that came inside a stream."""
        message = self.clean(message)
        error = self._named(None, code, message, {})
        if error is None and code in _BUSY:
            error = ModelBusy(f"{self._provider} is busy: {message}", fix="wait a little, then try again")
        if isinstance(error, ModelBusy) or (error is None and (code in _PASSING or code == "error")):
            gave_up = error or ModelUnavailable(f"{self._provider} failed: {message}", fix="try again later")
            return Fault(f"{code}: {message}", gave_up, retry=True)
        refusal = f"{self._provider} refused the request: {message}"
        return Fault(f"{code}: {message}", error or ChangeRequest(refusal, code=self.clean(code)))

    def _named(self, status: int | None, code: str, message: str, inner: Mapping[str, Any]) -> PullwrightError | None:
        """Errors that their code or words tell, whatever the status."""
        if inner.get("code") == "ResponsibleAIPolicyViolation" or code in ("content_filter", "content_policy_violation"):
            return ContentFiltered(
                f"{self._provider}'s content filter refused the prompt{_categories(inner)}",
                fix="reword the prompt, or have the deployment's content filter adjusted",
            )
        if code in ("context_length_exceeded", "model_context_window_exceeded") or (
            status in (None, 400, 413, 422) and _too_long(message)
        ):
            return ContextTooLong(f"the conversation does not fit {self._model}: {message}", fix="compact the conversation")
        if code in _QUOTA:
            return AskAdministrator(
                f"the quota at {self._provider} is spent: {message}", fix="raise the limit, or use another key"
            )
        return None

    def _by_status(self, status: int, message: str, wait: float | None) -> PullwrightError:
        who = self._provider
        if status == 401:
            return ModelRefused(f"{who} does not accept the credential: {message}", fix=f"check the key ({self._sign_in})")
        if status == 403:
            return ModelRefused(f"{who} forbids this: {message}", fix="check the key's rights and the provider's network rules")
        if status == 402:
            return AskAdministrator(f"{who} wants payment: {message}", fix="top up the account, or use another key")
        if status in (404, 405):
            return self._not_found(message)
        if status == 413:
            return ContextTooLong(f"the request is too large for {who}: {message}", fix="compact the conversation")
        if status == 429:
            return ModelBusy(f"{who} is busy: {message}", fix="wait, or ask for a higher rate limit", retry_after=wait)
        if status in (408, 409) or status >= 500:
            away = ModelUnavailable(f"{who} is not available ({status}): {message}", fix="try again later")
            away.began = False
            return away
        return ChangeRequest(f"{who} refused the request ({status}): {message}", fix="check model, effort and base_url")

    def _not_found(self, message: str) -> PullwrightError:
        """A 404 means a wrong address, a model that is not there, or a server that speaks another API."""
        who = self._provider
        if not self._model:
            return ChangeRequest(
                f"{who} lists no models at this address: {message}",
                fix=f"check the address ({self._address or 'base_url'}): it usually ends in /v1; a model that you know can "
                "be named with --model",
            )
        hints = ["see `pullwright models` for the names", f"check the address ({self._address or 'base_url'})"]
        if who == "azure":
            hints.append("on Azure the model is the deployment's name")
        elif self._wire == "responses":
            hints.append(
                "a server without the Responses API wants PULLWRIGHT_WIRE=chat (with its address in PULLWRIGHT_BASE_URL)"
            )
        elif who == "custom" and self._wire:
            others = " or ".join(wire for wire in ("responses", "chat", "anthropic") if wire != self._wire)
            hints.append(f"{self._wire} was spoken: another API is PULLWRIGHT_WIRE={others}")
        return ChangeRequest(f"{who} does not know the model {self._model!r} or the address: {message}", fix="; ".join(hints))

    def clean(self, text: str) -> str:
        """What a server said, on one line, shortened, no secret in it."""
        for secret in (*self._secrets, *(self._credential.secrets if self._credential else ())):
            if len(secret) >= _SHORTEST_KEY:
                text = text.replace(secret, "[key]")
        text = re.sub(r"\bsk-[\w*.…-]{4,}", "[key]", text)  # servers repeat it with some characters hidden, not all
        text = " ".join(text.split())
        return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _too_long(message: str) -> bool:
    """Whether a message is about the window. Compiled when first needed: a start without errors should not pay for it."""
    return bool(
        re.search(
            r"context.{0,10}(length|window|size)|maximum (context|prompt|input)|prompt is too long|too many (input )?tokens"
            r"|input (is|length).{0,20}(too long|exceed)|exceed.{0,40}context",
            message,
            re.IGNORECASE,
        )
    )


class _Told(NamedTuple):
    """What an error body says."""

    message: str
    code: str = ""
    type: str = ""
    param: str = ""
    inner: Mapping[str, Any] = {}


def _error_of(body: bytes) -> _Told:
    """What a body in any of the vendors' shapes says; text where it is not JSON."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _Told(body[:2000].decode(errors="replace"))
    fields = fields_of(answer)
    error = fields.get("error", fields)
    found = fields_of(error)
    if not found:
        return _Told(str(error or answer))
    inner = found.get("innererror") or found.get("inner_error") or fields.get("innererror")
    message = found.get("message") or fields.get("message") or fields.get("detail") or ""
    code, kind, param = (str(found.get(name) or "") for name in ("code", "type", "param"))
    return _Told(str(message), code, kind, param, fields_of(inner))


def _categories(inner: Mapping[str, Any]) -> str:
    results = fields_of(inner.get("content_filter_result") or inner.get("content_filter_results"))
    hit = [name for name, found in results.items() if fields_of(found).get("filtered") or fields_of(found).get("detected")]
    return f" ({', '.join(sorted(hit))})" if hit else ""
