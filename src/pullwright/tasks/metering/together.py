"""Questions to the database that come at the same time, answered by one read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from pullwright.log.sql.database import Database

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """`ask` gives what `work(connection, questions)` says of a question, read after it was asked.

    Who asks while a read is on its way is answered by the next one, with all who did so.
    """

    def __init__(self, database: Database, work: Callable[[Connection, Sequence[K]], Mapping[K, V]]) -> None:
        self._database = database
        self._work = work
        self._reading = asyncio.Lock()
        self._next = _Batch[K, V]()

    async def ask(self, question: K) -> V:
        """The answer. Raises what the database raises."""
        batch = self._next
        batch.questions[question] = None
        async with self._reading:
            if batch.answers is None:  # nobody has read for it yet, or who did was cancelled
                if batch is self._next:
                    self._next = _Batch[K, V]()
                batch.answers = await self._database.read(self._work, list(batch.questions))
        return batch.answers[question]


class _Batch(Generic[K, V]):
    def __init__(self) -> None:
        self.questions: dict[K, None] = {}
        self.answers: Mapping[K, V] | None = None
