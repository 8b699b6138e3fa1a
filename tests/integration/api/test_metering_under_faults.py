"""Clients, upstream and server are killed at random while 300 requests are made: each has one row, exact or estimated well."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from api import asker
from api.ledger import OVERHEAD, WORDS_A_PIECE, Delivered, Upstream, output_tokens, read_ledger
from api.served import Served, free_port
from pullwright.log.sql.database import Database
from pullwright.models.choice import Wire
from pullwright.tasks.people.tokens import KEY, hash_of, new_token
from pullwright.tasks.store.keys import add_key
from pullwright.tasks.store.rows.people import Key
from pullwright.tasks.store.tables import usage, users

REQUESTS = 300
AT_ONCE = 15
FIRST = 30
"""Requests without faults: what the estimates learn from."""
WITHIN = 0.2
IN_FLIGHT = output_tokens(7 * WORDS_A_PIECE)
"""Tokens that were sent, and not read yet, when somebody was killed: what a stream says in 0.35 s."""
KINDS = ("client", "upstream", "server")
WIRES: tuple[Wire, ...] = ("responses", "chat", "anthropic")


class Play:
    """The requests and who kills whom, all from one seed."""

    def __init__(self, folder: Path, served: Served, upstream: Upstream, dice: random.Random) -> None:
        self.folder, self.served, self.upstream, self.dice = folder, served, upstream, dice
        self.keys: list[tuple[str, str]] = []
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.ends: dict[int, int] = {}
        self.killed: Counter[str] = Counter()

    def make_keys(self) -> None:
        """A key for each request: so its row is known, whatever became of it."""
        database = Database(f"sqlite:///{self.served.database}")

        def make(connection: Any) -> None:
            owner = connection.scalar(select(users.c.id))
            for number in range(REQUESTS):
                token = new_token(KEY)
                self.keys.append((f"key_{number}", token))
                key = Key(
                    id=f"key_{number}", token_hash=hash_of(token), shown=token[:9], name="n", user_id=owner, scopes=("models",)
                )
                add_key(connection, key)

        database.run(make)
        database.close()

    def body(self, number: int) -> Path:
        words = self.dice.randrange(100, 400)
        text = f"request {number} {words} " + "please say it " * self.dice.randrange(200, 500)
        asked = {"model": f"{self.dice.choice(WIRES)}/scripted", "input": text, "stream": True}
        path = self.folder / f"body-{number}"
        path.write_bytes(msgspec.json.encode(asked))
        return path

    def ask(self, number: int) -> None:
        words = [sys.executable, "-I", asker.__file__, str(self.served.port), self.keys[number][1], str(self.body(number))]
        self.running[number] = subprocess.Popen(words, stdin=subprocess.DEVNULL)

    def run(self) -> None:
        """All requests; the first ones in peace."""
        waiting = list(range(REQUESTS))
        next_fault, not_before = FIRST, 0.0
        while waiting or self.running:
            in_peace = REQUESTS - len(waiting) < FIRST or (waiting and waiting[0] == FIRST and self.running)
            while waiting and len(self.running) < AT_ONCE and not (waiting[0] == FIRST and self.running):
                self.ask(waiting.pop(0))
            for number in [number for number, process in self.running.items() if process.poll() is not None]:
                code = self.running.pop(number).returncode
                if code == asker.UNSENT:
                    waiting.insert(0, number)
                else:
                    self.ends[number] = code
            # Paced by what has ended: on a slow machine there are not more faults to a request.
            if not in_peace and len(self.ends) > next_fault and time.monotonic() > not_before:
                self.fault()
                next_fault = len(self.ends) + self.dice.randint(0, 5)
                not_before = time.monotonic() + self.dice.uniform(0.1, 0.5)
            time.sleep(0.01)

    def fault(self) -> None:
        kind = next((kind for kind in KINDS if not self.killed[kind]), None) or self.dice.choices(KINDS, (10, 2, 1))[0]
        self.killed[kind] += 1
        if kind == "client" and self.running:
            self.running[self.dice.choice(list(self.running))].kill()
        elif kind == "upstream":
            self.upstream.kill()
            time.sleep(self.dice.uniform(0, 0.3))
            self.upstream.start()
        elif kind == "server":
            self.served.kill()
            self.served.start()


def settled(served: Served) -> list[Any]:
    """All rows, once none is open."""
    database = Database(f"sqlite:///{served.database}")
    try:
        until = time.monotonic() + 60
        while True:
            rows = database.run(lambda connection: connection.execute(select(usage)).all())
            if not any(row.open for row in rows):
                return list(rows)
            assert time.monotonic() < until, "rows stay open"
            time.sleep(0.2)
    finally:
        database.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_request_has_one_row_that_tells_what_was_delivered(short_path: Path) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    print(f"SEED={seed}")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    upstreams = {wire: (wire, f"{url}/v1") for wire in WIRES}
    with Upstream(port, short_path / "ledger") as upstream, Served(short_path, upstreams) as served:
        play = Play(short_path, served, upstream, random.Random(seed))
        play.make_keys()
        play.run()
        served.kill()
        served.start()
        rows = settled(served)
    ledger = read_ledger(short_path / "ledger")
    print(play.killed, Counter(play.ends.values()), Counter((row.estimated, row.status) for row in rows))
    check(rows, ledger, play)


def check(rows: list[Any], ledger: dict[int, Delivered], play: Play) -> None:
    counts = Counter(row.key_id for row in rows)
    assert set(counts.values()) == {1}, "a request has more than one row"
    by_number = {int(row.key_id.removeprefix("key_")): row for row in rows}
    assert set(ledger) <= set(by_number), "the upstream was called, and there is no row"
    whole = {number for number, code in play.ends.items() if code == asker.WHOLE}
    assert whole <= set(by_number)
    exact = {number: row for number, row in by_number.items() if not row.estimated and number in ledger}
    told = {number: ledger[number].counted for number in exact}
    assert {number: (row.input, row.output) for number, row in exact.items()} == told
    assert whole <= set(exact), "an answer was whole, and its row is not exact"
    wrong = [
        (number, row.model, row.status, (row.input, row.output), ledger[number])
        for number, row in by_number.items()
        if row.estimated and number in ledger and not near(row, ledger[number])
    ]
    assert not wrong
    assert all(play.killed[kind] for kind in KINDS)
    assert len(exact) > REQUESTS / 5
    assert sum(row.estimated for row in rows) > REQUESTS / 20


def near(row: Any, delivered: Delivered) -> bool:
    """Whether an estimate is close to what was delivered."""
    said = abs(row.output - delivered.output) <= WITHIN * delivered.output + IN_FLIGHT
    total = delivered.input + delivered.output
    return said and row.input > OVERHEAD and abs(row.input + row.output - total) <= WITHIN * total
