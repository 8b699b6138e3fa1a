"""Everything sealed anew with the vault's newest key."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.connections import change_connection, list_connections
from pullwright.tasks.store.model_settings import held_model_settings, put_model_settings
from pullwright.tasks.store.notices import change_endpoint, list_endpoints
from pullwright.tasks.store.secrets import all_secrets, put_secret
from pullwright.tasks.vault import Vault, credential_context, model_context, notice_context, secret_context, webhook_context


async def rotate_key(service: Kept, actor: Actor) -> int:
    """A new key for the vault, and everything sealed anew with it; how many values that were.

    Safe while the service runs: it takes up the new key by itself, and the key before still opens (what was just being
    sealed with it), until the next rotation. With keys from the environment only the sealing is done: put the new key first
    there.
    """
    actor.require("server.admin")
    if service.vault.file is not None:
        service.vault.add_key()
    count = await service.database.write(_reseal, service.vault, actor)
    if service.vault.file is not None:
        service.vault.drop_keys()
    return count


def _reseal(connection: Connection, vault: Vault, actor: Actor) -> int:
    count = 0
    for secret in all_secrets(connection):
        value = _again(vault, secret.value, secret_context(secret.environment_id, secret.name))
        if value is not secret.value:
            put_secret(connection, msgspec.structs.replace(secret, value=value))
            count += 1
    for forge in list_connections(connection):
        contexts = {"credential": credential_context(forge.id), "webhook_secret": webhook_context(forge.id)}
        for field, context in contexts.items():
            sealed = getattr(forge, field)
            if sealed is not None and (value := _again(vault, sealed, context)) is not sealed:
                change_connection(connection, forge.id, **{field: value})
                count += 1
    for endpoint in list_endpoints(connection):
        for field in ("secret", "old_secret"):
            sealed = getattr(endpoint, field)
            if sealed is not None and (value := _again(vault, sealed, notice_context(endpoint.id))) is not sealed:
                change_endpoint(connection, endpoint.id, **{field: value})
                count += 1
    count += _reseal_models(connection, vault)
    audit(connection, actor, "server.rotate_key", detail={"values": count})
    return count


def _reseal_models(connection: Connection, vault: Vault) -> int:
    settings = held_model_settings(connection)
    count = 0
    for name, one in settings.items():
        if one.key is not None and (value := _again(vault, one.key, model_context(name))) is not one.key:
            settings[name] = msgspec.structs.replace(one, key=value)
            count += 1
    if count:
        put_model_settings(connection, settings)
    return count


def _again(vault: Vault, sealed: bytes, context: str) -> bytes:
    return sealed if vault.is_current(sealed) else vault.seal(vault.open(sealed, context), context)
