// Which tasks change, as they do: one stream for the whole page, whoever listens. It is given back while nobody looks at the page:
// a browser has six connections to a server, for all its tabs.
import { listen, type Frame } from "../api/stream";

/** Ids of tasks that changed; none: anything may have changed, so look again. */
type Listener = (ids: readonly string[]) => void;

const listeners = new Set<Listener>();
const GATHER = 300;
let stop: (() => void) | null = null;
let gathered = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function onChanges(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener("visibilitychange", look);
    look();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    document.removeEventListener("visibilitychange", look);
    end();
  };
}

function look(): void {
  if (document.visibilityState === "hidden") return end();
  if (stop) return;
  let opened = false;
  stop = listen("/api/v1/tasks/stream", {
    onFrame: take,
    // The first time, too: what changed before the stream was open has not been told.
    onLine: (line) => {
      if (line === "open" && !opened) tell([]);
      opened = line === "open" || (opened && line === "connecting");
    },
  });
}

function end(): void {
  stop?.();
  stop = null;
  clearTimeout(timer);
  timer = undefined;
  gathered = new Set();
}

function take(frame: Frame): void {
  gathered.add((JSON.parse(frame.data) as { task: string }).task);
  timer ??= setTimeout(() => {
    const ids = [...gathered];
    gathered = new Set();
    timer = undefined;
    tell(ids);
  }, GATHER);
}

function tell(ids: readonly string[]): void {
  for (const listener of [...listeners]) listener(ids);
}
