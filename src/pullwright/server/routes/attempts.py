"""One attempt: its events as they happen, its change, its report and evidence, and what people say to it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import Header, Query
from starlette.responses import Response

from pullwright.log.lines import seq_of
from pullwright.log.sql.reading import read_lines, read_newest
from pullwright.protocol.events import Event
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Input
from pullwright.protocol.policy import Budget
from pullwright.server.evidence import evidence
from pullwright.server.kept import kept
from pullwright.server.lending import GZIP, lent
from pullwright.server.routes.tasks import EVENTS, Key
from pullwright.server.routing import Call, Routes
from pullwright.server.squeezed import squeezed_bytes
from pullwright.server.streams.response import EventStream, seated
from pullwright.tasks.service.giving import Given, give

ROUTES = Routes("Attempts")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1 << 20)]


class EventPage(msgspec.Struct, frozen=True):
    """Some of a session's events. `last` goes into `after` for the ones that follow."""

    events: tuple[Event, ...]
    last: int


class _Given(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class PromptInput(_Given, frozen=True, tag="prompt"):
    """A new request, to an attempt that rests."""

    text: Text
    images: tuple[str, ...] = ()


class SteerInput(_Given, frozen=True, tag="steer"):
    """A remark into the running turn; to an attempt that rests, its next prompt."""

    text: Text


class AnswerInput(_Given, frozen=True, tag="answer"):
    """The answer to a permission or question: the first one counts. `session` covers what the permission's `scope` says, in this
    session's turns; `always` is the same here. `command` and `files` change the call before it runs."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    verdict: Literal["once", "session", "always", "no"] | None = None
    text: str = ""
    command: str = ""
    files: dict[str, str | None] | None = None


class InterruptInput(_Given, frozen=True, tag="interrupt"):
    """Stop what runs and end the turn; the work is kept."""

    reason: str = ""


class CompactInput(_Given, frozen=True, tag="compact"):
    """Shorten the conversation before the next model call."""

    focus: str = ""


class RaiseBudgetInput(_Given, frozen=True, tag="raise_budget"):
    """The ceilings that hold from now on."""

    budget: Budget


InputBody = PromptInput | SteerInput | AnswerInput | InterruptInput | CompactInput | RaiseBudgetInput


class Taken(msgspec.Struct, frozen=True):
    """What became of an input: `put` into the running turn's inbox, `queued` as a turn of its own, or `known` from before (also:
    another answer was first)."""

    id: str
    state: Given


@ROUTES.get("/api/v1/attempts/{attempt}/events", answers=EventPage, gives=EVENTS)
async def events(
    call: Call,
    attempt: str,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Only events after this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Of a page; a stream has no end.")] = 200,
    newest: Annotated[bool, Query(description="The last events, `limit` of them, in place of those after a number.")] = False,
    resume: Annotated[str, Header(alias="Last-Event-ID", max_length=20)] = "",
) -> Response:
    """The attempt's events: a page, or with `Accept: text/event-stream` everything from there on as it happens.

    A stream sends what was logged (with its number as `id`), then the open items' text so far and what follows as `live` events.
    """
    found = await kept(call, attempt)
    if resume.isdecimal() and int(resume) < 2**31:
        after = max(after, int(resume))
    if "text/event-stream" in call.request.headers.get("accept", ""):
        return EventStream(seated(call, call.desk.feeds.watch(found.session, after), found.recheck))
    database = call.service.database
    if newest:
        lines = await read_newest(database, found.session, limit)
        last = (seq_of(lines[-1]) or 0) if lines else 0
    else:
        lines = await read_lines(database, found.session, after, limit)
        last = after + len(lines)
    return await squeezed_bytes(call.request, b'{"events":[%s],"last":%d}' % (b",".join(lines), last))


@ROUTES.get("/api/v1/attempts/{attempt}/diff", gives={"text/x-diff": {"type": "string"}})
async def diff(call: Call, attempt: str) -> Response:
    """The attempt's change as one unified diff."""
    return _text(await (await kept(call, attempt)).diff(), "text/x-diff")


@ROUTES.get("/api/v1/attempts/{attempt}/report", gives={"text/markdown": {"type": "string"}})
async def report(call: Call, attempt: str) -> Response:
    """The report with its evidence, as Markdown."""
    return _text(await (await kept(call, attempt)).report_text(), "text/markdown")


@ROUTES.get("/api/v1/attempts/{attempt}/report.json", gives={"application/json": {"type": "object"}})
async def report_json(call: Call, attempt: str) -> Response:
    """The report as JSON."""
    return _text(await (await kept(call, attempt)).report_json(), "application/json")


@ROUTES.get("/api/v1/attempts/{attempt}/evidence", gives={GZIP: {"type": "string"}})
async def evidence_bundle(call: Call, attempt: str) -> Response:
    """The proof as one file, for `pullwright replay`: base, patch, tests and verdict, to be run again by somebody else."""
    return await lent(evidence(await kept(call, attempt)), GZIP, "evidence.tar.gz")


@ROUTES.get("/api/v1/attempts/{attempt}/artifacts")
async def artifacts(call: Call, attempt: str) -> list[str]:
    """The names of what is kept beside the attempt's log: whole outputs, diffs, reports."""
    return await (await kept(call, attempt)).names()


@ROUTES.get("/api/v1/attempts/{attempt}/artifacts/{name:path}", gives={"application/octet-stream": {"type": "string"}})
async def artifact(call: Call, attempt: str, name: str) -> Response:
    """One artifact, as it is."""
    return await _file(call, await (await kept(call, attempt)).artifact(name), name)


@ROUTES.post("/api/v1/attempts/{attempt}/inputs", status=202, example=SteerInput(text="Leave the tests alone."))
async def give_input(call: Call, attempt: str, body: InputBody, key: Key = "") -> Taken:
    """Say something to the attempt. With the same `Idempotency-Key` as before it counts once."""
    id_ = key or new_id("inp")
    given: Input = msgspec.convert({**msgspec.to_builtins(body), "id": id_}, Input)
    return Taken(id_, await give(call.service, call.actor, attempt, given))


def _text(data: bytes, media: str) -> Response:
    return Response(data, headers={"Cache-Control": "no-store"}, media_type=media)


async def _file(call: Call, data: bytes, name: str) -> Response:
    """Something to keep, never to show: it may be whatever the sandbox made."""
    shown = "".join(letter for letter in name.rpartition("/")[2] if letter.isascii() and (letter.isalnum() or letter in "._-"))
    disposition = f'attachment; filename="{shown or "artifact"}"'
    return await squeezed_bytes(call.request, data, "application/octet-stream", Content_Disposition=disposition)
