"""What an administrator set a model's name to stand for, beside the configuration: one row of `server_settings`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from pullwright.models.choice import Wire
from pullwright.models.model import Effort
from pullwright.tasks.store.settings import get_setting, hold_setting, put_setting

ROW = "models"


class ModelSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a name stands for. `key` is the provider's, sealed (`vault.model_context`), None where the server's own is used. `by`
    is a user's id."""

    provider: str
    model: str
    effort: Effort = ""
    wire: Wire | None = None
    base_url: str = ""
    key: bytes | None = None
    by: str = ""
    changed: float = 0.0


def model_settings(connection: Connection) -> dict[str, ModelSetting]:
    """All of them, by name."""
    return msgspec.convert(get_setting(connection, ROW) or {}, dict[str, ModelSetting])


def held_model_settings(connection: Connection) -> dict[str, ModelSetting]:
    """The same, for a transaction that changes them: two that do wait for each other."""
    hold_setting(connection, ROW)
    return model_settings(connection)


def put_model_settings(connection: Connection, settings: Mapping[str, ModelSetting]) -> None:
    """Put these in the place of all."""
    put_setting(connection, ROW, msgspec.to_builtins(settings))
