"""Makings of setup layers, newest first: which ran, how each ended, where its log is."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.projects import Setup
from pullwright.tasks.store.tables import setups

ROWS = Rows(setups, Setup)
_ASKED = "asked:"


def begin_setup(connection: Connection, setup: Setup) -> None:
    """A setup begins."""
    ROWS.add(connection, setup)


def end_setup(connection: Connection, setup_id: str, **values: object) -> bool:
    """A running setup ended; False: it is not there, or has ended."""
    return ROWS.change(connection, setups.c.id == setup_id, setups.c.state == "running", **values, finished=time.time()) == 1


def note_setup(connection: Connection, setup_id: str, why: str) -> None:
    """What is to be known of a setup that went well."""
    ROWS.change(connection, setups.c.id == setup_id, why=why)


def get_setup(connection: Connection, setup_id: str) -> Setup:
    """By id. Raises `NotFound`."""
    found = ROWS.find(connection, setups.c.id == setup_id)
    if found is None:
        raise NotFound(f"there is no setup {setup_id}")
    return found


def setups_of(connection: Connection, environment_id: str, limit: int = 20) -> list[Setup]:
    """An environment's latest setups."""
    return ROWS.all(connection, setups.c.environment_id == environment_id, order=setups.c.started.desc(), limit=limit)


def good_keys(connection: Connection, environment_id: str, limit: int = 20) -> list[str]:
    """The keys of the layers that were made for an environment, the latest first."""
    good = (setups.c.environment_id == environment_id, setups.c.state == "ready")
    found = ROWS.all(connection, *good, order=setups.c.started.desc(), limit=limit)
    return list(dict.fromkeys(setup.key for setup in found))


def ask_setup(connection: Connection, setup: Setup) -> None:
    """A person asks that an environment's setup be tried; a worker takes it (`take_asked`). `key` is the commit, or empty."""
    ROWS.add(connection, msgspec.structs.replace(setup, key=f"{_ASKED}{setup.key}", worker_id=""))


def take_asked(connection: Connection, worker: str) -> Setup | None:
    """The oldest try that nobody has taken, now the worker's; its `key` is the commit, or empty. None when there is none."""
    waiting = (setups.c.state == "running", setups.c.worker_id == "", setups.c.key.startswith(_ASKED))
    for found in ROWS.all(connection, *waiting, order=setups.c.started, limit=5):
        if ROWS.change(connection, setups.c.id == found.id, *waiting, worker_id=worker) == 1:
            return msgspec.structs.replace(found, key=found.key.removeprefix(_ASKED), worker_id=worker)
    return None


def set_key(connection: Connection, setup_id: str, key: str) -> bool:
    """A try has found which layer it makes."""
    return ROWS.change(connection, setups.c.id == setup_id, key=key) == 1


def lose_setup(connection: Connection, environment_id: str, key: str, worker: str) -> int:
    """The makings of a layer that a worker's machine is said to be at, and is not; how many there were."""
    same = (setups.c.environment_id == environment_id, setups.c.key == key, setups.c.worker_id == worker)
    why = "its worker was ended"
    return ROWS.change(connection, *same, setups.c.state == "running", state="failed", why=why, finished=time.time())


def lose_setups(connection: Connection, older: float) -> int:
    """Setups that began before `older` and never ended were those of killed workers; how many there were."""
    return ROWS.change(
        connection,
        setups.c.state == "running",
        setups.c.started < older,
        state="failed",
        why="its worker was ended",
        finished=time.time(),
    )
