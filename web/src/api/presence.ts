// Whether somebody looks at this page. One that nobody sees gives its lines to the server back: a browser has six for all its
// pages. That is when it has been hidden for a while, when another page of ours is looked at, or when it was never seen at all.
import { hear, say } from "./pages";

const LINGER = 30_000;

class Presence {
  resting = document.visibilityState === "hidden";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor() {
    document.addEventListener("visibilitychange", () => this.look());
    hear("shown", () => document.visibilityState === "hidden" && this.rest(true));
    if (!this.resting) say({ kind: "shown" });
  }

  private look(): void {
    clearTimeout(this.timer);
    if (document.visibilityState === "hidden") {
      this.timer = setTimeout(() => this.rest(true), LINGER);
    } else {
      say({ kind: "shown" });
      this.rest(false);
    }
  }

  private rest(resting: boolean): void {
    clearTimeout(this.timer);
    if (this.resting === resting) return;
    this.resting = resting;
    for (const listener of [...this.listeners]) listener();
  }

  /** Called with each change of `resting`. */
  readonly onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Until the page is seen, or the signal ends the wait. */
  awake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.resting && !signal.aborted) return;
        stop();
        signal.removeEventListener("abort", look);
        resolve();
      };
      const stop = this.onChange(look);
      signal.addEventListener("abort", look);
      look();
    });
  }
}

export const presence = new Presence();
