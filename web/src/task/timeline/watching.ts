// One attempt's timeline while a page shows it: what is there already is kept for when one comes back, and gone on with from there.
// Of a long log the end is shown at once, and gives way to all of it as soon as that has been read.
import { useMemo, useSyncExternalStore } from "react";
import { Problem } from "../../api/client";
import { listen, type Frame, type Line } from "../../api/stream";
import type { Live, Logged } from "./event";
import { ending, endOf, readUntil } from "./history";
import { Timeline } from "./timeline";

const KEPT = 6;
/** Rows that are kept in all of those that nobody looks at. */
const ROWS = 60_000;

type Doing = (timeline: Timeline) => void;

export class Watch {
  timeline = new Timeline();
  line: Line = "connecting";
  problem: Problem | null = null;
  /** Whether the log was read up to its end at least once. */
  settled = false;
  /** How much of the log was read, of 1, while its end alone is shown; null: all that there is is shown. */
  reading: number | null = null;
  private version = 0;
  private waiting = 0;
  private readonly listeners = new Set<() => void>();
  private ending: AbortController | null = null;
  /** What came since, for the timeline of the whole log. */
  private since: Doing[] = [];

  constructor(readonly attempt: string) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    if (!this.ending) this.begin();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.end();
    };
  };

  readonly snapshot = () => this.version;

  private end(): void {
    this.ending?.abort();
    this.ending = null;
    if (this.reading !== null) this.timeline = new Timeline();
    this.reading = null;
    this.since = [];
  }

  /** Begin, or begin again after a refusal. */
  begin(): void {
    this.end();
    this.ending = new AbortController();
    this.timeline.down();
    if (this.timeline.last) this.listen(this.ending.signal);
    else void this.arrive(this.ending.signal);
  }

  /** The log's end first. Where that cannot be had the stream says why, or brings all of it. */
  private async arrive(signal: AbortSignal): Promise<void> {
    const found = await ending(this.attempt, signal).catch(() => null);
    if (signal.aborted) return;
    if (found?.events.length) {
      this.timeline = endOf(found.events);
      this.change();
      if (found.events[0]?.seq !== 1) void this.read(found.last, signal);
    }
    this.listen(signal);
  }

  private async read(until: number, signal: AbortSignal): Promise<void> {
    const whole = new Timeline();
    this.reading = 0;
    const told = (last: number) => {
      this.reading = last / until;
      this.change();
    };
    await readUntil(this.attempt, whole, until, told, signal).catch((error: unknown) => {
      if (!signal.aborted && error instanceof Problem) this.refused(error);
    });
    if (signal.aborted || whole.last < until) return;
    for (const doing of this.since) doing(whole);
    this.since = [];
    this.reading = null;
    this.timeline = whole;
    this.change();
  }

  private listen(signal: AbortSignal): void {
    const stop = listen(`/api/v1/attempts/${encodeURIComponent(this.attempt)}/events`, {
      after: this.timeline.last ? String(this.timeline.last) : "",
      onFrame: (frame) => this.take(frame),
      onLine: (line, problem) => {
        if (line === "refused") return this.refused(problem ?? null);
        this.line = line;
        this.problem = null;
        if (line === "down" || line === "resting") this.done((timeline) => timeline.down());
        this.change();
        if (line === "open") window.setTimeout(() => this.settle(), 1500);
      },
    });
    signal.addEventListener("abort", stop, { once: true });
  }

  private take(frame: Frame): void {
    if (frame.event === "live") {
      const live = JSON.parse(frame.data) as Live;
      this.done((timeline) => timeline.show(live));
    } else {
      const event: Logged = { ...(JSON.parse(frame.data) as Logged), seq: Number(frame.id) };
      this.done((timeline) => timeline.feed(event));
    }
    this.change();
  }

  private done(doing: Doing): void {
    doing(this.timeline);
    if (this.reading !== null) this.since.push(doing);
  }

  private refused(problem: Problem | null): void {
    this.line = "refused";
    this.problem = problem;
    this.change();
  }

  private settle(): void {
    this.settled = true;
    this.change();
  }

  /** Tell those who watch, once for all that comes within one picture. */
  private change(): void {
    if (this.waiting) return;
    const tell = () => {
      cancelAnimationFrame(frame);
      window.clearTimeout(timer);
      this.waiting = 0;
      this.version += 1;
      if (this.timeline.last) this.settled = true;
      this.listeners.forEach((listener) => listener());
    };
    const frame = requestAnimationFrame(tell);
    // A page in the background gets no pictures, and must not fall behind.
    const timer = window.setTimeout(tell, 250);
    this.waiting = frame || 1;
  }
}

const watches = new Map<string, Watch>();

function watchOf(attempt: string): Watch {
  const watch = watches.get(attempt) ?? new Watch(attempt);
  watches.delete(attempt);
  let rows = 0;
  for (const [id, one] of [...watches].reverse()) {
    rows += one.timeline.rows.length;
    if (rows > ROWS) watches.delete(id);
  }
  watches.set(attempt, watch);
  for (const [id] of watches) {
    if (watches.size <= KEPT) break;
    watches.delete(id);
  }
  return watch;
}

export function useWatch(attempt: string): Watch {
  const watch = useMemo(() => watchOf(attempt), [attempt]);
  useSyncExternalStore(watch.subscribe, watch.snapshot);
  return watch;
}
