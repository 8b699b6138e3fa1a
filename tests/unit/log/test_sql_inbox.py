"""Inputs in the database: each once, by id, whoever puts it and however often; of two answers the first wins."""

import asyncio
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from pullwright.log.bells import Bells, open_bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.inbox import SqlInbox, put_input
from pullwright.log.sql.rounds import Rounds
from pullwright.protocol.inputs import Answer, Input, Interrupt, Prompt, Steer


def ids(inputs: list[Input]) -> list[str]:
    return [given.id for given in inputs]


async def taken(inbox: SqlInbox, count: int) -> list[Input]:
    """What is given within ten seconds, until there are `count`."""
    found: list[Input] = []
    while len(found) < count:
        given = await inbox.wait(10)
        assert given is not None, found
        found.append(given)
    return found


def test_each_input_once_in_order(database: Database) -> None:
    async def main() -> None:
        bells = Bells()
        steer, other = Steer(id="a/../b", text="one"), Steer(id="b", text="two")
        assert await put_input(database, bells, "s", steer, "usr_1")
        async with SqlInbox.open(database, bells, "s") as inbox, SqlInbox.open(database, bells, "t") as elsewhere:
            assert await put_input(database, bells, "s", other)
            assert not await put_input(database, bells, "s", steer)
            assert await put_input(database, bells, "t", steer), "ids are a session's own"
            assert await taken(inbox, 2) == [Steer(id="a/../b", text="one", by="usr_1"), other]
            assert inbox.take() == []
            assert not await put_input(database, bells, "s", steer), "not even after it was taken"
            assert await inbox.wait(0.05) is None
            assert ids(await taken(elsewhere, 1)) == ["a/../b"]

    asyncio.run(main())


def test_the_first_of_many_answers_at_once_wins(database: Database) -> None:
    async def main() -> None:
        bells = Bells()
        async with SqlInbox.open(database, bells, "s") as inbox:
            answers = [Answer(id=str(n), question="q", verdict="once") for n in range(10)]
            won = await asyncio.gather(*(put_input(database, bells, "s", one) for one in answers))
            assert sum(won) == 1
            assert await put_input(database, bells, "s", Answer(id="other", question="p", verdict="no"))
            assert ids(await taken(inbox, 2)) == [str(won.index(True)), "other"]
            assert not await put_input(database, bells, "s", Answer(id="late", question="q", verdict="no"))
            assert await inbox.wait(0.05) is None

    asyncio.run(main())


PUT = """
import asyncio, sys
from pathlib import Path
from pullwright.log.bells import open_bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.inbox import put_input
from pullwright.protocol.inputs import Prompt
async def main():
    database = Database(sys.argv[1])
    async with open_bells(database, Path(sys.argv[2])) as bells:
        assert await put_input(database, bells, "s", Prompt(id="p", text="from elsewhere"))
        await asyncio.sleep(0.2)
asyncio.run(main())
"""


@pytest.mark.parametrize("rung", [True, False])
def test_another_process_may_put_with_a_bell_or_without(database: Database, tmp_path: Path, rung: bool) -> None:
    async def main() -> None:
        bells = open_bells(database, tmp_path / "bells") if rung else Bells()
        async with bells, SqlInbox.open(database, bells, "s") as inbox:
            waiting = asyncio.create_task(inbox.wait(20))
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", PUT, database.url, str(tmp_path / "bells"))
            assert await process.wait() == 0
            assert await waiting == Prompt(id="p", text="from elsewhere")

    asyncio.run(main())


def test_what_was_given_and_not_logged_is_given_again_but_for_interrupts(database: Database) -> None:
    async def main() -> None:
        bells = Bells()
        for given in (Steer(id="used", text="a"), Steer(id="lost", text="b"), Interrupt(id="stop")):
            await put_input(database, bells, "s", given)
        async with SqlInbox.open(database, bells, "s") as inbox:
            assert ids(await taken(inbox, 3)) == ["used", "lost", "stop"]
            assert inbox.put_back({"used"}) == 1
            assert ids(inbox.take()) == ["lost"]
            assert inbox.put_back({"used", "lost"}) == 0
            assert inbox.take() == []
        # Another worker takes the turn over: what the log has is not given, an interrupt of this turn is.
        async with SqlInbox.open(database, bells, "s") as inbox:
            inbox.put_back({"used"})
            assert ids(inbox.take()) == ["lost", "stop"]
        # A later turn: an interrupt from before was meant for the earlier one.
        since = time.time()
        await put_input(database, bells, "s", Interrupt(id="new"))
        async with SqlInbox.open(database, bells, "s", since=since) as inbox:
            inbox.put_back({"used", "lost"})
            assert ids(inbox.take()) == ["new"]

    asyncio.run(main())


def test_a_round_is_one_query_for_all_inboxes(database: Database) -> None:
    queries: list[str] = []

    def seen(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            queries.append(statement)

    async def main() -> None:
        bells = Bells()
        async with asyncio.TaskGroup() as group:
            stop = asyncio.Event()

            async def one(number: int) -> None:
                async with SqlInbox.open(database, bells, f"s{number}"):
                    await stop.wait()

            for number in range(30):
                group.create_task(one(number))
            await asyncio.sleep(0.3)
            event.listen(database.engine, "before_cursor_execute", seen)
            await Rounds.of(database)._round()  # pyright: ignore[reportPrivateUsage]
            event.remove(database.engine, "before_cursor_execute", seen)
            stop.set()
        assert len(queries) == 1

    asyncio.run(main())


def test_what_cannot_be_read_holds_nothing_up(database: Database) -> None:
    async def main() -> None:
        bells = Bells()
        await put_input(database, bells, "s", Steer(id="1", text="x"))
        await database.write(lambda one: one.execute(text("UPDATE inputs SET data = :x"), {"x": b"x"}))
        await put_input(database, bells, "s", Steer(id="2", text="y"))
        async with SqlInbox.open(database, bells, "s") as inbox:
            assert ids(inbox.take()) == ["2"]

    asyncio.run(main())
