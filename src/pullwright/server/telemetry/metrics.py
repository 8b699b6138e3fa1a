"""Prometheus metrics: HTTP as it happens in this process, and the work as the database has it.

What is read from the database is the same from every server process, and goes on counting when one is started again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from pullwright.log.sql.database import Database
from pullwright.server.telemetry.calls import FIRST, Calls, Counted, added, open_calls
from pullwright.server.telemetry.work import BUCKETS, Work, read_work
from pullwright.server.telemetry.work import Histogram as Times

FRESH = 5.0
"""Seconds for which what was read from the database counts as now: collectors may come as often as they like."""


class Metrics:
    """The metrics of one server process. `text` is what `/metrics` answers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.last = time.monotonic()
        self._requests = Counter(
            "pullwright_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "pullwright_http_request_seconds",
            "Time until a request's answer was sent.",
            ("method", "route"),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )
        self.streams = Gauge("pullwright_streams", "Event streams that are open.", registry=self._registry)
        self.events = Counter("pullwright_streamed_events", "Events sent to watchers.", registry=self._registry)
        self._work = _InDatabase()
        self._registry.register(self._work)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request. `last` is when the last one was."""
        self.last = time.monotonic()
        self._requests.labels(method, route, str(status)).inc()
        if status != 101 and not route.endswith(("/events", "/stream")):  # those last as long as somebody looks
            self._seconds.labels(method, route).observe(seconds)

    def watch(self, refused: Mapping[str, int]) -> None:
        """Tell of calls that were not let in, by what was reached."""
        self._work.refused = refused

    async def text(self, database: Database) -> bytes:
        """Everything, in Prometheus's text format."""
        await self._work.refresh(database)
        return generate_latest(self._registry)


class _InDatabase:
    """A collector of what was last read from the database."""

    def __init__(self) -> None:
        self._work = Work()
        self._known = Calls()
        self._calls: Sequence[Counted] = ()
        self._open = 0
        self._at = -FRESH
        self.refused: Mapping[str, int] = {}

    async def refresh(self, database: Database) -> None:
        if time.monotonic() - self._at >= FRESH:
            self._at = time.monotonic()
            self._work = await database.read(read_work)
            self._calls = await database.read(self._known.read)
            self._open = await database.read(open_calls)

    def collect(self) -> Iterator[Metric]:
        """The families, for the registry."""
        work = self._work
        yield _gauges("pullwright_tasks", "Tasks by state.", "state", work.tasks)
        yield _gauges("pullwright_turns", "Turns by state.", "state", work.turns)
        yield _gauges("pullwright_workers", "Workers by state.", "state", work.workers)
        yield _gauges("pullwright_notices", "What webhooks were told or are to be, by state.", "state", work.notices)
        yield GaugeMetricFamily("pullwright_slots", "Slots of live workers.", work.slots)
        yield GaugeMetricFamily("pullwright_queue_oldest_seconds", "How long the longest waiting turn has waited.", work.oldest)
        yield _histogram("pullwright_queue_seconds", "Time from dispatch to admission.", work.queued)
        yield _histogram("pullwright_turn_seconds", "Time of a turn.", work.ran)
        outcomes = CounterMetricFamily("pullwright_turns_finished", "Turns that ended, by outcome.", labels=["outcome"])
        for outcome, count in work.outcomes.items():
            outcomes.add_metric([outcome], count)
        yield outcomes
        yield CounterMetricFamily("pullwright_steps", "Steps of all attempts.", work.steps)
        yield from _spent(self._calls)
        yield from _through_the_api(self._calls)
        yield GaugeMetricFamily("pullwright_api_calls_open", "Calls through the API that are open.", self._open)
        refused = CounterMetricFamily("pullwright_api_refused", "Calls that a limit refused in this process.", labels=["limit"])
        for limit, count in self.refused.items():
            refused.add_metric([limit], count)
        yield refused


def _spent(calls: Sequence[Counted]) -> Iterator[Metric]:
    tokens = CounterMetricFamily("pullwright_tokens", "Tokens.", labels=["provider", "model", "kind"])
    cost = CounterMetricFamily("pullwright_cost_usd", "Money, where the price is known.", labels=["provider", "model"])
    whole = CounterMetricFamily("pullwright_model_calls", "Calls of models that have ended.", labels=["provider", "model"])
    seconds = CounterMetricFamily("pullwright_model_seconds", "Time of those calls.", labels=["provider", "model"])
    for one in added(calls, lambda one: (one.provider, one.model)):
        labels = [one.provider, one.model]
        for kind, count in (("input", one.input), ("cached", one.cached), ("output", one.output), ("reasoning", one.reasoning)):
            tokens.add_metric([*labels, kind], count)
        cost.add_metric(labels, one.cost_usd)
        whole.add_metric(labels, one.calls)
        seconds.add_metric(labels, one.seconds)
    yield from (tokens, cost, whole, seconds)


def _through_the_api(calls: Sequence[Counted]) -> Iterator[Metric]:
    """What programs called."""
    ended = CounterMetricFamily("pullwright_api_calls", "Calls through the API.", labels=["provider", "model", "status"])
    of = ["provider", "model"]
    estimated = CounterMetricFamily("pullwright_api_calls_estimated", "Those that their provider did not count.", labels=of)
    first = HistogramMetricFamily("pullwright_api_first_token_seconds", "Time to the first token.", labels=of)
    theirs = [one for one in calls if one.status]
    for one in theirs:
        ended.add_metric([one.provider, one.model, one.status], one.calls)
    for one in added(theirs, lambda one: (one.provider, one.model)):
        estimated.add_metric([one.provider, one.model], one.estimated)
        buckets = [(str(bound), float(count)) for bound, count in zip(FIRST, one.below, strict=True)]
        first.add_metric([one.provider, one.model], [*buckets, ("+Inf", float(one.firsts))], sum_value=one.first_seconds)
    yield from (ended, estimated, first)


def _gauges(name: str, help_: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _histogram(name: str, help_: str, counted: Times) -> Metric:
    buckets = [(str(bound), float(count)) for bound, count in zip(BUCKETS, counted.below, strict=True)]
    buckets.append(("+Inf", float(counted.count)))
    return HistogramMetricFamily(name, help_, buckets=buckets, sum_value=counted.sum)
