import { afterEach, beforeEach, expect, it, vi } from "vitest";

interface Waiting {
  callback: () => Promise<void>;
  end: (error?: Error) => void;
}

/** Locks as browsers have them, for one name. */
class Locks {
  private holder: Waiting | null = null;
  private queue: Waiting[] = [];

  request(_name: string, options: { steal?: boolean; signal?: AbortSignal }, callback: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = { callback, end: (error) => (error ? reject(error) : resolve()) };
      options.signal?.addEventListener("abort", () => {
        if (!this.queue.includes(one)) return;
        this.queue = this.queue.filter((other) => other !== one);
        reject(new Error("aborted"));
      });
      if (options.steal) {
        this.holder?.end(new Error("stolen"));
        this.give(one);
      } else if (this.holder) this.queue.push(one);
      else this.give(one);
    });
  }

  private give(one: Waiting): void {
    this.holder = one;
    void one.callback().then(() => {
      one.end();
      if (this.holder !== one) return;
      this.holder = null;
      const next = this.queue.shift();
      if (next) this.give(next);
    });
  }
}

function see(state: "visible" | "hidden"): void {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A page of its own: its own copy of the code. */
async function pageOf(): Promise<{ leading: () => boolean; stop: () => void }> {
  vi.resetModules();
  const { Leading } = await import("./leading");
  const one = new Leading("name", () => undefined);
  await settled();
  return { leading: () => one.leading, stop: () => one.stop() };
}

beforeEach(() => {
  Object.defineProperty(navigator, "locks", { configurable: true, value: new Locks() });
  see("hidden");
});

afterEach(() => {
  Reflect.deleteProperty(navigator, "locks");
  see("visible");
});

it("has one page lead, and the next one when that closes", async () => {
  const [first, second, third] = [await pageOf(), await pageOf(), await pageOf()];
  expect([first, second, third].map((page) => page.leading())).toEqual([true, false, false]);
  first.stop();
  await settled();
  expect([first, second, third].map((page) => page.leading())).toEqual([false, true, false]);
  second.stop();
  third.stop();
});

it("lets the page lead that is looked at", async () => {
  const first = await pageOf();
  see("visible");
  const second = await pageOf();
  await settled();
  expect([first.leading(), second.leading()]).toEqual([false, true]);
  second.stop();
  await settled();
  expect(first.leading()).toBe(true);
  first.stop();
});

it("has every page lead where there are no locks", async () => {
  Reflect.deleteProperty(navigator, "locks");
  const [first, second] = [await pageOf(), await pageOf()];
  expect([first.leading(), second.leading()]).toEqual([true, true]);
});
