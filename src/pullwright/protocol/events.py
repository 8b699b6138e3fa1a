"""What a session's log is made of: frozen records, one kind a class, append-only.

    Event
    ├── of the session   SessionStarted · Forked · Rewound
    ├── of a turn        TurnStarted · InputReceived · TurnFinished
    ├── of the prefix    PrefixSent · Compacted
    ├── of a step        ItemAdded · ModelCalled · ModelRetried · Checkpointed
    ├── of a tool call   ToolStarted · ToolFinished · CommandRan · FilesChanged · PlanUpdated
    ├── of the person    PersonEdited
    ├── of policy        PermissionAsked · PermissionAnswered · NetworkDecided · BudgetReached · HookRan · Noticed
    └── of the result    ChangeMade · VerificationRan · Verified · WorkloadChecked · AnswerChecked · Reported

Every event carries `seq` (1, 2, 3… within the session), `time` (seconds since 1970), `turn` and `step`
(0 outside a step). The log assigns `seq`; `VERSION` is raised when a field's meaning changes, and a reader of
an older log fills what is missing from the defaults here. Large text never lives in an event: it is an
artifact, named by its digest.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pullwright.protocol.inputs import Input
from pullwright.protocol.items import Item
from pullwright.protocol.outcomes import ChangeSummary, Outcome, Verdict
from pullwright.protocol.policy import Access, ApprovalMode, Effect, Mode
from pullwright.protocol.usage import Spend, Usage

VERSION = 1

RawItem = Annotated[msgspec.Raw, msgspec.Meta(description="A conversation item, as sent: protocol.items")]


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    seq: int = 0
    time: float = 0.0
    turn: str = ""
    step: int = 0


# --- the session ---------------------------------------------------------------------------------


class SessionStarted(_Event, frozen=True, tag="session_started"):
    """The first event of a log. `project` is a path or URL; `version` is `events.VERSION` at the time."""

    session: str
    project: str
    pullwright: str
    version: int = VERSION
    parent: str = ""


class Forked(_Event, frozen=True, tag="forked"):
    """This session continues `parent` from its event `at`; the events before are copies of the parent's."""

    parent: str
    at: int


class Rewound(_Event, frozen=True, tag="rewound"):
    """Conversation and files went back to how they were after event `to`; `checkpoint` is the tree restored.

    Without `files` only the conversation went back; `checkpoint` is the tree as it stands.
    """

    to: int
    checkpoint: str = ""
    files: bool = True


# --- a turn --------------------------------------------------------------------------------------


class TurnStarted(_Event, frozen=True, tag="turn_started"):
    """A turn begins. `base` is the commit, `tree` the tree it starts from (with the local state, if part of it).

    `plan` says that the agent plans first and changes nothing, `in_place` that the files are the person's own. `agent` is the
    custom agent that it works as, with the version of its file: `name@digest`.
    """

    mode: Mode
    approval: ApprovalMode
    access: Access
    network: str
    model: str
    provider: str
    effort: str = ""
    base: str = ""
    tree: str = ""
    sandbox: str = ""
    scripted: bool = False
    resumed: bool = False
    plan: bool = False
    in_place: bool = False
    agent: str = ""


class InputReceived(_Event, frozen=True, tag="input_received"):
    """An input was taken out of the inbox."""

    input: Input


class TurnFinished(_Event, frozen=True, tag="turn_finished"):
    """A turn's end and its outcome."""

    outcome: Outcome


# --- the prefix ----------------------------------------------------------------------------------


class PrefixSent(_Event, frozen=True, tag="prefix_sent"):
    """A new prompt prefix begins: instructions and tool schemas exactly as they are sent, and why (`agent`: another one)."""

    reason: Literal["start", "compaction", "rewind", "fork", "model", "tools", "agent"]
    model: str
    instructions: str
    tools: msgspec.Raw


class Compacted(_Event, frozen=True, tag="compacted"):
    """The conversation was shortened. From here it consists of `items`, then of what is added later."""

    how: Literal["masked", "summarised"]
    tokens_before: int
    tokens_after: int
    items: tuple[RawItem, ...]


# --- a step --------------------------------------------------------------------------------------


class ItemAdded(_Event, frozen=True, tag="item_added"):
    """A completed item joined the conversation."""

    source: Literal["user", "model", "tool", "pullwright"]
    item: RawItem


class ModelCalled(_Event, frozen=True, tag="model_called"):
    """One whole model response: what it used, cost (None: price unknown) and took (seconds).

    `agent` names the sub-agent that asked; empty: the main one.
    """

    model: str
    provider: str
    response_id: str = ""
    stop: str = ""
    usage: Usage = Usage()
    cost_usd: float | None = None
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    request_bytes: int = 0
    agent: str = ""


class ModelRetried(_Event, frozen=True, tag="model_retried"):
    """A model call is sent again after `wait` seconds. Nothing of the broken answer was used."""

    attempt: int
    reason: str
    status: int | None = None
    wait: float = 0.0


class Checkpointed(_Event, frozen=True, tag="checkpointed"):
    """The workspace's tree after the step, kept as the git object `tree`; paths changed since the last one. `beside`: those of
    them that no edit named, so that a command changed them, or whoever else while it ran."""

    tree: str
    paths: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


# --- a tool call ---------------------------------------------------------------------------------


class ToolStarted(_Event, frozen=True, tag="tool_started"):
    """A tool call begins. `title` is one line for a reader (the command, the path…)."""

    call_id: str
    name: str
    effect: Effect
    title: str = ""


class ToolFinished(_Event, frozen=True, tag="tool_finished"):
    """A tool call ended; its result item follows as `ItemAdded`. `error` when the model got the call wrong."""

    call_id: str
    name: str
    ok: bool
    seconds: float = 0.0
    error: str = ""


class CommandRan(_Event, frozen=True, tag="command_ran"):
    """A command that ran in the sandbox: evidence. Digest and size are of its full output (redacted),
    `artifact` names the kept text (bounded by the artifact limit). `by` is `person` where a person ran it. `pipe` are the exit
    codes of all members of the pipe that the line ended in, where they are known."""

    call_id: str
    command: str
    cwd: str
    exit_code: int | None = None
    signal: str = ""
    timed_out: bool = False
    seconds: float = 0.0
    output_bytes: int = 0
    output_sha256: str = ""
    artifact: str = ""
    background: bool = False
    by: str = ""
    pipe: tuple[int, ...] = ()


class FilesChanged(_Event, frozen=True, tag="files_changed"):
    """An edit tool changed files. `diff` is a unified diff, cut at 20,000 characters; whole as an artifact."""

    call_id: str
    paths: tuple[str, ...]
    diff: str
    added: int = 0
    removed: int = 0
    artifact: str = ""


class PlanStep(msgspec.Struct, frozen=True):
    """One line of the agent's plan."""

    text: str
    status: Literal["pending", "in_progress", "done"] = "pending"


class PlanUpdated(_Event, frozen=True, tag="plan_updated"):
    """The agent's plan as it now stands."""

    plan: tuple[PlanStep, ...]
    note: str = ""


# --- the person -----------------------------------------------------------------------------------


class PersonEdited(_Event, frozen=True, tag="person_edited"):
    """The person changed files of the workspace themselves while the session was open (in place only).

    `before` and `tree` are the trees without and with their edits. `diff` is a unified diff, cut at 20,000 characters;
    whole as an artifact. `meanwhile` are commands of the sandbox that went on at the time: it may have been one of them, which
    nobody can tell. It counts as the person's all the same, so that nothing of theirs is ever taken back.
    """

    paths: tuple[str, ...]
    diff: str
    before: str
    tree: str
    added: int = 0
    removed: int = 0
    artifact: str = ""
    meanwhile: tuple[str, ...] = ()


# --- policy --------------------------------------------------------------------------------------


class PermissionAsked(_Event, frozen=True, tag="permission_asked"):
    """May this call go ahead? `scope` is what an answer for the session would cover, in words.

    `detail` is the command line, or the unified diff of an edit (cut at 20,000 characters); `preview` names the artifact with
    the edit's files before and after (`protocol.previews.Preview`). `cwd` is the folder that a command would run in, where it
    is not the workspace's own.
    """

    id: str
    call_id: str
    tool: str
    effect: Effect
    title: str
    detail: str = ""
    scope: str = ""
    preview: str = ""
    cwd: str = ""


class PermissionAnswered(_Event, frozen=True, tag="permission_answered"):
    """The answer to a permission: by a person, or by a rule (`by` names it). `changed`: the call was changed before it ran."""

    id: str
    call_id: str
    verdict: Literal["once", "session", "always", "no"]
    by: str
    text: str = ""
    changed: bool = False


class NetworkDecided(_Event, frozen=True, tag="network_decided"):
    """The egress proxy let a connection or request through, or refused it, and by which rule."""

    host: str
    port: int
    allowed: bool
    rule: str
    method: str = ""
    path: str = ""
    reason: str = ""


class BudgetReached(_Event, frozen=True, tag="budget_reached"):
    """A ceiling came near (`soft`) or was reached (`hard`)."""

    ceiling: Literal["usd", "tokens", "steps", "seconds"]
    level: Literal["soft", "hard"]
    spent: float
    limit: float


class HookRan(_Event, frozen=True, tag="hook_ran"):
    """A hook ran: at which event, its command, what it decided and said, and how long it took (seconds)."""

    event: str
    command: str
    decision: str = ""
    text: str = ""
    seconds: float = 0.0
    call_id: str = ""
    failed: bool = False


class Noticed(_Event, frozen=True, tag="noticed"):
    """Something a reader should know: what and why, never a question."""

    level: Literal["info", "warning", "error"]
    text: str


# --- the result ----------------------------------------------------------------------------------


class ChangeMade(_Event, frozen=True, tag="change_made"):
    """The attempt's change: commits on a branch over the base."""

    change: ChangeSummary
    diff_artifact: str = ""


class VerificationRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the four clean runs, a second look at the tests that decide (`before-again`, `after-again`), or those tests
    changed so that they must fail (`must-fail`, which is as it should be when it is red). `tests` counts by state; `note` says
    what a reader of the figures must know: that a run was limited to some tests, is told twice, or is one of an earlier turn.
    `tree` is the git tree that was tested, `output_sha256` the digest of the artifact."""

    name: Literal["base", "base+new-tests", "change+base-tests", "change", "before-again", "after-again", "must-fail"]
    exit_code: int | None
    seconds: float
    tests: dict[str, int] = {}
    artifact: str = ""
    timed_out: bool = False
    note: str = ""
    tree: str = ""
    output_sha256: str = ""

    @property
    def good(self) -> bool:
        """Whether it ended as one hopes."""
        return (self.exit_code == 0) != (self.name == "must-fail")


class VerificationRan(_Event, frozen=True, tag="verification_ran"):
    """One clean run in a fresh sandbox ended."""

    command: str
    run: VerificationRun


class Verified(_Event, frozen=True, tag="verified"):
    """What the clean runs say together. Test names are `file::name` or the runner's own.

    `skipped` ran on the base and are skipped, or expected to fail, in the change. `flaky` ended differently in two runs of the
    same files, and count for nothing. `slower` take longer, with both figures. `environment` is the digest of what the runs were
    made in, `described` names the artifact that says it in full, and `recipe` the one that says how the trees are composed.
    """

    verdict: Verdict
    why: str
    command: str
    red_to_green: tuple[str, ...] = ()
    newly_failing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    slower: tuple[str, ...] = ()
    environment: str = ""
    described: str = ""
    recipe: str = ""


class WorkloadCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a kind of task is held to. `state`: `noted` is for a reader to judge, `not-measured` could not be looked at
    (`text` says why). `found` are its particulars, `events` the numbers of the events that bear it out."""

    name: str
    state: Literal["passed", "failed", "noted", "not-measured"]
    text: str
    found: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    artifact: str = ""


class WorkloadChecked(_Event, frozen=True, tag="workload_checked"):
    """What a task's template asked for, held against the change. `verdict` and `why` are the change's in the end: those of the
    clean runs, or what the template makes of them."""

    workload: str
    checks: tuple[WorkloadCheck, ...]
    verdict: Verdict = "not-run"
    why: str = ""


class Citation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file and lines that an answer cites (`last` included), and whether the file has them. `lines` is how many it has,
    `sha256` the digest of those that are cited, joined by newlines."""

    path: str
    first: int
    last: int
    standing: Literal["there", "no such file", "no such line"]
    lines: int = 0
    sha256: str = ""


class AnswerChecked(_Event, frozen=True, tag="answer_checked"):
    """What an answer cites, held against the files of the turn's base (with the local state, if part of it)."""

    citations: tuple[Citation, ...]


class Reported(_Event, frozen=True, tag="reported"):
    """The report with its evidence, kept as artifacts."""

    markdown: str
    json: str


Event = (
    SessionStarted
    | Forked
    | Rewound
    | TurnStarted
    | InputReceived
    | TurnFinished
    | PrefixSent
    | Compacted
    | ItemAdded
    | ModelCalled
    | ModelRetried
    | Checkpointed
    | ToolStarted
    | ToolFinished
    | CommandRan
    | FilesChanged
    | PlanUpdated
    | PersonEdited
    | PermissionAsked
    | PermissionAnswered
    | NetworkDecided
    | BudgetReached
    | HookRan
    | Noticed
    | ChangeMade
    | VerificationRan
    | Verified
    | WorkloadChecked
    | AnswerChecked
    | Reported
)

_decoder = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """The event as one line of JSON, without the newline."""
    return _encoder.encode(event)


def decode(line: bytes) -> Event:
    """The event of one JSON line. Raises `msgspec.DecodeError` when it is not one of ours."""
    return _decoder.decode(line)


def raw_item(item: Item) -> msgspec.Raw:
    """The item as it is embedded in an event."""
    return msgspec.Raw(item.raw)


def item_of(raw: msgspec.Raw) -> Item:
    """The item embedded in an event."""
    return Item(bytes(raw))


def spend_after(spend: Spend, event: Event) -> Spend:
    """The spend of a turn after one more of its events."""
    return spend.plus_call(event.usage, event.cost_usd) if isinstance(event, ModelCalled) else spend
