// Long work on the page's own thread, in breaths: what a person does meanwhile is answered between two of them.

const BREATH = 12;

interface Yielding {
  yield?: () => Promise<void>;
}

const scheduler = (globalThis as { scheduler?: Yielding }).scheduler;

function pause(): Promise<void> {
  return scheduler?.yield ? scheduler.yield() : new Promise((resolve) => setTimeout(resolve));
}

/** `if (breath.out) await breath.taken()` after each piece of the work: now and then it lets others go first. */
export class Breath {
  private from = performance.now();

  get out(): boolean {
    return performance.now() - this.from > BREATH;
  }

  async taken(): Promise<void> {
    await pause();
    this.from = performance.now();
  }
}
