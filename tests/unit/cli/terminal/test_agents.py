"""What sub-agents used is told apart by the call that sent each, however they interleave."""

from pullwright.cli.terminal.transcript.agents import Agents
from pullwright.protocol.events import ModelCalled
from pullwright.protocol.usage import Usage


def used(name: str, tokens: int) -> ModelCalled:
    return ModelCalled(model="m", provider="p", agent=name, usage=Usage(input=tokens))


def test_each_call_has_what_its_own_agent_used() -> None:
    agents = Agents()
    for call_id in ("one", "two", "one/explore-1/call_1", "two/explore-2/call_1"):
        agents.started(call_id)
    for name, tokens in (("explore-1", 10), ("explore-2", 200), ("explore-1", 30)):
        agents.called(used(name, tokens))
    assert agents.finished("two").usage.total == 200
    assert agents.finished("one").usage.total == 40
    assert agents.finished("one").calls == 0
