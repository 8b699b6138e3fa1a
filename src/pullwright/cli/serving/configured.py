"""Settings -> how the service and its server are configured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pullwright.cli.settings.sizes import parse_size

if TYPE_CHECKING:
    from pullwright.cli.settings.load import Loaded
    from pullwright.models.choice import ModelChoice
    from pullwright.server.config import OidcConfig, ServerConfig
    from pullwright.tasks.service.config import ServiceConfig

DAY = 86_400.0


def data_of(loaded: Loaded) -> Path:
    """The service's data folder."""
    said = loaded.settings.server.data
    return Path(said).expanduser().absolute() if said else loaded.folders.state / "service"


def service_config(loaded: Loaded, env: Mapping[str, str] | None = None, *, local: bool = False) -> ServiceConfig:
    """The service that the settings describe. `local`: this person's own, which has no address that others could open."""
    from pullwright.tasks.service.config import ServiceConfig
    from pullwright.tasks.store.records import Retention

    env = os.environ if env is None else env
    settings = loaded.settings
    server = settings.server
    return ServiceConfig(
        data=data_of(loaded),
        cache=loaded.folders.cache,
        models=models_of(loaded, env),
        database=server.database,
        blobs=server.blobs,
        public_url="" if local else server_config(loaded).url,
        prices=Path(settings.prices).expanduser() if settings.prices else None,
        slots=server.slots,
        user_slots=server.user_slots,
        patience=float(server.patience),
        backend=settings.sandbox,
        verify=settings.verify,
        webhook_networks=_networks(server.webhook_networks),
        keep=Retention(
            outputs=server.keep_outputs or None,
            tasks=server.keep_tasks or None,
            audit=server.keep_audit or None,
            responses=server.keep_responses or None,
        ),
    )


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    from pullwright.tasks.notices.reach import networks_of

    networks_of(texts)
    return texts


def models_of(loaded: Loaded, env: Mapping[str, str]) -> dict[str, ModelChoice]:
    """The two classes and what `server.models` allows beside them, as far as there is a key here.

    A server that runs no turns needs no key: a model whose key is only the workers' is known by name.
    """
    from pullwright.cli.credentials import Credentials
    from pullwright.cli.settings.model import CLASSES, choose_model
    from pullwright.models.choice import ModelChoice
    from pullwright.protocol.errors import FixSettings, MissingCredential

    settings, credentials = loaded.settings, Credentials(loaded.folders)
    found: dict[str, ModelChoice] = {}
    for word in (*CLASSES, *settings.server.models):
        try:
            found[word] = choose_model(msgspec.structs.replace(settings, model=word, effort=""), env, credentials)
        except MissingCredential:
            if not settings.server.work:
                found[word] = ModelChoice(provider="", model=word)
        except FixSettings:
            if word not in CLASSES:
                raise
    return found


def server_config(loaded: Loaded, *, local: bool = False) -> ServerConfig:
    """How the server listens, and what it allows. Raises `FixSettings`."""
    from pullwright.server.config import ServerConfig

    server = loaded.settings.server
    config = ServerConfig(
        host=server.host,
        port=server.port,
        socket=Path(server.socket).expanduser().absolute() if server.socket else data_of(loaded) / "server.sock",
        public_url=server.public_url,
        hosts=server.hosts,
        proxies=server.proxies,
        body_bytes=parse_size(server.body) or 4 << 20,
        api_bytes=parse_size(server.api_body) or 64 << 20,
        requests=max(1, server.requests) if not local else 1_000_000,
        sign_ins=max(1, server.sign_ins),
        sign_in_seconds=server.sign_in_days * DAY,
        drain=float(server.drain),
        streams=max(1, server.streams),
        metrics_token=server.metrics_token,
        oidc=_oidc(loaded),
    )
    config.networks()
    return config


def _oidc(loaded: Loaded) -> OidcConfig | None:
    from pullwright.protocol.errors import FixSettings
    from pullwright.server.config import OidcConfig

    oidc = loaded.settings.server.oidc
    if not oidc.issuer:
        return None
    if not oidc.client_id:
        raise FixSettings("server.oidc.issuer is set, but no client_id", fix="Set server.oidc.client_id.")
    return OidcConfig(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        name=oidc.name,
        create=oidc.create,
        domains=oidc.domains,
        admin_group=oidc.admin_group,
    )


def secrets_of(loaded: Loaded) -> tuple[str, ...]:
    """What must never stand in a log of the server's: keys of models, the database's password, tokens of the settings."""
    from urllib.parse import urlsplit

    from pullwright.cli.settings.model import secrets_of as model_secrets
    from pullwright.models.choice import ModelChoice

    server = loaded.settings.server
    ours = (server.metrics_token, server.oidc.client_secret, urlsplit(server.database).password or "")
    named = ("PULLWRIGHT_MASTER_KEY", "AWS_SECRET_ACCESS_KEY")
    models = model_secrets(ModelChoice(provider="", model=""), os.environ)
    return tuple(one for one in (*ours, *models, *(os.environ.get(name, "") for name in named)) if one)


def flags_of(options: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """Settings given as flags: key -> (the flag's name, its value)."""
    return {
        f"server.{name}": (f"--{name.replace('_', '-')}", str(value) if isinstance(value, Path) else value)
        for name, value in options.items()
    }
