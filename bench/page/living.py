"""A page as its browser lives through it: tasks that block it, the time between two frames, what its scripts keep in memory."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

LONG = 100.0
"""Milliseconds above which a task is one too many."""
WATCH = """
window.tasks = [];
const note = (list) => { for (const one of list.getEntries()) window.tasks.push([one.startTime, one.duration]); };
new PerformanceObserver(note).observe({ type: "longtask", buffered: true });
window.first = 0;
window.gaps = [];
let last = performance.now();
const beat = () => {
  const now = performance.now();
  window.gaps.push([now, now - last]);
  last = now;
  if (!window.first && document.querySelector(SELECTOR)) window.first = now;
  requestAnimationFrame(beat);
};
requestAnimationFrame(beat);
"""
TITLE = f"{'what':46} {'ms':>8} {'longest task':>13} {'over 100 ms':>12} {'longest frame':>14} {'heap MB':>8}"


class Lived(NamedTuple):
    """What was seen in one go: milliseconds, tasks above `LONG`, megabytes."""

    took: float
    task: float
    many: int
    frame: float
    heap: float


def watch(page: Any, selector: str) -> None:
    """Watch every document of `page`; the first element of `selector` is what is waited for."""
    page.add_init_script(WATCH.replace("SELECTOR", repr(selector)))


def now(page: Any) -> float:
    """The page's own clock."""
    return float(page.evaluate("performance.now()"))


def lived(page: Any, since: float, took: float | None = None) -> Lived:
    """What happened in the page since then. `took`: the time that counts, where it is not all of it."""
    spent = now(page) - since if took is None else took
    tasks = [duration for start, duration in page.evaluate("window.tasks") if start >= since]
    gaps = [gap for at, gap in page.evaluate("window.gaps") if at - gap >= since]
    return Lived(spent, max(tasks, default=0.0), sum(one > LONG for one in tasks), max(gaps, default=0.0), heap(page))


def heap(page: Any) -> float:
    """Megabytes that the page's scripts keep, after what nobody needs is thrown away."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    size = float(session.send("Runtime.getHeapUsage")["usedSize"])
    session.detach()
    return size / 1e6


def row(name: str, runs: Sequence[Lived]) -> None:
    """One line: the median of the runs, of each figure for itself."""
    took, task, many, frame, kept = (statistics.median(figures) for figures in zip(*runs, strict=True))
    print(f"{name:46} {took:8.0f} {task:13.0f} {many:12.0f} {frame:14.0f} {kept:8.1f}", flush=True)
