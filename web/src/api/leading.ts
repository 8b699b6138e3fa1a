// One page of this browser does what needs to be done once: it has the lock of that name. Whoever is looked at takes it over;
// when its page closes, another one has it. Where there are no locks (plain http, elsewhere than on this machine) every page leads.

/** Whether there are locks: one page leads, and not each. */
export const one = "locks" in navigator && !!navigator.locks;

const locks = one ? navigator.locks : undefined;

export class Leading {
  leading = false;
  private stopped = false;
  private release: () => void = () => undefined;
  private waiting = new AbortController();

  constructor(
    private readonly name: string,
    private readonly onChange: () => void,
  ) {
    document.addEventListener("visibilitychange", this.look);
    if (locks) void this.hold(document.visibilityState === "visible");
    else this.leading = true;
  }

  /** No longer, nor again. */
  stop(): void {
    this.stopped = true;
    document.removeEventListener("visibilitychange", this.look);
    this.release();
    this.waiting.abort();
    this.set(false);
  }

  private readonly look = () => {
    if (locks && document.visibilityState === "visible" && !this.leading) this.waiting.abort();
  };

  private async hold(steal: boolean): Promise<void> {
    while (!this.stopped) {
      this.waiting = new AbortController();
      const held = () => {
        if (this.stopped) return Promise.resolve();
        this.set(true);
        return new Promise<void>((resolve) => (this.release = resolve));
      };
      // Taken over by another page, or no longer waited for, since this one is looked at.
      await locks?.request(this.name, steal ? { steal } : { signal: this.waiting.signal }, held).catch(() => undefined);
      steal = this.waiting.signal.aborted;
      this.set(false);
    }
  }

  private set(leading: boolean): void {
    if (this.leading === leading) return;
    this.leading = leading;
    this.onChange();
  }
}
