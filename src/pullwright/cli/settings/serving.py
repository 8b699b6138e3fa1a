"""The section `[server]`: how tasks are served. It is the person's alone; no project sets any of it."""

from __future__ import annotations

import msgspec

from pullwright.cli.settings.sizes import parse_size


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of sign-ins; without `issuer` there is none."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    name: str = "single sign-on"
    create: bool = False
    domains: tuple[str, ...] = ()
    admin_group: str = ""


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how `serve` and `worker` work. Empty texts mean what the key's help says."""

    url: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    socket: str = ""
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    data: str = ""
    database: str = ""
    blobs: str = ""
    work: bool = True
    workers: int = 0
    models: tuple[str, ...] = ()
    slots: int = 4
    user_slots: int = 0
    patience: int = 300
    drain: int = 20
    requests: int = 1200
    sign_ins: int = 20
    sign_in_days: int = 14
    body: str = "4MiB"
    api_body: str = "64MiB"
    streams: int = 1000
    keep_outputs: int = 0
    keep_tasks: int = 0
    keep_audit: int = 0
    keep_responses: int = 30
    metrics_token: str = ""
    otlp: str = ""
    webhook_networks: tuple[str, ...] = ()
    oidc: OidcSettings = OidcSettings()


def _count(value: int) -> None:
    if not 0 <= value <= 1_000_000:
        raise ValueError(f"{value} is no number that this can be")


def _port(value: int) -> None:
    if not 0 <= value <= 65_535:
        raise ValueError(f"{value} is no port")


SERVER_KEYS = (
    ("server.url", str, "the service that `task` talks to; empty: your own local one, started when it is needed", None),
    ("server.host", str, "the address that `serve` listens at; other machines are served once there is an administrator", None),
    ("server.port", int, "its port; 0: any that is free", _port),
    ("server.socket", str, "a unix socket for this user's own command line; empty: server.sock in the data folder", None),
    ("server.public_url", str, "the address that people use, such as https://pullwright.example", None),
    ("server.hosts", tuple[str, ...], "further host names that are the server's", None),
    ("server.proxies", tuple[str, ...], "proxies whose word on the client's address counts: addresses or networks", None),
    ("server.data", str, "the service's data folder; empty: service in the state folder", None),
    ("server.database", str, "sqlite:///PATH or postgresql://…; empty: SQLite in the data folder", None),
    ("server.blobs", str, "where checkpoints and artifacts lie: a folder or s3://BUCKET/PREFIX; empty: in the data folder", None),
    ("server.work", bool, "false: `serve` runs no turns; `pullwright worker` does, here or on other machines", None),
    ("server.workers", int, "worker processes that `serve` starts; 0: it works itself", _count),
    ("server.models", tuple[str, ...], "models that a task may ask for beside fast and deep: provider/name", None),
    ("server.slots", int, "attempts that one worker runs at once", _count),
    ("server.user_slots", int, "attempts of one user at once; 0: no limit of its own", _count),
    ("server.patience", int, "seconds that a question waits for a person with its sandbox open", _count),
    ("server.drain", int, "seconds that what runs has to end when the server is stopped", _count),
    ("server.requests", int, "requests that one user, key or address may make in a minute", _count),
    ("server.sign_ins", int, "wrong passwords, by name and by address, in a minute", _count),
    ("server.sign_in_days", int, "days that a sign-in holds", _count),
    ("server.body", str, "how large a request may be, such as 4MiB", parse_size),
    ("server.api_body", str, "how large a request for a response of a model may be, such as 64MiB", parse_size),
    ("server.streams", int, "event streams that may be open at once", _count),
    ("server.keep_outputs", int, "days that outputs and artifacts of a closed task are kept; 0: for ever", _count),
    ("server.keep_tasks", int, "days that a closed task is kept at all; 0: for ever", _count),
    ("server.keep_audit", int, "days that the audit log goes back; 0: for ever", _count),
    ("server.keep_responses", int, "days that responses and conversations of the API are kept; 0: for ever", _count),
    ("server.metrics_token", str, "a token that lets a collector read /metrics, and nothing else", None),
    ("server.otlp", str, "where traces are sent (OTLP over HTTP); empty: nowhere, or as OTEL_EXPORTER_OTLP_ENDPOINT says", None),
    ("server.webhook_networks", tuple[str, ...], "networks that webhooks may be sent to beside the open internet", None),
    ("server.oidc.issuer", str, "the address of an OpenID Connect provider to sign in by; empty: none", None),
    ("server.oidc.client_id", str, "what it calls Pullwright", None),
    ("server.oidc.client_secret", str, "the secret between the two", None),
    ("server.oidc.name", str, "what the sign-in page calls it", None),
    ("server.oidc.create", bool, "whoever it vouches for becomes a user", None),
    ("server.oidc.domains", tuple[str, ...], "domains of the addresses of those who become one; none: any", None),
    ("server.oidc.admin_group", str, "the group of the provider's whose members are administrators", None),
)
"""Name, type, help and check of each key."""
