// Server-sent events with resume: what was missed while the line was down comes after it, nothing twice.
import { Breath } from "./breath";
import { problemOf, type Problem } from "./client";
import { presence } from "./presence";

export interface Frame {
  /** The event's number, where it was logged; empty for what passes. */
  id: string;
  event: string;
  data: string;
}

/** `resting`: given back while nobody sees the page. */
export type Line = "connecting" | "open" | "down" | "refused" | "resting";

interface Listening {
  /** Where to begin: the number of the last event that is known. */
  after?: string;
  onFrame: (frame: Frame) => void;
  onLine?: (line: Line, problem?: Problem) => void;
  /** Also while nobody sees the page. */
  always?: boolean;
}

const PATIENCE = 45_000;
const WAITS = [300, 1000, 2000, 5000, 10_000];

/** Listen to a stream of the API until the returned function is called. A line that breaks is taken up again by itself; while nobody
 * sees the page there is none, and what was missed comes when somebody does. */
export function listen(path: string, { after = "", onFrame, onLine, always }: Listening): () => void {
  const ending = new AbortController();
  let last = after;
  void (async () => {
    let failures = 0;
    while (!ending.signal.aborted) {
      if (!always && presence.resting) {
        onLine?.("resting");
        await presence.awake(ending.signal);
        failures = 0;
        continue;
      }
      onLine?.("connecting");
      const quiet = new AbortController();
      const unseen = presence.onChange(() => !always && presence.resting && quiet.abort());
      const signal = AbortSignal.any([ending.signal, quiet.signal]);
      try {
        const headers: Record<string, string> = { Accept: "text/event-stream" };
        if (last) headers["Last-Event-ID"] = last;
        const response = await fetch(path, { headers, signal, cache: "no-store" });
        if (!response.ok || !response.body) {
          const problem = await problemOf(response);
          if (response.status < 500 && response.status !== 429) return onLine?.("refused", problem);
          throw problem;
        }
        onLine?.("open");
        failures = 0;
        await read(response.body, quiet, (frame) => {
          if (frame.id) last = frame.id;
          onFrame(frame);
        });
      } catch {
        failures += 1;
      } finally {
        unseen();
      }
      if (ending.signal.aborted) return;
      if (!always && presence.resting) continue;
      onLine?.("down");
      await wait(WAITS[Math.min(failures, WAITS.length - 1)] ?? 1000, ending.signal);
    }
  })();
  return () => ending.abort();
}

async function read(body: ReadableStream<Uint8Array>, quiet: AbortController, give: (frame: Frame) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let timer = setTimeout(() => quiet.abort(), PATIENCE);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), PATIENCE);
      rest += value;
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      const breath = new Breath();
      for (const block of blocks) {
        const frame = parse(block);
        if (frame) give(frame);
        // A long log comes in large pieces: the page stays awake meanwhile.
        if (breath.out) await breath.taken();
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** One event's block of lines; null for a comment. */
export function parse(block: string): Frame | null {
  const frame: Frame = { id: "", event: "message", data: "" };
  const lines: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("data:")) lines.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line.startsWith("id:")) frame.id = line.slice(3).trim();
    else if (line.startsWith("event:")) frame.event = line.slice(6).trim();
  }
  if (!lines.length) return null;
  frame.data = lines.join("\n");
  return frame;
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const now = () => (clearTimeout(timer), resolve());
    signal.addEventListener("abort", now, { once: true });
    window.addEventListener("online", now, { once: true });
  });
}
