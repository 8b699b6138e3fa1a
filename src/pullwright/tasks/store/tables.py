"""The service's tables. Ids are `protocol.ids.new_id`'s, time is in seconds since 1970, money in US dollars.

people      users · memberships · sign_ins · keys
projects    connections · projects · environments · secrets · setups
work        tasks · attempts · turns · workers · schedules
results     pull_requests · reviews · comments · effects · plain_pulls
accounts    usage · usage_days · usage_key_days · budgets · audit · deliveries · server_settings

A column `…_json` holds a msgspec record of `records.py`, as its JSON. The log's own tables are in `log.sql.tables`, those of what
the API keeps for other programs in `api_tables.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from pullwright.log.sql.tables import BIG, METADATA

ID = String(64)
NAME = String(200)


def to(column: str) -> ForeignKey:
    """A reference that goes with what it refers to."""
    return ForeignKey(column, ondelete="CASCADE")


# --- people ---------------------------------------------------------------------------------------

users = Table(
    "users",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("email", NAME, nullable=False, default=""),
    Column("password_hash", Text, nullable=False, default=""),  # argon2id; empty: no password sign-in
    Column("subject", NAME, unique=True),  # OIDC `iss sub`
    Column("logins_json", JSON, nullable=False, default=dict),  # connection id -> that forge's login
    Column("is_admin", Boolean, nullable=False, default=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created", Float, nullable=False),
)

memberships = Table(
    "memberships",
    METADATA,
    Column("user_id", ID, to("users.id"), primary_key=True),
    Column("project_id", ID, to("projects.id"), primary_key=True),
    Column("role", String(16), nullable=False),  # admin | member | viewer
)

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ID, to("users.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("address", NAME, nullable=False, default=""),
)

keys = Table(
    "keys",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("shown", String(24), nullable=False),  # the first characters, to tell it by
    Column("name", NAME, nullable=False),
    Column("user_id", ID, to("users.id"), nullable=False),
    Column("project_id", ID, to("projects.id")),  # None: every project of the user's
    Column("scopes", JSON, nullable=False),
    Column("models", JSON),  # names that may be called; None: all that the service has
    Column("requests_minute", Integer),  # None: no limit of its own
    Column("tokens_minute", Integer),
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("used", Float),
    Column("revoked", Float),
)

# --- projects -------------------------------------------------------------------------------------

connections = Table(
    "connections",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("forge", String(16), nullable=False),  # github | gitlab | gitea | git
    Column("base_url", Text, nullable=False, default=""),  # of the REST API; empty: the forge's own
    Column("settings_json", JSON, nullable=False, default=dict),  # ConnectionSettings
    Column("credential", LargeBinary),  # sealed: token or App private key
    Column("webhook_secret", LargeBinary),  # sealed
    Column("created", Float, nullable=False),
)

projects = Table(
    "projects",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("forge", String(16), nullable=False),
    Column("connection_id", ID, ForeignKey("connections.id")),
    Column("url", Text, nullable=False),  # what git fetches from and pushes to
    Column("slug", NAME, nullable=False, default=""),  # owner/name at the forge
    Column("default_branch", NAME, nullable=False, default="main"),
    Column("settings_json", JSON, nullable=False, default=dict),  # ProjectSettings
    Column("created", Float, nullable=False),
    Column("archived", Float),
)

environments = Table(
    "environments",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, to("projects.id"), nullable=False),
    Column("name", NAME, nullable=False, default="default"),
    Column("spec_json", JSON, nullable=False),  # EnvironmentSpec
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    UniqueConstraint("project_id", "name"),
)

secrets = Table(
    "secrets",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("environment_id", ID, to("environments.id"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("use_json", JSON, nullable=False),  # SecretUse: for setup, or injected by an intercept rule
    Column("value", LargeBinary, nullable=False),  # sealed
    Column("created", Float, nullable=False),
    UniqueConstraint("environment_id", "name"),
)

setups = Table(
    "setups",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("environment_id", ID, to("environments.id"), nullable=False),
    Column("key", String(64), nullable=False),  # of the setup layer
    Column("state", String(16), nullable=False),  # running | ready | failed
    Column("line", Integer, nullable=False, default=0),  # of the script, that failed
    Column("why", Text, nullable=False, default=""),
    Column("log", Text, nullable=False, default=""),  # blob
    Column("worker_id", ID, nullable=False, default=""),
    Column("started", Float, nullable=False),
    Column("finished", Float),
)
Index("ix_setups_environment_id", setups.c.environment_id)

# --- work -----------------------------------------------------------------------------------------

tasks = Table(
    "tasks",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, to("projects.id"), nullable=False),
    Column("environment_id", ID, ForeignKey("environments.id", ondelete="SET NULL")),
    Column("title", NAME, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("images", JSON, nullable=False, default=list),
    Column("mode", String(8), nullable=False, default="code"),  # ask | code
    Column("approval", String(16), nullable=False, default="full-auto", server_default="full-auto"),  # ApprovalMode
    Column("ref", NAME, nullable=False),  # the base, as asked for
    Column("base", String(64), nullable=False, default=""),  # its commit, once known: the same for all attempts
    Column("model", NAME, nullable=False),  # fast | deep | provider/model
    Column("attempts", Integer, nullable=False, default=1),
    Column("template", String(32), nullable=False, default=""),
    Column("budget_json", JSON, nullable=False, default=dict),  # protocol.policy.Budget, of each attempt's turns together
    Column("priority", Integer, nullable=False, default=0),  # higher goes first
    Column("deadline", Float),
    Column("user_id", ID, ForeignKey("users.id"), nullable=False),
    Column("source_json", JSON, nullable=False, default=dict),  # TaskSource: who or what asked, and where to answer
    Column("key_id", ID, nullable=False, default="", server_default=""),  # the key that it was dispatched with
    Column("dedup", String(128), unique=True),  # an idempotency key, with its user
    Column("state", String(16), nullable=False),  # TaskState
    Column("chosen", ID),  # attempt
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("closed", Float),
)
Index("ix_tasks_project_id_id", tasks.c.project_id, tasks.c.id)
Index("ix_tasks_state", tasks.c.state)

attempts = Table(
    "attempts",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("task_id", ID, to("tasks.id"), nullable=False),
    Column("number", Integer, nullable=False),  # 1..N
    Column("session", ID, nullable=False, unique=True),  # of its log
    Column("state", String(16), nullable=False),  # AttemptState
    Column("branch", NAME, nullable=False, default=""),
    Column("base", String(64), nullable=False, default="", server_default=""),  # empty: the task's
    Column("head", String(64), nullable=False, default=""),
    Column("verdict", String(16), nullable=False, default="not-run"),
    Column("outcome_json", JSON),  # protocol.outcomes.Outcome of the last turn
    Column("spend_json", JSON, nullable=False, default=dict),  # protocol.usage.Spend, of all turns
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    UniqueConstraint("task_id", "number"),
)

turns = Table(
    "turns",
    METADATA,
    Column("id", ID, primary_key=True),  # the turn's, and its workflow's
    Column("attempt_id", ID, to("attempts.id"), nullable=False),
    Column("task_id", ID, nullable=False),
    Column("project_id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("number", Integer, nullable=False),  # 1.. within the attempt
    Column("kind", String(16), nullable=False),  # prompt | notes | answer | merge-base | retry
    Column("prompt_json", JSON, nullable=False),  # protocol.inputs.Prompt
    Column("state", String(16), nullable=False),  # TurnState
    Column("priority", Integer, nullable=False, default=0),
    Column("deadline", Float),
    Column("worker_id", ID, nullable=False, default=""),
    Column("generation", Integer, nullable=False, default=0),  # the log's, of the worker that has it
    Column("tries", Integer, nullable=False, default=0),  # workers that began it
    Column("queued", Float, nullable=False),
    Column("admitted", Float),
    Column("started", Float),
    Column("finished", Float),
    Column("outcome_json", JSON),
    UniqueConstraint("attempt_id", "number"),
)
Index("ix_turns_task_id", turns.c.task_id)
Index("ix_turns_state_priority", turns.c.state, turns.c.priority, turns.c.queued)

workers = Table(
    "workers",
    METADATA,
    Column("id", ID, primary_key=True),  # unique for each process; DBOS's executor id
    Column("host", NAME, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # live | draining | gone
    Column("started", Float, nullable=False),
    Column("heartbeat", Float, nullable=False),
)

schedules = Table(
    "schedules",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("project_id", ID, to("projects.id"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("cron", String(100), nullable=False),
    Column("order_json", JSON, nullable=False),  # TaskOrder
    Column("user_id", ID, ForeignKey("users.id"), nullable=False),
    Column("next", Float, nullable=False),
    Column("last", Float),
    Column("enabled", Boolean, nullable=False, default=True),
)

# --- results --------------------------------------------------------------------------------------

pull_requests = Table(
    "pull_requests",
    METADATA,
    Column("task_id", ID, to("tasks.id"), primary_key=True),  # at most one a task
    Column("attempt_id", ID, nullable=False),
    Column("project_id", ID, nullable=False),
    Column("number", Integer, nullable=False, default=0),  # the forge's; 0: it is about to be opened
    Column("url", Text, nullable=False, default=""),
    Column("branch", NAME, nullable=False),
    Column("base", NAME, nullable=False),
    Column("head", String(64), nullable=False, default=""),  # what was pushed last
    Column("state", String(16), nullable=False),  # opening | draft | open | merged | closed
    Column("merged", String(64), nullable=False, default=""),  # the merge commit
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
)
Index("ix_pull_requests_project_id_number", pull_requests.c.project_id, pull_requests.c.number)

reviews = Table(
    "reviews",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("task_id", ID, to("tasks.id"), nullable=False),
    Column("attempt_id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("verdict", String(16), nullable=False),  # approve | send-back
    Column("note", Text, nullable=False, default=""),
    Column("head", String(64), nullable=False),  # the commit that was looked at
    Column("turn_id", ID, nullable=False, default=""),  # the turn that the notes started
    Column("created", Float, nullable=False),
)
Index("ix_reviews_task_id", reviews.c.task_id)

comments = Table(
    "comments",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("task_id", ID, to("tasks.id"), nullable=False),
    Column("attempt_id", ID, nullable=False),
    Column("review_id", ID),  # None: waits for a review to be sent with
    Column("user_id", ID, nullable=False),
    Column("path", Text, nullable=False, default=""),  # empty: on the whole
    Column("side", String(8), nullable=False, default="new"),  # old | new
    Column("line", Integer, nullable=False, default=0),
    Column("end_line", Integer, nullable=False, default=0),
    Column("head", String(64), nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("created", Float, nullable=False),
)
Index("ix_comments_task_id", comments.c.task_id)

effects = Table(
    "effects",
    METADATA,
    Column("mark", String(200), primary_key=True),  # names one outward effect: a comment, a check, a label
    Column("task_id", ID, nullable=False),
    Column("state", String(16), nullable=False),  # begun | done
    Column("reference", Text, nullable=False, default=""),  # the forge's id of what was made
    Column("changed", Float, nullable=False),
)
Index("ix_effects_task_id", effects.c.task_id)

plain_pulls = Table(
    "plain_pulls",
    METADATA,
    Column("project_id", ID, to("projects.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("head_branch", NAME, nullable=False),
    Column("pull_json", JSON, nullable=False),  # forges.plain.PlainPull
)

# --- accounts -------------------------------------------------------------------------------------

usage = Table(
    "usage",
    METADATA,
    Column("id", String(128), primary_key=True),  # session:seq, so that a row is written once; `call_…` for the API's own
    Column("time", Float, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("project_id", ID, nullable=False),
    Column("task_id", ID, nullable=False),
    Column("attempt_id", ID, nullable=False),
    Column("key_id", ID, nullable=False, default=""),
    Column("provider", NAME, nullable=False),
    Column("model", NAME, nullable=False),
    Column("input", Integer, nullable=False),
    Column("cached", Integer, nullable=False),
    Column("cache_written", Integer, nullable=False),
    Column("output", Integer, nullable=False),
    Column("reasoning", Integer, nullable=False),
    Column("cost_usd", Float),  # None: the price is unknown
    Column("seconds", Float, nullable=False, default=0.0),
    Column("estimated", Boolean, nullable=False, default=False),
    # Of a call through the API alone. It is open from before the upstream is called, with what it costs at least.
    Column("open", Boolean, nullable=False, default=False, server_default=false()),
    Column("server_id", ID, nullable=False, default="", server_default=""),  # the server process that makes it
    Column("response_id", ID, nullable=False, default="", server_default=""),
    Column("status", String(16), nullable=False, default="", server_default=""),  # of the response, or `gone`
    Column("first_seconds", Float),  # until the first token
    Column("sent_bytes", BIG, nullable=False, default=0, server_default="0"),  # text and schemas, without images
    Column("images", Integer, nullable=False, default=0, server_default="0"),
    Column("heard_bytes", BIG, nullable=False, default=0, server_default="0"),
)
Index("ix_usage_open", usage.c.server_id, sqlite_where=usage.c.open, postgresql_where=usage.c.open)
Index("ix_usage_model_time", usage.c.provider, usage.c.model, usage.c.time)
Index("ix_usage_key_time", usage.c.key_id, usage.c.time)
Index("ix_usage_task_id", usage.c.task_id)
Index("ix_usage_time", usage.c.time)
Index("ix_usage_user_time", usage.c.user_id, usage.c.time)
Index("ix_usage_project_time", usage.c.project_id, usage.c.time)

usage_days = Table(
    "usage_days",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970, UTC; only days that are over
    Column("user_id", ID, primary_key=True),
    Column("project_id", ID, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("tokens", BIG, nullable=False),  # input and output
    Column("cost_usd", Float, nullable=False),
    Column("unpriced", Integer, nullable=False),
)

usage_key_days = Table(
    "usage_key_days",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("key_id", ID, primary_key=True),
    Column("tokens", BIG, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("unpriced", Integer, nullable=False),
)

budgets = Table(
    "budgets",
    METADATA,
    Column("scope", String(16), primary_key=True),  # server | user | project | key
    Column("scope_id", ID, primary_key=True),
    Column("period", String(8), primary_key=True),  # day | month | total
    Column("usd", Float),
    Column("tokens", BIG),
)

audit = Table(
    "audit",
    METADATA,
    Column("number", BIG, Identity(), primary_key=True),
    Column("time", Float, nullable=False),
    Column("user_id", ID, nullable=False, default=""),
    Column("key_id", ID, nullable=False, default=""),
    Column("action", String(64), nullable=False),
    Column("object", String(128), nullable=False, default=""),
    Column("project_id", ID, nullable=False, default=""),
    Column("detail_json", JSON, nullable=False, default=dict),
    Column("address", NAME, nullable=False, default=""),
)
Index("ix_audit_object", audit.c.object)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("connection_id", ID, primary_key=True),
    Column("id", String(128), primary_key=True),  # the forge's delivery id, or the body's digest
    Column("event", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers_json", JSON, nullable=False),
    Column("state", String(16), nullable=False),  # new | done | ignored | failed
    Column("why", Text, nullable=False, default=""),
    Column("received", Float, nullable=False),
)

server_settings = Table(
    "server_settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value_json", JSON, nullable=False),
)
