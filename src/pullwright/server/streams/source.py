"""Where streams come from: the service's log and live frames."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pullwright.log.sql.reading import read_lines, seq_of, tail_lines
from pullwright.protocol.live import Live
from pullwright.tasks.service.service import Service


class ServiceSource:
    """`feed.Source` over a service."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def head(self, session: str) -> int:
        """See `Source.head`."""
        return await self.service.database.read(seq_of, session)

    async def lines(self, session: str, after: int, limit: int) -> list[bytes]:
        """See `Source.lines`."""
        return await read_lines(self.service.database, session, after, limit)

    def tail(self, session: str, after: int) -> AsyncIterator[bytes]:
        """See `Source.tail`."""
        return tail_lines(self.service.database, self.service.bells, session, after)

    def live(self, session: str) -> AsyncIterator[Live]:
        """See `Source.live`."""
        return self.service.live.watch(session)
