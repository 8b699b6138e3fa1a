"""What sub-agents used, told apart by the call that sent each: several work side by side.

An agent's own calls have ids of the form `CALL/NAME/ID`, where CALL is the one that sent it.
"""

from __future__ import annotations

import re

from pullwright.log.replay import total
from pullwright.protocol.events import ModelCalled
from pullwright.protocol.usage import Spend

_ITS = re.compile(r"(.+?)/([^/]+-\d+)/")


class Agents:
    """The spend of each agent that is out."""

    def __init__(self) -> None:
        self._spend: dict[str, Spend] = {}
        self._sent_by: dict[str, str] = {}

    def started(self, call_id: str) -> None:
        """A tool call began; one of an agent's says who sent it."""
        if found := _ITS.match(call_id):
            self._sent_by[found[2]] = found[1]

    def called(self, event: ModelCalled) -> None:
        """An agent called its model."""
        self._spend[event.agent] = self._spend.get(event.agent, Spend()).plus_call(event.usage, event.cost_usd)

    def finished(self, call_id: str) -> Spend:
        """What the agent that `call_id` sent has used, now that it is back."""
        names = [name for name in self._spend if self._sent_by.get(name, call_id) == call_id]
        return total(self._spend.pop(name) for name in names)
