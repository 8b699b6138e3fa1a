"""What goes on in the sandbox beside the turns: commands left running, and the ports that they listen on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.cli.terminal.pairing.person import Doors
from pullwright.cli.terminal.pairing.state import Running
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.pairing.pairing import Pairing


class Background:
    """The background of one pairing: what `/ps` shows and does."""

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing
        self._doors = Doors()

    async def processes(self) -> list[Running]:
        """Commands in the background, and the ports that the sandbox listens on."""
        from pullwright.cli.terminal.pairing.person import running

        bench = await self._pairing.standing.place.bench
        found = await running(bench)
        self._pairing.update(processes=sum(not one.ended for one in found))
        return found

    async def kill(self, name: str) -> None:
        """End a command and all that it started. Raises `FixSettings` for no such command."""
        from pullwright.cli.terminal.pairing.person import known

        process = (await known(await self._pairing.standing.place.bench)).get(name)
        if process is None:
            raise FixSettings(f"there is no command {name}", fix="/ps lists them")
        await process.kill()
        await self.processes()

    async def output(self, name: str) -> str:
        """What a command has put out so far. Raises `FixSettings` for no such command."""
        from pullwright.cli.terminal.pairing.person import output_of

        return await output_of(await self._pairing.standing.place.bench, name)

    async def open_port(self, port: int) -> str:
        """Open a port of the sandbox on this machine's loopback; its URL. Raises `FixSettings` where nothing listens."""
        bench = await self._pairing.standing.place.bench
        return await self._doors.open(bench.sandbox, port)

    async def close(self) -> None:
        """Close the ports that were opened."""
        await self._doors.close()
