// A log that lies there already: its end at once, and then all of it, page by page from its beginning, while the page stays awake.
import { api, data, Problem } from "../../api/client";
import { Breath } from "../../api/breath";
import type { Logged } from "./event";
import { Timeline } from "./timeline";

/** Events that are shown at once. */
const END = 300;
const PAGE = 1000;
const AGAIN = 2000;

interface Asked {
  after?: number;
  limit: number;
  newest?: boolean;
}

interface Page {
  readonly events: readonly Logged[];
  readonly last: number;
}

async function page(attempt: string, query: Asked, signal: AbortSignal): Promise<Page> {
  return (await data(api.GET("/api/v1/attempts/{attempt}/events", { params: { path: { attempt }, query }, signal }))) as unknown as Page;
}

/** The last events of a log; all of them where there are no more. */
export const ending = (attempt: string, signal: AbortSignal) => page(attempt, { limit: END, newest: true }, signal);

/** Rows of a log's end, from the first step of it that is whole. The same rows, by their keys, as the whole log has there. */
export function endOf(events: readonly Logged[]): Timeline {
  const first = events[0];
  const whole = first?.seq === 1;
  const from = whole ? 0 : Math.max(0, events.findIndex((event) => event.type === "turn_started" || event.step !== first?.step));
  const timeline = new Timeline(!whole);
  for (const event of events.slice(from)) timeline.feed(event);
  return timeline;
}

/** Feed a timeline with the log up to event `until`; `told` is called with each page's last event. What fails is asked for again,
 * but what is refused is thrown. */
export async function readUntil(attempt: string, timeline: Timeline, until: number, told: (last: number) => void, signal: AbortSignal): Promise<void> {
  const breath = new Breath();
  const ask = (after: number) => patient(() => page(attempt, { after, limit: Math.min(PAGE, until - after) }, signal), signal);
  let coming = ask(0);
  for (let last = 0; last < until; ) {
    const found = await coming;
    if (!found.events.length) return;
    last = found.last;
    if (last < until) coming = ask(last);
    coming.catch(() => undefined);
    for (const event of found.events) {
      timeline.feed(event);
      if (breath.out) await breath.taken();
    }
    told(last);
  }
}

async function patient<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}
