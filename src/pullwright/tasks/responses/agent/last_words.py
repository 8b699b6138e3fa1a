"""The last message of a response: how the turn ended, what changed, what our runs say of it, where it is, what it cost. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pullwright.protocol.usage import Spend
from pullwright.tasks.responses.agent.listening import Listening
from pullwright.tasks.responses.agent.standing import Standing, Try

HEADINGS = {
    "succeeded": "Done",
    "failed": "Not done",
    "cancelled": "Cancelled",
    "needs_input": "A person is needed",
    "over_budget": "Over budget",
}
ANSWER = """\
Answer with a request that names this response as its `previous_response_id` and has the answer as its `input`. What can only be
allowed or refused is answered by `yes` or `no`."""
GO_ON = """\
Go on with a request that names this response as its `previous_response_id`, with what the whole task may cost, in US dollars, as
its `metadata.budget`."""
MOST_NOTICES = 5


def last_words(standing: Standing, spend: Spend, heard: Listening, url: str) -> str:
    """The message, in Markdown. `heard` is the turn that the response is told from, the first attempt's."""
    chosen, used = standing.chosen, spend.usage
    why = chosen.why.rstrip(".")
    return "\n".join(
        [
            f"**{HEADINGS.get(chosen.outcome, 'Not done')}**: {why}.",
            "",
            *_asked(chosen),
            *([f"- What helps: {chosen.fix}"] if chosen.fix else []),
            *_change(chosen, heard.verified if standing.best == 0 else ""),
            *([f"- Cited: {heard.cited}"] if heard.cited and standing.best == 0 else []),
            *_published(standing),
            *_others(standing),
            *[f"- Note: {notice}" for notice in heard.notices[:MOST_NOTICES]],
            f"- Cost: {spend.cost}, {used.input:,} tokens in, {used.output:,} out{' (estimated)' if used.estimated else ''}",
            f"- Task: {standing.task}" + (f", {url}" if url else ""),
        ]
    )


def _asked(chosen: Try) -> Iterator[str]:
    if chosen.outcome == "needs_input":
        yield f"It asks: {chosen.asks}"
        yield ""
        yield ANSWER
        yield ""
    elif chosen.outcome == "over_budget":
        yield GO_ON
        yield ""


def _change(chosen: Try, verified: str) -> Iterator[str]:
    if not chosen.head:
        return
    files = f"{chosen.files} file{'' if chosen.files == 1 else 's'}, +{chosen.added} −{chosen.removed}"
    yield f"- Change: {files}, branch `{chosen.branch}` at `{chosen.head[:12]}` over `{chosen.base[:12]}`"
    yield f"- Verdict: {chosen.verdict}" + (f": {verified}" if verified else "")


def _published(standing: Standing) -> Iterator[str]:
    pull = standing.pull_request
    if pull is not None:
        yield f"- Pull request: #{pull.number}" + (f", {pull.url}" if pull.url else "")
    elif standing.problem:
        yield f"- Not published: {standing.problem}"


def _others(standing: Standing) -> Iterator[str]:
    if len(standing.attempts) == 1:
        return
    yield f"- Attempts: this tells of {standing.chosen.attempt}, the best of {len(standing.attempts)}"
    for one in standing.attempts:
        made = f", {one.verdict}, branch `{one.branch}` at `{one.head[:12]}`" if one.head else ""
        yield f"  - {one.attempt}: {one.outcome.replace('_', ' ')}{made}"
