// One attempt's timeline while a page shows it: what is there already is kept for when one comes back, and gone on with from there.
import { useMemo, useSyncExternalStore } from "react";
import type { Problem } from "../../api/client";
import { listen, type Line } from "../../api/stream";
import type { Live, Logged } from "./event";
import { Timeline } from "./timeline";

const KEPT = 6;

export class Watch {
  readonly timeline = new Timeline();
  line: Line = "connecting";
  problem: Problem | null = null;
  /** Whether the log was read up to its end at least once. */
  settled = false;
  private version = 0;
  private waiting = 0;
  private readonly listeners = new Set<() => void>();
  private end: (() => void) | null = null;

  constructor(readonly attempt: string) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    if (!this.end) this.begin();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) {
        this.end?.();
        this.end = null;
      }
    };
  };

  readonly snapshot = () => this.version;

  /** Begin, or begin again after a refusal. */
  begin(): void {
    this.end?.();
    const { timeline } = this;
    timeline.down();
    this.end = listen(`/api/v1/attempts/${encodeURIComponent(this.attempt)}/events`, {
      after: timeline.last ? String(timeline.last) : "",
      onFrame: (frame) => {
        if (frame.event === "live") timeline.show(JSON.parse(frame.data) as Live);
        else timeline.feed({ ...(JSON.parse(frame.data) as Logged), seq: Number(frame.id) });
        this.change();
      },
      onLine: (line, problem) => {
        this.line = line;
        this.problem = problem ?? null;
        if (line === "down") timeline.down();
        this.change();
        if (line === "open") window.setTimeout(() => this.settle(), 1500);
      },
    });
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
