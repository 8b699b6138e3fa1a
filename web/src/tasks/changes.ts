// Which tasks change, as they do: one stream for all pages of this browser. The page that leads has it, also while nobody sees it,
// and says to the others what it hears; a page that nobody sees looks again when it is shown.
import { Leading, one } from "../api/leading";
import { hear, say } from "../api/pages";
import { listen, type Frame } from "../api/stream";

/** Ids of tasks that changed; none: anything may have changed, so look again. */
type Listener = (ids: readonly string[]) => void;

const listeners = new Set<Listener>();
const GATHER = 300;
let last = "";
let leading: Leading | null = null;
let close: (() => void) | null = null;
let deaf: (() => void) | null = null;
let missed = false;
let gathered = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
const followers = new Set<() => void>();

export function onChanges(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) begin();
  return () => {
    listeners.delete(listener);
    if (!listeners.size) end();
  };
}

/** Whether this page is the one that tells a person; `subscribe` says when that changes. */
export const leads = {
  now: () => !!leading?.leading,
  subscribe: (listener: () => void) => (followers.add(listener), () => followers.delete(listener)),
};

function begin(): void {
  document.addEventListener("visibilitychange", look);
  deaf = hear("changed", (word) => {
    last = word.last || last;
    take(word.ids);
  });
  leading = new Leading("pullwright.changes", () => {
    if (leading?.leading) open();
    else shut();
    followers.forEach((follower) => follower());
  });
  if (leading.leading) open();
}

function end(): void {
  document.removeEventListener("visibilitychange", look);
  deaf?.();
  leading?.stop();
  leading = null;
  shut();
  clearTimeout(timer);
  timer = undefined;
  gathered = new Set();
}

function open(): void {
  let opened = false;
  close = listen("/api/v1/tasks/stream", {
    after: last,
    always: one,
    onFrame: heard,
    // The first time, too: what changed before the stream was open has not been told.
    onLine: (line) => {
      if (line === "open" && !opened) {
        take([]);
        say({ kind: "changed", ids: [], last });
      }
      opened = line === "open" || (opened && line === "connecting");
    },
  });
}

function shut(): void {
  close?.();
  close = null;
}

function heard(frame: Frame): void {
  const { task } = JSON.parse(frame.data) as { task: string };
  last = frame.id || last;
  say({ kind: "changed", ids: [task], last });
  take([task]);
}

/** What changed is told once for all that comes within a moment. (A hidden page's clock stands still for up to a minute.) */
function take(ids: readonly string[]): void {
  const hidden = document.visibilityState === "hidden";
  if (hidden && !(leading?.leading && one)) {
    missed = true;
    return;
  }
  if (!ids.length || hidden) return tell(ids);
  ids.forEach((id) => gathered.add(id));
  timer ??= setTimeout(() => {
    const all = [...gathered];
    gathered = new Set();
    timer = undefined;
    tell(all);
  }, GATHER);
}

function look(): void {
  if (document.visibilityState === "hidden" || !missed) return;
  missed = false;
  tell([]);
}

function tell(ids: readonly string[]): void {
  for (const listener of [...listeners]) listener(ids);
}
